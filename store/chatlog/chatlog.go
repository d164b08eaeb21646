// Package chatlog keeps the documents: what was asked and answered (one exchange per
// question) and what is known of a project beyond its row. It imports nothing of ours,
// so that both the bot that writes and the console that reads can stand on it.
package chatlog

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

var (
	// ErrNotFound means that there is no document with the id.
	ErrNotFound = errors.New("no such document")
	// ErrRevision means that the document has changed since the revision that was named.
	ErrRevision = errors.New("the document has changed meanwhile")
	// ErrInvalid means that a value is not one that a document can have.
	ErrInvalid = errors.New("not allowed in a document")
)

// Exchange is one question and everything that was done to answer it.
type Exchange struct {
	ID           string        `json:"id"` // the turn's id
	At           time.Time     `json:"at"` // when the question came, UTC
	AskerID      string        `json:"askerId"`
	Asker        string        `json:"asker"`
	Access       string        `json:"access"`
	Channel      string        `json:"channel"` // where it was asked: terminal, slack, web
	Conversation string        `json:"conversation"`
	Question     string        `json:"question"`
	Kind         string        `json:"kind"` // answer, proposal, ask, decline or failed
	Answer       string        `json:"answer"`
	Period       string        `json:"period,omitempty"`
	Tools        []ToolCall    `json:"tools"`
	Model        string        `json:"model"`                // that gave the answer
	ModelCalls   []ModelCall   `json:"modelCalls,omitempty"` // in order, failed ones too
	Fallback     string        `json:"fallback,omitempty"`   // why the offline interpreter answered instead of the model
	Prompt       string        `json:"prompt,omitempty"`     // the version of the instructions
	Usage        Usage         `json:"usage"`
	Duration     time.Duration `json:"durationNs"`
	Error        string        `json:"error,omitempty"` // for the operator: the whole chain
	Feedback     *Feedback     `json:"feedback,omitempty"`
	Review       *Review       `json:"review,omitempty"`
}

// Document is the exchange as JSON that every database can keep.
func (e Exchange) Document() (json.RawMessage, error) {
	text, err := encode(e)
	if err != nil {
		return nil, fmt.Errorf("write exchange %s: %w", e.ID, err)
	}
	return json.RawMessage(text), nil
}

// Feedback is what somebody thought of an answer.
type Feedback struct {
	Value string    `json:"value"` // Good or Bad
	By    string    `json:"by"`    // a person's id
	Note  string    `json:"note,omitempty"`
	At    time.Time `json:"at"`
}

// The values of feedback.
const (
	Good = "good"
	Bad  = "bad"
)

// Review is what a reviewer makes of an exchange.
type Review struct {
	Verdict string          `json:"verdict"` // Right or Wrong
	Note    string          `json:"note,omitempty"`
	Tool    string          `json:"tool,omitempty"` // the call that would have been right; empty where the logged one is
	Args    json.RawMessage `json:"args,omitempty"`
	By      string          `json:"by"` // a person's id
	At      time.Time       `json:"at"`
}

// The verdicts of reviews.
const (
	Right = "right"
	Wrong = "wrong"
)

// ToolCall is one call of a tool with what came back.
type ToolCall struct {
	Name      string          `json:"name"`
	Arguments json.RawMessage `json:"arguments"`
	Result    json.RawMessage `json:"result"`
	Duration  time.Duration   `json:"durationNs"`
}

// ModelCall is one call of a model, retries included.
type ModelCall struct {
	Model      string        `json:"model"`
	Wire       string        `json:"wire,omitempty"`
	In         int           `json:"in"`
	CachedIn   int           `json:"cachedIn"`
	CacheWrite int           `json:"cacheWrite"`
	Out        int           `json:"out"`
	Reasoning  int           `json:"reasoning"`
	Cost       *int64        `json:"costMicros,omitempty"` // millionths of a US dollar; nil when the price is not known
	Finish     string        `json:"finish,omitempty"`
	Retries    int           `json:"retries"`
	Duration   time.Duration `json:"durationNs"`
	Error      string        `json:"error,omitempty"`
}

// Usage is the tokens that the exchange cost, summed over its model calls.
type Usage struct {
	Calls     int   `json:"calls"`
	In        int   `json:"in"`
	CachedIn  int   `json:"cachedIn"`
	Out       int   `json:"out"`
	Reasoning int   `json:"reasoning"`
	Cost      int64 `json:"costMicros"` // millionths of a US dollar, of the calls with a known price
	Unpriced  int   `json:"unpriced"`   // calls that used tokens at an unknown price
}

// Log keeps exchanges.
type Log interface {
	// Append keeps the exchange. Appending the same id again changes nothing, so that a
	// writer that does not know whether it succeeded may simply try again.
	Append(ctx context.Context, e Exchange) error
	// Get returns the exchange with the id, or ErrNotFound.
	Get(ctx context.Context, id string) (Exchange, error)
	// Find returns the exchanges that match, newest first.
	Find(ctx context.Context, f Filter) ([]Exchange, error)
	// GetStatistics sums up the exchanges that match, one line for each value of the
	// grouping, in the order of the values. Limit and Before do not count.
	GetStatistics(ctx context.Context, f Filter, by Grouping) ([]Statistic, error)
	// SetFeedback puts the feedback in place of an earlier one, or is ErrNotFound. A value
	// that is neither Good nor Bad is ErrInvalid.
	SetFeedback(ctx context.Context, id string, f Feedback) error
	// Count counts the exchanges that match. Limit and Before do not count.
	Count(ctx context.Context, f Filter) (int, error)
	// SetReview puts the review in place of an earlier one, or is ErrNotFound. A verdict
	// that is neither Right nor Wrong, and arguments that are no JSON, are ErrInvalid.
	SetReview(ctx context.Context, id string, r Review) error
	// DeleteBefore forgets the exchanges before the time and says how many there were.
	DeleteBefore(ctx context.Context, at time.Time) (int, error)
	// DeletePerson forgets all that the person asked and says how many exchanges that were.
	// What they thought of others' answers stays without their id and words.
	DeletePerson(ctx context.Context, askerID string) (int, error)
}

func (f Feedback) check() error {
	if f.Value != Good && f.Value != Bad {
		return fmt.Errorf("feedback %q: %w", f.Value, ErrInvalid)
	}
	return nil
}

func (r Review) check() error {
	if r.Verdict != Right && r.Verdict != Wrong {
		return fmt.Errorf("review %q: %w", r.Verdict, ErrInvalid)
	}
	if len(r.Args) > 0 && !json.Valid(r.Args) {
		return fmt.Errorf("the arguments of a review: %w", ErrInvalid)
	}
	return nil
}

// eachPage is how many exchanges are read at once.
const eachPage = 100

// Each tells fn every exchange that matches, newest first, until it returns an error. It
// reads page by page, so that neither memory nor a connection is held by a slow reader; what
// is asked meanwhile is not told. Limit is not read.
func Each(ctx context.Context, log Log, f Filter, fn func(Exchange) error) error {
	f.Limit = eachPage
	for {
		page, err := log.Find(ctx, f)
		if err != nil {
			return err
		}
		for i := range page {
			if err = fn(page[i]); err != nil {
				return err
			}
		}
		if len(page) < eachPage {
			return nil
		}
		f.Before = CursorAt(page[len(page)-1])
	}
}
