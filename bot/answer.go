package bot

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"rollcall/tools"
)

// Kind is how a turn ended.
type Kind string

// The endings of a turn.
const (
	Answered Kind = "answer"
	Proposed Kind = "proposal"
	Asked    Kind = "ask"
	Declined Kind = "decline"
	Failed   Kind = "failed"
)

// Answer is what the person gets, and what the record keeps.
type Answer struct {
	Turn       string
	Kind       Kind
	View       tools.View      // what is shown; written by code alone
	Data       json.RawMessage // the last tool result, nil when there is none
	Period     json.RawMessage // the period of that result, nil when it has none
	Calls      []CallRecord    // in order
	Model      string
	Usage      Usage
	ModelCalls int
	Took       time.Duration
	History    []Message // the conversation with this turn, for the next question
	Err        error     // for the operator, when the turn failed
}

// CallRecord is one tool call with its outcome.
type CallRecord struct {
	Name      string
	Arguments json.RawMessage
	Result    json.RawMessage
	Took      time.Duration
}

// Text is the answer in sentences, without its table.
func (a Answer) Text() string {
	return strings.Join(append([]string{a.View.Headline}, a.View.Notes...), " ")
}

// conclude writes the answer of a turn that ended with the given last outcome.
func conclude(last *tools.Outcome, name, turn string) (Kind, tools.View) {
	switch {
	case last == nil:
		return Declined, tools.View{Headline: "I could not turn that into a look-up. Ask me who knows something, who is free when, or which certificates run out."}
	case last.Err != nil:
		return concludeError(last.Err, turn)
	case last.Terminal && name == "ask_user":
		return Asked, last.Result.View()
	case last.Terminal:
		return Declined, last.Result.View()
	default:
		return Answered, last.Result.View()
	}
}

// concludeError ends a turn whose last look-up gave no result. A look-up that failed
// never reads as an empty one.
func concludeError(e *tools.Error, turn string) (Kind, tools.View) {
	switch e.Code {
	case tools.Ambiguous, tools.NotFound:
		return Asked, tools.View{Headline: sentence(e.Message), Options: e.DidYouMean}
	case tools.PeriodUnclear:
		return Asked, tools.View{Headline: sentence(e.Message)}
	case tools.NotPermitted, tools.Invalid:
		return Declined, tools.View{Headline: sentence(e.Message)}
	case tools.Unavailable, tools.UnknownTool:
	}
	return Failed, tools.View{Headline: failure(turn)}
}

func failure(turn string) string {
	return fmt.Sprintf("I could not look that up just now, so I do not know the answer. Please try again; an operator finds the reason under %s.", turn)
}

func sentence(s string) string {
	if s == "" {
		return s
	}
	s = strings.ToUpper(s[:1]) + s[1:]
	if !strings.HasSuffix(s, ".") {
		s += "."
	}
	return s
}
