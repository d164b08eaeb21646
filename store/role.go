package store

import (
	"context"

	"github.com/uptrace/bun"
)

// Role is what somebody works as (Backend Developer), or does in a project (Tech Lead).
type Role struct {
	bun.BaseModel `bun:"table:role,alias:ro" json:"-"`

	ID          string  `bun:"id,pk" json:"id"`
	Name        string  `bun:"name" json:"name"`
	Description *string `bun:"description" json:"description"`
}

// CreateRole inserts the row, filling an empty id.
func (s *Store) CreateRole(ctx context.Context, row *Role) error {
	newID(&row.ID)
	return insert(ctx, s.write, row)
}

// GetRole returns the role with the id, or ErrNotFound.
func (s *Store) GetRole(ctx context.Context, id string) (Role, error) {
	return get[Role](ctx, s.read, id)
}

// UpdateRole writes all columns of the role, or returns ErrNotFound.
func (s *Store) UpdateRole(ctx context.Context, row *Role) error {
	return update(ctx, s.write, row)
}

// DeleteRole removes the role. A role that a person or a booking has is ErrReference, none is ErrNotFound.
func (s *Store) DeleteRole(ctx context.Context, id string) error {
	return remove[Role](ctx, s.write, id)
}
