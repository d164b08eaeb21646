package proposal

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"rollcall/store"
)

func canUndo(s *store.Store, p store.Proposal) bool {
	return p.State == store.ProposalCommitted && p.DecidedAt != nil && s.Now().Before(p.DecidedAt.Add(undoFor))
}

// undo takes a commit back, with the same checks: who, whether they still may, and whether
// every row is as the commit left it.
func (c *Clerk) undo(ctx context.Context, by Person, p store.Proposal) (Outcome, error) {
	draft, shown, err := draftOf(p)
	if err != nil {
		return Outcome{}, err
	}
	if out := c.isUndoable(p, shown); out.Result != "" {
		return out, nil
	}
	back := reversed(draft.Edits)
	if err = c.mayStill(ctx, by, back); err != nil {
		return refusedBy(err)
	}
	if err = c.tryBack(ctx, back); err == nil {
		err = c.config.writeDetails(ctx, back)
	}
	if cannotUndo(err) {
		return c.changedSince(p), nil
	} else if err != nil {
		return Outcome{}, err
	}
	var out Outcome
	err = c.config.Store.Transact(ctx, func(ctx context.Context, tx *store.Store) error {
		if err = tx.LockCommits(ctx); err != nil {
			return err
		}
		if p, err = tx.GetProposal(ctx, p.ID); err != nil {
			return err
		}
		if out = c.isUndoable(p, shown); out.Result != "" {
			return nil
		}
		out, err = c.takeBack(ctx, tx, by, p, back, shown)
		return err
	})
	switch {
	case cannotUndo(err):
		return c.changedSince(p), nil
	case err != nil:
		return refusedBy(err)
	}
	return out, nil
}

// cannotUndo reports whether what was committed is no longer as it was left.
func cannotUndo(err error) bool {
	return errors.Is(err, store.ErrStale) || errors.Is(err, store.ErrConflict) || errors.Is(err, store.ErrReference)
}

// tryBack tries the rows before documents are written: those are in no transaction, and a
// project that cannot be removed any more must not lose its details to the attempt.
func (c *Clerk) tryBack(ctx context.Context, back []store.Edit) error {
	var problem error
	err := c.config.Store.Transact(ctx, func(ctx context.Context, tx *store.Store) error {
		_, problem = applyRows(ctx, tx, back)
		return errTried
	})
	if problem == nil && !errors.Is(err, errTried) {
		problem = err
	}
	return problem
}

// refusedBy is the outcome of a right that is missing; other errors stay.
func refusedBy(err error) (Outcome, error) {
	var denied *DeniedError
	if errors.As(err, &denied) {
		return Outcome{Result: Refused, Said: denied.Sentence}, nil
	}
	return Outcome{}, err
}

// mayStill checks the right before documents are written, which no transaction takes back.
func (c *Clerk) mayStill(ctx context.Context, by Person, edits []store.Edit) error {
	by, err := fresh(ctx, c.config.Store, by)
	if err != nil {
		return err
	}
	return c.config.may(ctx, c.config.Store, by, edits)
}

func reversed(edits []store.Edit) []store.Edit {
	back := make([]store.Edit, 0, len(edits))
	for _, e := range slices.Backward(edits) {
		back = append(back, e.Reverse())
	}
	return back
}

func (c *Clerk) isUndoable(p store.Proposal, shown shownCard) Outcome {
	shown.State = p.State
	switch {
	case p.State == store.ProposalUndone:
		return Outcome{Result: Already, Card: c.asDecided(c.config.Store, p), Said: "That was undone before."}
	case p.State == store.ProposalCommitting:
		return Outcome{Result: Already, Card: c.asDecided(c.config.Store, p), Said: "This is still being written, so it cannot be undone yet. Press the button again in a moment."}
	case p.State != store.ProposalCommitted:
		return Outcome{Result: Gone, Card: c.asDecided(c.config.Store, p), Said: "There is nothing to undo."}
	case !canUndo(c.config.Store, p):
		return Outcome{Result: Expired, Card: c.asDecided(c.config.Store, p), Said: "This is more than a day ago and can no longer be undone by a button. Tell me what to change instead."}
	}
	return Outcome{}
}

func (c *Clerk) changedSince(p store.Proposal) Outcome {
	return Outcome{Result: Gone, Card: c.asDecided(c.config.Store, p), Said: "This was changed again since, so I did not undo it. Tell me what to change instead."}
}

func (c *Clerk) takeBack(ctx context.Context, tx *store.Store, by Person, p store.Proposal, back []store.Edit, shown shownCard) (Outcome, error) {
	by, err := fresh(ctx, tx, by)
	if err != nil {
		return Outcome{}, err
	}
	if err = c.config.may(ctx, tx, by, back); err != nil {
		return Outcome{}, err
	}
	made, err := applyRows(ctx, tx, back)
	if err != nil {
		return Outcome{}, err
	}
	if err = c.audit(ctx, tx, by, p, made, "undo"); err != nil {
		return Outcome{}, err
	}
	p.State = store.ProposalUndone
	shown.State, shown.CanUndo, shown.Outcome = p.State, false, fmt.Sprintf("Undone by %s: everything is as it was before.", nameOf(by))
	if p.Card, err = json.Marshal(shown); err != nil {
		return Outcome{}, fmt.Errorf("write the card: %w", err)
	}
	return Outcome{Result: Done, Card: shown.Card, Said: shown.Outcome}, tx.UpdateProposal(ctx, &p, store.ProposalCommitted)
}

// applyRows makes the edits of rows; those of documents were made before and only leave
// their entry.
func applyRows(ctx context.Context, tx *store.Store, edits []store.Edit) ([]store.Edit, error) {
	made := make([]store.Edit, 0, len(edits))
	for _, e := range edits {
		if e.Entity != DetailsEntity {
			m, err := tx.ApplyEdit(ctx, e)
			if err != nil {
				return nil, err
			}
			e = m
		}
		made = append(made, e)
	}
	return made, nil
}
