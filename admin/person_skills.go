package admin

import "rollcall/store"

func personSkills() resource[store.PersonSkill, store.PersonSkill] {
	return resource[store.PersonSkill, store.PersonSkill]{
		path: "person-skills", one: "skill of a person", entity: store.PersonSkillEntity, about: "That somebody knows something, at most once for each skill.",
		fields: []field{
			id(), refTo("userId", store.PersonEntity, true), refTo("skillId", store.SkillEntity, true), optionalDay("acquiredAt", "The day since when."),
			{name: "level", kind: number, least: 1, most: 5, null: true, doc: "1 (beginner) to 5 (expert)."},
			refTo("confirmedBy", store.PersonEntity, false),
			{name: "confirmedAt", kind: moment, null: true},
			stamp("updatedAt"),
		},
		unique: []string{"userId", "skillId"},
		view:   same[store.PersonSkill],
	}
}
