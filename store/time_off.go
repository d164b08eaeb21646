package store

import (
	"context"

	"github.com/uptrace/bun"

	"rollcall/store/civil"
)

// TimeOff is a stretch of days on which somebody does not work.
type TimeOff struct {
	bun.BaseModel `bun:"table:time_off,alias:t" json:"-"`

	ID       string      `bun:"id,pk" json:"id"`
	UserID   string      `bun:"userId" json:"userId"`
	Kind     TimeOffKind `bun:"kind" json:"kind"` // hidden from staff
	StartsOn civil.Date  `bun:"startsOn" json:"startsOn"`
	EndsOn   civil.Date  `bun:"endsOn" json:"endsOn"` // the last day off
	Note     *string     `bun:"note" json:"note"`
}

// CreateTimeOff inserts the row, filling an empty id. An unknown person is ErrReference; an end before the start is ErrInvalid.
func (s *Store) CreateTimeOff(ctx context.Context, row *TimeOff) error {
	newID(&row.ID)
	return insert(ctx, s.write, row)
}

// GetTimeOff returns the time off with the id, or ErrNotFound.
func (s *Store) GetTimeOff(ctx context.Context, id string) (TimeOff, error) {
	return get[TimeOff](ctx, s.read, id)
}

// UpdateTimeOff writes all columns of the time off, or returns ErrNotFound.
func (s *Store) UpdateTimeOff(ctx context.Context, row *TimeOff) error {
	return update(ctx, s.write, row)
}

// DeleteTimeOff removes the time off, or returns ErrNotFound.
func (s *Store) DeleteTimeOff(ctx context.Context, id string) error {
	return remove[TimeOff](ctx, s.write, id)
}

// TimeOffKind is the reason of time off.
type TimeOffKind string

// The kinds of time off.
const (
	Vacation TimeOffKind = "vacation"
	Sick     TimeOffKind = "sick"
	Parental TimeOffKind = "parental"
	OtherOff TimeOffKind = "other"
)
