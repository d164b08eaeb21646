package admin

import "rollcall/store"

func bookings() resource[store.Booking, store.Booking] {
	return resource[store.Booking, store.Booking]{
		path: "bookings", one: "booking", entity: store.BookingEntity, about: "That somebody is on a project for some percent of full time.",
		fields: []field{
			id(), refTo("projectId", store.ProjectEntity, true), refTo("userId", store.PersonEntity, true), refTo("roleId", store.RoleEntity, false),
			{name: "percent", kind: number, least: 1, most: 100, unset: 100, doc: "Of full time."},
			optionalDay("startsAt", "The first day; none: the project's."), optionalDay("endsAt", "The last day; none: the project's."),
			{name: "status", kind: text, choices: []string{"confirmed", "tentative"}, unset: "confirmed"},
			optionalDay("holdUntil", "The last day of a tentative hold."),
		},
		view:    same[store.Booking],
		prepare: func(b *store.Booking, _ map[string]any) error { return inOrder(b.StartsAt, b.EndsAt, "endsAt") },
	}
}
