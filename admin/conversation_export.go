package admin

import (
	"bufio"
	"context"
	"encoding/csv"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humachi"

	"rollcall/admin/signin"
	"rollcall/store"
	"rollcall/store/chatlog"
)

// exportInput is which exchanges are exported, and why.
type exportInput struct {
	ConversationFilter
	AskerFilter
	Reason
}

// exportFormat writes exchanges one by one.
type exportFormat struct {
	name, contentType string
	begin             func(w io.Writer) error
	write             func(c *conversations, w io.Writer, e chatlog.Exchange) error
}

var exportFormats = []exportFormat{
	{"csv", "text/csv; charset=utf-8; header=present", writeHeader, writeRow},
	{"ndjson", "application/x-ndjson", func(io.Writer) error { return nil }, writeDocument},
}

func (c *conversations) addExports() {
	for _, format := range exportFormats {
		op := c.operation(http.MethodGet, "export-conversations-"+format.name, "/conversations/export."+format.name, "Export conversations as "+strings.ToUpper(format.name),
			"A stream of whole exchanges, newest first. Others' ask for a reason. A stream that could not be finished is cut off, not ended.")
		op.Responses = map[string]*huma.Response{"200": {Description: "The exchanges.", Content: map[string]*huma.MediaType{strings.Split(format.contentType, ";")[0]: {Schema: &huma.Schema{Type: huma.TypeString}}}}}
		addOperation(c.registrar, op, store.Admin, func(ctx context.Context, by signin.Principal, in *exportInput) (*huma.StreamResponse, error) {
			return c.export(ctx, by, in, format)
		})
	}
}

func (c *conversations) export(ctx context.Context, by signin.Principal, in *exportInput, format exportFormat) (*huma.StreamResponse, error) {
	if err := c.reviewing(); err != nil {
		return nil, err
	}
	f, err := c.filterOf(ctx, in.ConversationFilter, in.AskerFilter)
	if err != nil {
		return nil, err
	}
	reason, isOwn := in.said(), f.AskerID != "" && f.AskerID == by.PersonID
	if reason == "" && !isOwn {
		return nil, errNoReason
	}
	probe := f
	probe.Limit = 1
	if _, err = c.Log.Find(ctx, probe); err != nil { // what cannot be read is told while there is a status to tell it with
		return nil, err
	}
	if !isOwn {
		t := trace{UserID: f.AskerID, Reason: reason, Format: format.name, Filter: in.words()}
		if err = c.tell(ctx, by, "read", exportID, t); err != nil {
			return nil, err
		}
	}
	return &huma.StreamResponse{Body: func(ctx huma.Context) { c.stream(ctx, f, format) }}, nil //nolint:contextcheck // huma gives a body its own context
}

// words is the filter as the trail keeps it. The text that was looked for stays out of it: it
// may be somebody's, and the trail is for ever.
func (q ConversationFilter) words() map[string]string {
	all := map[string]string{
		"from": q.From, "to": q.To, "channel": q.Channel, "conversation": q.Conversation, "tool": q.Tool, "kind": q.Kind, "feedback": q.Feedback, "review": q.Review, "model": q.Model,
	}
	if q.Failed {
		all["failed"] = "true"
	}
	if q.Text != "" {
		all["text"] = "…"
	}
	for k, v := range all {
		if all[k] = harmless(v); all[k] == "" {
			delete(all, k)
		}
	}
	return all
}

const (
	// streamStall is how long a reader may take nothing.
	streamStall = 30 * time.Second
	flushRows   = 50
)

// stream writes what is found as it is read. When that fails the connection is cut off, so
// that half an export is never taken for a whole one.
func (c *conversations) stream(ctx huma.Context, f chatlog.Filter, format exportFormat) {
	_, w := humachi.Unwrap(ctx)
	control := http.NewResponseController(w)
	ctx.SetHeader("Content-Type", format.contentType)
	ctx.SetHeader("Content-Disposition", `attachment; filename="conversations.`+format.name+`"`)
	ctx.SetHeader("Cache-Control", "no-store")
	ctx.SetStatus(http.StatusOK)
	out, rows := bufio.NewWriter(patient{w, control}), 0
	flush := func() error {
		if err := out.Flush(); err != nil {
			return err
		}
		_ = control.Flush()
		return nil
	}
	err := format.begin(out)
	if err == nil {
		err = chatlog.Each(ctx.Context(), c.Log, f, func(e chatlog.Exchange) error {
			if rows++; rows%flushRows == 0 {
				if failed := flush(); failed != nil {
					return failed
				}
			}
			if e = c.masked(e); c.hides(f) && !mentions(e, f.Text) {
				return nil
			}
			return format.write(c, out, e)
		})
	}
	if err == nil {
		err = flush()
	}
	if err != nil {
		c.Logger.WarnContext(ctx.Context(), "an export was cut off", "rows", rows, "error", err)
		panic(http.ErrAbortHandler)
	}
	_ = control.SetWriteDeadline(time.Time{})
}

// patient gives its reader time for each write anew: they happen whenever a buffer is full,
// and until then the log may take as long as it likes.
type patient struct {
	io.Writer

	control *http.ResponseController
}

// Write fails when the reader takes nothing for too long.
func (p patient) Write(b []byte) (int, error) {
	_ = p.control.SetWriteDeadline(time.Now().Add(streamStall)) // not every connection has one
	return p.Writer.Write(b)
}

func writeDocument(c *conversations, w io.Writer, e chatlog.Exchange) error {
	return json.NewEncoder(w).Encode(c.whole(e))
}

var exportColumns = []string{
	"id", "at", "asker_id", "asker", "channel", "conversation", "question", "kind", "answer", "period", "tools", "model", "fallback", "tokens_in", "tokens_out",
	"cost_usd", "unpriced", "duration_ms", "error", "feedback", "feedback_note", "review", "review_note", "review_tool", "review_args",
}

func writeHeader(w io.Writer) error { return writeCells(w, exportColumns) }

func writeRow(_ *conversations, w io.Writer, e chatlog.Exchange) error {
	var f chatlog.Feedback
	var r chatlog.Review
	if e.Feedback != nil {
		f = *e.Feedback
	}
	if e.Review != nil {
		r = *e.Review
	}
	return writeCells(w, []string{
		cell(e.ID), e.At.UTC().Format(time.RFC3339Nano), cell(e.AskerID), cell(e.Asker), cell(e.Channel), cell(e.Conversation), cell(e.Question), cell(e.Kind), cell(e.Answer), cell(e.Period),
		cell(strings.Join(lineOf(e).Tools, "|")), cell(e.Model), cell(e.Fallback), strconv.Itoa(e.Usage.In), strconv.Itoa(e.Usage.Out), strconv.FormatFloat(float64(e.Usage.Cost)/1e6, 'f', 6, 64),
		strconv.Itoa(e.Usage.Unpriced), strconv.FormatFloat(milliseconds(e.Duration), 'f', -1, 64), cell(e.Error), cell(f.Value), cell(f.Note), cell(r.Verdict), cell(r.Note), cell(r.Tool), cell(string(r.Args)),
	})
}

func writeCells(w io.Writer, cells []string) error {
	line := csv.NewWriter(w)
	if err := line.Write(cells); err != nil {
		return err
	}
	line.Flush()
	return line.Error()
}

// formulas are what spreadsheets take for the start of one, also in their wide forms.
const formulas = "=+-@\t\r\n|%＝＋－＠"

// cell is text that no spreadsheet takes for a formula: one that looks like it stands behind
// an apostrophe.
func cell(s string) string {
	if start := strings.TrimLeft(s, " \u00a0\ufeff\u200b"); start != "" && strings.ContainsAny(string([]rune(start)[:1]), formulas) {
		return "'" + s
	}
	return s
}
