package tools

import (
	"errors"
	"fmt"
)

// Code tells a model what kind of mistake an Error is.
type Code string

// The codes.
const (
	Invalid       Code = "invalid"        // an argument is malformed or out of range
	Ambiguous     Code = "ambiguous"      // a name is several people's or things'
	NotFound      Code = "not_found"      // a name is nobody's
	PeriodUnclear Code = "period_unclear" // words that are no period
	NotPermitted  Code = "not_permitted"  // the asker may not see or do it
	Missing       Code = "missing"        // something that is needed was not said
	NotSaid       Code = "not_said"       // a value that the asker has not said; they must say or choose it
	UnknownTool   Code = "unknown_tool"
	Unavailable   Code = "unavailable" // the look-up itself failed; says nothing about the answer
)

// Error is a mistake that a model can repair, or must report. Its JSON never holds
// anything of a database's or a driver's error.
type Error struct {
	Code       Code     `json:"code"`
	Field      string   `json:"field,omitempty"`
	Message    string   `json:"message"`
	DidYouMean []string `json:"did_you_mean,omitempty"`
	Retryable  bool     `json:"retryable"`

	err error
}

// Error is for the operator: it holds the whole chain.
func (e *Error) Error() string {
	s := fmt.Sprintf("%s: %s", e.Code, e.Message)
	if e.err != nil {
		s += ": " + e.err.Error()
	}
	return s
}

// Unwrap returns the cause, or nil.
func (e *Error) Unwrap() error { return e.err }

// asError gives any error the shape that a model reads. What is not an *Error is a
// failure of the look-up, whose words are the operator's alone.
func asError(err error) *Error {
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return &Error{Code: Unavailable, Message: "the look-up failed; this says nothing about the answer", err: err}
}
