package storetest

import (
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"rollcall/store"
	"rollcall/store/civil"
)

// The shape of the large companies: per person five skills out of 300 (a few of them
// common), two and a half bookings within two years and 0.6 stretches of time off.
const (
	benchSkills   = 300
	benchProjects = 500
)

// bulk inserts rows a thousand at a time.
type bulk struct {
	tb     testing.TB
	tx     *sql.Tx
	insert string
	rows   []string
}

func (b *bulk) add(values ...string) {
	b.rows = append(b.rows, "("+strings.Join(values, ",")+")")
	if len(b.rows) == 1000 {
		b.flush()
	}
}

func (b *bulk) flush() {
	if len(b.rows) == 0 {
		return
	}
	if _, err := b.tx.ExecContext(context.Background(), b.insert+strings.Join(b.rows, ",")); err != nil {
		b.tb.Fatal(err)
	}
	b.rows = b.rows[:0]
}

func quote(v any) string { return fmt.Sprintf("'%v'", v) }

// Fill writes a company of n people straight into the tables: Person 0 to n-1, Skill 0
// to 299, Project 0 to 499, with the same random skills, bookings and time off each time.
func Fill(tb testing.TB, s *store.Store, n int) {
	tb.Helper()
	r := rand.New(rand.NewPCG(1, uint64(n)))
	err := s.InTx(context.Background(), func(_ context.Context, tx *sql.Tx) error {
		into := func(insert string) *bulk { return &bulk{tb: tb, tx: tx, insert: insert + " VALUES "} }
		skills, projects := into(`INSERT INTO "skill" ("id","name")`), into(`INSERT INTO "project" ("id","name")`)
		for i := range benchSkills {
			skills.add(quote(fmt.Sprintf("skill-%03d", i)), quote(fmt.Sprintf("Skill %d", i)))
		}
		for i := range benchProjects {
			projects.add(quote(fmt.Sprintf("project-%03d", i)), quote(fmt.Sprintf("Project %d", i)))
		}
		skills.flush()
		projects.flush()
		fillPeople(r, n, into)
		return nil
	})
	if err != nil {
		tb.Fatal(err)
	}
	write, _ := s.SQL()
	if _, err := write.ExecContext(context.Background(), "ANALYZE"); err != nil {
		tb.Fatal(err)
	}
}

func fillPeople(r *rand.Rand, n int, into func(string) *bulk) {
	people, knows := into(`INSERT INTO "user" ("id","name","email","capacity")`), into(`INSERT INTO "user_skill" ("id","userId","skillId","level")`)
	books := into(`INSERT INTO "project_user" ("id","userId","projectId","percent","startsAt","endsAt","status")`)
	off := into(`INSERT INTO "time_off" ("id","userId","kind","startsOn","endsOn")`)
	for i := range n {
		id := fmt.Sprintf("00000000-0000-7000-8000-%012d", i)
		people.add(quote(id), quote(fmt.Sprintf("Person %d", i)), quote(fmt.Sprintf("p%d@example.com", i)), "100")
	}
	people.flush()
	for i := range n {
		id := quote(fmt.Sprintf("00000000-0000-7000-8000-%012d", i))
		for _, skill := range skillsOf(r) {
			knows.add(quote(fmt.Sprintf("%d-%d", i, skill)), id, quote(fmt.Sprintf("skill-%03d", skill)), strconv.Itoa(1+r.IntN(5)))
		}
		for k := range 2 + r.IntN(2) {
			first := civil.Of(2026, 1, 1) + civil.Date(r.IntN(700))
			books.add(quote(fmt.Sprintf("%d-%d", i, k)), id, quote(fmt.Sprintf("project-%03d", r.IntN(benchProjects))), strconv.Itoa(20*(1+r.IntN(5))),
				quote(first), quote(first+14+civil.Date(r.IntN(250))), quote([]string{"confirmed", "confirmed", "confirmed", "tentative"}[r.IntN(4)]))
		}
		if r.IntN(10) < 6 {
			first := civil.Of(2026, 1, 1) + civil.Date(r.IntN(700))
			off.add(quote(i), id, quote("vacation"), quote(first), quote(first+civil.Date(r.IntN(20))))
		}
	}
	knows.flush()
	books.flush()
	off.flush()
}

// skillsOf draws five different skills, low numbers far more often.
func skillsOf(r *rand.Rand) []int {
	var drawn []int
	for len(drawn) < 5 {
		x := r.Float64()
		if skill := int(x * x * x * benchSkills); !slices.Contains(drawn, skill) {
			drawn = append(drawn, skill)
		}
	}
	return drawn
}
