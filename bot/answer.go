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
	Notice     string          // that the language model did not answer, and why; empty when it did
	Prose      string          // what is left of the language model's words; often nothing
	View       tools.View      // what is shown; written by code alone
	Private    *tools.View     // what the asker may know beyond View, for them alone; nil when there is no more
	Data       json.RawMessage // the last tool result, nil when there is none
	Period     json.RawMessage // the period of that result, nil when it has none
	Calls      []CallRecord    // in order
	Model      string
	ModelCalls []ModelCall // in order, failed ones too
	// FallbackReason is for the operator: why the fallback answered; empty when it did not.
	FallbackReason string
	Took           time.Duration
	History        []Message // the conversation with this turn, for the next question
	Err            error     // for the operator, when the turn failed

	withheld bool // something was left out because others read the answer
}

// CallRecord is one tool call with its outcome.
type CallRecord struct {
	Name      string
	Arguments json.RawMessage
	Result    json.RawMessage
	Code      string // "ok", or the code of the error
	Took      time.Duration
}

// ModelCall is one call of a model, with its retries.
type ModelCall struct {
	Model   string
	Wire    string
	Usage   Usage
	Cost    *int64 // millionths of a US dollar; nil when the price is not known
	Finish  string
	Retries int
	Took    time.Duration // retries and waiting included
	Err     string        // for the operator
}

// Usage is the tokens of all model calls.
func (a Answer) Usage() Usage {
	var sum Usage
	for _, c := range a.ModelCalls {
		sum = sum.Add(c.Usage)
	}
	return sum
}

// Text is the answer in sentences, without its table.
func (a Answer) Text() string {
	var all []string
	for _, s := range append([]string{a.Notice, a.Prose, a.View.Headline}, a.View.Notes...) {
		if s != "" {
			all = append(all, s)
		}
	}
	return strings.Join(all, " ")
}

// conclude writes the answer of a turn that ended with the given last outcome.
func conclude(last *outcome, turn string) (Kind, tools.View) {
	switch {
	case last == nil:
		return Declined, tools.View{Headline: "I could not turn that into a look-up. Ask me who knows something, who is free when, or which certificates run out."}
	case last.Err != nil:
		return concludeError(last.Err, turn)
	case last.Terminal && last.name == "ask_user":
		return Asked, last.Result.View()
	case last.Terminal && last.Result.View().Card != nil:
		return Proposed, last.Result.View()
	case last.Terminal:
		return Declined, last.Result.View()
	default:
		return Answered, last.Result.View()
	}
}

// mostEarlier is how many look-ups before the last one an answer shows.
const mostEarlier = 2

// earlier shows what else was looked up for the question, so that an answer to two
// questions at once has both and nobody wonders what the program did besides.
func earlier(all []outcome) []tools.Section {
	var sections []tools.Section
	for _, o := range all[:len(all)-1] {
		if o.Err != nil || o.Terminal {
			continue
		}
		v := o.Result.View()
		s := tools.Section{Title: "Also looked up: " + v.Headline, Columns: v.Columns, Rows: v.Rows}
		if v.Period != "" {
			s.Lines = []string{v.Period}
		}
		sections = append(sections, s)
	}
	return sections[max(0, len(sections)-mostEarlier):]
}

// concludeError ends a turn whose last look-up gave no result. A look-up that failed
// never reads as an empty one.
func concludeError(e *tools.Error, turn string) (Kind, tools.View) {
	switch e.Code {
	case tools.Ambiguous, tools.NotFound:
		return Asked, tools.View{Headline: sentence(e.Message), Options: e.DidYouMean}
	case tools.PeriodUnclear:
		return Asked, tools.View{Headline: sentence(e.Message)}
	case tools.Missing, tools.NotSaid:
		return Asked, tools.View{Headline: e.Message, Options: e.DidYouMean}
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
