package transfer

// projects fills the tables project and client_project; several clients are separated by |.
func projects() sheet {
	return sheet{
		file: "projects.csv", table: "project",
		fields: []field{
			{name: "name", target: "name", kind: text, key: true, required: true},
			{name: "client", kind: text},
			{name: "description", target: "description", kind: text},
			{name: "starts_on", target: "startedAt", kind: date, check: aDay},
			{name: "ends_on", target: "endedAt", kind: date, check: aDay},
		},
		ordered: [2]string{"starts_on", "ends_on"},
		after:   linkClients,
		export: `SELECT "p"."name", (SELECT ` + joinedNames + ` FROM (SELECT "c"."name" FROM "client_project" AS "cp" JOIN "client" AS "c" ON "c"."id" = "cp"."clientId"
	WHERE "cp"."projectId" = "p"."id" ORDER BY "c"."name") AS "names"), "p"."description", "p"."startedAt", "p"."endedAt" FROM "project" AS "p" ORDER BY "p"."name"`,
	}
}

// joinedNames stands for the aggregate that joins names with |, which each database
// calls by another name.
const joinedNames = "{joined}"

// linkClients writes which clients each project is for. Projects are few beside people
// and bookings, so they are read a page at a time and linked one by one.
func linkClients(m *merger) error {
	if !m.given("client") {
		return nil
	}
	return m.pages("client", func(line int, id, cell string) error {
		if m.failed() {
			return m.checkClients(line, cell)
		}
		return m.link(line, id, cell)
	})
}
