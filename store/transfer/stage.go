package transfer

import (
	"context"
	"database/sql"
	"fmt"
	"strconv"
	"strings"
	"time"

	"rollcall/store"
	"rollcall/store/chatlog"
	"rollcall/store/migrations"
)

// merger brings one sheet into the database: rows are staged as text in a temporary
// table, checked against each other and against what is there by joins, and merged by
// two statements, so that nothing is asked row by row and nothing is held in memory.
type merger struct {
	ctx      context.Context //nolint:containedctx // one import, one context; every statement is the import's
	tx       *sql.Tx
	postgres bool
	stamp    string
	details  chatlog.Details
	sheet    sheet
	table    *table
	report   FileReport
	problems []Problem
	earlier  bool // an earlier file had problems
	named    map[string]bool
	unread   map[string]bool // tables whose file could not be read to its end: what it would have named is not complained of
}

const batch = 400 // rows per INSERT, times ten columns well below both databases' limits

// stampLayout is how bun writes times on SQLite; PostgreSQL reads it as well.
const stampLayout = "2006-01-02 15:04:05.999999-07:00"

func newMerger(ctx context.Context, s *store.Store, tx *sql.Tx, details chatlog.Details) *merger {
	return &merger{
		ctx: ctx, tx: tx, postgres: s.Dialect() == migrations.Postgres, stamp: s.Now().In(time.UTC).Format(stampLayout),
		details: details, named: map[string]bool{}, unread: map[string]bool{},
	}
}

func (m *merger) failed() bool { return m.earlier || len(m.problems) > 0 }

func (m *merger) add(p Problem) { m.problems = append(m.problems, p) }

func (m *merger) given(name string) bool {
	for i, f := range m.sheet.fields {
		if f.name == name {
			return m.table.given(i)
		}
	}
	return false
}

// exec runs a statement whose placeholders are ?.
func (m *merger) exec(statement string, args ...any) (int, error) {
	result, err := m.tx.ExecContext(m.ctx, m.bind(statement), args...)
	if err != nil {
		return 0, err
	}
	n, err := result.RowsAffected()
	return int(n), err
}

func (m *merger) bind(statement string) string {
	if !m.postgres {
		return statement
	}
	var b strings.Builder
	for n := 1; ; n++ {
		before, after, found := strings.Cut(statement, "?")
		b.WriteString(before)
		if !found {
			return b.String()
		}
		b.WriteString("$" + strconv.Itoa(n))
		statement = after
	}
}

// now is the time of the import as an SQL literal; it is made from a clock, not from input.
func (m *merger) now() string {
	if m.postgres {
		return "CAST('" + m.stamp + "' AS timestamptz)"
	}
	return "'" + m.stamp + "'"
}

// cast turns a staged text into the type of its column.
func (m *merger) cast(expr string, k kind) string {
	switch {
	case k == integer:
		return "CAST(" + expr + " AS integer)"
	case k == date && m.postgres:
		return "CAST(" + expr + " AS date)"
	case k == array && m.postgres:
		return "CAST(" + expr + " AS jsonb)"
	}
	return expr
}

func quoted(name string) string { return `"` + name + `"` }

// stage reads the file into the temporary table.
func (m *merger) stage() error {
	columns := []string{`"line" integer`, `"id" text`, `"found" integer`}
	for _, f := range m.sheet.fields {
		columns = append(columns, quoted(f.name)+" text")
		if f.ref != nil {
			columns = append(columns, quoted(f.name+"_id")+" text")
		}
	}
	if _, err := m.exec(`CREATE TEMPORARY TABLE "stage" (` + strings.Join(columns, ", ") + `)`); err != nil {
		return err
	}
	var args []any
	for r, ok := m.table.next(); ok; r, ok = m.table.next() {
		args = append(args, r.line, store.NewID())
		for _, v := range r.values {
			args = append(args, v)
		}
		m.report.Rows++
		if m.report.Rows%batch == 0 {
			if err := m.flush(args); err != nil {
				return err
			}
			args = args[:0]
		}
	}
	if err := m.flush(args); err != nil {
		return err
	}
	if m.postgres {
		if _, err := m.exec(`ANALYZE "stage"`); err != nil {
			return err
		}
	}
	return nil
}

func (m *merger) flush(args []any) error {
	if len(args) == 0 {
		return nil
	}
	names := []string{`"line"`, `"id"`}
	for _, f := range m.sheet.fields {
		names = append(names, quoted(f.name))
	}
	row := "(" + strings.TrimSuffix(strings.Repeat("?,", len(names)), ",") + ")"
	if m.postgres {
		row = "(CAST(? AS integer)" + strings.Repeat(",CAST(? AS text)", len(names)-1) + ")"
	}
	rows := strings.TrimSuffix(strings.Repeat(row+",", len(args)/len(names)), ",")
	_, err := m.exec(`INSERT INTO "stage" (`+strings.Join(names, ", ")+`) VALUES `+rows, args...)
	return err
}

// refer gives every reference its row's id, and complains of names that are nobody's or several rows'.
func (m *merger) refer() error {
	for _, f := range m.sheet.fields {
		if f.ref == nil {
			continue
		}
		if err := m.list(f.ref); err != nil {
			return err
		}
		id, cell, names := quoted(f.name+"_id"), quoted(f.name), quoted("names_"+f.ref.table)
		if _, err := m.exec(`UPDATE "stage" SET ` + id + ` = "n"."id" FROM ` + names + ` AS "n" WHERE "n"."name" = "stage".` + cell); err != nil {
			return err
		}
		if err := m.complain(f.name, `SELECT "s"."line", "s".`+cell+`, 'is the name of several rows' FROM "stage" AS "s" JOIN `+names+` AS "n" ON "n"."name" = "s".`+cell+` WHERE "n"."rows" > 1`); err != nil {
			return err
		}
		if err := m.unknown(f, id, cell); err != nil {
			return err
		}
	}
	return nil
}

// list makes a temporary list of a table's names, once per import.
func (m *merger) list(r *reference) error {
	if m.named[r.table] {
		return nil
	}
	m.named[r.table] = true
	list := quoted("names_" + r.table)
	_, err := m.exec(`CREATE TEMPORARY TABLE ` + list + ` AS SELECT ` + quoted(r.column) + ` AS "name", MIN("id") AS "id", COUNT(*) AS "rows" FROM ` + quoted(r.table) + ` GROUP BY ` + quoted(r.column))
	if err == nil {
		_, err = m.exec(`CREATE UNIQUE INDEX ` + quoted("names_"+r.table+"_idx") + ` ON ` + list + ` ("name")`)
	}
	return err
}

const mostSuggestions = 20

func (m *merger) unknown(f field, id, cell string) error {
	if m.unread[f.ref.table] {
		return nil
	}
	before := len(m.problems)
	err := m.complain(f.name, `SELECT "line", `+cell+`, '' FROM "stage" WHERE `+cell+` IS NOT NULL AND `+id+` IS NULL`)
	if err != nil || len(m.problems) == before {
		return err
	}
	known, err := m.texts(`SELECT "name" FROM ` + quoted("names_"+f.ref.table) + ` ORDER BY 1 LIMIT 2000`)
	for i := before; i < len(m.problems); i++ {
		p := &m.problems[i]
		p.Message = "names no " + f.ref.noun
		if i-before < mostSuggestions {
			p.Message += didYouMean(p.Value, known)
		}
	}
	return err
}

// texts returns the only column of a query.
func (m *merger) texts(query string, args ...any) (all []string, err error) {
	rows, err := m.tx.QueryContext(m.ctx, m.bind(query), args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			return nil, err
		}
		all = append(all, s)
	}
	return all, rows.Err()
}

// complain adds a problem for every row of a query of line, value and message.
func (m *merger) complain(column, query string) error {
	rows, err := m.tx.QueryContext(m.ctx, query+` ORDER BY 1`)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		p := Problem{File: m.sheet.file, Column: column}
		if err := rows.Scan(&p.Line, &p.Value, &p.Message); err != nil {
			return err
		}
		p.Value = short(p.Value)
		m.add(p)
	}
	return rows.Err()
}

// unique complains of rows that another row before them is about, and drops them.
func (m *merger) unique() error {
	var keys []string
	for _, f := range m.sheet.fields {
		if f.key {
			keys = append(keys, `COALESCE(`+quoted(f.name)+`, '')`)
		}
	}
	by := strings.Join(keys, ", ")
	numbered := `SELECT "line", ` + keys[0] + ` AS "cell", FIRST_VALUE("line") OVER (PARTITION BY ` + by + ` ORDER BY "line") AS "first" FROM "stage"`
	name := ""
	for _, f := range m.sheet.fields {
		if f.key && name == "" {
			name = f.name
		}
	}
	before := len(m.problems)
	if err := m.complain(name, `SELECT "line", "cell", 'says the same as line ' || CAST("first" AS text) FROM (`+numbered+`) AS "n" WHERE "line" <> "first"`); err != nil {
		return err
	}
	if len(m.problems) == before {
		return nil
	}
	_, err := m.exec(`DELETE FROM "stage" WHERE "line" IN (SELECT "line" FROM (` + numbered + `) AS "n" WHERE "line" <> "first")`)
	return err
}

func (m *merger) drop() error {
	_, err := m.exec(`DROP TABLE "stage"`)
	return err
}

// dropNames removes the temporary lists of names.
func (m *merger) dropNames() error {
	for table := range m.named {
		if _, err := m.exec(`DROP TABLE ` + quoted("names_"+table)); err != nil {
			return err
		}
	}
	return nil
}

// pages calls fn for every staged row that has a value in the column, in order of the
// lines, with the id of the row (or, for a sheet without a table, of what its key names).
func (m *merger) pages(column string, fn func(line int, id, cell string) error) error {
	id := `"id"`
	if m.sheet.table == "" {
		id = quoted(m.sheet.fields[0].name + "_id")
	}
	query := m.bind(fmt.Sprintf(`SELECT "line", %s, COALESCE(%s, '') FROM "stage" WHERE "line" > ? AND %s IS NOT NULL ORDER BY "line" LIMIT 200`, id, quoted(column), id))
	for last := -1; ; {
		page, err := m.page(query, last)
		if err != nil || len(page) == 0 {
			return err
		}
		for _, r := range page {
			if err := fn(r.line, r.id, r.cell); err != nil {
				return err
			}
		}
		last = page[len(page)-1].line
	}
}

// cellRow is a staged cell with its place and its row's id.
type cellRow struct {
	line     int
	id, cell string
}

func (m *merger) page(query string, last int) (page []cellRow, err error) {
	rows, err := m.tx.QueryContext(m.ctx, query, last)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var r cellRow
		if err := rows.Scan(&r.line, &r.id, &r.cell); err != nil {
			return nil, err
		}
		page = append(page, r)
	}
	return page, rows.Err()
}
