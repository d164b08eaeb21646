package bot

import (
	"context"
	"encoding/json"

	"rollcall/tools"
)

// Model turns a conversation into the next step: tool calls, or text that ends the
// turn. An implementation keeps no state between calls and is safe for concurrent use.
type Model interface {
	// Name says which model answers, for the record: "offline", or a vendor's name.
	Name() string
	// Complete returns the next step. Cancelling ctx ends the call with ctx's error.
	Complete(ctx context.Context, r Request) (Response, error)
}

// Role says who speaks in a Message.
type Role string

// The roles of a conversation.
const (
	User      Role = "user"      // a person's words, in Text
	Assistant Role = "assistant" // a model's step: Text, Calls or both
	ToolRole  Role = "tool"      // a tool's result, in Text as JSON, for the call CallID
)

// Message is one entry of a conversation.
type Message struct {
	Role   Role
	Text   string
	Calls  []ToolCall
	CallID string
	// From is the id of the person who said it, for a User's message.
	From string
	// Foreign marks words of somebody other than the asker: they are data to a model.
	Foreign bool
	// Opaque is what a provider attached to its own step and wants to see again within
	// the turn. Only the implementation that made it reads it.
	Opaque json.RawMessage
}

// ToolCall is one function call that a model asks for. Arguments is the JSON text as the
// model wrote it; it may be invalid.
type ToolCall struct {
	ID        string          `json:"id"`
	Name      string          `json:"name"`
	Arguments json.RawMessage `json:"arguments"`
}

// Request is what a model gets to see. Tools and Instructions are the same bytes for
// every question, so that a provider can cache them; Messages ends with the newest
// question or with the results of the last calls.
type Request struct {
	Instructions string
	Tools        []tools.Definition // empty: the model must end the turn without a tool
	Today        string             // a line for the newest question: the day and who asks
	Messages     []Message          // the newest question comes last, or the results of its calls
	MustCall     bool               // the step must be a tool call, not text
	CacheKey     string             // the same for requests that begin with the same bytes
}

// Response is a model's next step. Without Calls the turn ends.
type Response struct {
	Text  string
	Calls []ToolCall
	Usage Usage
	Model string // the name under which the provider answered

	Opaque  json.RawMessage // see Message
	Trusted bool            // the words are a program's and not a language model's
	Wire    string          // the protocol that was spoken; empty without one
	Finish  string          // why the provider ended the step, in its own word
	Retries int             // how many calls failed before this one; also set beside an error
	Cost    *int64          // millionths of a US dollar; nil when the price is not known
}

// Usage is what a call cost in tokens, as the provider counted; zero when it did not say.
type Usage struct {
	In         int `json:"in"`
	CachedIn   int `json:"cached_in"`
	CacheWrite int `json:"cache_write"`
	Out        int `json:"out"`
	Reasoning  int `json:"reasoning"`
}

// Add returns the sum of two usages.
func (u Usage) Add(other Usage) Usage {
	return Usage{
		In: u.In + other.In, CachedIn: u.CachedIn + other.CachedIn, CacheWrite: u.CacheWrite + other.CacheWrite,
		Out: u.Out + other.Out, Reasoning: u.Reasoning + other.Reasoning,
	}
}

// Tokens is what a budget counts: all that went in and came out.
func (u Usage) Tokens() int { return u.In + u.Out }
