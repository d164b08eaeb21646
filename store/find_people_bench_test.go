package store_test

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"rollcall/store"
	"rollcall/store/civil"
	"rollcall/store/migrations"
	"rollcall/store/storetest"
)

var benchWindow = civil.Range{From: civil.Of(2026, 12, 1), To: civil.Of(2026, 12, 31)}

func skillQuery() store.PeopleQuery {
	return store.PeopleQuery{
		Filter: store.PeopleFilter{Skills: []store.SkillNeed{{SkillID: "skill-000", MinLevel: 2}, {SkillID: "skill-001", MinLevel: 2}}},
		Window: benchWindow, MinFreePercent: 50, Condition: store.Free, Limit: 20,
	}
}

func companyQuery() store.PeopleQuery {
	return store.PeopleQuery{Window: benchWindow, MinFreePercent: 50, Condition: store.Free, Limit: 20}
}

// handWritten is the same question in plain SQL with bound parameters on the raw driver,
// as somebody would write it for this one question: it brings the rows and counts in Go.
const handWritten = `WITH "cand" AS MATERIALIZED (%s)
SELECT 0, "id", "name", "capacity", NULL, NULL FROM "cand"
UNION ALL
SELECT 1, b."userId", '', b."percent", %s, %s
FROM "cand" CROSS JOIN "project_user" b CROSS JOIN "project" p
WHERE b."userId" = "cand"."id" AND p."id" = b."projectId" AND b."status" = 'confirmed' AND (b."startsAt" IS NULL OR b."startsAt" < $2) AND (b."endsAt" IS NULL OR b."endsAt" >= $1)
  AND COALESCE(b."startsAt", p."startedAt", '0001-01-01') < $2 AND COALESCE(b."endsAt", p."endedAt", '9999-12-31') >= $1
UNION ALL
SELECT 2, t."userId", '', 0, %s, %s FROM "cand" CROSS JOIN "time_off" t WHERE t."userId" = "cand"."id" AND t."startsOn" < $2 AND t."endsOn" >= $1`

func handSQL(d migrations.Dialect, q store.PeopleQuery) string {
	cand := `SELECT "id", "name", "capacity" FROM "user" WHERE "active"`
	if len(q.Filter.Skills) > 0 {
		cand += ` AND "id" IN (SELECT "userId" FROM "user_skill" WHERE "skillId" = 'skill-000' AND "level" >= 2 INTERSECT SELECT "userId" FROM "user_skill" WHERE "skillId" = 'skill-001' AND "level" >= 2)`
	}
	days := []any{cand, `COALESCE(b."startsAt", p."startedAt", '0001-01-01')`, `COALESCE(b."endsAt", p."endedAt", '9999-12-31')`, `t."startsOn"`, `t."endsOn"`}
	text := fmt.Sprintf(handWritten, days...)
	if d == migrations.SQLite {
		text = strings.NewReplacer("$1", "?1", "$2", "?2").Replace(text)
	}
	return text
}

type handRow struct {
	name string
	cap  int
	load [31]int
	off  [31]bool
}

type handResult struct {
	ID   string
	Free int
}

// handCount does no more than the question needs: free days, the limit, the order.
func handCount(rows map[string]*handRow, q store.PeopleQuery) []handResult {
	var found []handResult
	names := map[string]string{}
	for id, r := range rows {
		free, days := 0, 0
		for i := range q.Window.Days() {
			if !(q.Window.From + civil.Date(i)).IsWorking() {
				continue
			}
			days++
			if !r.off[i] {
				free += max(0, r.cap-r.load[i])
			}
		}
		if free >= q.MinFreePercent*days {
			found = append(found, handResult{id, free})
			names[id] = r.name
		}
	}
	slices.SortFunc(found, func(a, b handResult) int {
		if a.Free != b.Free {
			return b.Free - a.Free
		}
		return strings.Compare(names[a.ID]+a.ID, names[b.ID]+b.ID)
	})
	return found[:min(q.Limit, len(found))]
}

func handAdd(rows map[string]*handRow, kind int, id, name string, percent int, first, last civil.Date, q store.PeopleQuery) {
	r := rows[id]
	if r == nil {
		r = &handRow{}
		rows[id] = r
	}
	if kind == 0 {
		r.name, r.cap = name, percent
		return
	}
	days := civil.Range{From: first, To: last + 1}.Clip(q.Window)
	for d := days.From; d < days.To; d++ {
		if i := d - q.Window.From; kind == 1 {
			r.load[i] += percent
		} else {
			r.off[i] = true
		}
	}
}

// asker runs the hand-written query once.
type asker func(tb testing.TB, q store.PeopleQuery) []handResult

func sqliteByHand(read *sql.DB) asker {
	return func(tb testing.TB, q store.PeopleQuery) []handResult {
		rows, err := read.QueryContext(context.Background(), handSQL(migrations.SQLite, q), q.Window.From.String(), q.Window.To.String())
		if err != nil {
			tb.Fatal(err)
		}
		defer rows.Close()
		people := map[string]*handRow{}
		var kind, percent int
		var id, name string
		var first, last sql.NullString
		for rows.Next() {
			if err := rows.Scan(&kind, &id, &name, &percent, &first, &last); err != nil {
				tb.Fatal(err)
			}
			from, _ := civil.Parse(first.String)
			to, _ := civil.Parse(last.String)
			handAdd(people, kind, id, name, percent, from, to, q)
		}
		if err := rows.Err(); err != nil {
			tb.Fatal(err)
		}
		return handCount(people, q)
	}
}

func postgresByHand(tb testing.TB, url string) asker {
	conn, err := pgx.Connect(context.Background(), url)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = conn.Close(context.Background()) })
	return func(tb testing.TB, q store.PeopleQuery) []handResult {
		rows, err := conn.Query(context.Background(), handSQL(migrations.Postgres, q), q.Window.From.Time(), q.Window.To.Time())
		if err != nil {
			tb.Fatal(err)
		}
		defer rows.Close()
		people := map[string]*handRow{}
		var kind, percent int
		var id, name string
		var first, last *time.Time
		for rows.Next() {
			if err := rows.Scan(&kind, &id, &name, &percent, &first, &last); err != nil {
				tb.Fatal(err)
			}
			var from, to civil.Date
			if first != nil {
				from, to = civil.FromTime(*first), civil.FromTime(*last)
			}
			handAdd(people, kind, id, name, percent, from, to, q)
		}
		if err := rows.Err(); err != nil {
			tb.Fatal(err)
		}
		return handCount(people, q)
	}
}

// BenchmarkFindPeople times the store's query and the hand-written one in turn, so that
// their ratio holds on a machine whose speed drifts.
func BenchmarkFindPeople(b *testing.B) {
	for _, database := range []migrations.Dialect{migrations.SQLite, migrations.Postgres} {
		for _, n := range []int{1_000, 10_000, 100_000} {
			open := sync.OnceValues(func() (*store.Store, asker) { return benchStore(b, database, n) })
			for _, c := range []struct {
				name  string
				query store.PeopleQuery
			}{{"two skills", skillQuery()}, {"whole company", companyQuery()}} {
				b.Run(fmt.Sprintf("%s/%d people/%s", database, n, c.name), func(b *testing.B) {
					s, byHand := open()
					compare(b, s, byHand, c.query)
				})
			}
		}
	}
}

func benchStore(b *testing.B, database migrations.Dialect, n int) (*store.Store, asker) {
	b.Helper()
	url := storetest.SQLiteURL(b)
	if database == migrations.Postgres {
		url = storetest.PostgresURL(b)
	}
	s := storetest.Open(b, url)
	storetest.Fill(b, s, n)
	if database == migrations.Postgres {
		return s, postgresByHand(b, url)
	}
	_, read := s.SQL()
	return s, sqliteByHand(read)
}

func compare(b *testing.B, s *store.Store, byHand asker, q store.PeopleQuery) {
	b.Helper()
	var ours, theirs []time.Duration
	var found []store.FoundPerson
	var want []handResult
	var total int
	once := func() {
		start := time.Now()
		var err error
		if found, total, err = s.FindPeople(context.Background(), q); err != nil {
			b.Fatal(err)
		}
		middle := time.Now()
		want = byHand(b, q)
		ours, theirs = append(ours, middle.Sub(start)), append(theirs, time.Since(middle))
	}
	for range 3 {
		once()
	}
	ours, theirs = nil, nil
	for b.Loop() {
		once()
	}
	got := make([]handResult, len(found))
	for i, p := range found {
		got[i] = handResult{p.ID, p.FreePercentDays}
	}
	if diff := cmp.Diff(want, got); diff != "" && q.Filter.Skills != nil {
		b.Fatalf("the two disagree (-by hand +store):\n%s", diff)
	}
	b.ReportMetric(float64(median(ours))/float64(median(theirs)), "x-by-hand")
	b.ReportMetric(float64(median(ours).Microseconds())/1000, "ms-store")
	b.ReportMetric(float64(median(theirs).Microseconds())/1000, "ms-by-hand")
	b.ReportMetric(float64(total), "found")
}

func median(of []time.Duration) time.Duration {
	slices.Sort(of)
	return of[len(of)/2]
}
