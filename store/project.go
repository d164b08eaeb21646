package store

import (
	"context"

	"github.com/uptrace/bun"

	"rollcall/store/civil"
)

// Project is work for clients, or for the company itself.
type Project struct {
	bun.BaseModel `bun:"table:project,alias:p" json:"-"`

	ID          string      `bun:"id,pk" json:"id"`
	Name        string      `bun:"name" json:"name"`
	Description *string     `bun:"description" json:"description"`
	StartedAt   *civil.Date `bun:"startedAt" json:"startedAt"` // the first day, nil when it was always there
	EndedAt     *civil.Date `bun:"endedAt" json:"endedAt"`     // the last day, nil when it is open-ended
}

// CreateProject inserts the row, filling an empty id. An end before the start is ErrInvalid.
func (s *Store) CreateProject(ctx context.Context, row *Project) error {
	newID(&row.ID)
	return insert(ctx, s.write, row)
}

// GetProject returns the project with the id, or ErrNotFound.
func (s *Store) GetProject(ctx context.Context, id string) (Project, error) {
	return get[Project](ctx, s.read, id)
}

// UpdateProject writes all columns of the project, or returns ErrNotFound.
func (s *Store) UpdateProject(ctx context.Context, row *Project) error {
	return update(ctx, s.write, row)
}

// DeleteProject removes the project. One that has bookings is ErrReference, none is ErrNotFound.
func (s *Store) DeleteProject(ctx context.Context, id string) error {
	return remove[Project](ctx, s.write, id)
}
