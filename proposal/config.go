package proposal

import (
	"context"
	"errors"
	"fmt"
	"time"

	"rollcall/store"
	"rollcall/store/chatlog"
	"rollcall/store/civil"
)

// Config is what drafts and commits work on.
type Config struct {
	Store     *store.Store
	Details   chatlog.Details
	Today     func() civil.Date // the organisation's day
	WeekStart time.Weekday
	// Handshake has people asked before they are booked: until they accept, the booking is
	// tentative. Who has no way to be asked is booked at once.
	Handshake bool
	// CanAsk reports whether somebody can be asked; nil is nobody.
	CanAsk func(ctx context.Context, personID string) bool
}

const (
	// validFor is how long a card can be clicked.
	validFor = 15 * time.Minute
	// undoFor is how long a commit can be taken back.
	undoFor = 24 * time.Hour
)

// DetailsEntity is the entity of edits of a project's details, which are documents: their
// id is the project's, Before and After are the whole document.
const DetailsEntity = "project_details"

// ErrNothing means that a draft would change nothing.
var ErrNothing = errors.New("nothing would change")

// DeniedError means that the person may not make the change. Its text is for them: it says
// who may.
type DeniedError struct{ Sentence string }

// Error is the sentence.
func (e *DeniedError) Error() string { return e.Sentence }

// InvalidError means that the change cannot be made as it is. Its text is for the person.
type InvalidError struct{ Sentence string }

// Error is the sentence.
func (e *InvalidError) Error() string { return e.Sentence }

func invalid(format string, args ...any) error {
	return &InvalidError{Sentence: fmt.Sprintf(format, args...)}
}
