package admin

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"rollcall/admin/signin"
	"rollcall/plaintext"
	"rollcall/store"
	"rollcall/store/chatlog"
	"rollcall/store/civil"
)

// ConversationFilter narrows a list of exchanges.
type ConversationFilter struct {
	From         string `query:"from" maxLength:"40" doc:"From this day (2026-12-31) or time (RFC 3339) on."`
	To           string `query:"to" maxLength:"40" doc:"Up to and with this day, or before this time."`
	Channel      string `query:"channel" maxLength:"100" doc:"terminal, slack or web"`
	Conversation string `query:"conversation" maxLength:"200" doc:"A thread, or one run of chat."`
	Tool         string `query:"tool" maxLength:"100" doc:"A tool that was called."`
	Kind         string `query:"kind" enum:"answer,proposal,ask,decline,failed" doc:"How it ended."`
	Feedback     string `query:"feedback" enum:"good,bad"`
	Review       string `query:"review" enum:"right,wrong,none" doc:"What a reviewer made of it; none for what nobody has reviewed."`
	Failed       bool   `query:"failed" doc:"Only those with an error."`
	Model        string `query:"model" maxLength:"200"`
	Text         string `query:"text" maxLength:"200" doc:"Text in the question or the answer, whatever the case."`
}

// AskerFilter is whose exchanges are asked for.
type AskerFilter struct {
	Person string `query:"person" maxLength:"320" doc:"Who asked: an id or an e-mail address. Not where conversations are anonymised."`
}

// PageInput is which page of a list is asked for.
type PageInput struct {
	Limit  int    `query:"limit" minimum:"1" maximum:"200" default:"50"`
	Cursor string `query:"cursor" maxLength:"2000" doc:"Where to go on: the next of the page before."`
	Total  bool   `query:"total" doc:"Count all that fit."`
}

// filter is what the log is asked.
func (c *conversations) filter(q ConversationFilter) (chatlog.Filter, error) {
	f := chatlog.Filter{
		Channel: q.Channel, Conversation: q.Conversation, Tool: q.Tool, Kind: q.Kind, Feedback: q.Feedback, Review: q.Review, Failed: q.Failed, Model: q.Model, Text: q.Text,
	}
	var wrong []*huma.ErrorDetail
	read := func(name, value string, last bool, into *time.Time) {
		at, ok := c.moment(value, last)
		if !ok {
			wrong = append(wrong, fieldError("query."+name, "must be a day such as 2026-12-31 or a time such as 2026-12-31T10:00:00Z", value))
		}
		*into = at
	}
	read("from", q.From, false, &f.From)
	read("to", q.To, true, &f.To)
	if wrong != nil {
		return f, unprocessable(wrong...)
	}
	return f, nil
}

// moment reads a day or a time; last says that a day stands for its end.
func (c *conversations) moment(s string, last bool) (time.Time, bool) {
	if s == "" {
		return time.Time{}, true
	}
	if at, err := time.Parse(time.RFC3339Nano, s); err == nil {
		return at.UTC(), true
	}
	day, err := civil.Parse(s)
	if err != nil {
		return time.Time{}, false
	}
	if last {
		day++
	}
	return day.In(c.Location).UTC(), true
}

// filterOf is the filter with the person.
func (c *conversations) filterOf(ctx context.Context, q ConversationFilter, p AskerFilter) (chatlog.Filter, error) {
	if c.Mode == Anonymised && (p.Person != "" || q.Conversation != "") {
		return chatlog.Filter{}, huma.Error403Forbidden("Conversations are anonymised here (ROLLCALL_CONVERSATIONS), so they cannot be looked for by person or thread.")
	}
	f, err := c.filter(q)
	if err != nil || p.Person == "" {
		return f, err
	}
	f.AskerID = plaintext.Of(p.Person)
	if !strings.Contains(f.AskerID, "@") {
		return f, nil
	}
	who, err := c.Store.GetPersonByEmail(ctx, f.AskerID)
	if errors.Is(err, store.ErrNotFound) {
		return f, unprocessable(fieldError("query.person", "is nobody's e-mail address here", p.Person))
	}
	f.AskerID = who.ID
	return f, err
}

// listConversations is a list of exchanges as it is asked for.
type listConversations struct {
	ConversationFilter
	AskerFilter
	PageInput
}

func (c *conversations) addList() {
	op := c.operation(http.MethodGet, "list-conversations", "/conversations", "List and search conversations",
		"Exchanges, newest first. A page goes on where the one before ended, whatever is asked meanwhile.")
	addOperation(c.registrar, op, store.Admin, func(ctx context.Context, _ signin.Principal, in *listConversations) (*listed[ConversationLine], error) {
		if err := c.reviewing(); err != nil {
			return nil, err
		}
		f, err := c.filterOf(ctx, in.ConversationFilter, in.AskerFilter)
		if err != nil {
			return nil, err
		}
		if in.Total && c.hides(f) {
			return nil, huma.Error403Forbidden("Conversations are anonymised here (ROLLCALL_CONVERSATIONS), so those with a text are not counted.")
		}
		return c.page(ctx, f, in.PageInput, c.masked)
	})
}

// page is one page of exchanges, each shown as show leaves it.
func (c *conversations) page(ctx context.Context, f chatlog.Filter, p PageInput, show func(chatlog.Exchange) chatlog.Exchange) (*listed[ConversationLine], error) {
	out := &listed[ConversationLine]{}
	var err error
	if f.Before, err = chatlog.ParseCursor(p.Cursor); err != nil {
		return nil, unprocessable(fieldError("query.cursor", "is no cursor of this list", nil))
	}
	if p.Total {
		n, failed := c.Log.Count(ctx, f)
		if failed != nil {
			return nil, failed
		}
		out.Body.Total = &n
	}
	found, err := c.find(ctx, f, p.Limit+1, show)
	if err != nil {
		return nil, err
	}
	if len(found) > p.Limit {
		found = found[:p.Limit]
		out.Body.Next = chatlog.CursorAt(found[p.Limit-1]).String()
	}
	out.Body.Items = make([]ConversationLine, 0, len(found))
	for _, e := range found {
		out.Body.Items = append(out.Body.Items, lineOf(e))
	}
	return out, nil
}

// find returns up to so many exchanges, each as show leaves it. What was found by a text that
// is not shown is left out as if it were not there.
func (c *conversations) find(ctx context.Context, f chatlog.Filter, limit int, show func(chatlog.Exchange) chatlog.Exchange) ([]chatlog.Exchange, error) {
	if f.AskerID != "" || !c.hides(f) {
		f.Limit = limit
		found, err := c.Log.Find(ctx, f)
		for i := range found {
			found[i] = show(found[i])
		}
		return found, err
	}
	var found []chatlog.Exchange
	err := chatlog.Each(ctx, c.Log, f, func(e chatlog.Exchange) error {
		if e = show(e); mentions(e, f.Text) {
			found = append(found, e)
		}
		if len(found) == limit {
			return errEnough
		}
		return nil
	})
	if errors.Is(err, errEnough) {
		err = nil
	}
	return found, err
}

// errEnough ends a look through the log.
var errEnough = errors.New("enough")

// hides reports whether the filter asks for a text that may be hidden: the name of an asker
// finds what they asked, and that it is hidden there would tell whose it is.
func (c *conversations) hides(f chatlog.Filter) bool { return c.Mode == Anonymised && f.Text != "" }

// mentions reports whether the exchange as it is shown has the text.
func mentions(e chatlog.Exchange, text string) bool {
	return strings.Contains(strings.ToLower(e.Question+" "+e.Answer), strings.ToLower(text))
}
