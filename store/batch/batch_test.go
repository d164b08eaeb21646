package batch

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

func TestItemsThatComeTogetherAreDoneTogetherAndEachOnce(t *testing.T) {
	t.Parallel()
	for _, slots := range []int{1, 4} {
		t.Run(fmt.Sprint(slots, " slots"), func(t *testing.T) {
			t.Parallel()
			var runs, running, most atomic.Int64
			done := make([]atomic.Int64, 500)
			g := New(slots, 64, func(_ context.Context, items []int) error {
				runs.Add(1)
				most.Store(max(most.Load(), running.Add(1)))
				time.Sleep(time.Millisecond)
				for _, i := range items {
					done[i].Add(1)
				}
				running.Add(-1)
				if len(items) > 64 {
					t.Errorf("%d at once", len(items))
				}
				return nil
			})
			var all sync.WaitGroup
			for i := range done {
				all.Go(func() {
					if err := g.Do(context.Background(), i); err != nil {
						t.Error(err)
					}
				})
			}
			all.Wait()
			for i := range done {
				if n := done[i].Load(); n != 1 {
					t.Errorf("item %d was done %d times", i, n)
				}
			}
			if runs.Load() >= int64(len(done)) || most.Load() > int64(slots) {
				t.Errorf("%d runs for %d items, %d beside each other", runs.Load(), len(done), most.Load())
			}
		})
	}
}

func TestNobodyGetsAnothersError(t *testing.T) {
	t.Parallel()
	bad := errors.New("seven")
	gate := make(chan struct{})
	g := New(1, 64, func(_ context.Context, items []int) error {
		<-gate
		for _, i := range items {
			if i == 7 {
				return bad
			}
		}
		return nil
	})
	var all sync.WaitGroup
	for i := range 20 {
		all.Go(func() {
			if err := g.Do(context.Background(), i); (i == 7) != errors.Is(err, bad) {
				t.Errorf("item %d: %v", i, err)
			}
		})
	}
	close(gate)
	all.Wait()
}

func TestACallerThatGivesUpDoesNotHoldUpTheOthers(t *testing.T) {
	t.Parallel()
	gate := make(chan struct{})
	g := New(1, 1, func(context.Context, []int) error { <-gate; return nil })
	started := make(chan struct{})
	g.run = func(context.Context, []int) error {
		select {
		case started <- struct{}{}:
		default:
		}
		<-gate
		return nil
	}
	first := make(chan error, 1)
	go func() { first <- g.Do(context.Background(), 1) }()
	<-started
	ctx, cancel := context.WithCancel(context.Background())
	second := make(chan error, 1)
	go func() { second <- g.Do(ctx, 2) }()
	cancel()
	if err := <-second; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	close(gate)
	if err := <-first; err != nil {
		t.Error(err)
	}
}
