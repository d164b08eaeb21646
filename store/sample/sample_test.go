package sample_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"rollcall/store"
	"rollcall/store/chatlog"
	"rollcall/store/civil"
	"rollcall/store/migrations"
	"rollcall/store/sample"
	"rollcall/store/storetest"
)

func TestMain(m *testing.M) { storetest.Main(m) }

func docs(s *store.Store) *chatlog.SQL {
	write, read := s.SQL()
	return chatlog.NewSQL(write, read, s.Dialect() == migrations.Postgres, storetest.Clock)
}

func TestTheCompanyLoadsOnBothDatabases(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		if err := sample.Load(t.Context(), s, docs(s), civil.FromTime(storetest.Now)); err != nil {
			t.Fatal(err)
		}
		if n, err := s.CountPeople(t.Context()); err != nil || n != 60 {
			t.Errorf("%d people, error %v", n, err)
		}
		details, err := docs(s).FindDetails(t.Context())
		if err != nil || len(details) != 12 {
			t.Errorf("%d project details, error %v", len(details), err)
		}
		names, err := s.FindNames(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		count := map[store.NameKind]int{}
		for _, n := range names {
			count[n.Kind]++
		}
		want := map[store.NameKind]int{"person": 60, "skill": 30, "certification": 10, "client": 12, "project": 25, "role": 10, "location": 5}
		if diff := cmp.Diff(want, count); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		if _, err := s.GetPersonByEmail(t.Context(), sample.AskerEmail); err != nil {
			t.Errorf("the asker: %v", err)
		}
	})
}

func TestTheCompanyNeverGrowsStale(t *testing.T) {
	t.Parallel()
	for _, at := range []string{"2024-02-29", "2025-12-31", "2026-01-01", "2026-03-31", "2027-02-28", "2031-08-15"} {
		t.Run(at, func(t *testing.T) {
			t.Parallel()
			today, err := civil.Parse(at)
			if err != nil {
				t.Fatal(err)
			}
			clock := func() time.Time { return today.Time().Add(9 * time.Hour) }
			s, err := store.Open(t.Context(), store.MemoryURL, clock)
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			if err := sample.Load(t.Context(), s, docs(s), today); err != nil {
				t.Fatal(err)
			}
			window := civil.Range{From: today, To: today + 30}
			for _, condition := range []store.Condition{store.Free, store.Bench, store.RollingOff, store.Overbooked} {
				if _, n, err := s.FindPeople(t.Context(), store.PeopleQuery{Window: window, MinFreePercent: 50, Condition: condition}); err != nil || n == 0 {
					t.Errorf("%d people are %s, error %v", n, condition, err)
				}
			}
			month := civil.Range{From: today.StartOfMonth(), To: today.StartOfMonth().AddMonths(1)}
			if expiring, err := s.FindHoldings(t.Context(), store.HoldingFilter{Expires: month, Current: true}); err != nil || len(expiring) < 4 {
				t.Errorf("%d certificates expire this month, error %v", len(expiring), err)
			}
		})
	}
}
