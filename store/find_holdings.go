package store

import (
	"context"
	"fmt"

	"github.com/uptrace/bun"

	"rollcall/store/civil"
)

// Holding is a certificate that somebody holds or held.
type Holding struct {
	UserID    string      `bun:"userId"`
	Person    string      `bun:"person"`
	Role      string      `bun:"role"`
	Location  string      `bun:"location"`
	CertID    string      `bun:"certId"`
	Name      string      `bun:"name"`
	Issuer    string      `bun:"issuer"`
	IssuedAt  *civil.Date `bun:"issuedAt"`
	ExpiresAt *civil.Date `bun:"expiresAt"` // the last valid day, nil: never expires
}

// IsValidOn reports whether the certificate is valid on the day: issued on or before it,
// as far as is known, and not yet expired.
func (h Holding) IsValidOn(d civil.Date) bool {
	return (h.IssuedAt == nil || *h.IssuedAt <= d) && (h.ExpiresAt == nil || *h.ExpiresAt >= d)
}

// HoldingFilter says which certificates are looked at. Empty fields ask for nothing.
// People who left are never found.
type HoldingFilter struct {
	UserIDs  []string
	CertID   string
	Issuer   string      // without case
	RoleID   string      // the person's role
	Expires  civil.Range // the last valid day lies in it; empty: whenever
	Current  bool        // leave out what a later certificate of the same name has replaced
	ValidOn  *civil.Date // valid on the day
	ByExpiry bool        // first to expire first, instead of by person
}

// FindHoldings returns the certificates that match, by person and name, or by expiry.
func (s *Store) FindHoldings(ctx context.Context, f HoldingFilter) ([]Holding, error) {
	var rows []Holding
	sel := s.read.NewSelect().TableExpr(`"user_certification" AS "uc"`).
		ColumnExpr(`"uc"."userId", "u"."name" AS "person", COALESCE("r"."name", '') AS "role", COALESCE("u"."location", '') AS "location"`).
		ColumnExpr(`"uc"."certId", "c"."name", COALESCE("c"."issuer", '') AS "issuer", "uc"."issuedAt", "uc"."expiresAt"`).
		Join(`JOIN "certification" AS "c" ON "c"."id" = "uc"."certId"`).
		Join(`JOIN "user" AS "u" ON "u"."id" = "uc"."userId" AND "u"."active"`).
		Join(`LEFT JOIN "role" AS "r" ON "r"."id" = "u"."roleId"`)
	if f.ByExpiry {
		sel.OrderExpr(`COALESCE("uc"."expiresAt", '9999-12-31')`)
	}
	sel.OrderExpr(`"u"."name", "u"."id", "c"."name", COALESCE("uc"."issuedAt", '0001-01-01'), "uc"."id"`)
	f.narrow(sel)
	if err := sel.Scan(ctx, &rows); err != nil {
		return nil, fmt.Errorf("find certificates: %w", translate(err))
	}
	return rows, nil
}

func (f HoldingFilter) narrow(sel *bun.SelectQuery) {
	if f.UserIDs != nil {
		sel.Where(`"uc"."userId" IN (?)`, bun.List(append([]string{""}, f.UserIDs...)))
	}
	if f.CertID != "" {
		sel.Where(`"uc"."certId" = ?`, f.CertID)
	}
	if f.Issuer != "" {
		sel.Where(`LOWER("c"."issuer") = LOWER(?)`, f.Issuer)
	}
	if f.RoleID != "" {
		sel.Where(`"u"."roleId" = ?`, f.RoleID)
	}
	if f.Expires.Days() > 0 {
		sel.Where(`"uc"."expiresAt" >= ? AND "uc"."expiresAt" < ?`, f.Expires.From, f.Expires.To)
	}
	if f.ValidOn != nil {
		sel.Where(`("uc"."issuedAt" IS NULL OR "uc"."issuedAt" <= ?) AND ("uc"."expiresAt" IS NULL OR "uc"."expiresAt" >= ?)`, *f.ValidOn, *f.ValidOn)
	}
	if f.Current {
		sel.Where(`NOT EXISTS (SELECT 1 FROM "user_certification" AS "later" WHERE "later"."userId" = "uc"."userId" AND "later"."certId" = "uc"."certId"
	AND ("later"."expiresAt" IS NULL OR "later"."expiresAt" > "uc"."expiresAt"))`)
	}
}
