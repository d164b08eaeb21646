package store

import (
	"context"

	"github.com/uptrace/bun"
)

// Certification is a certificate that people can earn.
type Certification struct {
	bun.BaseModel `bun:"table:certification,alias:c" json:"-"`

	ID     string  `bun:"id,pk" json:"id"`
	Name   string  `bun:"name" json:"name"`
	Issuer *string `bun:"issuer" json:"issuer"`
}

// CreateCertification inserts the row, filling an empty id.
func (s *Store) CreateCertification(ctx context.Context, row *Certification) error {
	newID(&row.ID)
	return insert(ctx, s.write, row)
}

// GetCertification returns the certification with the id, or ErrNotFound.
func (s *Store) GetCertification(ctx context.Context, id string) (Certification, error) {
	return get[Certification](ctx, s.read, id)
}

// UpdateCertification writes all columns of the certification, or returns ErrNotFound.
func (s *Store) UpdateCertification(ctx context.Context, row *Certification) error {
	return update(ctx, s.write, row)
}

// DeleteCertification removes the certification. One that somebody holds is ErrReference, none is ErrNotFound.
func (s *Store) DeleteCertification(ctx context.Context, id string) error {
	return remove[Certification](ctx, s.write, id)
}
