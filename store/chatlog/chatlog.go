// Package chatlog keeps the documents: what was asked and answered (one exchange per
// question) and what is known of a project beyond its row. It imports nothing of ours,
// so that both the bot that writes and the console that reads can stand on it.
package chatlog

import (
	"context"
	"encoding/json"
	"errors"
	"time"
)

// ErrNotFound means that there is no document with the id.
var ErrNotFound = errors.New("no such document")

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
	Model        string        `json:"model"`
	Prompt       string        `json:"prompt,omitempty"` // the version of the instructions
	Usage        Usage         `json:"usage"`
	Duration     time.Duration `json:"durationNs"`
	Error        string        `json:"error,omitempty"` // for the operator: the whole chain
}

// ToolCall is one call of a tool with what came back.
type ToolCall struct {
	Name      string          `json:"name"`
	Arguments json.RawMessage `json:"arguments"`
	Result    json.RawMessage `json:"result"`
	Duration  time.Duration   `json:"durationNs"`
}

// Usage is the tokens that the exchange cost, summed over its model calls.
type Usage struct {
	Calls     int `json:"calls"`
	In        int `json:"in"`
	CachedIn  int `json:"cachedIn"`
	Out       int `json:"out"`
	Reasoning int `json:"reasoning"`
}

// Filter says which exchanges are looked at. Empty fields ask for nothing.
type Filter struct {
	AskerID      string
	Conversation string
	Kind         string
	From, To     time.Time // half-open
	Limit        int       // 0 is 100
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
}
