package store

import (
	"context"
	"encoding/json"
	"time"

	"github.com/uptrace/bun"
)

// Idempotency is a request that made a row, so that the same one does not make another.
type Idempotency struct {
	bun.BaseModel `bun:"table:idempotency,alias:ik"`

	ID        string          `bun:"id,pk"`   // of who asked, for what, under which key
	Request   string          `bun:"request"` // a hash of the body
	Row       json.RawMessage `bun:"row,type:jsonb"`
	CreatedAt time.Time       `bun:"createdAt"`
}

// CreateIdempotency keeps a request. One that is kept already is ErrConflict.
func (s *Store) CreateIdempotency(ctx context.Context, row *Idempotency) error {
	row.CreatedAt = s.Now()
	return insert(ctx, s.write, row)
}

// GetIdempotency returns the request of the id, or ErrNotFound.
func (s *Store) GetIdempotency(ctx context.Context, id string) (Idempotency, error) {
	return get[Idempotency](ctx, s.read, id)
}

// DeleteIdempotencyBefore forgets requests from before the time.
func (s *Store) DeleteIdempotencyBefore(ctx context.Context, at time.Time) error {
	_, err := s.write.NewDelete().Model((*Idempotency)(nil)).Where(`"createdAt" < ?`, at.UTC()).Exec(ctx)
	return translate(err)
}
