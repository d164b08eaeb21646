package transfer

func peopleCertifications() sheet {
	return sheet{
		file: "people_certifications.csv", table: "user_certification",
		fields: []field{
			{name: "email", target: "userId", kind: text, key: true, required: true, ref: aPerson, check: anAddress},
			{name: "certification", target: "certId", kind: text, key: true, required: true, ref: aCertification},
			{name: "issued_on", target: "issuedAt", kind: date, key: true, check: aDay},
			{name: "expires_on", target: "expiresAt", kind: date, check: aDay},
		},
		ordered: [2]string{"issued_on", "expires_on"},
		export: `SELECT "u"."email", "c"."name", "uc"."issuedAt", "uc"."expiresAt" FROM "user_certification" AS "uc" JOIN "user" AS "u" ON "u"."id" = "uc"."userId" AND "u"."active"
JOIN "certification" AS "c" ON "c"."id" = "uc"."certId" ORDER BY "u"."email", "c"."name", COALESCE("uc"."issuedAt", '0001-01-01'), COALESCE("uc"."expiresAt", '0001-01-01')`,
	}
}
