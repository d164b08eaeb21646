package slackio

import (
	"context"
	"errors"
	"time"

	"rollcall/store/chatlog"
	"rollcall/tools"
)

// Person is somebody of the company.
type Person struct {
	ID     string
	Name   string
	Email  string
	Active bool
	Asker  tools.Asker
}

// Directory knows which Slack user is which person.
type Directory interface {
	// GetBySlack returns the person that the Slack user is linked with, or ErrNobody.
	GetBySlack(ctx context.Context, slackUser string) (Person, error)
	// GetByEmail returns the person with the address, or ErrNobody.
	GetByEmail(ctx context.Context, email string) (Person, error)
	// GetSlackUser returns the Slack user that the person is linked with, or ErrNobody.
	GetSlackUser(ctx context.Context, person string) (string, error)
	// Link links the Slack user with the person; one that is linked already is ErrLinked.
	Link(ctx context.Context, slackUser, person string) error
	// Unlink forgets the link of the Slack user; none is no error.
	Unlink(ctx context.Context, slackUser string) error
	// PutSecret keeps a value under the name until the time.
	PutSecret(ctx context.Context, name, value string, until time.Time) error
	// GetSecret returns the value, or ErrNobody.
	GetSecret(ctx context.Context, name string) (string, error)
	// TakeSecret returns the value once and forgets it; afterwards, and when it is too
	// old, it is ErrNobody.
	TakeSecret(ctx context.Context, name string) (string, error)
}

// Feedback keeps what people think of an answer, now or later.
type Feedback interface {
	SetFeedback(ctx context.Context, turn string, f chatlog.Feedback) error
}

var (
	// ErrNobody means that the directory knows nobody and nothing of that name.
	ErrNobody = errors.New("nobody")
	// ErrLinked means that a Slack user or a person is linked with somebody else.
	ErrLinked = errors.New("linked with somebody else already")
)
