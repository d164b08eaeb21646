package store

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"github.com/uptrace/bun"
)

// Op is how a column is compared.
type Op string

// The comparisons. Equal takes several values, of which one must fit; a nil value is no value.
const (
	Equal   Op = "="
	AtLeast Op = ">="
	AtMost  Op = "<="
)

// Comparison is one comparison that every row of a page fits.
type Comparison struct {
	Column string
	Op     Op
	Values []any
}

// PageQuery asks for a part of a table.
type PageQuery struct {
	Comparisons []Comparison
	Search      string   // is somewhere in one of the columns, without ASCII case
	Columns     []string // that Search looks into
	Sort        string   // a column; empty is the id. Rows without a value come last
	Descending  bool
	After       *PageKey // the last row of the page before
	Limit       int      // at least 1
	Total       bool     // count all rows that fit
}

// PageKey is a row's place in the order of a page.
type PageKey struct {
	Value any // of the sort column; nil is no value
	ID    string
}

// Page is a part of a table.
type Page[T any] struct {
	Rows  []T
	More  bool // there are rows after these
	Total *int // when it was asked for
}

// FindPage returns the rows of T that fit, in order. The columns must be T's: one that is
// not is ErrInvalid.
func FindPage[T any](ctx context.Context, s *Store, q PageQuery) (Page[T], error) {
	var page Page[T]
	if err := q.check(reflect.TypeFor[T]()); err != nil {
		return page, err
	}
	w := &pageWriter{Store: s, PageQuery: q, table: s.table(reflect.TypeFor[T]()), mayBeNull: nullable(reflect.TypeFor[T](), q.Sort)}
	w.where()
	if q.Total {
		total, err := s.count(ctx, "SELECT COUNT(*)"+w.table.from+w.String(), w.args)
		if err != nil {
			return page, fmt.Errorf("count rows: %w", translate(err))
		}
		page.Total = &total
	}
	w.after()
	w.order()
	rows, err := readRows[T](ctx, s, w.table.selection+w.String(), w.args)
	if err != nil {
		return page, fmt.Errorf("find rows: %w", translate(err))
	}
	page.Rows = rows
	if page.More = len(page.Rows) > q.Limit; page.More {
		page.Rows = page.Rows[:q.Limit]
	}
	return page, nil
}

func (s *Store) count(ctx context.Context, query string, args []any) (n int, err error) {
	rows, err := s.query(ctx, query, args)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		if err = rows.Scan(&n); err != nil {
			return 0, err
		}
	}
	return n, rows.Err()
}

func (q *PageQuery) check(t reflect.Type) error {
	if q.Sort == "" {
		q.Sort = "id"
	}
	columns := append([]string{q.Sort}, q.Columns...)
	for _, c := range q.Comparisons {
		columns = append(columns, c.Column)
	}
	for _, c := range columns {
		if _, found := columnOf(t, c); !found {
			return fmt.Errorf("%w: there is no column %q", ErrInvalid, c)
		}
	}
	return nil
}

func columnOf(t reflect.Type, name string) (reflect.StructField, bool) {
	for i := range t.NumField() {
		column, _, _ := strings.Cut(t.Field(i).Tag.Get("bun"), ",")
		if column == name {
			return t.Field(i), true
		}
	}
	return reflect.StructField{}, false
}

func nullable(t reflect.Type, column string) bool {
	f, _ := columnOf(t, column)
	return f.Type.Kind() == reflect.Pointer
}

// pageWriter writes the SQL of a page; values are arguments.
type pageWriter struct {
	*Store
	PageQuery

	table     *table
	mayBeNull bool // the column that sorts
	text      strings.Builder
	args      []any
}

// String is the text so far.
func (w *pageWriter) String() string { return w.text.String() }

// arg is the place of a value.
func (w *pageWriter) arg(value any) string {
	w.args = append(w.args, value)
	return "$" + strconv.Itoa(len(w.args))
}

// and adds a condition.
func (w *pageWriter) and(condition string) {
	if w.text.Len() == 0 {
		w.text.WriteString(" WHERE ")
	} else {
		w.text.WriteString(" AND ")
	}
	w.text.WriteString("(" + condition + ")")
}

func (w *pageWriter) where() {
	for _, c := range w.Comparisons {
		w.narrow(c)
	}
	if w.Search == "" {
		return
	}
	like := w.arg("%" + strings.NewReplacer(`\`, `\\`, "%", `\%`, "_", `\_`).Replace(lowerASCII(w.Search)) + "%")
	var some []string
	for _, c := range w.Columns {
		some = append(some, w.lowerASCII(w.table.column(c))+" LIKE "+like+` ESCAPE '\'`)
	}
	w.and(strings.Join(some, " OR "))
}

// lowerASCII is as far as both databases agree about letters.
func lowerASCII(s string) string {
	return strings.Map(func(c rune) rune {
		if c >= 'A' && c <= 'Z' {
			return c + 'a' - 'A'
		}
		return c
	}, s)
}

func (w *pageWriter) narrow(c Comparison) {
	column := w.table.column(c.Column)
	if c.Op != Equal {
		w.and(column + " " + string(c.Op) + " " + w.arg(c.Values[0]))
		return
	}
	var places, some []string
	isNull := false
	for _, v := range c.Values {
		if isNull = isNull || v == nil; v != nil {
			places = append(places, w.arg(v))
		}
	}
	if places != nil {
		some = append(some, column+" IN ("+strings.Join(places, ", ")+")")
	}
	if isNull {
		some = append(some, column+" IS NULL")
	}
	w.and(strings.Join(some, " OR "))
}

// after leaves out what comes before the key or is it. Rows without a value come last,
// whichever way the others are sorted. That the column is also compared alone lets the
// databases begin in the middle of its index.
func (w *pageWriter) after() {
	if w.After == nil {
		return
	}
	id, sort, beyond := w.table.column("id"), w.table.column(w.Sort), ">"
	if w.Descending {
		beyond = "<"
	}
	switch {
	case w.Sort == "id":
		w.and(id + " " + beyond + " " + w.arg(w.After.ID))
	case w.After.Value == nil:
		w.and(sort + " IS NULL AND " + id + " > " + w.arg(w.After.ID))
	default:
		value := w.arg(w.After.Value)
		condition := sort + " " + beyond + "= " + value + " AND (" + sort + " " + beyond + " " + value + " OR " + id + " > " + w.arg(w.After.ID) + ")"
		if w.mayBeNull {
			condition += " OR " + sort + " IS NULL"
		}
		w.and(condition)
	}
}

func (w *pageWriter) order() {
	sort := w.table.column(w.Sort)
	w.text.WriteString(" ORDER BY ")
	if w.mayBeNull {
		w.text.WriteString(sort + " IS NULL, ")
	}
	w.text.WriteString(sort)
	if w.Descending {
		w.text.WriteString(" DESC")
	}
	if w.Sort != "id" {
		w.text.WriteString(", " + w.table.column("id"))
	}
	w.text.WriteString(" LIMIT " + w.arg(w.Limit+1))
}

// FindHanging returns the rows of R whose column names one of the ids, by id.
func FindHanging[R any](ctx context.Context, s *Store, column string, ids []string) ([]R, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	if _, found := columnOf(reflect.TypeFor[R](), column); !found {
		return nil, fmt.Errorf("%w: there is no column %q", ErrInvalid, column)
	}
	var rows []R
	err := s.read.NewSelect().Model(&rows).Where(`?TableAlias.? IN (?)`, bun.Ident(column), bun.List(ids)).OrderExpr(`?TableAlias."id"`).Scan(ctx)
	if err != nil {
		return nil, fmt.Errorf("find rows: %w", translate(err))
	}
	return rows, nil
}
