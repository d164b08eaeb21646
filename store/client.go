package store

import (
	"context"

	"github.com/uptrace/bun"
)

// Client is a company that projects are done for.
type Client struct {
	bun.BaseModel `bun:"table:client,alias:cl" json:"-"`

	ID          string  `bun:"id,pk" json:"id"`
	Name        string  `bun:"name" json:"name"`
	Description *string `bun:"description" json:"description"`
}

// CreateClient inserts the row, filling an empty id.
func (s *Store) CreateClient(ctx context.Context, row *Client) error {
	newID(&row.ID)
	return insert(ctx, s.write, row)
}

// GetClient returns the client with the id, or ErrNotFound.
func (s *Store) GetClient(ctx context.Context, id string) (Client, error) {
	return get[Client](ctx, s.read, id)
}

// UpdateClient writes all columns of the client, or returns ErrNotFound.
func (s *Store) UpdateClient(ctx context.Context, row *Client) error {
	return update(ctx, s.write, row)
}

// DeleteClient removes the client. One that has projects is ErrReference, none is ErrNotFound.
func (s *Store) DeleteClient(ctx context.Context, id string) error {
	return remove[Client](ctx, s.write, id)
}
