package tools

import "context"

type declineArgs struct {
	Reason     string `json:"reason" need:"true" enum:"out_of_scope,sensitive,not_permitted,not_available,no_data,not_understood"`
	Understood string `json:"understood" jsonschema:"what part of the question was clear"`
	Hint       string `json:"hint" jsonschema:"an example question that would work"`
}

// Refusal is why a question is not answered.
type Refusal struct {
	Reason     string `json:"reason"`
	Understood string `json:"understood,omitempty"`
	Hint       string `json:"hint,omitempty"`
}

func decline() Tool {
	t := define("decline", "Decline what the other tools cannot answer: salaries, opinions, anything that is not staffing. Ends the turn.",
		func(_ context.Context, _ Call, a declineArgs) (Result, error) {
			return &Refusal{Reason: a.Reason, Understood: a.Understood, Hint: a.Hint}, nil
		})
	t.Terminal = true
	return t
}

// The sentences are written here, not by a model.
var refusals = map[string]string{
	"out_of_scope":   "That is not something I look up: I know people, skills, certificates, projects, bookings and time off.",
	"sensitive":      "I do not answer questions about pay, health, performance or private matters.",
	"not_permitted":  "You may not see or do that.",
	"not_available":  "That is nothing I can do. Changes that I prepare are decided with the buttons of their card; I delete and rename nothing, and grant nobody access.",
	"no_data":        "I have no data on that.",
	"not_understood": "I did not understand that well enough to answer it truthfully.",
}

// View shows the refusal as a sentence, with what was understood and what to try.
func (r *Refusal) View() View {
	v := View{Headline: refusals[r.Reason]}
	if r.Understood != "" {
		v.Notes = append(v.Notes, "Understood: "+r.Understood+".")
	}
	if r.Hint != "" {
		v.Notes = append(v.Notes, "Try: "+r.Hint)
	}
	return v
}
