package admin

import "rollcall/store"

func skills() resource[store.Skill, store.Skill] {
	return resource[store.Skill, store.Skill]{
		path: "skills", one: "skill", entity: store.SkillEntity, about: "Something that people know. A skill that somebody has cannot be deleted.",
		fields: []field{
			id(), name("name", true), description(), {name: "aliases", kind: list, unset: []string{}, doc: "Other names that people use for it."}, stamp("createdAt"), stamp("updatedAt"),
		},
		unique: []string{"name"},
		view: func(s store.Skill) store.Skill {
			if s.Aliases == nil {
				s.Aliases = []string{}
			}
			return s
		},
	}
}
