package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/pgdialect"
	"github.com/uptrace/bun/dialect/sqlitedialect"
	_ "modernc.org/sqlite" // registers the driver named sqlite

	"rollcall/store/migrations"
)

// Every difference between the two databases is a function of this file.

const (
	readConns     = 4
	postgresConns = 16
)

// MemoryURL names a database in memory that lives as long as its Store.
const MemoryURL = "sqlite://:memory:"

func connect(ctx context.Context, rawURL string, now func() time.Time) (*Store, error) {
	if now == nil {
		now = time.Now
	}
	scheme, rest, found := strings.Cut(rawURL, "://")
	switch {
	case found && scheme == "sqlite" && rest != "":
		return openSQLite(ctx, rest, now)
	case found && (scheme == "postgres" || scheme == "postgresql"):
		return openPostgres(ctx, rawURL, now)
	default:
		return nil, errors.New("open the database: DATABASE_URL must be sqlite://FILE or postgres://USER@HOST/NAME")
	}
}

// SQLiteFile returns the file that a sqlite:// URL names, and whether it names one;
// the memory URL and other schemes name none.
func SQLiteFile(rawURL string) (string, bool) {
	rest, found := strings.CutPrefix(rawURL, "sqlite://")
	return rest, found && rest != "" && rest != ":memory:"
}

// openSQLite uses one writer connection, so that writers wait in line inside the
// process rather than fail as busy, and a pool of readers that cannot write. A commit is on
// the disk when it returns (synchronous FULL; with NORMAL a power cut takes the newest
// commits along, see sqlite.org/pragma.html#pragma_synchronous): a question that was
// acknowledged and a change that was confirmed are not to be lost.
func openSQLite(ctx context.Context, path string, now func() time.Time) (*Store, error) {
	name, journal := "file:"+(&url.URL{Path: path}).EscapedPath(), "&_pragma=journal_mode(WAL)"
	if path == ":memory:" {
		name, journal = "file:/"+uuid.NewString()+"?vfs=memdb", ""
	} else if err := checkSQLiteFile(path); err != nil {
		return nil, err
	}
	sep := "?"
	if strings.Contains(name, "?") {
		sep = "&"
	}
	dsn := name + sep + "_txlock=immediate&_pragma=busy_timeout(5000)" + journal +
		"&_pragma=synchronous(FULL)&_pragma=foreign_keys(1)&_time_format=sqlite"
	write, err := openPool(ctx, path, dsn, 1)
	if err != nil {
		return nil, err
	}
	read, err := openPool(ctx, path, dsn+"&_query_only=1", readConns)
	if err != nil {
		return nil, errors.Join(err, write.Close())
	}
	return newStore(pools{bun.NewDB(write, sqlitedialect.New()), bun.NewDB(read, sqlitedialect.New())}, migrations.SQLite, now), nil
}

// checkSQLiteFile says plainly what the driver would say in codes.
func checkSQLiteFile(path string) error {
	dir := filepath.Dir(path)
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		return fmt.Errorf("open the database: the folder %q does not exist", dir)
	}
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return fmt.Errorf("open the database: %q is a folder", path)
	}
	return nil
}

// openPool names the file in its errors, which the driver's do not.
func openPool(ctx context.Context, path, dsn string, conns int) (*sql.DB, error) {
	db, err := sql.Open("sqlite", dsn)
	if err != nil {
		return nil, fmt.Errorf("open the database %q: %w", path, err)
	}
	db.SetMaxOpenConns(conns)
	db.SetMaxIdleConns(conns)
	if err := db.PingContext(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("open the database %q: %w", path, err), db.Close())
	}
	return db, nil
}

// openPostgres uses the exec mode because bun writes values into the SQL text: prepared
// statements would be made for every query and used once.
func openPostgres(ctx context.Context, rawURL string, now func() time.Time) (*Store, error) {
	cfg, err := pgx.ParseConfig(rawURL)
	if err != nil {
		return nil, errors.New("open the database: DATABASE_URL is not a valid postgres:// address")
	}
	cfg.DefaultQueryExecMode = pgx.QueryExecModeExec
	pool := stdlib.OpenDB(*cfg)
	pool.SetMaxOpenConns(postgresConns)
	pool.SetMaxIdleConns(postgresConns)
	if err := pool.PingContext(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("open the database: %w", err), pool.Close())
	}
	db := bun.NewDB(pool, pgdialect.New())
	return newStore(pools{db, db}, migrations.Postgres, now), nil
}

// prepared is for a statement that every message runs, with $1 and so on as both databases
// understand: PostgreSQL keeps it prepared, as planning it costs more than running it.
func (s *Store) prepared(query string, args ...any) (string, []any) {
	if s.dialect == migrations.Postgres {
		args = append([]any{pgx.QueryExecModeCacheStatement}, args...)
	}
	return query, args
}

// epochDay makes a date expression cheap to read: days since 1970 on PostgreSQL, where
// the driver would build a time; SQLite's text is read as it is by civil.Date.
func (s *Store) epochDay(expr string) string {
	if s.dialect == migrations.Postgres {
		return "((" + expr + ") - DATE '1970-01-01')"
	}
	return expr
}

// lowerASCII writes a text's ASCII letters small, and leaves all others, as SQLite does.
func (s *Store) lowerASCII(expr string) string {
	if s.dialect == migrations.Postgres {
		return "LOWER(" + expr + ` COLLATE "C")`
	}
	return "LOWER(" + expr + ")"
}

// forUpdate keeps others from changing the selected rows until the transaction ends. On
// SQLite a transaction that writes is alone anyway.
func (s *Store) forUpdate(q *bun.SelectQuery) *bun.SelectQuery {
	if s.dialect == migrations.Postgres && s.inTx() {
		return q.For("UPDATE")
	}
	return q
}

// commitLock is the key of the lock that one commit of a proposal at a time holds; it is
// an arbitrary number.
const commitLock = 720_611

// LockCommits waits until no other transaction holds this lock, and holds it to the end of
// the transaction: what a commit checks stays true until it has written. Commits are
// clicks of people, so that one at a time is enough. On SQLite a transaction is alone.
func (s *Store) LockCommits(ctx context.Context) error {
	if s.dialect != migrations.Postgres {
		return nil
	}
	_, err := s.write.ExecContext(ctx, `SELECT pg_advisory_xact_lock(?)`, commitLock)
	return translate(err)
}
