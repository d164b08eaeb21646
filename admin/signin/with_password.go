package signin

import (
	"context"
	"errors"

	"github.com/danielgtaylor/huma/v2"

	"rollcall/store"
)

type passwordBody struct {
	Email    string `json:"email" maxLength:"254" doc:"Your address in the company." example:"ada@example.com"`
	Password string `json:"password" maxLength:"1024" format:"password" writeOnly:"true"`
}

// signInWithPassword says the same, and takes as long, for whoever is not known.
func (s *Service) signInWithPassword(ctx context.Context, in passwordBody) (*sessionOutput, error) {
	email := normal(in.Email)
	return s.attempt(ctx, email, func() (*sessionOutput, error) {
		p, err := s.personOf(ctx, email)
		var of string
		if err == nil {
			of, err = s.hashOf(ctx, p.ID)
		}
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return nil, err
		}
		ok, err := s.checkPassword(ctx, in.Password, of)
		switch {
		case err != nil:
			return nil, err
		case !ok:
			return nil, huma.Error401Unauthorized("The address or the password is wrong.")
		}
		return s.begin(ctx, p, "password")
	})
}

// hashOf returns the hash of the person's password, or store.ErrNotFound.
func (s *Service) hashOf(ctx context.Context, person string) (string, error) {
	all, err := s.store.FindAccounts(ctx, credentialProvider, person)
	if err != nil {
		return "", err
	}
	for _, a := range all {
		if a.Password != nil {
			return *a.Password, nil
		}
	}
	return "", store.ErrNotFound
}

// checkPassword takes as long for no hash as for one.
func (s *Service) checkPassword(ctx context.Context, password, of string) (ok bool, err error) {
	err = s.hasher.run(ctx, func() (failed error) {
		ok, failed = hashed(password, of)
		return failed
	})
	return ok, err
}
