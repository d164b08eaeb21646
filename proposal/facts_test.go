package proposal_test

import (
	"errors"
	"strings"
	"testing"

	"rollcall/proposal"
	"rollcall/store"
	"rollcall/store/civil"
)

func TestABookingWithoutADayIsRefused(t *testing.T) {
	t.Parallel()
	each(t, func(r *rig) {
		b := r.booking(3, 0, 50, 1, 31)
		late := civil.Of(2028, 3, 1) // the project ends in 2027
		b.StartsAt, b.EndsAt = &late, nil
		_, err := r.drafts.Create(r.t.Context(), r.managers[0], proposal.Draft{Kind: proposal.Assignment, Edits: []store.Edit{r.edit(nil, &b)}, Thread: "t"})
		var bad *proposal.InvalidError
		if !errors.As(err, &bad) || !strings.HasPrefix(bad.Sentence, "Project 0 ends on 31 Dec 2027, before a booking from 1 Mar 2028 on would begin.") {
			r.t.Errorf("%v", err)
		}
	})
}

func TestAProjectThatEndsBeforeSomebodyBeginsSaysSo(t *testing.T) {
	t.Parallel()
	each(t, func(r *rig) {
		b := r.booking(3, 0, 50, 15, 31)
		b.EndsAt = nil // with the project
		r.must(r.store.CreateBooking(r.t.Context(), &b))
		shorter, last := r.projects[0], civil.Of(2026, 12, 11)
		shorter.EndedAt = &last
		e, err := store.NewEdit(store.ProjectEntity, shorter.ID, &r.projects[0], &shorter)
		r.must(err)
		card := r.propose(r.managers[0], "t", proposal.Project, e)
		if len(card.Warnings) != 1 || card.Warnings[0] != "Person 3 is booked from 15 Dec, after the project’s end." {
			r.t.Errorf("%q", card.Warnings)
		}
	})
}
