package tools_test

import (
	"context"
	"errors"
	"sync"
	"testing"

	"rollcall/store/storetest"
	"rollcall/tools"
)

func TestTheIndexOfNamesIsMadeOnceForAllWhoWaitForIt(t *testing.T) {
	t.Parallel()
	c := &tools.Company{Store: storetest.SQLite(t)}
	var all [8]any
	var waiting sync.WaitGroup
	for i := range all {
		waiting.Go(func() {
			index, err := c.Names(t.Context())
			if err != nil {
				t.Error(err)
			}
			all[i] = index
		})
	}
	waiting.Wait()
	for _, index := range all {
		if index != all[0] {
			t.Fatal("two indexes were made")
		}
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := (&tools.Company{Store: storetest.SQLite(t)}).Names(gone); !errors.Is(err, context.Canceled) {
		t.Errorf("who goes away is told %v", err)
	}
}
