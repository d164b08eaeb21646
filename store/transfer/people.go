package transfer

// people fills the table "user". The Slack id becomes an account of the provider slack.
func people() sheet {
	return sheet{
		file: "people.csv", table: "user",
		fields: []field{
			{name: "name", target: "name", kind: text, required: true},
			{name: "email", target: "email", kind: text, key: true, required: true, check: anAddress},
			{name: "role", target: "roleId", kind: text, ref: aRole},
			{name: "location", target: "location", kind: text},
			{name: "timezone", target: "timezone", kind: text, check: aZone},
			{name: "capacity", target: "capacity", kind: integer, check: wholeNumber(0, 100), blank: "100"},
			{name: "access", target: "access", kind: text, check: oneOf("staff", "manager", "admin"), blank: "'staff'"},
			{name: "slack_id", kind: text},
		},
		stamped: map[string]bool{"createdAt": true, "updatedAt": false},
		after:   linkSlack,
		export: `SELECT "u"."name", "u"."email", "r"."name", "u"."location", "u"."timezone", "u"."capacity", "u"."access",
	(SELECT MIN("a"."accountId") FROM "account" AS "a" WHERE "a"."userId" = "u"."id" AND "a"."providerId" = 'slack')
FROM "user" AS "u" LEFT JOIN "role" AS "r" ON "r"."id" = "u"."roleId" WHERE "u"."active" ORDER BY "u"."email"`,
	}
}

// linkSlack writes the Slack identities: one per person, and nobody else's.
func linkSlack(m *merger) error {
	if !m.given("slack_id") {
		return nil
	}
	if err := m.complain("slack_id", `SELECT "line", "slack_id", 'belongs to somebody else already' FROM "stage" AS "s" WHERE "slack_id" IS NOT NULL AND (
	EXISTS (SELECT 1 FROM "stage" AS "o" WHERE "o"."slack_id" = "s"."slack_id" AND "o"."line" < "s"."line")
	OR EXISTS (SELECT 1 FROM "account" AS "a" WHERE "a"."providerId" = 'slack' AND "a"."accountId" = "s"."slack_id" AND "a"."userId" <> "s"."id"))`); err != nil {
		return err
	}
	if m.failed() {
		return nil
	}
	for _, statement := range []string{
		`DELETE FROM "account" WHERE "providerId" = 'slack' AND "userId" IN (SELECT "id" FROM "stage" AS "s" WHERE COALESCE("s"."slack_id", '') <> "account"."accountId")`,
		`INSERT INTO "account" ("id", "accountId", "providerId", "userId", "createdAt", "updatedAt")
SELECT 'slack-' || "s"."id", "s"."slack_id", 'slack', "s"."id", ` + m.now() + `, ` + m.now() + ` FROM "stage" AS "s" WHERE "s"."slack_id" IS NOT NULL
	AND NOT EXISTS (SELECT 1 FROM "account" AS "a" WHERE "a"."providerId" = 'slack' AND "a"."userId" = "s"."id")`,
	} {
		if _, err := m.exec(statement); err != nil {
			return err
		}
	}
	return nil
}
