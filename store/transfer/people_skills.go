package transfer

func peopleSkills() sheet {
	return sheet{
		file: "people_skills.csv", table: "user_skill",
		fields: []field{
			{name: "email", target: "userId", kind: text, key: true, required: true, ref: aPerson, check: anAddress},
			{name: "skill", target: "skillId", kind: text, key: true, required: true, ref: aSkill},
			{name: "level", target: "level", kind: integer, check: wholeNumber(1, 5)},
			{name: "acquired_on", target: "acquiredAt", kind: date, check: aDay},
		},
		stamped: map[string]bool{"updatedAt": false},
		export: `SELECT "u"."email", "s"."name", "us"."level", "us"."acquiredAt" FROM "user_skill" AS "us" JOIN "user" AS "u" ON "u"."id" = "us"."userId" AND "u"."active"
JOIN "skill" AS "s" ON "s"."id" = "us"."skillId" ORDER BY "u"."email", "s"."name"`,
	}
}
