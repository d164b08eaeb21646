package admin

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"rollcall/admin/signin"
	"rollcall/plaintext"
	"rollcall/store"
	"rollcall/store/chatlog"
)

// ownInput is a list of somebody's own exchanges.
type ownInput struct {
	ConversationFilter
	PageInput
}

// errNobody is for callers who are nobody in the company.
var errNobody = huma.Error403Forbidden("You are nobody in the company, so nothing is kept of you.")

// addOwn adds what everybody may see of their own, in every mode.
func (c *conversations) addOwn() {
	op := c.operation(http.MethodGet, "list-own-conversations", "/me/conversations", "List what I have asked", "What is kept of one's own questions, newest first.")
	addOperation(c.registrar, op, anybody, func(ctx context.Context, by signin.Principal, in *ownInput) (*listed[ConversationLine], error) {
		f, err := c.filter(in.ConversationFilter)
		if err != nil {
			return nil, err
		}
		if f.AskerID = by.PersonID; f.AskerID == "" {
			return nil, errNobody
		}
		return c.page(ctx, f, in.PageInput, own)
	})
	op = c.operation(http.MethodGet, "get-own-conversation", "/me/conversations/{id}", "Open something I have asked", "All that is kept of it.", http.StatusNotFound)
	addOperation(c.registrar, op, anybody, func(ctx context.Context, by signin.Principal, in *RowID) (*opening, error) {
		e, err := c.Log.Get(ctx, in.ID)
		if err == nil && !isOwn(by, e) {
			err = store.ErrNotFound
		}
		if err != nil {
			return nil, err
		}
		return &opening{Body: c.whole(own(e))}, nil
	})
	c.addOpenings()
}

// own is an exchange as its asker reads it: the words of an error are the operator's, and
// those of a review the reviewers'.
func own(e chatlog.Exchange) chatlog.Exchange {
	if e.Error != "" {
		e.Error = "It failed; an operator finds the reason under " + e.ID + "."
	}
	calls := slices.Clone(e.ModelCalls)
	for i := range calls {
		if calls[i].Error != "" {
			calls[i].Error = "failed"
		}
	}
	e.ModelCalls = calls
	if e.Review != nil {
		e.Review = &chatlog.Review{Verdict: e.Review.Verdict, At: e.Review.At}
	}
	return e
}

// openingsInput is for how long back openings are asked for.
type openingsInput struct {
	Days int `query:"days" minimum:"1" maximum:"3660" default:"90" doc:"How far back."`
}

type openingsView struct {
	Body struct {
		Items []Opening `json:"items"`
	}
}

// Opening is one look at somebody's conversations.
type Opening struct {
	At           time.Time `json:"at"`
	By           string    `json:"by" doc:"The name of who looked."`
	Reason       string    `json:"reason"`
	Conversation string    `json:"conversation,omitempty" doc:"The id of what was opened."`
	Export       bool      `json:"export,omitempty" doc:"It was an export of several conversations, and yours may be among them."`
}

func (c *conversations) addOpenings() {
	op := c.operation(http.MethodGet, "list-own-openings", "/me/openings", "List who opened what I have asked", "Who has opened one's conversations, when and why, newest first.")
	addOperation(c.registrar, op, anybody, func(ctx context.Context, by signin.Principal, in *openingsInput) (*openingsView, error) {
		if by.PersonID == "" {
			return nil, errNobody
		}
		out := &openingsView{}
		var err error
		out.Body.Items, err = c.FindOpenings(ctx, c.Store, by.PersonID, c.Store.Now().AddDate(0, 0, -in.Days))
		return out, err
	})
}

// FindOpenings returns the looks at a person's conversations since the time, newest first.
func (c Conversations) FindOpenings(ctx context.Context, s *store.Store, personID string, since time.Time) ([]Opening, error) {
	all, unknown := []Opening{}, map[string][]Opening{}
	err := s.EachAudit(ctx, store.AuditFilter{Entities: []string{exchangeEntity}, Action: "read", From: since}, func(a store.Audit) error {
		var t trace
		if err := json.Unmarshal(a.After, &t); err != nil || a.Actor == personID {
			return err
		}
		line := Opening{At: a.At, By: a.Actor, Reason: t.Reason, Conversation: a.EntityID}
		switch {
		case a.EntityID == exportID && (t.UserID == "" || t.UserID == personID):
			line.Conversation, line.Export = "", true
			all = append(all, line)
		case t.UserID == personID:
			all = append(all, line)
		case t.UserID == "": // it was opened without being known whose it is
			unknown[a.EntityID] = append(unknown[a.EntityID], line)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	mine, err := c.mine(ctx, personID, unknown)
	if err != nil {
		return nil, err
	}
	all = append(all, mine...)
	slices.SortStableFunc(all, func(a, b Opening) int { return b.At.Compare(a.At) })
	return all, nameOpeners(ctx, s, all)
}

// idsAtOnce is how many ids one query names.
const idsAtOnce = 100

// mine is what of the openings was the person's.
func (c Conversations) mine(ctx context.Context, personID string, by map[string][]Opening) ([]Opening, error) {
	ids := make([]string, 0, len(by))
	for id := range by {
		ids = append(ids, id)
	}
	var all []Opening
	for some := range slices.Chunk(ids, idsAtOnce) {
		found, err := c.Log.Find(ctx, chatlog.Filter{AskerID: personID, IDs: some, Limit: idsAtOnce})
		if err != nil {
			return nil, err
		}
		for _, e := range found {
			all = append(all, by[e.ID]...)
		}
	}
	return all, nil
}

func nameOpeners(ctx context.Context, s *store.Store, all []Opening) error {
	ids := make([]string, 0, len(all))
	for _, l := range all {
		ids = append(ids, l.By)
	}
	slices.Sort(ids)
	names, err := s.FindPersonNames(ctx, slices.Compact(ids))
	for i := range all {
		if name := names[all[i].By]; name != "" {
			all[i].By = name
		}
	}
	return err
}

// harmless is text that the trail can keep and anybody can read.
func harmless(s string) string { return strings.TrimSpace(plaintext.Of(s)) }
