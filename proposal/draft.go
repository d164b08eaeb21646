package proposal

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"rollcall/store"
)

// Drafts makes proposals. It has no way to commit one.
type Drafts struct{ config Config }

// NewDrafts returns what makes proposals.
func NewDrafts(c Config) *Drafts { return &Drafts{config: c} }

// Draft is what somebody wants changed.
type Draft struct {
	Kind   Kind
	Edits  []store.Edit // in the order in which they are made; of one or more lines
	Turn   string       // the question's id
	Thread string       // the conversation's
	// Public says that others read the card too: it holds nothing that not everybody may know.
	Public bool
}

// errTried ends the transaction in which a change was only tried.
var errTried = errors.New("only tried")

// Create tries the edits, rolls them back and keeps the proposal with the card that tells
// what would come of them. An older open proposal of the person in the conversation is
// superseded. The errors are a *DeniedError, an *InvalidError, ErrNothing, or a failure.
func (d *Drafts) Create(ctx context.Context, by Person, draft Draft) (Card, error) {
	c := d.config
	docs, err := c.documents(ctx, draft.Edits)
	if err != nil {
		return Card{}, err
	}
	var card Card
	var problem error
	err = c.Store.Transact(ctx, func(ctx context.Context, tx *store.Store) error {
		card, problem = c.try(ctx, tx, by, draft, docs)
		return errTried
	})
	if problem != nil {
		return Card{}, sentenceFor(problem)
	}
	if !errors.Is(err, errTried) {
		return Card{}, err
	}
	return c.keep(ctx, by, draft, card)
}

// keep stores an open proposal with its card.
func (c Config) keep(ctx context.Context, by Person, draft Draft, card Card) (Card, error) {
	card.State, card.ExpiresAt = store.ProposalOpen, c.Store.Now().Add(validFor)
	edits, err := json.Marshal(draft.Edits)
	if err != nil {
		return Card{}, fmt.Errorf("write the edits: %w", err)
	}
	shown, err := json.Marshal(shownCard{Card: card, Public: draft.Public})
	if err != nil {
		return Card{}, fmt.Errorf("write the card: %w", err)
	}
	p := store.Proposal{
		TurnID: orNil(draft.Turn), UserID: orNil(by.ID), Thread: draft.Thread, Kind: string(draft.Kind), Edits: edits, Card: shown, ExpiresAt: card.ExpiresAt,
	}
	if err := c.Store.CreateProposal(ctx, &p); err != nil {
		return Card{}, err
	}
	card.ID = p.ID
	return card, nil
}

// shownCard is a card as it is kept: with who it was shown to.
type shownCard struct {
	Card

	Public bool `json:"public,omitempty"`
}

func orNil(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// sentenceFor turns what the database refuses into words for the person.
func sentenceFor(err error) error {
	switch {
	case errors.Is(err, store.ErrConflict):
		return invalid("That is there already.")
	case errors.Is(err, store.ErrReference):
		return invalid("Something that this change needs is not there, or something else still needs what it would remove.")
	case errors.Is(err, store.ErrInvalid):
		return invalid("A value is outside what is allowed: a percent is 1 to 100, a level 1 to 5, and an end is not before its start.")
	case errors.Is(err, store.ErrStale):
		return invalid("Somebody changed this just now. Please say it again.")
	}
	return err
}

// draftOf is the draft that a proposal was made of.
func draftOf(p store.Proposal) (Draft, shownCard, error) {
	d := Draft{Kind: Kind(p.Kind), Thread: p.Thread}
	if p.TurnID != nil {
		d.Turn = *p.TurnID
	}
	if err := json.Unmarshal(p.Edits, &d.Edits); err != nil {
		return d, shownCard{}, fmt.Errorf("read the edits of proposal %s: %w", p.ID, err)
	}
	var shown shownCard
	if err := json.Unmarshal(p.Card, &shown); err != nil {
		return d, shown, fmt.Errorf("read the card of proposal %s: %w", p.ID, err)
	}
	shown.ID, shown.State, shown.ExpiresAt, d.Public = p.ID, p.State, p.ExpiresAt, shown.Public
	return d, shown, nil
}
