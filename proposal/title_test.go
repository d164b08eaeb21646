package proposal_test

import (
	"testing"

	"rollcall/proposal"
	"rollcall/store"
	"rollcall/store/civil"
)

func TestATitleIsTrueOfEverybodyItNames(t *testing.T) {
	t.Parallel()
	each(t, func(r *rig) {
		a, b := r.booking(3, 0, 60, 1, 11), r.booking(4, 0, 80, 1, 18)
		r.must(r.store.CreateBooking(r.t.Context(), &a))
		r.must(r.store.CreateBooking(r.t.Context(), &b))
		longer := func(b store.Booking, last int) *store.Booking {
			day := civil.Of(2026, 12, last)
			b.EndsAt = &day
			return &b
		}
		card := r.propose(r.managers[0], "t", proposal.Assignment, r.edit(&a, longer(a, 18)), r.edit(&b, longer(b, 25)))
		if card.Title != "Extend Person 3 on Project 0 until 18 Dec; Extend Person 4 on Project 0 until 25 Dec" {
			r.t.Error(card.Title)
		}
		card = r.propose(r.managers[0], "t", proposal.Assignment, r.edit(&a, longer(a, 31)), r.edit(&b, longer(b, 31)))
		if card.Title != "Extend Person 3 and Person 4 on Project 0 until 31 Dec" {
			r.t.Error(card.Title)
		}
	})
}

func TestANewRoleFromADayOnIsNoEnd(t *testing.T) {
	t.Parallel()
	each(t, func(r *rig) {
		role := store.Role{Name: "Tech Lead"}
		r.must(r.store.CreateRole(r.t.Context(), &role))
		b := r.booking(3, 0, 60, 1, 31)
		r.must(r.store.CreateBooking(r.t.Context(), &b))
		first, lead := b, b
		last, from := civil.Of(2026, 12, 9), civil.Of(2026, 12, 10)
		first.EndsAt = &last
		lead.ID, lead.StartsAt, lead.RoleID = store.NewID(), &from, &role.ID
		card := r.propose(r.managers[0], "t", proposal.Assignment, r.edit(&b, &first), r.edit(nil, &lead))
		if card.Title != "Change the role of Person 3 on Project 0 to Tech Lead, 10–31 Dec" {
			r.t.Error(card.Title)
		}
	})
}
