// Package batch lets many callers that want the same kind of thing at the same moment have
// it done at once, where doing it costs the same for one as for many.
package batch

import (
	"context"
	"sync"
)

// Group collects what callers want done. The zero value is not usable; make one with New.
type Group[T any] struct {
	run     func(ctx context.Context, items []T) error
	most    int
	slots   chan struct{}
	mu      sync.Mutex
	waiting []wish[T]
}

type wish[T any] struct {
	item T
	done chan error
}

// New returns a group that has at most most items done at once by run, and at most slots
// runs beside each other. When a run of several items fails, each is run alone, so that
// nobody gets another's error: run must leave no trace when it fails.
func New[T any](slots, most int, run func(ctx context.Context, items []T) error) *Group[T] {
	return &Group[T]{run: run, most: most, slots: make(chan struct{}, slots)}
}

// Do returns once the item is done, or with the error that kept it from being. A lone item
// is not held back: the first caller to find a free slot runs all that is waiting. When
// ctx ends first, the item may still be done.
func (g *Group[T]) Do(ctx context.Context, item T) error {
	w := wish[T]{item, make(chan error, 1)}
	g.mu.Lock()
	g.waiting = append(g.waiting, w)
	g.mu.Unlock()
	for slots := g.slots; ; {
		select {
		case err := <-w.done:
			return err
		case slots <- struct{}{}:
			taken := g.take()
			g.runAll(context.WithoutCancel(ctx), taken)
			<-g.slots
			if len(taken) == 0 { // the item is in somebody's hands already
				slots = nil
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (g *Group[T]) take() []wish[T] {
	g.mu.Lock()
	defer g.mu.Unlock()
	n := min(len(g.waiting), g.most)
	taken := g.waiting[:n:n]
	g.waiting = g.waiting[n:]
	if len(g.waiting) == 0 {
		g.waiting = nil // the array goes with what was taken
	}
	return taken
}

func (g *Group[T]) runAll(ctx context.Context, taken []wish[T]) {
	if len(taken) == 0 {
		return
	}
	items := make([]T, len(taken))
	for i, w := range taken {
		items[i] = w.item
	}
	err := g.run(ctx, items)
	for i, w := range taken {
		if err != nil && len(taken) > 1 {
			w.done <- g.run(ctx, items[i:i+1])
		} else {
			w.done <- err
		}
	}
}
