package store

import (
	"context"

	"github.com/uptrace/bun"

	"rollcall/store/civil"
)

// PersonCertification says that a person holds, or held, a certification.
type PersonCertification struct {
	bun.BaseModel `bun:"table:user_certification,alias:uc" json:"-"`

	ID        string      `bun:"id,pk" json:"id"`
	UserID    string      `bun:"userId" json:"userId"`
	CertID    string      `bun:"certId" json:"certId"`
	IssuedAt  *civil.Date `bun:"issuedAt" json:"issuedAt"`
	ExpiresAt *civil.Date `bun:"expiresAt" json:"expiresAt"` // the last valid day, nil when it never expires
}

// CreatePersonCertification inserts the row, filling an empty id. An unknown person or certification is ErrReference; an expiry before the issue is ErrInvalid.
func (s *Store) CreatePersonCertification(ctx context.Context, row *PersonCertification) error {
	newID(&row.ID)
	return insert(ctx, s.write, row)
}

// GetPersonCertification returns the entry with the id, or ErrNotFound.
func (s *Store) GetPersonCertification(ctx context.Context, id string) (PersonCertification, error) {
	return get[PersonCertification](ctx, s.read, id)
}

// UpdatePersonCertification writes all columns of the entry, or returns ErrNotFound.
func (s *Store) UpdatePersonCertification(ctx context.Context, row *PersonCertification) error {
	return update(ctx, s.write, row)
}

// DeletePersonCertification removes the entry, or returns ErrNotFound.
func (s *Store) DeletePersonCertification(ctx context.Context, id string) error {
	return remove[PersonCertification](ctx, s.write, id)
}

// FindPersonCertifications returns the person's entries of the certification, the one that
// expires last at the end.
func (s *Store) FindPersonCertifications(ctx context.Context, userID, certID string) ([]PersonCertification, error) {
	var all []PersonCertification
	err := s.read.NewSelect().Model(&all).Where(`"uc"."userId" = ? AND "uc"."certId" = ?`, userID, certID).
		OrderExpr(`COALESCE("uc"."expiresAt", '9999-12-31'), "uc"."id"`).Scan(ctx)
	return all, translate(err)
}
