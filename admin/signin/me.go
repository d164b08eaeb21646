package signin

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"rollcall/store"
)

// me is who is signed in.
type me struct {
	ID     string       `json:"id"`
	Name   string       `json:"name"`
	Email  string       `json:"email"`
	Access store.Access `json:"access" enum:"staff,manager,admin"`
}

type meOutput struct{ Body me }

func (s *Service) getMe(ctx context.Context, _ *struct{}) (*meOutput, error) {
	p, err := Require(ctx)
	if err != nil {
		return nil, err
	}
	return &meOutput{me{ID: p.PersonID, Name: p.Name, Email: p.Email, Access: p.Access}}, nil
}

type signOutOutput struct {
	SetCookie []http.Cookie `header:"Set-Cookie"`
}

// signOut ends the session if there is one. A browser forgets its cookie either way.
func (s *Service) signOut(ctx context.Context, _ *struct{}) (*signOutOutput, error) {
	if p, known := From(ctx); known && p.SessionID != "" {
		if err := s.store.DeleteSessionOf(ctx, p.PersonID, p.SessionID); err != nil && !errors.Is(err, store.ErrNotFound) {
			return nil, s.fault(ctx, err)
		}
		s.config.Logger.InfoContext(ctx, "somebody signed out", "person", p.PersonID, "session", p.SessionID)
	}
	return &signOutOutput{[]http.Cookie{s.noCookie()}}, nil
}

// mySession is a session as its person sees it: without its token.
type mySession struct {
	ID        string    `json:"id"`
	CreatedAt time.Time `json:"createdAt"`
	UpdatedAt time.Time `json:"updatedAt" doc:"When it was last renewed."`
	ExpiresAt time.Time `json:"expiresAt"`
	IPAddress *string   `json:"ipAddress"`
	UserAgent *string   `json:"userAgent"`
	Current   bool      `json:"current" doc:"This request came with it."`
}

type sessionsOutput struct {
	Body struct {
		Sessions []mySession `json:"sessions"`
	}
}

func (s *Service) listMySessions(ctx context.Context, _ *struct{}) (*sessionsOutput, error) {
	p, err := Require(ctx)
	if err != nil {
		return nil, err
	}
	all, err := s.store.FindSessions(ctx, p.PersonID)
	if err != nil {
		return nil, s.fault(ctx, err)
	}
	out := &sessionsOutput{}
	out.Body.Sessions = []mySession{}
	for _, row := range all {
		if row.ExpiresAt.After(s.store.Now()) {
			out.Body.Sessions = append(out.Body.Sessions, mySession{
				ID: row.ID, CreatedAt: row.CreatedAt.UTC(), UpdatedAt: row.UpdatedAt.UTC(), ExpiresAt: row.ExpiresAt.UTC(),
				IPAddress: row.IPAddress, UserAgent: row.UserAgent, Current: row.ID == p.SessionID,
			})
		}
	}
	return out, nil
}

type sessionPath struct {
	ID string `path:"id" maxLength:"128"`
}

func (s *Service) endMySession(ctx context.Context, in *sessionPath) (*struct{}, error) {
	p, err := Require(ctx)
	if err != nil {
		return nil, err
	}
	err = store.ErrNotFound
	if isText(in.ID) {
		err = s.store.DeleteSessionOf(ctx, p.PersonID, in.ID)
	}
	if errors.Is(err, store.ErrNotFound) {
		return nil, huma.Error404NotFound("You have no such session.")
	}
	return nil, s.fault(ctx, err)
}

type endedOutput struct {
	Body struct {
		Ended int64 `json:"ended" doc:"How many sessions ended."`
	}
}

func (s *Service) endMyOthers(ctx context.Context, _ *struct{}) (*endedOutput, error) {
	p, err := Require(ctx)
	if err != nil {
		return nil, err
	}
	out := &endedOutput{}
	if out.Body.Ended, err = s.store.DeleteSessionsOf(ctx, p.PersonID, p.SessionID); err != nil {
		return nil, s.fault(ctx, err)
	}
	return out, nil
}

type newPasswordBody struct {
	Current string `json:"current,omitempty" maxLength:"1024" format:"password" writeOnly:"true" doc:"Your password until now; not needed for the first one, shortly after signing in."`
	New     string `json:"new" maxLength:"1024" format:"password" writeOnly:"true" doc:"12 to 128 characters."`
}

// freshFor is how long after signing in a first password may be set: a browser that was
// left open gives nobody one.
const freshFor = 15 * time.Minute

func (s *Service) setMyPassword(ctx context.Context, in newPasswordBody) (*struct{}, error) {
	p, err := Require(ctx)
	if err == nil {
		err = s.open()
	}
	if err == nil && CheckPassword(in.New) != nil {
		err = huma.Error422UnprocessableEntity("The new password cannot be used.", &huma.ErrorDetail{Location: "body.new", Message: ErrPassword.Error()})
	}
	if err == nil {
		err = s.mayChange(ctx, p, in.Current)
	}
	if err == nil {
		err = s.hasher.run(ctx, func() error {
			return SetPassword(ctx, s.store, NewPassword{PersonID: p.PersonID, Password: in.New, Actor: p.PersonID, Origin: "api", Keep: p.SessionID})
		})
	}
	return nil, s.fault(ctx, err)
}

// mayChange checks the password until now, or where there is none that the person has just
// signed in. Tries count as those to sign in do.
func (s *Service) mayChange(ctx context.Context, p Principal, current string) error {
	of, err := s.hashOf(ctx, p.PersonID)
	if errors.Is(err, store.ErrNotFound) {
		return s.isFresh(ctx, p)
	}
	if err != nil {
		return err
	}
	if wait := s.accounts.take(normal(p.Email)); wait > 0 {
		return tooMany(wait)
	}
	ok, err := s.checkPassword(ctx, current, of)
	if err != nil || ok {
		s.accounts.giveBack(normal(p.Email))
	}
	if err == nil && !ok {
		err = huma.Error403Forbidden("Your password until now is wrong.")
	}
	return err
}

func (s *Service) isFresh(ctx context.Context, p Principal) error {
	row, err := s.store.GetSession(ctx, p.SessionID)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	if err != nil || s.store.Now().Sub(row.CreatedAt) > freshFor {
		return huma.Error403Forbidden("Sign in again to set your first password.")
	}
	return nil
}
