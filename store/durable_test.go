package store_test

import (
	"testing"

	"rollcall/store"
	"rollcall/store/storetest"
)

// https://www.sqlite.org/pragma.html#pragma_synchronous: FULL is 2.
func TestACommitToAFileIsOnTheDiskWhenItReturns(t *testing.T) {
	t.Parallel()
	s, err := store.Open(t.Context(), storetest.SQLiteURL(t), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	write, _ := s.SQL()
	var level int
	if err := write.QueryRowContext(t.Context(), "PRAGMA synchronous").Scan(&level); err != nil {
		t.Fatal(err)
	}
	if level != 2 {
		t.Errorf("synchronous is %d", level)
	}
}
