package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/uptrace/bun"
)

// Verification is a one-time code or link that waits to be used. The value is a secret.
type Verification struct {
	bun.BaseModel `bun:"table:verification,alias:v" json:"-"`

	ID         string    `bun:"id,pk" json:"id"`
	Identifier string    `bun:"identifier" json:"identifier"` // what is being proved, such as an e-mail address
	Value      string    `bun:"value" json:"value"`
	ExpiresAt  time.Time `bun:"expiresAt" json:"expiresAt"`
	CreatedAt  time.Time `bun:"createdAt" json:"createdAt"`
	UpdatedAt  time.Time `bun:"updatedAt" json:"updatedAt"`
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

// SwapVerification writes the value where the row still has the old one, and reports whether
// it did: of several callers at once only one does.
func (s *Store) SwapVerification(ctx context.Context, id, old, value string) (bool, error) {
	res, err := s.write.NewUpdate().Model((*Verification)(nil)).Set(`"value" = ?`, value).Set(`"updatedAt" = ?`, s.Now()).
		Where(`"id" = ? AND "value" = ?`, id, old).Exec(ctx)
	if err != nil {
		return false, translate(err)
	}
	n, err := res.RowsAffected()
	return n == 1, err
}

// DeleteVerification removes the verification, or returns ErrNotFound.
func (s *Store) DeleteVerification(ctx context.Context, id string) error {
	return remove[Verification](ctx, s.write, id)
}

// GetVerificationByIdentifier returns the newest row of the identifier that has not
// expired, or ErrNotFound.
func (s *Store) GetVerificationByIdentifier(ctx context.Context, identifier string) (Verification, error) {
	var all []Verification
	err := s.read.NewSelect().Model(&all).Where(`"identifier" = ?`, identifier).OrderExpr(`"createdAt" DESC`).Scan(ctx)
	for _, v := range all { // compared here: two programs that share the database write times differently
		if err == nil && v.ExpiresAt.After(s.Now()) {
			return v, nil
		}
	}
	if err == nil {
		err = sql.ErrNoRows
	}
	return Verification{}, translate(err)
}

// TakeVerification removes all rows of the identifier and returns the one that has not
// expired, or ErrNotFound: of two callers at once only one gets it.
func (s *Store) TakeVerification(ctx context.Context, identifier string) (Verification, error) {
	var all []Verification
	_, err := s.write.NewDelete().Model(&all).Where(`"identifier" = ?`, identifier).Returning("*").Exec(ctx)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return Verification{}, translate(err)
	}
	for _, v := range all {
		if v.ExpiresAt.After(s.Now()) {
			return v, nil
		}
	}
	return Verification{}, translate(sql.ErrNoRows)
}

// DeleteVerificationsBefore forgets what expired before the time.
func (s *Store) DeleteVerificationsBefore(ctx context.Context, at time.Time) error {
	_, err := s.write.NewDelete().Model((*Verification)(nil)).Where(`"expiresAt" < ?`, at.UTC()).Exec(ctx)
	return translate(err)
}
