package store

import (
	"context"
	"encoding/json"

	"github.com/uptrace/bun"

	"rollcall/store/civil"
)

// Booking puts a person on a project for some percent of full time.
type Booking struct {
	bun.BaseModel `bun:"table:project_user,alias:b" json:"-"`

	ID         string          `bun:"id,pk" json:"id"`
	ProjectID  string          `bun:"projectId" json:"projectId"`
	UserID     string          `bun:"userId" json:"userId"`
	RoleID     *string         `bun:"roleId" json:"roleId"`     // the role in the project
	Percent    int             `bun:"percent" json:"percent"`   // of full time, 1 to 100
	StartsAt   *civil.Date     `bun:"startsAt" json:"startsAt"` // the first day, nil for the project's
	EndsAt     *civil.Date     `bun:"endsAt" json:"endsAt"`     // the last day, nil for the project's
	Status     BookingStatus   `bun:"status" json:"status"`
	HoldUntil  *civil.Date     `bun:"holdUntil" json:"holdUntil"` // the last day of a tentative hold
	Provenance json.RawMessage `bun:"provenance,type:jsonb,nullzero" json:"provenance"`
}

// CreateBooking inserts the row, filling an empty id. An unknown person, project or role is ErrReference; a percent outside 1 to 100 or an end before the start is ErrInvalid.
func (s *Store) CreateBooking(ctx context.Context, row *Booking) error {
	newID(&row.ID)
	return insert(ctx, s.write, row)
}

// GetBooking returns the booking with the id, or ErrNotFound.
func (s *Store) GetBooking(ctx context.Context, id string) (Booking, error) {
	return get[Booking](ctx, s.read, id)
}

// UpdateBooking writes all columns of the booking, or returns ErrNotFound.
func (s *Store) UpdateBooking(ctx context.Context, row *Booking) error {
	return update(ctx, s.write, row)
}

// DeleteBooking removes the booking, or returns ErrNotFound.
func (s *Store) DeleteBooking(ctx context.Context, id string) error {
	return remove[Booking](ctx, s.write, id)
}

// BookingStatus says how sure a booking is.
type BookingStatus string

// A confirmed booking takes capacity; a tentative one is shown beside.
const (
	Confirmed BookingStatus = "confirmed"
	Tentative BookingStatus = "tentative"
)

// FindHolds returns tentative bookings whose hold ends on the day or before, first to end first.
func (s *Store) FindHolds(ctx context.Context, last civil.Date) ([]Booking, error) {
	var all []Booking
	err := s.read.NewSelect().Model(&all).Where(`"b"."status" = ? AND "b"."holdUntil" <= ?`, Tentative, last).OrderExpr(`"b"."holdUntil", "b"."id"`).Scan(ctx)
	return all, translate(err)
}
