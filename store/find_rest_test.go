package store_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"rollcall/store"
	"rollcall/store/civil"
	"rollcall/store/storetest"
)

// eachCompany runs body on saved random companies with a few random windows each.
func eachCompany(t *testing.T, body func(t *testing.T, s *store.Store, c *company, windows []civil.Range)) {
	t.Helper()
	for n := range uint64(3) {
		t.Run(fmt.Sprintf("company %d", n), func(t *testing.T) {
			t.Parallel()
			storetest.Each(t, func(t *testing.T, s *store.Store) {
				r := rand.New(rand.NewPCG(n, 2))
				c := randomCompany(r)
				c.save(t, s)
				var windows []civil.Range
				for range 25 {
					windows = append(windows, randomQuery(r).Window)
				}
				body(t, s, c, windows)
			})
		})
	}
}

func (c *company) active(id string) bool {
	return slices.ContainsFunc(c.people, func(p store.Person) bool { return p.ID == id && p.Active })
}

func TestFindBookingsFindsWhatTakesADayOfTheWindow(t *testing.T) {
	t.Parallel()
	eachCompany(t, func(t *testing.T, s *store.Store, c *company, windows []civil.Range) {
		for _, w := range windows {
			found, err := s.FindBookings(t.Context(), store.BookingFilter{Window: w})
			if err != nil {
				t.Fatal(err)
			}
			got := map[string]bool{}
			for _, b := range found {
				got[b.ID] = true
			}
			want := map[string]bool{}
			for _, b := range c.bookings {
				for d := w.From; d < w.To; d++ {
					if c.active(b.UserID) && c.covers(b, d) {
						want[b.ID] = true
					}
				}
			}
			if diff := gocmp.Diff(want, got); diff != "" || len(found) != len(want) {
				t.Fatalf("%v (-want +got):\n%s", w, diff)
			}
		}
	})
}

func TestFindTimeOffFindsWhatHasADayInTheWindow(t *testing.T) {
	t.Parallel()
	eachCompany(t, func(t *testing.T, s *store.Store, c *company, windows []civil.Range) {
		for _, w := range windows {
			found, err := s.FindTimeOff(t.Context(), store.TimeOffFilter{Window: w, Location: "Berlin"})
			if err != nil {
				t.Fatal(err)
			}
			want := 0
			for _, o := range c.off {
				at := slices.IndexFunc(c.people, func(p store.Person) bool { return p.ID == o.UserID })
				p := c.people[at]
				if p.Active && p.Location != nil && *p.Location == "Berlin" && (civil.Range{From: o.StartsOn, To: o.EndsOn + 1}).Overlaps(w) {
					want++
				}
			}
			if len(found) != want {
				t.Fatalf("%v: found %d, want %d", w, len(found), want)
			}
		}
	})
}

func TestFindHoldingsKnowsValidExpiringAndRenewed(t *testing.T) {
	t.Parallel()
	eachCompany(t, func(t *testing.T, s *store.Store, c *company, windows []civil.Range) {
		for _, w := range windows {
			expiring, err := s.FindHoldings(t.Context(), store.HoldingFilter{Expires: w, Current: true, ByExpiry: true})
			if err != nil {
				t.Fatal(err)
			}
			valid, err := s.FindHoldings(t.Context(), store.HoldingFilter{ValidOn: &w.From})
			if err != nil {
				t.Fatal(err)
			}
			wantExpiring, wantValid := 0, 0
			for _, k := range c.certs {
				if c.active(k.UserID) && k.ExpiresAt != nil && w.Contains(*k.ExpiresAt) {
					wantExpiring++
				}
				if c.active(k.UserID) && (k.ExpiresAt == nil || *k.ExpiresAt >= w.From) {
					wantValid++
				}
			}
			if len(expiring) != wantExpiring || len(valid) != wantValid {
				t.Fatalf("%v: %d expiring, want %d; %d valid, want %d", w, len(expiring), wantExpiring, len(valid), wantValid)
			}
			if !slices.IsSortedFunc(expiring, func(a, b store.Holding) int { return int(*a.ExpiresAt - *b.ExpiresAt) }) {
				t.Fatalf("not by expiry: %+v", expiring)
			}
		}
	})
}

func TestACertificateThatWasRenewedIsNoLongerExpiring(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		base(t, s)
		first, later := civil.Of(2026, 11, 30), civil.Of(2029, 11, 30)
		createAll(t, []store.PersonCertification{{UserID: "u", CertID: "c", ExpiresAt: &first}}, s.CreatePersonCertification)
		window := civil.Range{From: first - 5, To: first + 5}
		count := func() int {
			found, err := s.FindHoldings(t.Context(), store.HoldingFilter{Expires: window, Current: true})
			if err != nil {
				t.Fatal(err)
			}
			return len(found)
		}
		if n := count(); n != 1 {
			t.Errorf("%d expire before the renewal", n)
		}
		createAll(t, []store.PersonCertification{{UserID: "u", CertID: "c", ExpiresAt: &later}}, s.CreatePersonCertification)
		if n := count(); n != 0 {
			t.Errorf("%d expire after the renewal", n)
		}
	})
}

func TestFindWeeksIsFindPeopleWeekByWeek(t *testing.T) {
	t.Parallel()
	eachCompany(t, func(t *testing.T, s *store.Store, c *company, windows []civil.Range) {
		for i, w := range windows {
			p := c.people[i%len(c.people)]
			weeks := []civil.Range{{From: w.From, To: w.From + 3}, {From: w.From + 3, To: w.From + 10}, {From: w.From + 10, To: w.From + 11}}
			got, err := s.FindWeeks(t.Context(), p.ID, weeks, 50)
			if !p.Active {
				if err == nil {
					t.Fatalf("%s has left and was found", p.ID)
				}
				continue
			}
			if err != nil {
				t.Fatal(err)
			}
			for n, week := range weeks {
				want := store.Week{Range: week, Availability: c.availability(p, week, 50)}
				if diff := gocmp.Diff(want, got[n]); diff != "" {
					t.Fatalf("%s in %v (-want +got):\n%s", p.ID, week, diff)
				}
			}
		}
	})
}

func TestFindCoverageCountsActivePeopleByLevel(t *testing.T) {
	t.Parallel()
	eachCompany(t, func(t *testing.T, s *store.Store, c *company, _ []civil.Range) {
		for _, minLevel := range []int{0, 3} {
			found, err := s.FindCoverage(t.Context(), store.CoverageFilter{MinLevel: minLevel})
			if err != nil {
				t.Fatal(err)
			}
			want := make([]store.Coverage, 0, len(skillIDs))
			for _, id := range skillIDs {
				k := store.Coverage{SkillID: id, Name: id}
				for _, ps := range c.skills {
					level := 0
					if ps.Level != nil {
						level = *ps.Level
					}
					if ps.SkillID == id && c.active(ps.UserID) && level >= minLevel {
						k.People++
						k.Levels[level]++
					}
				}
				want = append(want, k)
			}
			if diff := gocmp.Diff(want, found); diff != "" {
				t.Errorf("from level %d (-want +got):\n%s", minLevel, diff)
			}
		}
	})
}

func TestFindProjectsReadsItsConditionsAsDays(t *testing.T) {
	t.Parallel()
	eachCompany(t, func(t *testing.T, s *store.Store, c *company, windows []civil.Range) {
		for _, w := range windows {
			for condition, holds := range map[store.ProjectCondition]func(p store.Project) bool{
				store.AnyProject: func(store.Project) bool { return true },
				store.Starting:   func(p store.Project) bool { return p.StartedAt != nil && w.Contains(*p.StartedAt) },
				store.Ending:     func(p store.Project) bool { return p.EndedAt != nil && w.Contains(*p.EndedAt) },
				store.Active: func(p store.Project) bool {
					return (p.StartedAt == nil || *p.StartedAt < w.To) && (p.EndedAt == nil || *p.EndedAt >= w.From)
				},
			} {
				found, err := s.FindProjects(t.Context(), store.ProjectQuery{Window: w, Condition: condition})
				if err != nil {
					t.Fatal(err)
				}
				got, want := map[string]bool{}, map[string]bool{}
				for _, p := range found {
					got[p.ID] = true
				}
				for _, p := range c.projects {
					if holds(p) {
						want[p.ID] = true
					}
				}
				if diff := gocmp.Diff(want, got); diff != "" {
					t.Fatalf("%s in %v (-want +got):\n%s", condition, w, diff)
				}
			}
		}
	})
}
