package store

import (
	"context"
	"crypto/rand"
	"fmt"
	"strings"
	"time"

	"github.com/uptrace/bun"
)

// HandshakeState is what somebody has said to being booked.
type HandshakeState string

// The states. Only an open one can be answered, and one that suggested days may still be.
const (
	HandshakeOpen      HandshakeState = "open"
	HandshakeAccepted  HandshakeState = "accepted"
	HandshakeDeclined  HandshakeState = "declined"
	HandshakeSuggested HandshakeState = "suggested" // other days; the booking stays tentative
)

// Handshake asks somebody whether they take a booking. Until they do it is tentative.
type Handshake struct {
	bun.BaseModel `bun:"table:handshake,alias:h"`

	ID         string         `bun:"id,pk"` // opaque: nobody can guess another's
	BookingID  string         `bun:"bookingId"`
	UserID     string         `bun:"userId"`  // who is asked
	AskedBy    *string        `bun:"askedBy"` // who wants to book them; nil is the operator
	ProposalID string         `bun:"proposalId"`
	State      HandshakeState `bun:"state"`
	Note       string         `bun:"note"` // in the person's words
	CreatedAt  time.Time      `bun:"createdAt"`
	DecidedAt  *time.Time     `bun:"decidedAt"`
}

// CreateHandshake keeps an open one under a new opaque id.
func (s *Store) CreateHandshake(ctx context.Context, h *Handshake) error {
	h.ID, h.State, h.CreatedAt = strings.ToLower(rand.Text()), HandshakeOpen, s.Now()
	return insert(ctx, s.write, h)
}

// GetHandshake returns the one with the id, or ErrNotFound.
func (s *Store) GetHandshake(ctx context.Context, id string) (Handshake, error) {
	return get[Handshake](ctx, s.read, id)
}

// UpdateHandshake writes all columns if the state is still the given one, else it is ErrStale.
func (s *Store) UpdateHandshake(ctx context.Context, h *Handshake, from HandshakeState) error {
	res, err := s.write.NewUpdate().Model(h).WherePK().Where(`"state" = ?`, from).Exec(ctx)
	if err != nil {
		return fmt.Errorf("update handshake %s: %w", h.ID, translate(err))
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return fmt.Errorf("handshake %s is not %s: %w", h.ID, from, ErrStale)
	}
	return nil
}

// FindOpenHandshakes returns those that nobody has answered and that were made since the
// time, oldest first.
func (s *Store) FindOpenHandshakes(ctx context.Context, since time.Time, limit int64) ([]Handshake, error) {
	var all []Handshake
	err := s.read.NewSelect().Model(&all).Where(`"h"."state" = ? AND "h"."createdAt" >= ?`, HandshakeOpen, since).OrderExpr(`"h"."createdAt", "h"."id"`).Limit(limit).Scan(ctx)
	return all, translate(err)
}
