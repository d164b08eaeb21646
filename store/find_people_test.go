package store_test

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"rollcall/store"
	"rollcall/store/civil"
	"rollcall/store/storetest"
)

// company is the rows of a random company, kept to compute by brute force what the
// store computes by query.
type company struct {
	people   []store.Person
	skills   []store.PersonSkill
	projects []store.Project
	bookings []store.Booking
	off      []store.TimeOff
	certs    []store.PersonCertification
	clients  []store.ClientProject
}

var (
	skillIDs    = []string{"s0", "s1", "s2"}
	roleIDs     = []string{"r0", "r1"}
	locations   = []string{"Berlin", "Lisbon"}
	certIDs     = []string{"k0"}
	clientIDs   = []string{"c0"}
	firstDay    = civil.Of(2026, 11, 1)
	companyDays = 120
)

func pick[T any](r *rand.Rand, from []T) T { return from[r.IntN(len(from))] }

func maybe[T any](r *rand.Rand, v T) *T {
	if r.IntN(4) == 0 {
		return nil
	}
	return &v
}

func someDays(r *rand.Rand) (civil.Date, civil.Date) {
	first := firstDay + civil.Date(r.IntN(companyDays)) - 15
	return first, first + civil.Date(r.IntN(40))
}

func randomCompany(r *rand.Rand) *company {
	c := &company{}
	for i := range 6 {
		p := store.Project{ID: fmt.Sprintf("p%d", i), Name: fmt.Sprintf("Project %d", i)}
		first, last := someDays(r)
		p.StartedAt, p.EndedAt = maybe(r, first), maybe(r, last)
		c.projects = append(c.projects, p)
		if i%2 == 0 {
			c.clients = append(c.clients, store.ClientProject{ClientID: clientIDs[0], ProjectID: p.ID})
		}
	}
	for i := range 25 {
		c.addPerson(r, fmt.Sprintf("u%02d", i))
	}
	return c
}

func (c *company) addPerson(r *rand.Rand, id string) {
	c.people = append(c.people, store.Person{
		ID: id, Name: fmt.Sprintf("Person %d", r.IntN(12)), Email: id + "@example.com", Access: store.Staff, Active: r.IntN(10) > 0,
		Capacity: pick(r, []int{100, 100, 80, 60, 0}), RoleID: maybe(r, pick(r, roleIDs)), Location: maybe(r, pick(r, locations)),
	})
	for _, s := range skillIDs {
		if r.IntN(2) == 0 {
			c.skills = append(c.skills, store.PersonSkill{UserID: id, SkillID: s, Level: maybe(r, 1+r.IntN(5))})
		}
	}
	for range r.IntN(5) {
		first, last := someDays(r)
		b := store.Booking{
			ProjectID: pick(r, c.projects).ID, UserID: id, Percent: 10 * (1 + r.IntN(10)),
			StartsAt: maybe(r, first), EndsAt: maybe(r, last), Status: pick(r, []store.BookingStatus{store.Confirmed, store.Confirmed, store.Tentative}),
		}
		c.bookings = append(c.bookings, b)
	}
	for range r.IntN(3) {
		first, last := someDays(r)
		c.off = append(c.off, store.TimeOff{UserID: id, Kind: store.Vacation, StartsOn: first, EndsOn: min(last, first+10)})
	}
	if r.IntN(3) == 0 {
		_, last := someDays(r)
		c.certs = append(c.certs, store.PersonCertification{UserID: id, CertID: certIDs[0], ExpiresAt: maybe(r, last)})
	}
}

func createAll[T any](t *testing.T, rows []T, create func(context.Context, *T) error) {
	t.Helper()
	for i := range rows {
		if err := create(t.Context(), &rows[i]); err != nil {
			t.Fatalf("create %+v: %v", rows[i], err)
		}
	}
}

func (c *company) save(t *testing.T, s *store.Store) {
	t.Helper()
	for _, id := range skillIDs {
		createAll(t, []store.Skill{{ID: id, Name: id, Aliases: []string{}}}, s.CreateSkill)
	}
	for _, id := range roleIDs {
		createAll(t, []store.Role{{ID: id, Name: id}}, s.CreateRole)
	}
	createAll(t, []store.Certification{{ID: certIDs[0], Name: "k"}}, s.CreateCertification)
	createAll(t, []store.Client{{ID: clientIDs[0], Name: "c"}}, s.CreateClient)
	createAll(t, c.projects, s.CreateProject)
	createAll(t, c.clients, s.CreateClientProject)
	createAll(t, c.people, s.CreatePerson)
	createAll(t, c.skills, s.CreatePersonSkill)
	createAll(t, c.bookings, s.CreateBooking)
	createAll(t, c.off, s.CreateTimeOff)
	createAll(t, c.certs, s.CreatePersonCertification)
}

// covers says whether the booking takes the day, by its own dates or the project's.
func (c *company) covers(b store.Booking, d civil.Date) bool {
	i := slices.IndexFunc(c.projects, func(p store.Project) bool { return p.ID == b.ProjectID })
	first, last := cmp.Or(b.StartsAt, c.projects[i].StartedAt), cmp.Or(b.EndsAt, c.projects[i].EndedAt)
	return (first == nil || *first <= d) && (last == nil || d <= *last)
}

func (c *company) load(id string, status store.BookingStatus, d civil.Date) int {
	sum := 0
	for _, b := range c.bookings {
		if b.UserID == id && b.Status == status && c.covers(b, d) {
			sum += b.Percent
		}
	}
	return sum
}

func (c *company) isOff(id string, d civil.Date) bool {
	return slices.ContainsFunc(c.off, func(o store.TimeOff) bool { return o.UserID == id && o.StartsOn <= d && d <= o.EndsOn })
}

func (c *company) freeOn(p store.Person, d civil.Date) int {
	if c.isOff(p.ID, d) {
		return 0
	}
	return max(0, p.Capacity-c.load(p.ID, store.Confirmed, d))
}

// availability follows the definition literally, one day after the other.
func (c *company) availability(p store.Person, w civil.Range, minimum int) store.Availability {
	var a store.Availability
	for d := w.From; d < w.To; d++ {
		if !d.IsWorking() {
			continue
		}
		booked, free := c.load(p.ID, store.Confirmed, d), c.freeOn(p, d)
		a.WorkingDays++
		a.FreePercentDays += free
		a.BookedPercent += booked
		a.TentativePercent += c.load(p.ID, store.Tentative, d)
		a.PeakPercent = max(a.PeakPercent, booked)
		if c.isOff(p.ID, d) {
			a.DaysOff++
		} else {
			a.WorkedPercent += booked
		}
		if booked > p.Capacity {
			a.OverbookedDays++
			if a.FirstOverbooked == nil {
				a.FirstOverbooked = &d
			}
		}
		switch {
		case free < max(1, minimum):
			a.FreeFrom = nil
		case a.FreeFrom == nil:
			a.FreeFrom = &d
		}
	}
	a.RollsOff = c.rollsOff(p, w, minimum)
	return a
}

func (c *company) rollsOff(p store.Person, w civil.Range, minimum int) *civil.Date {
	for d := w.From; d < w.To; d++ {
		ends := slices.ContainsFunc(c.bookings, func(b store.Booking) bool {
			return b.UserID == p.ID && b.Status == store.Confirmed && c.covers(b, d) && !c.covers(b, d+1)
		})
		next := d + 1
		for !next.IsWorking() {
			next++
		}
		if ends && p.Capacity > 0 && p.Capacity-c.load(p.ID, store.Confirmed, next) >= min(max(1, minimum), p.Capacity) {
			return &d
		}
	}
	return nil
}

func (c *company) has(id string, need store.SkillNeed) bool {
	return slices.ContainsFunc(c.skills, func(s store.PersonSkill) bool {
		return s.UserID == id && s.SkillID == need.SkillID && (need.MinLevel == 0 || (s.Level != nil && *s.Level >= need.MinLevel))
	})
}

func (c *company) worked(id string, on func(projectID string) bool) bool {
	return slices.ContainsFunc(c.bookings, func(b store.Booking) bool { return b.UserID == id && on(b.ProjectID) })
}

func (c *company) matches(p store.Person, q store.PeopleQuery) bool {
	f, hits := q.Filter, 0
	for _, need := range f.Skills {
		if c.has(p.ID, need) {
			hits++
		}
	}
	skilled := hits == len(f.Skills) || (f.AnySkill && hits > 0)
	certified := f.CertID == "" || slices.ContainsFunc(c.certs, func(k store.PersonCertification) bool {
		return k.UserID == p.ID && (k.ExpiresAt == nil || *k.ExpiresAt >= q.Window.From)
	})
	project := f.ProjectID == "" || c.worked(p.ID, func(id string) bool { return id == f.ProjectID })
	client := f.ClientID == "" || c.worked(p.ID, func(id string) bool {
		return slices.ContainsFunc(c.clients, func(cp store.ClientProject) bool { return cp.ProjectID == id })
	})
	return p.Active && skilled && certified && project && client && (f.IDs == nil || slices.Contains(f.IDs, p.ID)) &&
		(f.RoleID == "" || (p.RoleID != nil && *p.RoleID == f.RoleID)) && (f.Location == "" || (p.Location != nil && *p.Location == f.Location))
}

func (c *company) find(q store.PeopleQuery) map[string]store.Availability {
	found := map[string]store.Availability{}
	for _, p := range c.people {
		a := c.availability(p, q.Window, q.MinFreePercent)
		free := a.WorkingDays > 0 && float64(a.FreePercentDays)/float64(a.WorkingDays) >= float64(q.MinFreePercent)
		holds := map[store.Condition]bool{
			store.AnyTime: true, store.Free: free, store.Bench: a.WorkingDays > a.DaysOff && a.BookedPercent == 0,
			store.RollingOff: a.RollsOff != nil, store.Overbooked: a.OverbookedDays > 0,
		}
		if c.matches(p, q) && holds[q.Condition] {
			found[p.ID] = a
		}
	}
	return found
}

func randomQuery(r *rand.Rand) store.PeopleQuery {
	from := firstDay + civil.Date(r.IntN(companyDays)) - 10
	q := store.PeopleQuery{
		Window:         civil.Range{From: from, To: from + 1 + civil.Date(r.IntN(50))},
		MinFreePercent: pick(r, []int{0, 1, 20, 50, 80, 100}),
		Condition:      pick(r, []store.Condition{store.AnyTime, store.Free, store.Free, store.Bench, store.RollingOff, store.Overbooked}),
		Order:          pick(r, []store.PeopleOrder{store.ByAvailability, store.ByLevel, store.ByName}),
	}
	f := &q.Filter
	for _, id := range skillIDs {
		if r.IntN(3) == 0 {
			f.Skills = append(f.Skills, store.SkillNeed{SkillID: id, MinLevel: r.IntN(4)})
		}
	}
	f.AnySkill = r.IntN(2) == 0
	for _, set := range []func(){
		func() { f.RoleID = pick(r, roleIDs) }, func() { f.Location = pick(r, locations) }, func() { f.CertID = certIDs[0] },
		func() { f.ProjectID = "p1" }, func() { f.ClientID = clientIDs[0] }, func() { f.IDs = []string{"u01", "u02", "u03", "u04"} },
	} {
		if r.IntN(8) == 0 {
			set()
		}
	}
	return q
}

func TestFindPeopleAgreesWithCountingDayByDay(t *testing.T) {
	t.Parallel()
	const companies, queries = 6, 150
	for n := range uint64(companies) {
		t.Run(fmt.Sprintf("company %d", n), func(t *testing.T) {
			t.Parallel()
			storetest.Each(t, func(t *testing.T, s *store.Store) {
				r := rand.New(rand.NewPCG(n, 1))
				c := randomCompany(r)
				c.save(t, s)
				for range queries {
					checkQuery(t, s, c, randomQuery(r))
				}
			})
		})
	}
}

func checkQuery(t *testing.T, s *store.Store, c *company, q store.PeopleQuery) {
	t.Helper()
	found, total, err := s.FindPeople(t.Context(), q)
	if err != nil {
		t.Fatalf("%+v: %v", q, err)
	}
	got := map[string]store.Availability{}
	for _, p := range found {
		got[p.ID] = p.Availability
	}
	want := c.find(q)
	if diff := gocmp.Diff(want, got); diff != "" || total != len(want) || len(found) != len(want) {
		t.Fatalf("%+v: found %d of %d, want %d (-want +got):\n%s", q, len(found), total, len(want), diff)
	}
	q.Limit = 3
	limited, again, err := s.FindPeople(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	if diff := gocmp.Diff(found[:min(3, len(found))], limited); diff != "" || again != total {
		t.Fatalf("a limit changed more than the length (-all +limited):\n%s", diff)
	}
}

func TestFindPeopleOrdersByWhatWasAsked(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		r := rand.New(rand.NewPCG(7, 7))
		c := randomCompany(r)
		c.save(t, s)
		q := store.PeopleQuery{
			Window: civil.Range{From: civil.Of(2026, 12, 1), To: civil.Of(2027, 1, 1)}, Order: store.ByLevel,
			Filter: store.PeopleFilter{Skills: []store.SkillNeed{{SkillID: "s0"}, {SkillID: "s1"}}, AnySkill: true},
		}
		found, _, err := s.FindPeople(t.Context(), q)
		if err != nil || len(found) < 3 {
			t.Fatalf("found %d people, error %v", len(found), err)
		}
		if !slices.IsSortedFunc(found, func(a, b store.FoundPerson) int { return b.Levels - a.Levels }) || found[0].Levels == 0 {
			t.Errorf("not ordered by level: %+v", found)
		}
		q.Order = store.ByAvailability
		found, _, err = s.FindPeople(t.Context(), q)
		if err != nil || !slices.IsSortedFunc(found, func(a, b store.FoundPerson) int { return b.FreePercentDays - a.FreePercentDays }) {
			t.Errorf("not ordered by availability (%v): %+v", err, found)
		}
	})
}

func TestFindPeopleRefusesAWindowWithoutDays(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		_, _, err := s.FindPeople(t.Context(), store.PeopleQuery{})
		if err == nil {
			t.Error("no error for an empty window")
		}
	})
}
