// Package storetest gives tests every database that Rollcall runs on. It starts what it
// needs: SQLite files in the test's folder, and one PostgreSQL server per test process
// with a schema of its own for each test, so that tests run in parallel.
package storetest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"rollcall/store"
)

// Now is the clock of tests: Wednesday 25 November 2026, 10:00 in Berlin.
var Now = time.Date(2026, time.November, 25, 9, 0, 0, 0, time.UTC)

// Clock returns Now; pass it to store.Open.
func Clock() time.Time { return Now }

// Main runs a package's tests and then stops the servers they started. Call
// it from TestMain in every package that uses Each, Postgres or Mongo.
func Main(m *testing.M) {
	code := m.Run()
	if err := errors.Join(stopServer(), stopMongo()); err != nil {
		fmt.Fprintln(os.Stderr, "storetest:", err)
		code = 1
	}
	os.Exit(code)
}

// Each runs body once per database, in parallel, each time on an empty store of its
// own with the newest schema. Where PostgreSQL is missing it fails when the environment
// variable CI is set, and elsewhere skips that half and says so.
func Each(t *testing.T, body func(t *testing.T, s *store.Store)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		body(t, SQLite(t))
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		body(t, Postgres(t))
	})
}

// SQLite returns an empty store in a file of the test's folder.
func SQLite(tb testing.TB) *store.Store {
	tb.Helper()
	return Open(tb, SQLiteURL(tb))
}

// SQLiteURL names a database file in the test's folder that does not exist yet.
func SQLiteURL(tb testing.TB) string {
	tb.Helper()
	return "sqlite://" + filepath.Join(tb.TempDir(), "rollcall.db")
}

// Postgres returns an empty store in a schema of its own.
func Postgres(tb testing.TB) *store.Store {
	tb.Helper()
	return Open(tb, PostgresURL(tb))
}

// Open opens the store that the URL names, with the tests' clock, and closes it with the test.
func Open(tb testing.TB, url string) *store.Store {
	tb.Helper()
	s, err := store.Open(context.Background(), url, Clock)
	if err != nil {
		tb.Fatalf("open the test store: %v", err)
	}
	tb.Cleanup(func() {
		if err := s.Close(); err != nil {
			tb.Errorf("close the test store: %v", err)
		}
	})
	return s
}
