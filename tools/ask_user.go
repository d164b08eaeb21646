package tools

import "context"

type askUserArgs struct {
	Reason   string   `json:"reason" need:"true" enum:"ambiguous,missing,not_found,period_unclear,confirm_reading"`
	Question string   `json:"question" need:"true" jsonschema:"one short question in the user's language"`
	Options  []string `json:"options" jsonschema:"up to 5 answers to choose from, taken from did_you_mean where there is one"`
}

// Question is what ask_user shows to the person.
type Question struct {
	Reason   string   `json:"reason"`
	Question string   `json:"question"`
	Options  []string `json:"options,omitempty"`
}

const mostOptions = 5

func askUser() Tool {
	t := define("ask_user", "Ask the user when a name is ambiguous, something needed is missing or words are unclear. Ends the turn.",
		func(_ context.Context, _ Call, a askUserArgs) (Result, error) {
			return &Question{Reason: a.Reason, Question: a.Question, Options: a.Options[:min(mostOptions, len(a.Options))]}, nil
		})
	t.Terminal = true
	return t
}

// View shows the question with its options.
func (q *Question) View() View { return View{Headline: q.Question, Options: q.Options} }
