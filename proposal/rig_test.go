package proposal_test

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"rollcall/proposal"
	"rollcall/store"
	"rollcall/store/chatlog"
	"rollcall/store/civil"
	"rollcall/store/migrations"
	"rollcall/store/storetest"
)

func TestMain(m *testing.M) { storetest.Main(m) }

// clock is a time that tests move.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// rig is a small company with two managers, an admin and three people on three projects.
type rig struct {
	*clock

	t        *testing.T
	store    *store.Store
	config   proposal.Config
	drafts   *proposal.Drafts
	clerk    *proposal.Clerk
	managers []proposal.Person
	people   []store.Person
	projects []store.Project
	notices  []proposal.Notice
}

// each runs body with a rig on each database.
func each(t *testing.T, body func(r *rig)) {
	t.Helper()
	for name, url := range map[string]func(testing.TB) string{"sqlite": storetest.SQLiteURL, "postgres": storetest.PostgresURL} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			body(newRig(t, url(t)))
		})
	}
}

func newRig(t *testing.T, url string) *rig {
	t.Helper()
	r := &rig{clock: &clock{at: storetest.Now}, t: t}
	s, err := store.Open(t.Context(), url, r.now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	r.store = s
	write, read := s.SQL()
	r.config = proposal.Config{
		Store: s, Details: chatlog.NewSQL(write, read, s.Dialect() == migrations.Postgres, r.now),
		Today: func() civil.Date { return civil.FromTime(r.now()) }, WeekStart: time.Monday,
	}
	r.wire()
	for i, access := range []store.Access{store.Manager, store.Manager, store.Admin, store.Staff, store.Staff, store.Staff} {
		p := store.Person{Name: fmt.Sprintf("Person %d", i), Email: fmt.Sprintf("p%d@example.com", i), Access: access, Capacity: 100, Active: true}
		r.must(s.CreatePerson(t.Context(), &p))
		r.people = append(r.people, p)
		r.managers = append(r.managers, proposal.Person{ID: p.ID, Name: p.Name, Access: access})
	}
	for i := range 3 {
		first, last := civil.Of(2026, 1, 1), civil.Of(2027, 12, 31)
		p := store.Project{Name: fmt.Sprintf("Project %d", i), StartedAt: &first, EndedAt: &last}
		r.must(s.CreateProject(t.Context(), &p))
		r.projects = append(r.projects, p)
	}
	return r
}

// wire makes what works on the configuration as it now is.
func (r *rig) wire() {
	r.drafts, r.clerk = proposal.NewDrafts(r.config), proposal.NewClerk(r.config, slog.New(slog.DiscardHandler))
	r.clerk.Notify = func(_ context.Context, n proposal.Notice) error { r.notices = append(r.notices, n); return nil }
}

func (r *rig) must(err error) {
	r.t.Helper()
	if err != nil {
		r.t.Fatal(err)
	}
}

// booking is one of a person on a project, from a day of December on.
func (r *rig) booking(person, project, percent, first, last int) store.Booking {
	from, to := civil.Of(2026, 12, first), civil.Of(2026, 12, last)
	return store.Booking{
		ID: store.NewID(), UserID: r.people[person].ID, ProjectID: r.projects[project].ID, Percent: percent, StartsAt: &from, EndsAt: &to, Status: store.Confirmed,
	}
}

// edit is the edit of a booking.
func (r *rig) edit(before, after *store.Booking) store.Edit {
	r.t.Helper()
	row := before
	if row == nil {
		row = after
	}
	id := row.ID
	e, err := store.NewEdit(store.BookingEntity, id, before, after)
	r.must(err)
	return e
}

// propose draws a card.
func (r *rig) propose(by proposal.Person, thread string, kind proposal.Kind, edits ...store.Edit) proposal.Card {
	r.t.Helper()
	c, err := r.drafts.Create(r.t.Context(), by, proposal.Draft{Kind: kind, Edits: edits, Turn: "turn-1", Thread: thread})
	r.must(err)
	return c
}

func (r *rig) click(by proposal.Person, id string, v proposal.Verb) proposal.Outcome {
	r.t.Helper()
	out, err := r.clerk.Decide(r.t.Context(), by, id, v)
	r.must(err)
	return out
}

func (r *rig) bookings() []store.BookedTime {
	r.t.Helper()
	all, err := r.store.FindBookings(r.t.Context(), store.BookingFilter{})
	r.must(err)
	return all
}

func (r *rig) audits() []store.Audit {
	r.t.Helper()
	all, err := r.store.FindAudits(r.t.Context(), store.AuditFilter{})
	r.must(err)
	return all
}
