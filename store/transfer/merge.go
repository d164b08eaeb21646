package transfer

import (
	"slices"
	"strings"

	"rollcall/store"
)

// merge writes the staged rows: what is there and differs is updated, what is not there
// is created. It runs even after problems, because later files name these rows; the
// transaction is then taken back as a whole.
func (m *merger) merge() error {
	if m.sheet.table == "" {
		return nil
	}
	if err := m.match(); err != nil {
		return err
	}
	var err error
	if m.report.Updated, err = m.update(); err != nil {
		return err
	}
	m.report.Created, err = m.create()
	return err
}

// target returns the columns that the file gives, with the staged value of each.
func (m *merger) targets() (columns, values []string) {
	for i, f := range m.sheet.fields {
		if f.target == "" || !m.table.given(i) {
			continue
		}
		columns, values = append(columns, quoted(f.target)), append(values, m.value(f))
	}
	return columns, values
}

func (m *merger) value(f field) string {
	v := `"s".` + quoted(f.name)
	if f.ref != nil {
		v = `"s".` + quoted(f.name+"_id")
	}
	v = m.cast(v, f.kind)
	if f.blank != "" {
		v = "COALESCE(" + v + ", " + m.cast(f.blank, f.kind) + ")"
	}
	return v
}

// match finds for every staged row the row of the table that has its key.
func (m *merger) match() error {
	var on []string
	for i, f := range m.sheet.fields {
		switch {
		case !f.key:
		case f.required:
			on = append(on, `"t".`+quoted(f.target)+" = "+strings.ReplaceAll(m.value(f), `"s".`, `"stage".`))
		case m.table.given(i):
			on = append(on, `"t".`+quoted(f.target)+" IS NOT DISTINCT FROM "+strings.ReplaceAll(m.value(f), `"s".`, `"stage".`))
		}
	}
	_, err := m.exec(`UPDATE "stage" SET "id" = "t"."id", "found" = 1 FROM ` + quoted(m.sheet.table) + ` AS "t" WHERE ` + strings.Join(on, " AND "))
	return err
}

func (m *merger) update() (int, error) {
	columns, values := m.targets()
	var set, differs []string
	for i := range columns {
		set = append(set, columns[i]+" = "+values[i])
		differs = append(differs, quoted(m.sheet.table)+"."+columns[i]+" IS DISTINCT FROM "+values[i])
	}
	for column, onlyNew := range m.sheet.stamped {
		if !onlyNew {
			set = append(set, quoted(column)+" = "+m.now())
		}
	}
	return m.exec(`UPDATE ` + quoted(m.sheet.table) + ` SET ` + strings.Join(set, ", ") + ` FROM "stage" AS "s" WHERE "s"."found" = 1 AND ` +
		quoted(m.sheet.table) + `."id" = "s"."id" AND (` + strings.Join(differs, " OR ") + `)`)
}

func (m *merger) create() (int, error) {
	columns, values := m.targets()
	columns, values = append(columns, `"id"`), append(values, `"s"."id"`)
	for _, column := range slices.Sorted(mapKeys(m.sheet.stamped)) {
		columns, values = append(columns, quoted(column)), append(values, m.now())
	}
	if m.sheet.table == "user" && !slices.Contains(columns, `"emailVerified"`) {
		columns, values = append(columns, `"emailVerified"`), append(values, "false")
	}
	var where strings.Builder
	for _, f := range m.sheet.fields { // rows with problems may lack what the table needs
		if f.required && f.target != "" {
			v := `"s".` + quoted(f.name)
			if f.ref != nil {
				v = `"s".` + quoted(f.name+"_id")
			}
			where.WriteString(" AND " + v + " IS NOT NULL")
		}
	}
	return m.exec(`INSERT INTO ` + quoted(m.sheet.table) + ` (` + strings.Join(columns, ", ") + `) SELECT ` + strings.Join(values, ", ") +
		` FROM "stage" AS "s" WHERE "s"."found" IS NULL` + where.String() + ` ORDER BY "s"."line"`)
}

func mapKeys(m map[string]bool) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

// clientID returns the id of the only client of the name, or reports what is wrong.
func (m *merger) clientID(line int, name string) (string, error) {
	ids, err := m.texts(`SELECT "id" FROM "client" WHERE "name" = ? LIMIT 2`, name)
	if err != nil {
		return "", err
	}
	switch len(ids) {
	case 1:
		return ids[0], nil
	case 2:
		m.add(Problem{m.sheet.file, line, "client", short(name), "is the name of several rows"})
	case 0:
		if m.unread["client"] {
			return "", nil
		}
		known, err := m.texts(`SELECT "name" FROM "client" ORDER BY 1 LIMIT 2000`)
		if err != nil {
			return "", err
		}
		m.add(Problem{m.sheet.file, line, "client", short(name), "names no client" + didYouMean(name, known)})
	}
	return "", nil
}

func clientNames(cell string) []string {
	var names []string
	for name := range strings.SplitSeq(cell, "|") {
		if name = strings.TrimSpace(name); name != "" && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// checkClients reports the clients of a cell that do not exist.
func (m *merger) checkClients(line int, cell string) error {
	for _, name := range clientNames(cell) {
		if _, err := m.clientID(line, name); err != nil {
			return err
		}
	}
	return nil
}

// link makes the project's clients those of the cell, and no others.
func (m *merger) link(line int, projectID, cell string) error {
	have, err := m.texts(`SELECT "clientId" FROM "client_project" WHERE "projectId" = ?`, projectID)
	if err != nil {
		return err
	}
	var want []string
	for _, name := range clientNames(cell) {
		id, err := m.clientID(line, name)
		if err != nil {
			return err
		}
		if id == "" {
			continue
		}
		want = append(want, id)
		if slices.Contains(have, id) {
			continue
		}
		if _, err := m.exec(`INSERT INTO "client_project" ("id", "clientId", "projectId") VALUES (?, ?, ?)`, store.NewID(), id, projectID); err != nil {
			return err
		}
	}
	for _, id := range have {
		if slices.Contains(want, id) {
			continue
		}
		if _, err := m.exec(`DELETE FROM "client_project" WHERE "projectId" = ? AND "clientId" = ?`, projectID, id); err != nil {
			return err
		}
	}
	return nil
}
