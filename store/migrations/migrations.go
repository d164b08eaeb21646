// Package migrations is the schema history, one embedded set of SQL files per
// dialect. A file is never edited once it has been released: a change is a new
// file with the next number, in both folders, written for each database by hand.
package migrations

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

//go:embed sqlite/*.sql postgres/*.sql
var files embed.FS

// Dialect names a set of migrations.
type Dialect string

// The two databases Rollcall runs on.
const (
	SQLite   Dialect = "sqlite"
	Postgres Dialect = "postgres"
)

// ErrNewer means that the database was migrated by a newer program than this one.
var ErrNewer = errors.New("the database was made by a newer Rollcall")

// Status is how far a database has come.
type Status struct {
	Current int64 // the newest migration that ran, 0 for an empty database
	Latest  int64 // the newest migration this program knows
}

// Up brings the database to the newest schema. Each file runs in a transaction of
// its own; a failing file changes nothing and is tried again by the next start. On
// PostgreSQL several processes may start at once: a session lock lets one of them
// work. A database from a newer program is ErrNewer and stays as it is.
func Up(ctx context.Context, d Dialect, db *sql.DB) error {
	p, err := provider(d, db)
	if err != nil {
		return err
	}
	st, err := status(ctx, p)
	if err != nil {
		return err
	}
	if st.Current == st.Latest {
		return nil
	}
	if _, err := p.Up(ctx); err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	return nil
}

// GetStatus tells how far the database has come. A database from a newer program is ErrNewer.
func GetStatus(ctx context.Context, d Dialect, db *sql.DB) (Status, error) {
	p, err := provider(d, db)
	if err != nil {
		return Status{}, err
	}
	return status(ctx, p)
}

func status(ctx context.Context, p *goose.Provider) (Status, error) {
	current, latest, err := p.GetVersions(ctx)
	if err != nil {
		return Status{}, fmt.Errorf("read the schema version: %w", err)
	}
	if current > latest {
		return Status{}, fmt.Errorf("%w: its schema is version %d, this program knows %d", ErrNewer, current, latest)
	}
	return Status{Current: current, Latest: latest}, nil
}

func provider(d Dialect, db *sql.DB) (*goose.Provider, error) {
	sub, err := fs.Sub(files, string(d))
	if err != nil {
		return nil, fmt.Errorf("find the migrations: %w", err)
	}
	dialect, opts := goose.DialectSQLite3, []goose.ProviderOption{goose.WithDisableGlobalRegistry(true)}
	if d == Postgres {
		locker, lockErr := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 120))
		if lockErr != nil {
			return nil, fmt.Errorf("make the migration lock: %w", lockErr)
		}
		dialect, opts = goose.DialectPostgres, append(opts, goose.WithSessionLocker(locker))
	}
	p, err := goose.NewProvider(dialect, db, sub, opts...)
	if err != nil {
		return nil, fmt.Errorf("load the migrations: %w", err)
	}
	return p, nil
}
