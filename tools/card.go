package tools

import (
	"context"
	"errors"
	"fmt"

	"rollcall/proposal"
	"rollcall/store"
)

// CardResult is a change that waits for the asker's click. Nothing is written before.
type CardResult struct {
	Status string        `json:"status"`
	Card   proposal.Card `json:"card"`
}

const waiting = "nothing is changed yet: the user sees a card and confirms or cancels it with a button"

// View shows the card. The sentence beside is for readers that draw no cards.
func (r *CardResult) View() View {
	return View{Headline: r.Card.Title + "?", Card: &r.Card}
}

// propose drafts the edits for the asker.
func (c *Company) propose(ctx context.Context, call Call, kind proposal.Kind, edits ...store.Edit) (Result, error) {
	a := call.Asker
	card, err := proposal.NewDrafts(c.Proposals()).Create(ctx, proposal.Person{ID: a.ID, Name: a.Name, Access: a.Access},
		proposal.Draft{Kind: kind, Edits: edits, Turn: a.Turn, Thread: a.Thread, Public: a.Public})
	var denied *proposal.DeniedError
	var bad *proposal.InvalidError
	switch {
	case errors.As(err, &denied):
		return nil, &Error{Code: NotPermitted, Message: denied.Sentence, err: err}
	case errors.As(err, &bad):
		return nil, &Error{Code: Invalid, Message: bad.Sentence, err: err}
	case err != nil:
		return nil, nothing(err)
	}
	return &CardResult{Status: waiting, Card: card}, nil
}

// nothing gives a wish that is true already words; other errors stay.
func nothing(err error) error {
	if errors.Is(err, proposal.ErrNothing) {
		return &Error{Code: Invalid, Message: "That is so already: nothing would change", err: err}
	}
	return err
}

// defineProposal makes a tool whose result is a card. It ends the turn: the next word is
// the person's.
func defineProposal[A any](name, description string, call func(ctx context.Context, c Call, a A) (Result, error)) Tool {
	t := define(name, description, call)
	t.Terminal = true
	return t
}

func tooMany(n int, what string) error {
	if n <= proposal.MaxLines {
		return nil
	}
	return &Error{Code: Invalid, Message: fmt.Sprintf("One card is about at most %d %s. Please say it in parts", proposal.MaxLines, what), Retryable: true}
}
