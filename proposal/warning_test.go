package proposal_test

import (
	"strings"
	"testing"

	"rollcall/proposal"
	"rollcall/store"
	"rollcall/store/civil"
)

// long is a booking of a person on a project between two days.
func (r *rig) long(person, project, percent int, first, last civil.Date) store.Booking {
	b := r.booking(person, project, percent, 1, 1)
	b.StartsAt, b.EndsAt = &first, &last
	return b
}

// The weeks that a card looks at begin with the change, not with the booking: one that runs
// for long already is overbooked where it becomes longer.
func TestAnExtensionIsWarnedAboutInTheWeeksThatItAdds(t *testing.T) {
	t.Parallel()
	each(t, func(r *rig) {
		long, other := r.long(3, 0, 100, civil.Of(2026, 10, 1), civil.Of(2027, 5, 31)), r.long(3, 1, 50, civil.Of(2027, 6, 1), civil.Of(2027, 6, 30))
		r.must(r.store.CreateBooking(r.t.Context(), &long))
		r.must(r.store.CreateBooking(r.t.Context(), &other))
		longer, last := long, civil.Of(2027, 6, 4)
		longer.EndsAt = &last
		card := r.propose(r.managers[0], "t", proposal.Assignment, r.edit(&long, &longer))
		if len(card.Warnings) == 0 || card.Warnings[0] != "Person 3 would be over the capacity of 100 % on 4 working days: week of 31 May 2027 at 150 %." {
			r.t.Errorf("%q", card.Warnings)
		}
		if len(card.Load) != 1 || card.Load[0].From != civil.Of(2027, 5, 31) {
			r.t.Errorf("%+v", card.Load)
		}
	})
}

func TestAllOverbookedDaysAreCountedOrSaidToBeAtLeastSoMany(t *testing.T) {
	t.Parallel()
	each(t, func(r *rig) {
		full := r.long(3, 0, 100, civil.Of(2026, 12, 1), civil.Of(2027, 12, 31))
		r.must(r.store.CreateBooking(r.t.Context(), &full))
		more := r.long(3, 1, 20, civil.Of(2026, 12, 7), civil.Of(2027, 6, 25)) // 29 weeks
		card := r.propose(r.managers[0], "t", proposal.Assignment, r.edit(nil, &more))
		if !strings.Contains(card.Warnings[0], " on 145 working days: ") {
			r.t.Errorf("%q", card.Warnings)
		}
		more = r.long(3, 1, 20, civil.Of(2026, 12, 7), civil.Of(2028, 6, 30))
		card = r.propose(r.managers[0], "t", proposal.Assignment, r.edit(nil, &more))
		if !strings.Contains(card.Warnings[0], " on at least 265 working days: ") { // 53 weeks
			r.t.Errorf("%q", card.Warnings)
		}
	})
}

func TestWhatStaysOfABookingThatIsSplitIsNoNews(t *testing.T) {
	t.Parallel()
	each(t, func(r *rig) {
		b := r.booking(3, 0, 60, 1, 31)
		r.must(r.store.CreateBooking(r.t.Context(), &b))
		off := store.TimeOff{UserID: b.UserID, Kind: store.Vacation, StartsOn: civil.Of(2026, 12, 21), EndsOn: civil.Of(2026, 12, 23)}
		r.must(r.store.CreateTimeOff(r.t.Context(), &off))
		first, less := b, b
		last, from := civil.Of(2026, 12, 9), civil.Of(2026, 12, 10)
		first.EndsAt = &last
		less.ID, less.StartsAt, less.Percent = store.NewID(), &from, 40
		card := r.propose(r.managers[0], "t", proposal.Assignment, r.edit(&b, &first), r.edit(nil, &less))
		if len(card.Warnings) != 0 {
			r.t.Errorf("%q", card.Warnings)
		}
	})
}
