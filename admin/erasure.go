package admin

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"rollcall/admin/signin"
	"rollcall/store"
)

// Erased says how much of a person was forgotten.
type Erased struct {
	Exchanges int `json:"exchanges" doc:"What they had asked and been answered."`
	Turns     int `json:"turns" doc:"Questions on their way to an answer, or answered lately in Slack."`
}

// slackProvider is the provider of accounts that are Slack's.
const slackProvider = "slack"

// Erase forgets all that a person has asked, and who gave the feedback that they gave. The
// trail keeps that it was done, by whom and from where, and nothing of what was asked. Doing
// it again finds nothing, and is no error; neither is somebody who is not there any more.
func (c Conversations) Erase(ctx context.Context, s *store.Store, by, origin, personID string) (Erased, error) {
	var out Erased
	accounts, err := s.FindAccounts(ctx, slackProvider, personID)
	if err != nil {
		return out, err
	}
	ids := make([]string, 0, len(accounts))
	for _, a := range accounts {
		ids = append(ids, a.AccountID)
	}
	// What is on its way goes first: it would come to the log behind the erasure.
	if c.Turns != nil {
		if out.Turns, err = c.Turns(ctx, personID, ids); err != nil {
			return out, err
		}
	}
	if out.Exchanges, err = c.Log.DeletePerson(ctx, personID); err != nil {
		return out, err
	}
	after, err := json.Marshal(trace{UserID: personID, Exchanges: &out.Exchanges, Turns: &out.Turns})
	if err != nil {
		return out, err
	}
	err = s.CreateAudit(ctx, &store.Audit{Actor: by, Approver: by, Action: "delete", Entity: exchangeEntity, EntityID: personID, After: after, Origin: origin})
	if err != nil {
		return out, fmt.Errorf("keep the trail of an erasure: %w", err)
	}
	return out, nil
}

type erasedView struct{ Body Erased }

func (c *conversations) addErase() {
	op := c.operation(http.MethodDelete, "erase-conversations", "/people/{id}/conversations", "Forget what a person has asked",
		"All exchanges and questions of a person, for ever. Feedback that they gave to others' answers stays without them.", http.StatusNotFound)
	addOperation(c.registrar, op, store.Admin, func(ctx context.Context, by signin.Principal, in *RowID) (*erasedView, error) {
		out, err := c.Erase(ctx, c.Store, actor(by), "api", in.ID)
		return &erasedView{out}, err
	})
}
