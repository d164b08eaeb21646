package proposal

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"rollcall/store"
)

// finish writes the documents of a proposal that is committing. When the documents' server
// is away it is tried again by Run; what was confirmed is not lost.
func (c *Clerk) finish(ctx context.Context, id string, out Outcome) (Outcome, error) {
	p, err := c.config.Store.GetProposal(ctx, id)
	if err != nil {
		return Outcome{}, err
	}
	draft, shown, err := draftOf(p)
	if err != nil {
		return Outcome{}, err
	}
	why := c.config.writeDetails(ctx, draft.Edits)
	switch isAway := why != nil; {
	case errors.Is(why, store.ErrStale):
		return c.overtaken(ctx, p, draft, shown)
	case isAway: // no failure of the click: it was confirmed, and Run goes on with it
		c.Logger.WarnContext(ctx, "a confirmed change of project details is not written yet", "proposal", id, "error", why)
		out.Said = "Confirmed. The details could not be written just now; I keep trying."
		out.Card.Outcome = out.Said
		return out, nil
	}
	shown.State, p.State = store.ProposalCommitted, store.ProposalCommitted
	err = c.config.Store.Transact(ctx, func(ctx context.Context, tx *store.Store) error {
		by := Person{}
		if p.DecidedBy != nil {
			by.ID = *p.DecidedBy
		}
		if err = c.audit(ctx, tx, by, p, documentsOf(draft.Edits), "chat"); err != nil {
			return err
		}
		return c.keepCard(ctx, tx, p, shown, store.ProposalCommitting)
	})
	if errors.Is(err, store.ErrStale) { // another process has finished it
		return Outcome{Result: Done, Card: shown.Card, Said: out.Said}, nil
	}
	out.Card.State = p.State
	return out, err
}

func (c *Clerk) keepCard(ctx context.Context, s *store.Store, p store.Proposal, shown shownCard, from store.ProposalState) error {
	var err error
	if p.Card, err = json.Marshal(shown); err != nil {
		return fmt.Errorf("write the card: %w", err)
	}
	return s.UpdateProposal(ctx, &p, from)
}

// overtaken ends a commit whose document somebody else has changed between its check and
// its writing. Where nothing else was changed with it, it is drawn anew.
func (c *Clerk) overtaken(ctx context.Context, p store.Proposal, d Draft, shown shownCard) (Outcome, error) {
	if rows := rowsOf(d.Edits); len(rows) > 0 {
		shown.State, p.State = store.ProposalCommitted, store.ProposalCommitted
		shown.Outcome = "Done, except for the project’s details, which somebody else has changed meanwhile."
		var err error
		if p.Edits, err = json.Marshal(rows); err != nil {
			return Outcome{}, fmt.Errorf("write the edits: %w", err)
		}
		return Outcome{Result: Done, Card: shown.Card, Said: shown.Outcome}, c.keepCard(ctx, c.config.Store, p, shown, store.ProposalCommitting)
	}
	p.State, p.DecidedAt, p.DecidedBy = store.ProposalOpen, nil, nil
	shown.State, shown.Outcome, shown.CanUndo = p.State, "", false
	if err := c.keepCard(ctx, c.config.Store, p, shown, store.ProposalCommitting); err != nil {
		return Outcome{}, err
	}
	by, err := c.requester(ctx, p)
	if err != nil {
		return Outcome{}, err
	}
	return c.redraw(ctx, by, p, d, shown)
}

func (c *Clerk) requester(ctx context.Context, p store.Proposal) (Person, error) {
	if p.UserID == nil {
		return Person{Access: store.Admin}, nil
	}
	return fresh(ctx, c.config.Store, Person{ID: *p.UserID})
}

const (
	sweepEvery = time.Minute
	// mostSwept is how many of each kind one sweep looks at.
	mostSwept = 100
)

// Run finishes what was confirmed and could not be written, asks people who were not asked
// because the process died, and looks after holds, now and
// every minute, until ctx ends. Any number of processes may run it.
func (c *Clerk) Run(ctx context.Context) {
	ticker := time.NewTicker(sweepEvery)
	defer ticker.Stop()
	for {
		if err := c.Sweep(ctx); err != nil && ctx.Err() == nil {
			c.Logger.WarnContext(ctx, "proposals and holds could not be looked after", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// Sweep does once what Run does every minute.
func (c *Clerk) Sweep(ctx context.Context) error {
	left, err := c.config.Store.FindProposals(ctx, store.ProposalFilter{States: []store.ProposalState{store.ProposalCommitting}, Limit: mostSwept})
	for _, p := range left {
		_, failed := c.finish(ctx, p.ID, Outcome{})
		err = errors.Join(err, failed)
	}
	return errors.Join(err, c.askAgain(ctx), c.lookAfterHolds(ctx))
}
