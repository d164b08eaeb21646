package store

import (
	"context"

	"github.com/uptrace/bun"
)

// ClientProject says that a project is done for a client, at most once per pair.
type ClientProject struct {
	bun.BaseModel `bun:"table:client_project,alias:cp" json:"-"`

	ID        string `bun:"id,pk" json:"id"`
	ClientID  string `bun:"clientId" json:"clientId"`
	ProjectID string `bun:"projectId" json:"projectId"`
}

// CreateClientProject inserts the row, filling an empty id. A pair that exists is ErrConflict.
func (s *Store) CreateClientProject(ctx context.Context, row *ClientProject) error {
	newID(&row.ID)
	return insert(ctx, s.write, row)
}

// GetClientProject returns the entry with the id, or ErrNotFound.
func (s *Store) GetClientProject(ctx context.Context, id string) (ClientProject, error) {
	return get[ClientProject](ctx, s.read, id)
}

// UpdateClientProject writes all columns of the entry, or returns ErrNotFound.
func (s *Store) UpdateClientProject(ctx context.Context, row *ClientProject) error {
	return update(ctx, s.write, row)
}

// DeleteClientProject removes the entry, or returns ErrNotFound.
func (s *Store) DeleteClientProject(ctx context.Context, id string) error {
	return remove[ClientProject](ctx, s.write, id)
}
