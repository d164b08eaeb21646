package transfer

func assignments() sheet {
	return sheet{
		file: "assignments.csv", table: "project_user",
		fields: []field{
			{name: "project", target: "projectId", kind: text, key: true, required: true, ref: aProject},
			{name: "email", target: "userId", kind: text, key: true, required: true, ref: aPerson, check: anAddress},
			{name: "role", target: "roleId", kind: text, key: true, ref: aRole},
			{name: "percent", target: "percent", kind: integer, check: wholeNumber(1, 100), blank: "100"},
			{name: "starts_on", target: "startsAt", kind: date, key: true, check: aDay},
			{name: "ends_on", target: "endsAt", kind: date, check: aDay},
			{name: "status", target: "status", kind: text, check: oneOf("confirmed", "tentative"), blank: "'confirmed'"},
		},
		ordered: [2]string{"starts_on", "ends_on"},
		export: `SELECT "p"."name", "u"."email", "r"."name", "b"."percent", "b"."startsAt", "b"."endsAt", "b"."status" FROM "project_user" AS "b"
JOIN "project" AS "p" ON "p"."id" = "b"."projectId" JOIN "user" AS "u" ON "u"."id" = "b"."userId" AND "u"."active" LEFT JOIN "role" AS "r" ON "r"."id" = "b"."roleId"
ORDER BY "p"."name", "u"."email", COALESCE("r"."name", ''), COALESCE("b"."startsAt", '0001-01-01'), COALESCE("b"."endsAt", '9999-12-31')`,
	}
}
