package store

import (
	"context"
	"time"

	"github.com/uptrace/bun"
)

// Verification is a one-time code or link that waits to be used. The value is a secret.
type Verification struct {
	bun.BaseModel `bun:"table:verification,alias:v"`

	ID         string    `bun:"id,pk"`
	Identifier string    `bun:"identifier"` // what is being proved, such as an e-mail address
	Value      string    `bun:"value"`
	ExpiresAt  time.Time `bun:"expiresAt"`
	CreatedAt  time.Time `bun:"createdAt"`
	UpdatedAt  time.Time `bun:"updatedAt"`
}

// CreateVerification inserts the row, filling an empty id and the times.
func (s *Store) CreateVerification(ctx context.Context, row *Verification) error {
	newID(&row.ID)
	row.CreatedAt, row.UpdatedAt = s.Now(), s.Now()
	return insert(ctx, s.write, row)
}

// GetVerification returns the verification with the id, or ErrNotFound.
func (s *Store) GetVerification(ctx context.Context, id string) (Verification, error) {
	return get[Verification](ctx, s.read, id)
}

// UpdateVerification writes all columns of the verification, or returns ErrNotFound.
func (s *Store) UpdateVerification(ctx context.Context, row *Verification) error {
	row.UpdatedAt = s.Now()
	return update(ctx, s.write, row)
}

// DeleteVerification removes the verification, or returns ErrNotFound.
func (s *Store) DeleteVerification(ctx context.Context, id string) error {
	return remove[Verification](ctx, s.write, id)
}
