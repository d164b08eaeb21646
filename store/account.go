package store

import (
	"cmp"
	"context"
	"time"

	"github.com/uptrace/bun"
)

// Account is how a person signs in somewhere: a password (provider "credential") or an
// identity of another service (provider "slack", AccountID the Slack user id). The pair
// of provider and account id is unique. Tokens and the password hash are secrets.
type Account struct {
	bun.BaseModel `bun:"table:account,alias:a" json:"-"`

	ID                    string     `bun:"id,pk" json:"id"`
	AccountID             string     `bun:"accountId" json:"accountId"`
	ProviderID            string     `bun:"providerId" json:"providerId"`
	UserID                string     `bun:"userId" json:"userId"`
	AccessToken           *string    `bun:"accessToken" json:"accessToken"`
	RefreshToken          *string    `bun:"refreshToken" json:"refreshToken"`
	IDToken               *string    `bun:"idToken" json:"idToken"`
	AccessTokenExpiresAt  *time.Time `bun:"accessTokenExpiresAt" json:"accessTokenExpiresAt"`
	RefreshTokenExpiresAt *time.Time `bun:"refreshTokenExpiresAt" json:"refreshTokenExpiresAt"`
	Scope                 *string    `bun:"scope" json:"scope"`
	Password              *string    `bun:"password" json:"password"`
	CreatedAt             time.Time  `bun:"createdAt" json:"createdAt"`
	UpdatedAt             time.Time  `bun:"updatedAt" json:"updatedAt"`
}

// CreateAccount inserts the account, filling an empty id and the times. An identity that
// is linked already is ErrConflict.
func (s *Store) CreateAccount(ctx context.Context, a *Account) error {
	newID(&a.ID)
	a.CreatedAt, a.UpdatedAt = s.Now(), s.Now()
	return insert(ctx, s.write, a)
}

// GetAccount returns the account with the id, or ErrNotFound.
func (s *Store) GetAccount(ctx context.Context, id string) (Account, error) {
	return get[Account](ctx, s.read, id)
}

// UpdateAccount writes all columns of the account and a new updatedAt, or returns ErrNotFound.
func (s *Store) UpdateAccount(ctx context.Context, a *Account) error {
	a.UpdatedAt = s.Now()
	return update(ctx, s.write, a)
}

// DeleteAccount unlinks the account, or returns ErrNotFound.
func (s *Store) DeleteAccount(ctx context.Context, id string) error {
	return remove[Account](ctx, s.write, id)
}

// GetAccountByProvider returns the account of the identity at the provider, or ErrNotFound.
func (s *Store) GetAccountByProvider(ctx context.Context, provider, accountID string) (Account, error) {
	var a Account
	err := s.read.NewSelect().Model(&a).Where(`"a"."providerId" = ? AND "a"."accountId" = ?`, provider, accountID).Scan(ctx)
	return a, translate(err)
}

// GetPersonByAccount returns the person of the identity at the provider, active or not, or
// ErrNotFound.
func (s *Store) GetPersonByAccount(ctx context.Context, provider, accountID string) (Person, error) {
	query, args := s.prepared(`SELECT "u".* FROM "user" AS "u" JOIN "account" AS "a" ON "a"."userId" = "u"."id"
WHERE "a"."providerId" = $1 AND "a"."accountId" = $2`, provider, accountID)
	rows, err := s.pools.read.DB.QueryContext(ctx, query, args...)
	if err != nil {
		return Person{}, translate(err)
	}
	defer rows.Close()
	var found []Person
	if err := cmp.Or(s.pools.read.ScanRows(ctx, rows, &found), rows.Err()); err != nil {
		return Person{}, translate(err)
	}
	if len(found) == 0 {
		return Person{}, ErrNotFound
	}
	return found[0], nil
}

// FindAccounts returns the person's accounts at the provider.
func (s *Store) FindAccounts(ctx context.Context, provider, userID string) ([]Account, error) {
	var all []Account
	err := s.read.NewSelect().Model(&all).Where(`"a"."providerId" = ? AND "a"."userId" = ?`, provider, userID).OrderExpr(`"a"."id"`).Scan(ctx)
	return all, translate(err)
}
