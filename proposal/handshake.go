package proposal

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"rollcall/store"
)

// asFirstAsked makes bookings tentative whose people are asked first, with what asks them.
func (c *Clerk) asFirstAsked(ctx context.Context, by Person, p store.Proposal, edits []store.Edit) ([]store.Edit, []store.Handshake) {
	var asked []store.Handshake
	all := make([]store.Edit, 0, len(edits))
	for _, e := range edits {
		var rows []pair[store.Booking]
		if e.Entity == store.BookingEntity && read(&rows, e) == nil && c.config.asksFirst(ctx, by, rows[0]) {
			b := *rows[0].after
			b.Status = store.Tentative
			if tentative, err := store.NewEdit(e.Entity, e.ID, rows[0].before, &b); err == nil {
				e = tentative
				asked = append(asked, store.Handshake{BookingID: b.ID, UserID: b.UserID, AskedBy: orNil(by.ID), ProposalID: p.ID})
			}
		}
		all = append(all, e)
	}
	return all, asked
}

// askFor is for how long somebody is asked who may not have been. A notice that was brought
// before is known by its key and not said again.
const askFor = 7 * 24 * time.Hour

// askAgain asks those whose question may have been lost with the process that committed
// their booking.
func (c *Clerk) askAgain(ctx context.Context) error {
	open, err := c.config.Store.FindOpenHandshakes(ctx, c.config.Store.Now().Add(-askFor), mostSwept)
	for _, h := range open {
		p, failed := c.config.Store.GetProposal(ctx, h.ProposalID)
		if failed != nil {
			err = errors.Join(err, failed)
			continue
		}
		if p.State != store.ProposalCommitted && p.State != store.ProposalCommitting {
			continue // taken back meanwhile
		}
		by, failed := c.requester(ctx, p)
		var denied *DeniedError
		if failed != nil && !errors.As(failed, &denied) {
			err = errors.Join(err, failed)
			continue
		}
		_, shown, failed := draftOf(p)
		if err = errors.Join(err, failed); failed == nil {
			c.ask(ctx, by, []store.Handshake{h}, shown.Card)
		}
	}
	return err
}

// ask tells people that they are to be booked. What cannot be told now is logged: the
// booking stays tentative, and its owner sees that.
func (c *Clerk) ask(ctx context.Context, by Person, asked []store.Handshake, card Card) {
	for _, h := range asked {
		c.tell(ctx, Notice{
			Key: "handshake-" + h.ID, PersonID: h.UserID, Handshake: h.ID,
			Title: nameOf(by) + " would like to book you. Does that work for you?", Lines: []string{card.Title + "."},
		})
	}
}

func (c *Clerk) tell(ctx context.Context, n Notice) {
	if c.Notify == nil || n.PersonID == "" || n.PersonID == Operator || n.PersonID == Rollcall {
		return
	}
	if err := c.Notify(ctx, n); err != nil {
		c.Logger.WarnContext(ctx, "somebody could not be told", "person", n.PersonID, "notice", n.Key, "error", err)
	}
}

// MaxNote is how many characters somebody's own words to a booking may have.
const MaxNote = 1000

// Respond keeps what somebody says to being booked, and returns a sentence for them.
// Accepting confirms the booking, declining removes it, and other days are passed on to
// whoever asked, while the booking stays tentative. Only the person may answer, once,
// except that days may be suggested before. An error means that it is not known whether
// anything was kept.
func (c *Clerk) Respond(ctx context.Context, by Person, handshake string, a Answer, note string) (string, error) {
	h, err := c.config.Store.GetHandshake(ctx, handshake)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return "I do not know this question.", nil
	case err != nil:
		return "", err
	case h.UserID != by.ID:
		return "Only the person who is asked can answer this.", nil
	}
	from := h.State
	if said := answeredBefore(from); said != "" {
		return said, nil
	}
	at := c.config.Store.Now()
	h.DecidedAt, h.Note = &at, strings.TrimSpace(string([]rune(note)[:min(len([]rune(note)), MaxNote)]))
	said := ""
	err = c.config.Store.Transact(ctx, func(ctx context.Context, tx *store.Store) error {
		if err = tx.LockCommits(ctx); err != nil {
			return err
		}
		said, err = c.respond(ctx, tx, by, &h, a)
		if err != nil {
			return err
		}
		return tx.UpdateHandshake(ctx, &h, from)
	})
	if errors.Is(err, store.ErrStale) {
		return "You have answered this before, or the booking was changed just now.", nil
	}
	var denied *DeniedError
	if errors.As(err, &denied) {
		return denied.Sentence, nil
	}
	if err == nil {
		c.passOn(ctx, by, h, a)
	}
	return said, err
}

func answeredBefore(s store.HandshakeState) string {
	switch s {
	case store.HandshakeAccepted:
		return "You have accepted this before."
	case store.HandshakeDeclined:
		return "You have declined this before."
	case store.HandshakeOpen, store.HandshakeSuggested:
	}
	return ""
}

func (c *Clerk) respond(ctx context.Context, tx *store.Store, by Person, h *store.Handshake, a Answer) (string, error) {
	by, err := fresh(ctx, tx, by)
	if err != nil {
		return "", err
	}
	if a == Suggest {
		h.State = store.HandshakeSuggested
		return "I have passed your suggestion on. The booking stays tentative.", nil
	}
	row, err := tx.GetRow(ctx, store.BookingEntity, h.BookingID)
	if errors.Is(err, store.ErrNotFound) {
		h.State = store.HandshakeDeclined
		return "That booking is not there any more, so there is nothing to answer.", nil
	}
	if err != nil {
		return "", err
	}
	var b store.Booking
	if err := json.Unmarshal(row, &b); err != nil {
		return "", fmt.Errorf("read booking %s: %w", h.BookingID, err)
	}
	return c.answerBooking(ctx, tx, by, h, a, b)
}

func (c *Clerk) answerBooking(ctx context.Context, tx *store.Store, by Person, h *store.Handshake, a Answer, b store.Booking) (string, error) {
	if b.Status == store.Confirmed {
		h.State = store.HandshakeAccepted
		return "That booking is confirmed already.", nil
	}
	confirmed := b
	confirmed.Status, confirmed.HoldUntil = store.Confirmed, nil
	after, said := &confirmed, "Thank you: the booking is confirmed."
	h.State = store.HandshakeAccepted
	if a == Decline {
		after, h.State, said = nil, store.HandshakeDeclined, "You are not booked. I tell whoever asked."
	}
	e, err := store.NewEdit(store.BookingEntity, b.ID, &b, after)
	if err != nil {
		return "", err
	}
	made, err := tx.ApplyEdit(ctx, e)
	if err != nil {
		return "", err
	}
	p, err := tx.GetProposal(ctx, h.ProposalID)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return "", err
	}
	if err := c.audit(ctx, tx, by, store.Proposal{ID: h.ProposalID, UserID: h.AskedBy, Thread: p.Thread, TurnID: p.TurnID}, []store.Edit{made}, "handshake"); err != nil {
		return "", err
	}
	return said, c.follow(ctx, tx, p, made)
}

// follow puts what a handshake made of a booking into the proposal, so that the proposal
// can still be undone.
func (c *Clerk) follow(ctx context.Context, tx *store.Store, p store.Proposal, made store.Edit) error {
	if p.State != store.ProposalCommitted {
		return nil
	}
	draft, _, err := draftOf(p)
	if err != nil {
		return err
	}
	var kept []store.Edit
	for _, e := range draft.Edits {
		if e.Entity == made.Entity && e.ID == made.ID {
			if e.After = made.After; e.Before == nil && e.After == nil {
				continue // it was never made, as far as an undo is concerned
			}
		}
		kept = append(kept, e)
	}
	if p.Edits, err = json.Marshal(kept); err != nil {
		return fmt.Errorf("write the edits: %w", err)
	}
	return tx.UpdateProposal(ctx, &p, store.ProposalCommitted)
}

// passOn tells whoever asked what the person has said.
func (c *Clerk) passOn(ctx context.Context, by Person, h store.Handshake, a Answer) {
	if h.AskedBy == nil {
		return
	}
	title := map[Answer]string{
		Accept: "%s has accepted the booking.", Decline: "%s has declined the booking; it was removed.", Suggest: "%s suggests other days; the booking stays tentative.",
	}[a]
	n := Notice{Key: fmt.Sprintf("handshake-%s-%s", h.ID, h.State), PersonID: *h.AskedBy, Title: fmt.Sprintf(title, nameOf(by))}
	if p, err := c.config.Store.GetProposal(ctx, h.ProposalID); err == nil {
		if _, shown, err := draftOf(p); err == nil {
			n.Lines = append(n.Lines, shown.Title+".")
		}
	}
	if h.Note != "" {
		n.Lines = append(n.Lines, "“"+h.Note+"”")
	}
	c.tell(ctx, n)
}
