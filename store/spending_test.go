package store_test

import (
	"errors"
	"sync"
	"testing"

	"rollcall/store"
	"rollcall/store/storetest"
)

func TestSpendingIsCountedForEachAndForAllWhoeverBooksAtOnce(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		var booking sync.WaitGroup
		failed, told := make(chan error, 80), make(chan int, 80)
		for i := range 8 {
			booking.Go(func() {
				for range 10 {
					_, all, err := s.AddSpending(t.Context(), "2026-11-25", []string{"a", "b"}[i%2], 1, 100)
					failed <- err
					told <- all[0]
				}
			})
		}
		booking.Wait()
		close(failed)
		close(told)
		places := map[int]bool{}
		for n := range told {
			places[n] = true
		}
		if len(places) != 80 || !places[1] || !places[80] {
			t.Errorf("80 questions were told %d places from 1 to 80", len(places))
		}
		for err := range failed {
			if err != nil {
				t.Fatal(err)
			}
		}
		mine, all, err := s.AddSpending(t.Context(), "2026-11-25", "a", 0, 1)
		if err != nil || mine != [2]int{40, 4001} || all != [2]int{80, 8001} {
			t.Errorf("%v of %v, %v", mine, all, err)
		}
		other, _, err := s.AddSpending(t.Context(), "2026-11-26", "a", 1, 0)
		if err != nil || other != [2]int{1, 0} {
			t.Errorf("another day: %v, %v", other, err)
		}
		if err := s.DeleteSpendingBefore(t.Context(), "2026-11-26"); err != nil {
			t.Fatal(err)
		}
		old, _, oldErr := s.AddSpending(t.Context(), "2026-11-25", "a", 0, 0)
		kept, _, keptErr := s.AddSpending(t.Context(), "2026-11-26", "a", 0, 0)
		if old != [2]int{0, 0} || kept != [2]int{1, 0} || errors.Join(oldErr, keptErr) != nil {
			t.Errorf("after forgetting: %v and %v, %v %v", old, kept, oldErr, keptErr)
		}
	})
}
