package store

import (
	"context"
	"fmt"
	"reflect"
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
	if q.Total {
		n, err := q.where(s.read.NewSelect().Model((*T)(nil))).Count(ctx)
		if err != nil {
			return page, fmt.Errorf("count rows: %w", translate(err))
		}
		total := int(n)
		page.Total = &total
	}
	sel := q.after(q.where(s.read.NewSelect().Model(&page.Rows)), nullable(reflect.TypeFor[T](), q.Sort))
	if err := q.order(sel, nullable(reflect.TypeFor[T](), q.Sort)).Limit(int64(q.Limit) + 1).Scan(ctx); err != nil {
		return page, fmt.Errorf("find rows: %w", translate(err))
	}
	if page.More = len(page.Rows) > q.Limit; page.More {
		page.Rows = page.Rows[:q.Limit]
	}
	return page, nil
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

func (q *PageQuery) where(sel *bun.SelectQuery) *bun.SelectQuery {
	for _, c := range q.Comparisons {
		c.narrow(sel)
	}
	if q.Search == "" {
		return sel
	}
	like := "%" + strings.NewReplacer(`\`, `\\`, "%", `\%`, "_", `\_`).Replace(strings.ToLower(q.Search)) + "%"
	return sel.WhereGroup(" AND ", func(sel *bun.SelectQuery) *bun.SelectQuery {
		for _, c := range q.Columns {
			sel.WhereOr(`LOWER(?TableAlias.?) LIKE ? ESCAPE '\'`, bun.Ident(c), like)
		}
		return sel
	})
}

func (c Comparison) narrow(sel *bun.SelectQuery) {
	if c.Op != Equal {
		sel.Where(`?TableAlias.? `+string(c.Op)+` ?`, bun.Ident(c.Column), c.Values[0])
		return
	}
	var values []any
	isNull := false
	for _, v := range c.Values {
		if isNull = isNull || v == nil; v != nil {
			values = append(values, v)
		}
	}
	sel.WhereGroup(" AND ", func(sel *bun.SelectQuery) *bun.SelectQuery {
		if len(values) > 0 {
			sel.WhereOr(`?TableAlias.? IN (?)`, bun.Ident(c.Column), bun.List(values))
		}
		if isNull {
			sel.WhereOr(`?TableAlias.? IS NULL`, bun.Ident(c.Column))
		}
		return sel
	})
}

// after leaves out what comes before the key or is it. Rows without a value come last,
// whichever way the others are sorted.
func (q *PageQuery) after(sel *bun.SelectQuery, mayBeNull bool) *bun.SelectQuery {
	if q.After == nil {
		return sel
	}
	sort, beyond := bun.Ident(q.Sort), ">"
	if q.Descending {
		beyond = "<"
	}
	switch {
	case q.Sort == "id":
		return sel.Where(`?TableAlias."id" `+beyond+` ?`, q.After.ID)
	case q.After.Value == nil:
		return sel.Where(`?TableAlias.? IS NULL AND ?TableAlias."id" > ?`, sort, q.After.ID)
	case mayBeNull:
		return sel.Where(`(?TableAlias.? `+beyond+` ? OR ?TableAlias.? = ? AND ?TableAlias."id" > ? OR ?TableAlias.? IS NULL)`,
			sort, q.After.Value, sort, q.After.Value, q.After.ID, sort)
	}
	return sel.Where(`(?TableAlias.? `+beyond+` ? OR ?TableAlias.? = ? AND ?TableAlias."id" > ?)`, sort, q.After.Value, sort, q.After.Value, q.After.ID)
}

func (q *PageQuery) order(sel *bun.SelectQuery, mayBeNull bool) *bun.SelectQuery {
	direction := "ASC"
	if q.Descending {
		direction = "DESC"
	}
	if mayBeNull {
		sel.OrderExpr(`?TableAlias.? IS NULL`, bun.Ident(q.Sort))
	}
	sel.OrderExpr(`?TableAlias.? `+direction, bun.Ident(q.Sort))
	if q.Sort != "id" {
		sel.OrderExpr(`?TableAlias."id"`)
	}
	return sel
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
