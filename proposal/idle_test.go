package proposal_test

import (
	"errors"
	"strings"
	"testing"

	"rollcall/proposal"
	"rollcall/store"
)

func TestAWishThatIsTrueAlreadyDrawsNoCard(t *testing.T) {
	t.Parallel()
	each(t, func(r *rig) {
		b := r.booking(3, 0, 50, 1, 31)
		r.must(r.store.CreateBooking(r.t.Context(), &b))
		_, err := r.drafts.Create(r.t.Context(), r.managers[0], proposal.Draft{Kind: proposal.Assignment, Edits: []store.Edit{r.edit(&b, &b)}, Thread: "t"})
		if !errors.Is(err, proposal.ErrNothing) {
			r.t.Fatalf("%v", err)
		}
		open, err := r.clerk.FindOpen(r.t.Context(), r.managers[0])
		if r.must(err); len(open) != 0 {
			r.t.Errorf("a card: %+v", open)
		}
	})
}

func TestOnOneCardWhatIsTrueAlreadyIsSaidAndTheRestIsDone(t *testing.T) {
	t.Parallel()
	each(t, func(r *rig) {
		there, wanted := r.booking(3, 0, 50, 1, 31), r.booking(4, 0, 50, 1, 31)
		r.must(r.store.CreateBooking(r.t.Context(), &there))
		card := r.propose(r.managers[0], "t", proposal.Assignment, r.edit(&there, &there), r.edit(nil, &wanted))
		if len(card.Lines) != 1 || strings.Contains(card.Title, "Person 3") || len(card.Notes) != 1 || card.Notes[0] != "Person 3 on Project 0: that is so already and stays." {
			r.t.Fatalf("%+v", card)
		}
		if out := r.click(r.managers[0], card.ID, proposal.Confirm); out.Result != proposal.Done || len(r.bookings()) != 2 || len(r.audits()) != 1 {
			r.t.Fatalf("%+v, %d bookings, %d entries", out, len(r.bookings()), len(r.audits()))
		}
		there.Percent = 70 // no reason not to undo the other
		r.must(r.store.UpdateBooking(r.t.Context(), &there))
		if out := r.click(r.managers[0], card.ID, proposal.Undo); out.Result != proposal.Done {
			r.t.Errorf("undo: %+v", out)
		}
		if all := r.bookings(); len(all) != 1 || all[0].Percent != 70 {
			r.t.Errorf("after the undo: %+v", all)
		}
	})
}

func TestAWishThatComesTrueBeforeTheClickIsSaidToBeSo(t *testing.T) {
	t.Parallel()
	each(t, func(r *rig) {
		b := r.booking(3, 0, 50, 1, 31)
		r.must(r.store.CreateBooking(r.t.Context(), &b))
		after := b
		after.Percent = 80
		card := r.propose(r.managers[0], "t", proposal.Assignment, r.edit(&b, &after))
		r.must(r.store.UpdateBooking(r.t.Context(), &after))
		out := r.click(r.managers[0], card.ID, proposal.Confirm)
		if out.Result != proposal.Gone || out.Said != "That is so already. Nothing was changed." || len(r.audits()) != 0 {
			r.t.Errorf("%+v", out)
		}
		if again := r.click(r.managers[0], card.ID, proposal.Confirm); again.Result != proposal.Already {
			r.t.Errorf("again: %+v", again)
		}
	})
}

func TestNothingIsDoneWhenWhatWasTrueAlreadyIsSoNoMore(t *testing.T) {
	t.Parallel()
	each(t, func(r *rig) {
		there, wanted := r.booking(3, 0, 50, 1, 31), r.booking(4, 0, 50, 1, 31)
		r.must(r.store.CreateBooking(r.t.Context(), &there))
		card := r.propose(r.managers[0], "t", proposal.Assignment, r.edit(&there, &there), r.edit(nil, &wanted))
		there.Percent = 30
		r.must(r.store.UpdateBooking(r.t.Context(), &there))
		out := r.click(r.managers[0], card.ID, proposal.Confirm)
		if out.Result != proposal.Gone || !strings.Contains(out.Said, "ask again") || len(r.bookings()) != 1 || len(r.audits()) != 0 {
			r.t.Errorf("%+v, %d bookings", out, len(r.bookings()))
		}
	})
}
