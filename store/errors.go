package store

import (
	"database/sql"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
	sqlitelib "modernc.org/sqlite/lib"
)

var (
	// ErrNotFound means that no row has the given key.
	ErrNotFound = errors.New("not found")
	// ErrConflict means that another row already has a value that must be unique.
	ErrConflict = errors.New("exists already")
	// ErrReference means that a row names another one that does not exist, or that a
	// row cannot go because others still name it.
	ErrReference = errors.New("refers to nothing, or is still referred to")
	// ErrInvalid means that a value is outside what its column allows.
	ErrInvalid = errors.New("value not allowed")
	// ErrBusy means that others were changing the same rows; nothing was changed.
	ErrBusy = errors.New("others are changing the same")
)

// SQLSTATE codes of PostgreSQL's appendix A.
var postgresKinds = map[string]error{
	"23505": ErrConflict,
	"23503": ErrReference,
	"23502": ErrInvalid,
	"23514": ErrInvalid,
	"22P02": ErrInvalid,
	"22021": ErrInvalid,
	"22P05": ErrInvalid,
	"40001": ErrBusy,
	"40P01": ErrBusy,
	"55P03": ErrBusy,
}

// Extended result codes of SQLite's rescode page.
var sqliteKinds = map[int]error{
	sqlitelib.SQLITE_CONSTRAINT_UNIQUE:     ErrConflict,
	sqlitelib.SQLITE_CONSTRAINT_PRIMARYKEY: ErrConflict,
	sqlitelib.SQLITE_CONSTRAINT_FOREIGNKEY: ErrReference,
	sqlitelib.SQLITE_CONSTRAINT_NOTNULL:    ErrInvalid,
	sqlitelib.SQLITE_CONSTRAINT_CHECK:      ErrInvalid,
	sqlitelib.SQLITE_BUSY:                  ErrBusy,
}

// translate gives a driver's error its kind by its code, never by its text, and keeps
// the driver's error in the chain for the operator.
func translate(err error) error {
	if err == nil {
		return nil
	}
	if errors.Is(err, sql.ErrNoRows) {
		return fmt.Errorf("%w: %w", ErrNotFound, err)
	}
	var pg *pgconn.PgError
	if errors.As(err, &pg) && postgresKinds[pg.Code] != nil {
		return fmt.Errorf("%w: %w", postgresKinds[pg.Code], err)
	}
	var lite *sqlite.Error
	if errors.As(err, &lite) && sqliteKinds[lite.Code()] != nil {
		return fmt.Errorf("%w: %w", sqliteKinds[lite.Code()], err)
	}
	return err
}
