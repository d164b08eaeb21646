package store

import (
	"context"
	"fmt"

	"github.com/uptrace/bun"

	"rollcall/store/civil"
)

// Absence is time off with the person it belongs to.
type Absence struct {
	TimeOff `bun:",extend"`

	Person   string `bun:"person"`
	Role     string `bun:"role"`
	Location string `bun:"location"`
}

// TimeOffFilter says which time off is looked at. Empty fields ask for nothing. People
// who left are never found.
type TimeOffFilter struct {
	UserIDs  []string
	RoleID   string
	Location string
	Kind     TimeOffKind
	Window   civil.Range // has a day in it; empty: whenever
}

// FindTimeOff returns the time off that matches, by first day and then person.
func (s *Store) FindTimeOff(ctx context.Context, f TimeOffFilter) ([]Absence, error) {
	var rows []Absence
	sel := s.read.NewSelect().Model(&rows).ModelTableExpr(`"time_off" AS "t"`).
		ColumnExpr(`"t".*, "u"."name" AS "person", COALESCE("r"."name", '') AS "role", COALESCE("u"."location", '') AS "location"`).
		Join(`JOIN "user" AS "u" ON "u"."id" = "t"."userId" AND "u"."active"`).
		Join(`LEFT JOIN "role" AS "r" ON "r"."id" = "u"."roleId"`).
		OrderExpr(`"t"."startsOn", "u"."name", "t"."id"`)
	if f.UserIDs != nil {
		sel.Where(`"t"."userId" IN (?)`, bun.List(append([]string{""}, f.UserIDs...)))
	}
	if f.RoleID != "" {
		sel.Where(`"u"."roleId" = ?`, f.RoleID)
	}
	if f.Location != "" {
		sel.Where(`"u"."location" = ?`, f.Location)
	}
	if f.Kind != "" {
		sel.Where(`"t"."kind" = ?`, f.Kind)
	}
	if f.Window.Days() > 0 {
		sel.Where(`"t"."startsOn" < ? AND "t"."endsOn" >= ?`, f.Window.To, f.Window.From)
	}
	if err := sel.Scan(ctx); err != nil {
		return nil, fmt.Errorf("find time off: %w", translate(err))
	}
	return rows, nil
}
