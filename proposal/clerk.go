package proposal

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"

	"rollcall/store"
)

// Clerk carries out what people click. It is the only way in which a proposal becomes a
// change; no tool and no model has one.
type Clerk struct {
	config Config
	// Notify brings a message to somebody; nil is nobody. An error is logged: what was
	// committed stays.
	Notify func(ctx context.Context, n Notice) error
	// Checkpoint is told where a commit is; nil is nobody. Tests end the process there.
	Checkpoint func(name string)
	Logger     *slog.Logger
}

// NewClerk returns what commits proposals.
func NewClerk(c Config, logger *slog.Logger) *Clerk { return &Clerk{config: c, Logger: logger} }

// Decide does what a click asks for, or says why not. by is who clicked; their right is
// read anew. An id that is none is an outcome, not an error: an error means that it is not
// known whether anything was done, and that clicking again is safe.
func (c *Clerk) Decide(ctx context.Context, by Person, id string, v Verb) (Outcome, error) {
	p, err := c.config.Store.GetProposal(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return Outcome{Result: Refused, Said: "I do not know this card."}, nil
	}
	if err != nil {
		return Outcome{}, err
	}
	if !isOf(p, by) {
		return c.notTheirs(ctx, p)
	}
	switch v {
	case Confirm:
		return c.confirm(ctx, by, p)
	case Cancel:
		return c.cancel(ctx, by, p)
	case Undo:
		return c.undo(ctx, by, p)
	}
	return Outcome{Result: Refused, Said: "I do not know this button."}, nil
}

func isOf(p store.Proposal, by Person) bool {
	if p.UserID == nil {
		return by.ID == ""
	}
	return *p.UserID == by.ID
}

func (c *Clerk) notTheirs(ctx context.Context, p store.Proposal) (Outcome, error) {
	whose := "the person at the terminal"
	if p.UserID != nil {
		owner, err := c.config.Store.GetPerson(ctx, *p.UserID)
		if err != nil {
			return Outcome{}, err
		}
		whose = owner.Name
	}
	return Outcome{Result: Refused, Said: fmt.Sprintf("Only %s, who asked for it, can decide this. You may ask me for the same yourself.", whose)}, nil
}

// errRedraw ends a commit whose card no longer tells the truth.
var errRedraw = errors.New("the card is out of date")

func (c *Clerk) confirm(ctx context.Context, by Person, p store.Proposal) (Outcome, error) {
	draft, shown, err := draftOf(p)
	if err != nil {
		return Outcome{}, err
	}
	documents, err := c.config.documents(ctx, draft.Edits)
	if err != nil {
		return Outcome{}, err
	}
	var out Outcome
	var asked []store.Handshake
	err = c.config.Store.Transact(ctx, func(ctx context.Context, tx *store.Store) error {
		if err = tx.LockCommits(ctx); err != nil {
			return err
		}
		if p, err = tx.GetProposal(ctx, p.ID); err != nil {
			return err
		}
		if out = c.isOpen(tx, p, shown); out.Result != "" {
			return c.noteExpired(ctx, tx, p, out)
		}
		out, asked, err = c.commit(ctx, tx, by, p, draft, shown, documents)
		return err
	})
	if err != nil {
		return c.notCommitted(ctx, by, p, draft, shown, err)
	}
	if out.Result != Done {
		return out, nil
	}
	c.at("proposal_committed")
	c.ask(ctx, by, asked, out.Card)
	if out.Card.State == store.ProposalCommitting {
		return c.finish(ctx, p.ID, out)
	}
	return out, nil
}

// commit makes the change inside the transaction that it is checked in.
func (c *Clerk) commit(ctx context.Context, tx *store.Store, by Person, p store.Proposal, d Draft, shown shownCard, docs documents) (Outcome, []store.Handshake, error) {
	by, err := fresh(ctx, tx, by)
	if err != nil {
		return Outcome{}, nil, err
	}
	card, err := c.config.tryAgain(ctx, tx, by, d, docs)
	if err != nil {
		return Outcome{}, nil, err
	}
	if !sameCard(card, shown.Card) {
		return Outcome{}, nil, errRedraw
	}
	c.at("proposal_checked")
	changing, idle := d.split()
	if _, err = apply(ctx, tx, idle.Edits, docs); err != nil { // checks them
		return Outcome{}, nil, err
	}
	edits, asked := c.asFirstAsked(ctx, by, p, changing.Edits)
	made, err := apply(ctx, tx, c.signed(by, p, edits), docs)
	if err != nil {
		return Outcome{}, nil, err
	}
	for i := range asked {
		if err = tx.CreateHandshake(ctx, &asked[i]); err != nil {
			return Outcome{}, nil, err
		}
	}
	if err = c.audit(ctx, tx, by, p, rowsOf(made), "chat"); err != nil {
		return Outcome{}, nil, err
	}
	out, err := c.close(ctx, tx, by, p, made, shown)
	return out, asked, err
}

// tryAgain is try in a part of the transaction that is rolled back.
func (c Config) tryAgain(ctx context.Context, tx *store.Store, by Person, d Draft, docs documents) (Card, error) {
	var card Card
	var problem error
	err := tx.Transact(ctx, func(ctx context.Context, inner *store.Store) error {
		card, problem = c.try(ctx, inner, by, d, docs)
		return errTried
	})
	if problem == nil && !errors.Is(err, errTried) {
		problem = err
	}
	return card, problem
}

// sameCard reports whether a card still says what was read.
func sameCard(a, b Card) bool {
	return a.Title == b.Title && slices.EqualFunc(a.Lines, b.Lines, sameLine) && sameLists(a.Load, b.Load) && sameLists(a.Warnings, b.Warnings) && sameLists(a.Notes, b.Notes)
}

// sameLine holds no fields and an empty list of them for the same: a stored card has lost the difference.
func sameLine(a, b Line) bool {
	return a.Subject == b.Subject && a.Action == b.Action && sameLists(a.Fields, b.Fields)
}

func sameLists[T comparable](a, b []T) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

// close marks the proposal as decided. One with documents is still to be finished.
func (c *Clerk) close(ctx context.Context, tx *store.Store, by Person, p store.Proposal, made []store.Edit, shown shownCard) (Outcome, error) {
	at := tx.Now()
	p.DecidedBy, p.DecidedAt = orNil(by.ID), &at
	p.State = store.ProposalCommitted
	if hasDetails(made) {
		p.State = store.ProposalCommitting
	}
	shown.Outcome = fmt.Sprintf("Done, confirmed by %s.", nameOf(by))
	shown.State, shown.CanUndo = p.State, true
	var err error
	if p.Edits, err = json.Marshal(made); err != nil {
		return Outcome{}, fmt.Errorf("write the edits: %w", err)
	}
	if p.Card, err = json.Marshal(shown); err != nil {
		return Outcome{}, fmt.Errorf("write the card: %w", err)
	}
	return Outcome{Result: Done, Card: shown.Card, Said: shown.Title + ": done."}, tx.UpdateProposal(ctx, &p, store.ProposalOpen)
}

func nameOf(p Person) string {
	if p.Name == "" {
		return "the operator"
	}
	return p.Name
}

// isOpen says why a proposal cannot be decided any more, or nothing.
func (c *Clerk) isOpen(s *store.Store, p store.Proposal, shown shownCard) Outcome {
	card := shown.Card
	card.State = p.State
	switch p.State {
	case store.ProposalCommitted, store.ProposalCommitting, store.ProposalUndone, store.ProposalCancelled:
		return Outcome{Result: Already, Card: c.asDecided(s, p), Said: map[bool]string{true: "That was cancelled before.", false: "That was decided before; nothing was done twice."}[p.State == store.ProposalCancelled]}
	case store.ProposalSuperseded:
		card.Outcome = supersededSentence
		return Outcome{Result: Superseded, Card: card, Said: card.Outcome}
	case store.ProposalOpen, store.ProposalExpired:
	}
	if p.State == store.ProposalExpired || !s.Now().Before(p.ExpiresAt) {
		card.State, card.Outcome = store.ProposalExpired, "This was not confirmed in time. Nothing was changed; please ask again."
		return Outcome{Result: Expired, Card: card, Said: card.Outcome}
	}
	return Outcome{}
}

// asDecided is the card as the newest state has it.
func (c *Clerk) asDecided(s *store.Store, p store.Proposal) Card {
	_, shown, err := draftOf(p)
	if err != nil {
		return Card{ID: p.ID, State: p.State, Title: "A change"}
	}
	shown.CanUndo = shown.CanUndo && canUndo(s, p)
	return shown.Card
}

func (c *Clerk) noteExpired(ctx context.Context, tx *store.Store, p store.Proposal, out Outcome) error {
	if out.Result != Expired || p.State == store.ProposalExpired {
		return nil
	}
	p.State = store.ProposalExpired
	return tx.UpdateProposal(ctx, &p, store.ProposalOpen)
}

// notCommitted tells what a commit that was rolled back means.
func (c *Clerk) notCommitted(ctx context.Context, by Person, p store.Proposal, d Draft, shown shownCard, err error) (Outcome, error) {
	var denied *DeniedError
	var bad *InvalidError
	err = sentenceForCommit(err)
	switch {
	case errors.Is(err, errRedraw):
		return c.redraw(ctx, by, p, d, shown)
	case errors.Is(err, ErrNothing):
		return c.closeUndone(ctx, p, shown, "That is so already. Nothing was changed.")
	case errors.As(err, &denied):
		return c.closeUndone(ctx, p, shown, denied.Sentence)
	case errors.As(err, &bad):
		return c.closeUndone(ctx, p, shown, bad.Sentence+" Nothing was changed.")
	}
	return Outcome{}, err
}

// sentenceForCommit is sentenceFor, where a row that was changed is a reason to draw anew.
func sentenceForCommit(err error) error {
	if errors.Is(err, store.ErrStale) {
		return errRedraw
	}
	return sentenceFor(err)
}

// closeUndone cancels a proposal that can never be committed, and says why.
func (c *Clerk) closeUndone(ctx context.Context, p store.Proposal, shown shownCard, why string) (Outcome, error) {
	shown.State, shown.Outcome, p.State = store.ProposalCancelled, why, store.ProposalCancelled
	var err error
	if p.Card, err = json.Marshal(shown); err != nil {
		return Outcome{}, fmt.Errorf("write the card: %w", err)
	}
	if err := c.config.Store.UpdateProposal(ctx, &p, store.ProposalOpen); err != nil && !errors.Is(err, store.ErrStale) {
		return Outcome{}, err
	}
	return Outcome{Result: Gone, Card: shown.Card, Said: why}, nil
}

// redraw makes a new proposal of the same wish on top of what has changed meanwhile.
func (c *Clerk) redraw(ctx context.Context, by Person, p store.Proposal, d Draft, shown shownCard) (Outcome, error) {
	docs, err := c.config.documents(ctx, d.Edits)
	if err != nil {
		return Outcome{}, err
	}
	d, err = c.config.rebase(ctx, d, docs)
	if errors.Is(err, errGone) {
		return c.closeUndone(ctx, p, shown, "What this would change is not there any more. Nothing was changed.")
	}
	if errors.Is(err, errIdleChanged) {
		return c.closeUndone(ctx, p, shown, "Somebody has changed what was as you wanted it already. Nothing was changed; please ask again.")
	}
	if err != nil {
		return Outcome{}, err
	}
	card, err := (&Drafts{config: c.config}).Create(ctx, by, d)
	if err != nil {
		return c.notCommitted(ctx, by, p, d, shown, err)
	}
	return Outcome{Result: Redrawn, Card: card, Said: "Something changed since I drew this card, so I did nothing. Here is how it looks now."}, nil
}

func (c *Clerk) cancel(ctx context.Context, by Person, p store.Proposal) (Outcome, error) {
	var out Outcome
	err := c.config.Store.Transact(ctx, func(ctx context.Context, tx *store.Store) error {
		if err := tx.LockCommits(ctx); err != nil {
			return err
		}
		now, err := tx.GetProposal(ctx, p.ID)
		if err != nil {
			return err
		}
		p = now
		_, shown, err := draftOf(p)
		if err != nil {
			return err
		}
		if out = c.isOpen(tx, p, shown); out.Result != "" {
			return c.noteExpired(ctx, tx, p, out)
		}
		at := tx.Now()
		p.State, p.DecidedBy, p.DecidedAt = store.ProposalCancelled, orNil(by.ID), &at
		shown.State, shown.Outcome = p.State, "Cancelled. Nothing was changed."
		out = Outcome{Result: Done, Card: shown.Card, Said: shown.Outcome}
		return c.keepCard(ctx, tx, p, shown, store.ProposalOpen)
	})
	return out, err
}

// FindOpen returns the cards that wait for the person's click, newest first.
func (c *Clerk) FindOpen(ctx context.Context, by Person) ([]Card, error) {
	all, err := c.config.Store.FindProposals(ctx, store.ProposalFilter{UserID: by.ID, States: []store.ProposalState{store.ProposalOpen}, Valid: true, Limit: MaxLines})
	if err != nil || by.ID == "" {
		return nil, err
	}
	cards := make([]Card, 0, len(all))
	for _, p := range all {
		_, shown, err := draftOf(p)
		if err != nil {
			return nil, err
		}
		cards = append(cards, shown.Card)
	}
	return cards, nil
}

func (c *Clerk) at(checkpoint string) {
	if c.Checkpoint != nil {
		c.Checkpoint(checkpoint)
	}
}
