package transfer

func timeOff() sheet {
	return sheet{
		file: "time_off.csv", table: "time_off",
		fields: []field{
			{name: "email", target: "userId", kind: text, key: true, required: true, ref: aPerson, check: anAddress},
			{name: "kind", target: "kind", kind: text, key: true, required: true, check: oneOf("vacation", "sick", "parental", "other")},
			{name: "starts_on", target: "startsOn", kind: date, key: true, required: true, check: aDay},
			{name: "ends_on", target: "endsOn", kind: date, required: true, check: aDay},
		},
		ordered: [2]string{"starts_on", "ends_on"},
		export: `SELECT "u"."email", "t"."kind", "t"."startsOn", "t"."endsOn" FROM "time_off" AS "t" JOIN "user" AS "u" ON "u"."id" = "t"."userId" AND "u"."active"
ORDER BY "u"."email", "t"."startsOn", "t"."kind", "t"."endsOn"`,
	}
}
