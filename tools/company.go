package tools

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"

	"rollcall/proposal"
	"rollcall/store"
	"rollcall/store/chatlog"
	"rollcall/store/civil"
	"rollcall/tools/period"
	"rollcall/tools/resolve"
)

// Company is what the tools look things up in.
type Company struct {
	Store       *store.Store
	Details     chatlog.Details
	Calendar    period.Calendar
	FreePercent int // from which free percent on somebody counts as free, when the asker says none
	Now         func() time.Time
	// Handshake and CanAsk have people asked before they are booked; see proposal.Config.
	Handshake bool
	CanAsk    func(ctx context.Context, personID string) bool

	indexing   singleflight.Group
	mu         sync.Mutex
	names      []store.Name // that index was made of
	index      *resolve.Index
	indexed    time.Time
	refreshing bool
}

const (
	// namesAge is how old the index may become before a new one is made beside it.
	namesAge = 30 * time.Second
	// oldestNames is from which age on nobody is answered from the index.
	oldestNames = 2 * time.Minute
)

// Names returns the index of everything that has a name. A name that was added or changed
// is there after two minutes at the latest, and after 30 seconds once somebody has asked.
func (c *Company) Names(ctx context.Context) (*resolve.Index, error) {
	c.mu.Lock()
	index, age, refreshing := c.index, time.Since(c.indexed), c.refreshing
	if index != nil && age < oldestNames {
		if age >= namesAge && !refreshing {
			c.refreshing = true
			go c.refresh(context.WithoutCancel(ctx))
		}
		c.mu.Unlock()
		return index, nil
	}
	c.mu.Unlock()
	done := c.indexing.DoChan("", func() (any, error) { // for all who wait, whoever goes away
		shared, cancel := context.WithTimeout(context.WithoutCancel(ctx), oldestNames)
		defer cancel()
		return nil, c.reindex(shared)
	})
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case made := <-done:
		if made.Err != nil {
			return nil, made.Err
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.index, nil
}

// refresh makes the index anew while questions are answered from the old one. When it
// cannot, the next question tries again, and from two minutes on hears of it.
func (c *Company) refresh(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, oldestNames)
	defer cancel()
	_ = c.reindex(ctx)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.refreshing = false
}

func (c *Company) reindex(ctx context.Context) error {
	names, err := c.Store.FindNames(ctx)
	if err != nil {
		return err
	}
	c.mu.Lock()
	index, known := c.index, c.names
	c.mu.Unlock()
	if index == nil || !reflect.DeepEqual(names, known) { // making an index costs far more than comparing
		entries := make([]resolve.Entry, len(names))
		for i, n := range names {
			entries[i] = resolve.Entry{Kind: resolve.Kind(n.Kind), ID: n.ID, Name: n.Name, Aliases: n.Aliases, Fact: n.Fact}
		}
		index = resolve.New(entries)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.index, c.names, c.indexed = index, names, time.Now()
	return nil
}

// Proposals is what changes of the company are drafted and committed with.
func (c *Company) Proposals() proposal.Config {
	return proposal.Config{Store: c.Store, Details: c.Details, Today: c.today, WeekStart: c.Calendar.WeekStart, Handshake: c.Handshake, CanAsk: c.CanAsk}
}

// zone is the organisation's time zone.
func (c *Company) zone() *time.Location {
	if c.Calendar.Location == nil {
		return time.UTC
	}
	return c.Calendar.Location
}

// today returns the organisation's day.
func (c *Company) today() civil.Date { return c.Calendar.Today(c.Now()) }

// resolve turns the asker's word for a thing into the thing. No word is the zero Entry.
func (c *Company) resolve(ctx context.Context, call Call, kind resolve.Kind, field, text string) (resolve.Entry, error) {
	text = strings.TrimSpace(text)
	if text == "" {
		return resolve.Entry{}, nil
	}
	if kind == resolve.Person && isMe(text) {
		return call.Asker.entry(field)
	}
	index, err := c.Names(ctx)
	if err != nil {
		return resolve.Entry{}, err
	}
	r := index.Resolve(kind, text)
	switch r.Outcome {
	case resolve.Resolved:
		return r.Entry, nil
	case resolve.Ambiguous:
		return resolve.Entry{}, ambiguous(kind, field, text, r)
	default:
		return resolve.Entry{}, notFound(kind, field, text, r)
	}
}

// said is one argument that names something: the asker's word, and where its id goes.
type said struct {
	kind resolve.Kind
	text string
	id   *string
}

// resolveAll resolves the arguments in order, under the kinds' names as fields, and
// returns the names of those that were said.
func (c *Company) resolveAll(ctx context.Context, call Call, all ...said) ([]string, error) {
	var names []string
	for _, s := range all {
		entry, err := c.resolve(ctx, call, s.kind, string(s.kind), s.text)
		if err != nil {
			return nil, err
		}
		if *s.id = entry.ID; entry.ID != "" {
			names = append(names, entry.Name)
		}
	}
	return names, nil
}

// inBrackets is " (Go, Berlin)", or nothing when nothing was asked for.
func inBrackets(asked []string) string {
	if len(asked) == 0 {
		return ""
	}
	return " (" + strings.Join(asked, ", ") + ")"
}

// denied says that the asker may not do it, and who may.
func (c *Company) denied(ctx context.Context, call Call, deed string) error {
	err := proposal.NewDrafts(c.Proposals()).Denied(ctx, call.Asker.ID, deed)
	var denied *proposal.DeniedError
	if errors.As(err, &denied) {
		return &Error{Code: NotPermitted, Message: denied.Sentence, err: err}
	}
	return err
}

func isMe(text string) bool {
	switch strings.ToLower(text) {
	case "me", "i", "myself", "my", "mine":
		return true
	}
	return false
}

func ambiguous(kind resolve.Kind, field, text string, r resolve.Result) *Error {
	e := &Error{Code: Ambiguous, Field: field, Retryable: true}
	facts := make([]string, 0, len(r.Candidates))
	for _, c := range r.Candidates {
		e.DidYouMean = append(e.DidYouMean, choice(c, r.Candidates))
		facts = append(facts, describe(c))
	}
	e.Message = fmt.Sprintf("%q may be %d %s: %s", text, max(r.Total, len(r.Candidates)), plural(kind), strings.Join(facts, "; "))
	return e
}

// choice returns words that resolve to the candidate alone: its name, or where others
// share it, its first alias (a person's e-mail address).
func choice(c resolve.Entry, others []resolve.Entry) string {
	same := 0
	for _, o := range others {
		if o.Name == c.Name {
			same++
		}
	}
	if same > 1 && len(c.Aliases) > 0 {
		return c.Aliases[0]
	}
	return c.Name
}

func describe(e resolve.Entry) string {
	if e.Fact == "" {
		return e.Name
	}
	return e.Name + " (" + e.Fact + ")"
}

func notFound(kind resolve.Kind, field, text string, r resolve.Result) *Error {
	e := &Error{Code: NotFound, Field: field, Message: fmt.Sprintf("no %s is called %q", kind, text), Retryable: true}
	for _, c := range r.Candidates {
		e.DidYouMean = append(e.DidYouMean, choice(c, r.Candidates))
	}
	return e
}

func plural(kind resolve.Kind) string {
	if kind == resolve.Person {
		return "people"
	}
	return string(kind) + "s"
}

// period turns the asker's words into days. No words are the next 10 working days.
func (c *Company) period(text string) (period.Period, error) {
	if strings.TrimSpace(text) == "" {
		return c.Calendar.Default(c.Now()), nil
	}
	p, err := c.Calendar.Parse(c.Now(), text)
	if err != nil {
		return period.Period{}, &Error{Code: PeriodUnclear, Field: "period", Message: err.Error(), Retryable: true, err: err}
	}
	return p, nil
}

// Span is a period as models and programs read it: both days inclusive.
type Span struct {
	From        civil.Date `json:"from"`
	To          civil.Date `json:"to"`
	Label       string     `json:"label"`
	WorkingDays int        `json:"working_days"`
}

func spanOf(p period.Period) Span {
	return Span{From: p.From, To: p.Last(), Label: p.Label(), WorkingDays: p.WorkingDays()}
}

// String is the span as every answer prints it: "1–31 Dec 2026, 23 working days".
func (s Span) String() string {
	unit := "days"
	if s.WorkingDays == 1 {
		unit = "day"
	}
	return fmt.Sprintf("%s, %d working %s", s.Label, s.WorkingDays, unit)
}
