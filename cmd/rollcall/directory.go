package main

import (
	"context"
	"errors"
	"time"

	"rollcall/bot/slackio"
	"rollcall/store"
	"rollcall/tools"
)

// directory is the store's people and accounts as the Slack bot wants them.
type directory struct{ store *store.Store }

const slackProvider = "slack" // as better-auth names it

// GetBySlack returns the person whom the Slack user is.
func (d directory) GetBySlack(ctx context.Context, slackUser string) (slackio.Person, error) {
	p, err := d.store.GetPersonByAccount(ctx, slackProvider, slackUser)
	return personOf(p, err)
}

// GetByEmail returns the person with the address.
func (d directory) GetByEmail(ctx context.Context, email string) (slackio.Person, error) {
	p, err := d.store.GetPersonByEmail(ctx, email)
	return personOf(p, err)
}

// GetSlackUser returns the Slack user whom the person is.
func (d directory) GetSlackUser(ctx context.Context, person string) (string, error) {
	has, err := d.store.FindAccounts(ctx, slackProvider, person)
	if err == nil && len(has) == 0 {
		err = slackio.ErrNobody
	}
	if err != nil {
		return "", err
	}
	return has[0].AccountID, nil
}

func personOf(p store.Person, err error) (slackio.Person, error) {
	if errors.Is(err, store.ErrNotFound) {
		return slackio.Person{}, slackio.ErrNobody
	}
	return slackio.Person{
		ID: p.ID, Name: p.Name, Email: p.Email, Active: p.Active, Asker: tools.Asker{ID: p.ID, Name: p.Name, Access: p.Access},
	}, err
}

// Link makes the account row. A person has one Slack user.
func (d directory) Link(ctx context.Context, slackUser, person string) error {
	has, err := d.store.FindAccounts(ctx, slackProvider, person)
	if err != nil {
		return err
	}
	for _, a := range has {
		if a.AccountID != slackUser {
			return slackio.ErrLinked
		}
	}
	if len(has) > 0 {
		return nil
	}
	err = d.store.CreateAccount(ctx, &store.Account{ProviderID: slackProvider, AccountID: slackUser, UserID: person})
	if errors.Is(err, store.ErrConflict) {
		if a, again := d.store.GetAccountByProvider(ctx, slackProvider, slackUser); again == nil && a.UserID == person {
			return nil // two questions of one person came at once
		}
		return slackio.ErrLinked
	}
	return err
}

// Unlink removes the account row.
func (d directory) Unlink(ctx context.Context, slackUser string) error {
	a, err := d.store.GetAccountByProvider(ctx, slackProvider, slackUser)
	if err == nil {
		err = d.store.DeleteAccount(ctx, a.ID)
	}
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	return err
}

// PutSecret keeps a verification row.
func (d directory) PutSecret(ctx context.Context, name, value string, until time.Time) error {
	return d.store.CreateVerification(ctx, &store.Verification{Identifier: name, Value: value, ExpiresAt: until.UTC()})
}

// GetSecret returns the row's value and leaves it there.
func (d directory) GetSecret(ctx context.Context, name string) (string, error) {
	return valueOf(d.store.GetVerificationByIdentifier(ctx, name))
}

// TakeSecret returns the row's value once.
func (d directory) TakeSecret(ctx context.Context, name string) (string, error) {
	return valueOf(d.store.TakeVerification(ctx, name))
}

func valueOf(v store.Verification, err error) (string, error) {
	if errors.Is(err, store.ErrNotFound) {
		err = slackio.ErrNobody
	}
	return v.Value, err
}
