package llm

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	openai "github.com/sashabaranov/go-openai"
)

// Error is a call that the server did not answer usefully. Its text names the status and
// the provider's error code and never holds the body, which may repeat what was sent.
type Error struct {
	Status int    // the HTTP status, or the one that a body with status 200 names; 0 when no response came
	Code   string // the provider's, such as insufficient_quota; empty where it gave none
	Reason string

	retry bool
	after time.Duration // how long the server asks to wait; 0 when it does not say
	other Wire          // the wire that the server asks for
	err   error
}

// Error is for the operator.
func (e *Error) Error() string {
	s := "the model's server: " + e.Reason
	if e.Status != 0 {
		s = fmt.Sprintf("the model's server answered %d: %s", e.Status, e.Reason)
	}
	if e.Code != "" {
		s += " (" + e.Code + ")"
	}
	return s
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.err }

// retryable are the statuses after which the same call may succeed.
func retryable(status int) bool {
	switch status {
	case http.StatusRequestTimeout, http.StatusConflict, http.StatusTooManyRequests:
		return true
	}
	return status >= http.StatusInternalServerError
}

// failure makes an Error of what a call left behind.
func failure(ctx context.Context, err error, seen *exchange) error {
	if cause := ctx.Err(); cause != nil {
		return &Error{Reason: "no answer in time", err: cause}
	}
	if errors.Is(err, openai.ErrReasoningToolsRequireResponses) {
		return &Error{Reason: "this model calls tools on the other wire only", other: Responses, err: err}
	}
	e := &Error{Status: seen.status, Code: seen.code, after: seen.after, err: err}
	switch {
	case seen.status == 0:
		e.Reason, e.retry = "no connection", true
	case seen.status >= http.StatusBadRequest:
		e.Reason, e.retry = http.StatusText(seen.status), retryable(seen.status)
		e.other = seen.suggested
	case seen.failed:
		e.Reason, e.retry = "an error in the body of a success", seen.code == "" || retryable(seen.inner)
		e.Status = max(seen.inner, seen.status)
	default:
		e.Reason, e.retry = "its answer cannot be read", true
		e.Status = 0
	}
	if seen.status != 0 { // the library's error may repeat the body
		e.err = nil
	}
	if seen.mayRetry != nil {
		e.retry = *seen.mayRetry
	}
	if e.Status == http.StatusPaymentRequired || strings.Contains(e.Code, "insufficient_quota") {
		e.retry = false
	}
	return e
}

// problem is an error as providers write it, with its fields in any type.
type problem struct {
	Message string
	Code    string
	Type    string
}

// problemOf finds the error in a body: {"error":{…}}, {"error":"text"} or vLLM's bare
// object with "object":"error".
func problemOf(body []byte) (problem, bool) {
	var outer struct {
		Object string          `json:"object"`
		Error  json.RawMessage `json:"error"`
	}
	if json.Unmarshal(body, &outer) != nil {
		return problem{}, false
	}
	inner := outer.Error
	if outer.Object == "error" {
		inner = body
	}
	if len(inner) == 0 || string(inner) == "null" {
		return problem{}, false
	}
	var fields struct {
		Message, Code, Type any
	}
	if json.Unmarshal(inner, &fields) != nil {
		return problem{Message: string(inner)}, true
	}
	return problem{Message: text(fields.Message), Code: text(fields.Code), Type: text(fields.Type)}, true
}

func text(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	case float64:
		return strconv.Itoa(int(v))
	}
	return fmt.Sprint(v)
}
