package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/uptrace/bun"

	"rollcall/store/batch"
	"rollcall/store/migrations"
)

// Store is one open database. It is safe for concurrent use.
type Store struct {
	write   bun.IDB // a pool, or the transaction of Transact
	read    bun.IDB
	pools   pools
	dialect migrations.Dialect
	now     func() time.Time

	spending   *batch.Group[*spent]
	statements *statements
}

// pools are the connections: one writer and some readers on SQLite, one pool on PostgreSQL.
type pools struct{ write, read *bun.DB }

func newStore(p pools, d migrations.Dialect, now func() time.Time) *Store {
	return &Store{write: p.write, read: p.read, pools: p, dialect: d, now: now, statements: &statements{ready: map[string]*sql.Stmt{}}}
}

// Open connects to the database that the URL names and brings its schema up to date.
// The URL is sqlite://path/to/file.db (sqlite:///absolute/path, or sqlite://:memory:
// for a database that lives as long as the Store) or postgres://…. The clock stamps
// createdAt and updatedAt; nil is the system's. A database from a newer program is
// migrations.ErrNewer and is left as it was. The error never holds the URL's password.
func Open(ctx context.Context, url string, now func() time.Time) (*Store, error) {
	s, err := connect(ctx, url, now)
	if err != nil {
		return nil, err
	}
	s.spending = newSpending(s)
	if err := migrations.Up(ctx, s.dialect, s.pools.write.DB); err != nil {
		return nil, errors.Join(fmt.Errorf("open the database: %w", err), s.Close())
	}
	return s, nil
}

// GetMigrationStatus tells how far the schema of the database has come without changing it.
func GetMigrationStatus(ctx context.Context, url string) (migrations.Status, error) {
	s, err := connect(ctx, url, nil)
	if err != nil {
		return migrations.Status{}, err
	}
	st, err := migrations.GetStatus(ctx, s.dialect, s.pools.write.DB)
	return st, errors.Join(err, s.Close())
}

// Close ends all connections. Queries that still run fail.
func (s *Store) Close() error {
	if s.pools.read == s.pools.write {
		return s.pools.write.Close()
	}
	return errors.Join(s.pools.read.Close(), s.pools.write.Close())
}

// Dialect names the database behind the store, for parts that keep SQL of their own.
func (s *Store) Dialect() migrations.Dialect { return s.dialect }

// SQL returns the pools for parts that keep SQL of their own, such as the documents:
// write takes one writer at a time on SQLite, read refuses writes there. On PostgreSQL
// both are the same pool. The store closes them.
func (s *Store) SQL() (write, read *sql.DB) { return s.pools.write.DB, s.pools.read.DB }

// Now returns the store's time in UTC, cut to the microseconds that both databases keep.
func (s *Store) Now() time.Time { return s.now().UTC().Truncate(time.Microsecond) }

// InTx runs fn in one transaction: all of it is kept, or nothing when fn or the commit fails.
func (s *Store) InTx(ctx context.Context, fn func(ctx context.Context, tx *sql.Tx) error) error {
	err := s.write.RunInTx(ctx, nil, func(ctx context.Context, tx bun.Tx) error { return fn(ctx, tx.Tx) })
	return translate(err)
}

// Transact runs fn with a store whose every query and change is part of one transaction:
// all of it is kept, or nothing when fn or the commit fails. Inside of it a further
// Transact can be undone by itself.
func (s *Store) Transact(ctx context.Context, fn func(ctx context.Context, tx *Store) error) error {
	err := s.write.RunInTx(ctx, nil, func(ctx context.Context, tx bun.Tx) error {
		inner := *s
		inner.write, inner.read = tx, tx
		return fn(ctx, &inner)
	})
	return translate(err)
}

// inTx reports whether the store is one that Transact has given out.
func (s *Store) inTx() bool { return s.write != bun.IDB(s.pools.write) }

// NewID returns a UUIDv7: unique, and in order of time.
func NewID() string { return uuid.Must(uuid.NewV7()).String() }
