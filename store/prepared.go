package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"sync"

	"github.com/jackc/pgx/v5"
	"github.com/uptrace/bun"
	"github.com/uptrace/bun/schema"

	"rollcall/store/migrations"
)

// mostStatements is how many statements are kept prepared; a filter with other columns is
// another statement, and what comes after them is prepared each time.
const mostStatements = 256

// statements are what reading rows of a table needs, made once for all requests: writing the
// SQL anew and having the database read it costs more than running it.
type statements struct {
	tables sync.Map // of *table, by type
	mu     sync.Mutex
	ready  map[string]*sql.Stmt
}

// table is how rows of one type are read.
type table struct {
	fields    []*schema.Field
	from      string // FROM, the table and its alias
	selection string // SELECT, the columns, and from
	alias     string // with a dot
}

func (s *Store) table(t reflect.Type) *table {
	if known, found := s.statements.tables.Load(t); found {
		return known.(*table) //nolint:forcetypeassert // there is nothing else in it
	}
	made := s.pools.read.Table(t)
	alias := string(made.SQLAlias) + "."
	columns := make([]string, 0, len(made.Fields))
	for _, f := range made.Fields {
		columns = append(columns, alias+string(f.SQLName))
	}
	from := " FROM " + string(made.SQLName) + " AS " + string(made.SQLAlias)
	known := &table{fields: made.Fields, from: from, selection: "SELECT " + strings.Join(columns, ", ") + from, alias: alias}
	s.statements.tables.Store(t, known)
	return known
}

// column is a column of the table, quoted.
func (t *table) column(name string) string { return t.alias + `"` + name + `"` }

// query runs a statement with $1 and so on, which is kept prepared.
func (s *Store) query(ctx context.Context, query string, args []any) (*sql.Rows, error) {
	if s.dialect == migrations.Postgres {
		args = append([]any{pgx.QueryExecModeCacheStatement}, args...)
	}
	if tx, isTx := s.read.(bun.Tx); isTx {
		return tx.Tx.QueryContext(ctx, query, args...)
	}
	if s.dialect == migrations.Postgres {
		return s.pools.read.DB.QueryContext(ctx, query, args...)
	}
	ready, err := s.statement(ctx, query) //nolint:sqlclosecheck // it is closed with its pool
	if err != nil {
		return nil, err
	}
	if ready == nil {
		return s.pools.read.DB.QueryContext(ctx, query, args...)
	}
	return ready.QueryContext(ctx, args...)
}

// statement is the prepared one of a query, nil where there are too many.
func (s *Store) statement(ctx context.Context, query string) (*sql.Stmt, error) {
	s.statements.mu.Lock()
	defer s.statements.mu.Unlock()
	ready := s.statements.ready[query]
	if ready != nil || len(s.statements.ready) >= mostStatements {
		return ready, nil
	}
	ready, err := s.pools.read.DB.PrepareContext(ctx, query) //nolint:sqlclosecheck // it is closed with its pool
	if err != nil {
		return nil, fmt.Errorf("prepare a statement: %w", err)
	}
	s.statements.ready[query] = ready
	return ready, nil
}

// readRows returns the rows of a query of T's columns, with times in UTC.
func readRows[T any](ctx context.Context, s *Store, query string, args []any) (all []T, err error) {
	rows, err := s.query(ctx, query, args)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	fields := s.table(reflect.TypeFor[T]()).fields
	values, into := make([]any, len(fields)), make([]any, len(fields))
	for i := range values {
		into[i] = &values[i]
	}
	for rows.Next() {
		var row T
		if err = rows.Scan(into...); err != nil {
			return nil, err
		}
		to := reflect.ValueOf(&row).Elem()
		for i, f := range fields {
			if err = f.ScanValue(to, values[i]); err != nil {
				return nil, err
			}
		}
		inUTC(to)
		all = append(all, row)
	}
	return all, rows.Err()
}

// GetOf returns the row of T with the id, and its text as edits have it, or ErrNotFound.
func GetOf[T any](ctx context.Context, s *Store, id string) (row T, text []byte, err error) {
	t := s.table(reflect.TypeFor[T]())
	rows, err := readRows[T](ctx, s, t.selection+" WHERE "+t.column("id")+" = $1", []any{id})
	if err != nil {
		return row, nil, translate(err)
	}
	if len(rows) == 0 {
		return row, nil, fmt.Errorf("%w: no row has this id", ErrNotFound)
	}
	row = rows[0]
	text, err = encodeRow(&row)
	return row, text, err
}
