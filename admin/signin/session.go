package signin

import (
	"context"
	"errors"
	"net/http"
	"time"

	"rollcall/store"
)

// As better-auth does by default.
const (
	sessionAge = 7 * 24 * time.Hour
	renewAfter = 24 * time.Hour
)

// find returns the session with the token and whether it was renewed. One that does not
// count is store.ErrNotFound.
func (s *Service) find(ctx context.Context, token string) (found store.SignedIn, renewed bool, err error) {
	found, err = s.store.GetSignedIn(ctx, token)
	if err != nil {
		return found, false, err
	}
	now := s.store.Now()
	if !found.Active || !found.ExpiresAt.After(now) {
		return found, false, store.ErrNotFound
	}
	if found.ExpiresAt.Sub(now) > sessionAge-renewAfter {
		return found, false, nil
	}
	err = s.store.RenewSession(ctx, found.ID, now.Add(sessionAge))
	if err != nil && !errors.Is(err, store.ErrNotFound) { // it is good for now; the next request tries again
		s.config.Logger.WarnContext(ctx, "a session could not be renewed", "session", found.ID, "error", err)
		return found, false, nil
	}
	return found, true, err
}

// sessionOutput is the answer to signing in, with the token in all the forms that
// better-auth gives it.
type sessionOutput struct {
	SetCookie []http.Cookie `header:"Set-Cookie"`
	Token     string        `header:"set-auth-token" doc:"The signed token, for clients that send it as bearer."`
	Expose    string        `header:"Access-Control-Expose-Headers"`
	Body      sessionBody
}

type sessionBody struct {
	Token     string    `json:"token" doc:"Send it as \"Authorization: Bearer …\". It is not shown again."`
	ExpiresAt time.Time `json:"expiresAt" doc:"Moves on while the session is used."`
	User      me        `json:"user"`
}

// begin makes a session of the person's.
func (s *Service) begin(ctx context.Context, p store.Person, how string) (*sessionOutput, error) {
	c := callerOf(ctx)
	row := store.Session{Token: newToken(), ExpiresAt: s.store.Now().Add(sessionAge), UserID: p.ID, IPAddress: some(c.address), UserAgent: some(c.agent)}
	if err := s.store.CreateSession(ctx, &row); err != nil {
		return nil, err
	}
	s.config.Logger.InfoContext(ctx, "somebody signed in", "person", p.ID, "how", how, "session", row.ID, "address", c.address)
	return &sessionOutput{
		SetCookie: []http.Cookie{s.cookie(row.Token)}, Token: s.signed(row.Token), Expose: "set-auth-token",
		Body: sessionBody{Token: row.Token, ExpiresAt: row.ExpiresAt, User: me{ID: p.ID, Name: p.Name, Email: p.Email, Access: p.Access}},
	}, nil
}

func some(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
