package proposal

import (
	"context"
	"slices"
	"strings"

	"rollcall/store"
)

const supersededSentence = "A newer proposal in this conversation took its place. Nothing was changed."

// Replaced is a card that a newer one took the place of.
type Replaced struct {
	Card Card   // as it is now
	Turn string // the question that it was drawn for
}

// mostReplaced is how many older cards of a conversation are looked at: all but the newest
// were replaced when that was drawn.
const mostReplaced = 20

// FindReplaced returns the cards in the conversation of an open card that newer ones took
// the place of, those of the newest question first. Some may never have been shown: whoever
// drew them died before.
func (c *Clerk) FindReplaced(ctx context.Context, id string) ([]Replaced, error) {
	by, err := c.config.Store.GetProposal(ctx, id)
	if err != nil || by.UserID == nil {
		return nil, err
	}
	found, err := c.config.Store.FindProposals(ctx, store.ProposalFilter{
		UserID: *by.UserID, Thread: by.Thread, States: []store.ProposalState{store.ProposalSuperseded}, Limit: mostReplaced,
	})
	if err != nil {
		return nil, err
	}
	var all []Replaced
	for _, p := range found {
		draft, shown, err := draftOf(p)
		if err != nil {
			return nil, err
		}
		if by.TurnID != nil && draft.Turn != "" && draft.Turn != *by.TurnID {
			shown.Outcome = supersededSentence
			all = append(all, Replaced{shown.Card, draft.Turn})
		}
	}
	slices.SortStableFunc(all, func(a, b Replaced) int { return strings.Compare(b.Turn, a.Turn) }) // their ids grow with time
	return all, nil
}

// QuestionOf returns the id of the question that a card was drawn for; empty where there is none.
func (c *Clerk) QuestionOf(ctx context.Context, id string) (string, error) {
	p, err := c.config.Store.GetProposal(ctx, id)
	if err != nil || p.TurnID == nil {
		return "", err
	}
	return *p.TurnID, nil
}
