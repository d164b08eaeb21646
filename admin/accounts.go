package admin

import (
	"context"
	"time"

	"rollcall/admin/signin"
	"rollcall/store"
)

// accountView is an account without its password and tokens.
type accountView struct {
	ID                    string     `json:"id"`
	AccountID             string     `json:"accountId"`
	ProviderID            string     `json:"providerId"`
	UserID                string     `json:"userId"`
	AccessTokenExpiresAt  *time.Time `json:"accessTokenExpiresAt"`
	RefreshTokenExpiresAt *time.Time `json:"refreshTokenExpiresAt"`
	Scope                 *string    `json:"scope"`
	HasPassword           bool       `json:"hasPassword"`
	CreatedAt             time.Time  `json:"createdAt"`
	UpdatedAt             time.Time  `json:"updatedAt"`
}

// accounts takes passwords as people type them and keeps their hash.
func accounts(hash func(ctx context.Context, password string) (string, error)) resource[store.Account, accountView] {
	secret := func(n string, least, most int) field {
		return field{name: n, kind: text, null: true, hidden: true, least: least, most: most, doc: "Never shown."}
	}
	return resource[store.Account, accountView]{
		path: "accounts", one: "account", entity: store.AccountEntity,
		about: "How somebody signs in: with a password (provider credential), or as a user of another service (provider slack, and the Slack user's id).",
		fields: []field{
			id(),
			{name: "providerId", kind: text, need: true, most: nameLength},
			{name: "accountId", kind: text, need: true, most: nameLength},
			refTo("userId", store.PersonEntity, true), secret("password", signin.LeastPassword, signin.MostPassword), secret("accessToken", 0, mostText), secret("refreshToken", 0, mostText), secret("idToken", 0, mostText),
			{name: "accessTokenExpiresAt", kind: moment, null: true},
			{name: "refreshTokenExpiresAt", kind: moment, null: true},
			{name: "scope", kind: text, null: true, most: mostText},
			stamp("createdAt"), stamp("updatedAt"),
		},
		view: func(a store.Account) accountView {
			return accountView{
				ID: a.ID, AccountID: a.AccountID, ProviderID: a.ProviderID, UserID: a.UserID, AccessTokenExpiresAt: a.AccessTokenExpiresAt, RefreshTokenExpiresAt: a.RefreshTokenExpiresAt,
				Scope: a.Scope, HasPassword: a.Password != nil, CreatedAt: a.CreatedAt, UpdatedAt: a.UpdatedAt,
			}
		},
		unique: []string{"providerId", "accountId"},
		digest: func(ctx context.Context, body map[string]any) (err error) {
			if typed, given := body["password"].(string); given {
				body["password"], err = hash(ctx, typed)
			}
			return err
		},
	}
}
