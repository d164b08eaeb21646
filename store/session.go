package store

import (
	"context"
	"time"

	"github.com/uptrace/bun"
)

// Session is a signed-in browser or client, in better-auth's format. The token is a secret.
type Session struct {
	bun.BaseModel `bun:"table:session,alias:se" json:"-"`

	ID        string    `bun:"id,pk" json:"id"`
	ExpiresAt time.Time `bun:"expiresAt" json:"expiresAt"`
	Token     string    `bun:"token" json:"token"` // unique
	CreatedAt time.Time `bun:"createdAt" json:"createdAt"`
	UpdatedAt time.Time `bun:"updatedAt" json:"updatedAt"`
	IPAddress *string   `bun:"ipAddress" json:"ipAddress"`
	UserAgent *string   `bun:"userAgent" json:"userAgent"`
	UserID    string    `bun:"userId" json:"userId"`
}

// CreateSession inserts the row, filling an empty id and the times. A token in use is ErrConflict; an unknown person is ErrReference.
func (s *Store) CreateSession(ctx context.Context, row *Session) error {
	newID(&row.ID)
	row.CreatedAt, row.UpdatedAt = s.Now(), s.Now()
	return insert(ctx, s.write, row)
}

// GetSession returns the session with the id, or ErrNotFound.
func (s *Store) GetSession(ctx context.Context, id string) (Session, error) {
	return get[Session](ctx, s.read, id)
}

// UpdateSession writes all columns of the session, or returns ErrNotFound.
func (s *Store) UpdateSession(ctx context.Context, row *Session) error {
	row.UpdatedAt = s.Now()
	return update(ctx, s.write, row)
}

// DeleteSession removes the session, or returns ErrNotFound.
func (s *Store) DeleteSession(ctx context.Context, id string) error {
	return remove[Session](ctx, s.write, id)
}
