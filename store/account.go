package store

import (
	"context"
	"time"

	"github.com/uptrace/bun"
)

// Account is how a person signs in somewhere: a password (provider "credential") or an
// identity of another service (provider "slack", AccountID the Slack user id). The pair
// of provider and account id is unique. Tokens and the password hash are secrets.
type Account struct {
	bun.BaseModel `bun:"table:account,alias:a"`

	ID                    string     `bun:"id,pk"`
	AccountID             string     `bun:"accountId"`
	ProviderID            string     `bun:"providerId"`
	UserID                string     `bun:"userId"`
	AccessToken           *string    `bun:"accessToken"`
	RefreshToken          *string    `bun:"refreshToken"`
	IDToken               *string    `bun:"idToken"`
	AccessTokenExpiresAt  *time.Time `bun:"accessTokenExpiresAt"`
	RefreshTokenExpiresAt *time.Time `bun:"refreshTokenExpiresAt"`
	Scope                 *string    `bun:"scope"`
	Password              *string    `bun:"password"`
	CreatedAt             time.Time  `bun:"createdAt"`
	UpdatedAt             time.Time  `bun:"updatedAt"`
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
