package proposal_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"rollcall/proposal"
	"rollcall/store"
)

// asked commits a booking of somebody who is asked first, and returns it with the question's id.
func asked(r *rig) (card proposal.Card, booking, handshake string) {
	r.t.Helper()
	r.config.Handshake, r.config.CanAsk = true, func(_ context.Context, id string) bool { return id != r.people[5].ID }
	r.wire()
	r.notices = nil
	b := r.booking(3, 0, 50, 1, 31)
	card = r.propose(r.managers[0], "t", proposal.Assignment, r.edit(nil, &b))
	if len(card.Notes) != 1 || !strings.Contains(card.Notes[0], "Person 3 is asked first") {
		r.t.Fatalf("notes %q", card.Notes)
	}
	if out := r.click(r.managers[0], card.ID, proposal.Confirm); out.Result != proposal.Done {
		r.t.Fatalf("%+v", out)
	}
	if len(r.notices) != 1 || r.notices[0].PersonID != r.people[3].ID || r.notices[0].Handshake == "" {
		r.t.Fatalf("notices %+v", r.notices)
	}
	r.isStatus(b.ID, store.Tentative)
	return card, b.ID, r.notices[0].Handshake
}

func (r *rig) isStatus(booking string, want store.BookingStatus) {
	r.t.Helper()
	b, err := r.store.GetBooking(r.t.Context(), booking)
	r.must(err)
	if b.Status != want {
		r.t.Errorf("the booking is %s, not %s", b.Status, want)
	}
}

func (r *rig) respond(who int, handshake string, a proposal.Answer, note, want string) {
	r.t.Helper()
	said, err := r.clerk.Respond(r.t.Context(), proposal.Person{ID: r.people[who].ID, Name: r.people[who].Name, Access: r.people[who].Access}, handshake, a, note)
	r.must(err)
	if !strings.Contains(said, want) {
		r.t.Errorf("%s: said %q, want %q", a, said, want)
	}
}

func TestSomebodyWhoIsAskedFirstAccepts(t *testing.T) {
	t.Parallel()
	each(t, func(r *rig) {
		card, booking, id := asked(r)
		r.respond(4, id, proposal.Accept, "", "Only the person who is asked")
		r.respond(0, id, proposal.Accept, "", "Only the person who is asked")
		r.respond(3, "nonsense", proposal.Accept, "", "do not know")
		r.isStatus(booking, store.Tentative)
		r.respond(3, id, proposal.Accept, "", "confirmed")
		r.isStatus(booking, store.Confirmed)
		r.respond(3, id, proposal.Decline, "", "accepted this before")
		r.isStatus(booking, store.Confirmed)
		last := r.notices[len(r.notices)-1]
		if last.PersonID != r.managers[0].ID || !strings.Contains(last.Title, "Person 3 has accepted") {
			r.t.Errorf("told %+v", last)
		}
		a := r.audits()
		if len(a) != 2 || a[0].Origin != "handshake" || a[0].Approver != r.people[3].ID || a[0].Actor != r.managers[0].ID {
			r.t.Errorf("%+v", a)
		}
		if out := r.click(r.managers[0], card.ID, proposal.Undo); out.Result != proposal.Done || len(r.bookings()) != 0 {
			r.t.Errorf("undo after it was accepted: %+v", out)
		}
	})
}

func TestSomebodyWhoIsAskedFirstDeclinesOrSuggestsOtherDays(t *testing.T) {
	t.Parallel()
	each(t, func(r *rig) {
		card, booking, id := asked(r)
		r.respond(3, id, proposal.Suggest, "  from 15 December, please  ", "passed your suggestion on")
		r.isStatus(booking, store.Tentative)
		last := r.notices[len(r.notices)-1]
		if last.PersonID != r.managers[0].ID || !strings.Contains(strings.Join(last.Lines, "\n"), "“from 15 December, please”") {
			r.t.Errorf("told %+v", last)
		}
		r.respond(3, id, proposal.Decline, "", "not booked")
		if n := len(r.bookings()); n != 0 {
			r.t.Errorf("%d bookings after it was declined", n)
		}
		r.respond(3, id, proposal.Accept, "", "declined this before")
		if out := r.click(r.managers[0], card.ID, proposal.Undo); out.Result == proposal.Done && len(r.audits()) > 2 {
			r.t.Errorf("undo of what was declined: %+v, %d entries", out, len(r.audits()))
		}
		_, booking, id = asked(r)
		r.must(r.store.DeleteBooking(r.t.Context(), booking))
		r.respond(3, id, proposal.Accept, "", "not there any more")
	})
}

func TestUnansweredStaysTentativeAndWhoCannotBeAskedIsBookedAtOnce(t *testing.T) {
	t.Parallel()
	each(t, func(r *rig) {
		_, booking, _ := asked(r)
		r.pass(30 * 24 * time.Hour)
		r.must(r.clerk.Sweep(r.t.Context()))
		r.isStatus(booking, store.Tentative)
		b := r.booking(5, 0, 50, 1, 31)
		card := r.propose(r.managers[0], "t", proposal.Assignment, r.edit(nil, &b))
		r.click(r.managers[0], card.ID, proposal.Confirm)
		r.isStatus(b.ID, store.Confirmed)
		own := r.booking(0, 0, 50, 1, 31)
		card = r.propose(r.managers[0], "t", proposal.Assignment, r.edit(nil, &own))
		r.click(r.managers[0], card.ID, proposal.Confirm)
		r.isStatus(own.ID, store.Confirmed)
	})
}

func TestSomebodyIsAskedEvenIfTheProcessDiedBeforeItCouldAsk(t *testing.T) {
	t.Parallel()
	each(t, func(r *rig) {
		_, _, id := asked(r)
		r.notices = nil // as if nothing had been sent
		r.must(r.clerk.Sweep(r.t.Context()))
		if len(r.notices) != 1 || r.notices[0].Handshake != id || r.notices[0].PersonID != r.people[3].ID || r.notices[0].Key != "handshake-"+id {
			r.t.Errorf("asked %+v", r.notices)
		}
		r.respond(3, id, proposal.Accept, "", "confirmed")
		r.notices = nil
		r.must(r.clerk.Sweep(r.t.Context()))
		if len(r.notices) != 0 {
			r.t.Errorf("asked again %+v", r.notices)
		}
	})
}
