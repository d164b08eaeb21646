package admin

import "rollcall/store"

func timeOff() resource[store.TimeOff, store.TimeOff] {
	return resource[store.TimeOff, store.TimeOff]{
		path: "time-off", one: "time off", entity: store.TimeOffEntity, about: "Days on which somebody does not work.",
		fields: []field{
			id(), refTo("userId", store.PersonEntity, true),
			{name: "kind", kind: text, need: true, choices: []string{"vacation", "sick", "parental", "other"}},
			{name: "startsOn", kind: day, need: true, doc: "The first day."},
			{name: "endsOn", kind: day, need: true, doc: "The last day."},
			{name: "note", kind: text, null: true},
		},
		view:    same[store.TimeOff],
		prepare: func(t *store.TimeOff, _ map[string]any) error { return inOrder(&t.StartsOn, &t.EndsOn, "endsOn") },
	}
}
