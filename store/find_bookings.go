package store

import (
	"context"
	"fmt"

	"github.com/uptrace/bun"

	"rollcall/store/civil"
)

// BookingFilter says which bookings are looked at. Nil slices ask for nothing; an empty
// window is all time. Bookings of people who left are never found.
type BookingFilter struct {
	UserIDs    []string
	ProjectIDs []string
	Window     civil.Range
}

// FindBookings returns the bookings that take a day of the window, by first day, then
// person and project.
func (s *Store) FindBookings(ctx context.Context, f BookingFilter) ([]BookedTime, error) {
	var rows []BookedTime
	sel := s.read.NewSelect().TableExpr(`"project_user" AS "b"`).
		ColumnExpr(`"b"."id", "b"."userId", "u"."name" AS "person", "b"."projectId", "p"."name" AS "project"`).
		ColumnExpr(`COALESCE((SELECT MIN("c"."name") FROM "client_project" AS "cp" JOIN "client" AS "c" ON "c"."id" = "cp"."clientId" WHERE "cp"."projectId" = "p"."id"), '') AS "client"`).
		ColumnExpr(`COALESCE("r"."name", '') AS "role", "b"."percent", "b"."status", "b"."holdUntil"`).
		ColumnExpr(bookingFirst + ` AS "first", ` + bookingLast + ` AS "last"`).
		Join(`JOIN "project" AS "p" ON "p"."id" = "b"."projectId"`).
		Join(`JOIN "user" AS "u" ON "u"."id" = "b"."userId" AND "u"."active"`).
		Join(`LEFT JOIN "role" AS "r" ON "r"."id" = "b"."roleId"`).
		OrderExpr(`COALESCE(` + bookingFirst + `, '0001-01-01'), "u"."name", "p"."name", "b"."id"`)
	f.narrow(sel)
	if err := sel.Scan(ctx, &rows); err != nil {
		return nil, fmt.Errorf("find bookings: %w", translate(err))
	}
	return rows, nil
}

// The days a booking takes, as SQL over the aliases b and p.
const (
	bookingFirst = `COALESCE("b"."startsAt", "p"."startedAt")`
	bookingLast  = `COALESCE("b"."endsAt", "p"."endedAt")`
)

func (f BookingFilter) narrow(sel *bun.SelectQuery) {
	if f.UserIDs != nil {
		sel.Where(`"b"."userId" IN (?)`, bun.List(append([]string{""}, f.UserIDs...)))
	}
	if f.ProjectIDs != nil {
		sel.Where(`"b"."projectId" IN (?)`, bun.List(append([]string{""}, f.ProjectIDs...)))
	}
	if f.Window.Days() > 0 {
		sel.Where(`(`+bookingFirst+` IS NULL OR `+bookingFirst+` < ?)`, f.Window.To).
			Where(`(`+bookingLast+` IS NULL OR `+bookingLast+` >= ?)`, f.Window.From).
			Where(`(` + bookingFirst + ` IS NULL OR ` + bookingLast + ` IS NULL OR ` + bookingFirst + ` <= ` + bookingLast + `)`)
	}
}
