package tools

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"rollcall/store"
	"rollcall/tools/resolve"
)

// Asker is the person on whose behalf a tool is called. Rights are checked against them.
// An empty ID is the operator at a terminal, who is nobody in the company.
type Asker struct {
	ID     string
	Name   string
	Access store.Access
	// Public says that others read the answer too: nothing is in it that not every member
	// of staff may know, whoever asks.
	Public bool
	// Turn and Thread are the question and the conversation that it belongs to, and Words
	// what the asker has written there, newest last, clicked options included: what is to
	// be changed must stem from these words.
	Turn, Thread string
	Words        []string
}

// May reports whether the asker has at least the access.
func (a Asker) May(access store.Access) bool {
	rank := map[store.Access]int{store.Staff: 1, store.Manager: 2, store.Admin: 3}
	return rank[a.Access] >= rank[access]
}

// mayChange reports whether the asker may change what is kept about the person.
func (c Call) mayChange(person string) bool {
	return c.Asker.May(store.Manager) || c.Asker.ID != "" && c.Asker.ID == person
}

func (a Asker) entry(field string) (resolve.Entry, error) {
	if a.ID == "" {
		return resolve.Entry{}, &Error{Code: NotFound, Field: field, Message: "the asker is nobody in the company; name a person"}
	}
	return resolve.Entry{Kind: resolve.Person, ID: a.ID, Name: a.Name}, nil
}

// Call is the circumstances of one call.
type Call struct {
	Asker    Asker
	withheld *bool // set when the asker may know more than the others who read the answer
}

// mayKnow reports whether what is private to its owner may be told: to them and to
// managers, where nobody else reads it. The owner may be empty.
func (c Call) mayKnow(owner string) bool {
	knows := c.Asker.May(store.Manager) || owner != "" && owner == c.Asker.ID
	if knows && c.Asker.Public {
		*c.withheld = true
		return false
	}
	return knows
}

// Outcome is what a call came to: a result or an error, with the JSON that a model sees.
type Outcome struct {
	Result   Result          // nil when there is an error
	Err      *Error          // nil when there is a result
	JSON     json.RawMessage // the result, or {"error": …}
	Duration time.Duration
	Terminal bool
	Withheld bool // the asker may know more than is said here, where others read it
}

// Set is the tools in the order in which a model sees them.
type Set struct {
	tools []Tool
}

// toolTimeout is how long one call may take.
const toolTimeout = 3 * time.Second

// All returns the tools of a company. The order is part of every prompt: a new tool goes
// where it belongs, and never moves afterwards. Two tools of one name panic.
func All(c *Company) *Set {
	s := &Set{tools: []Tool{
		findPeople(c),
		getPerson(c),
		findProjects(c),
		getProject(c),
		findCertifications(c),
		suggestStaffing(c),
		getCapacity(c),
		listTimeOff(c),
		countSkills(c),
		findChanges(c),
		proposeAssignment(c),
		proposeSkill(c),
		proposeCertification(c),
		proposeTimeOff(c),
		proposeProject(c),
		askUser(),
		decline(),
	}}
	seen := map[string]bool{}
	for _, t := range s.tools {
		if seen[t.Name] {
			panic("two tools are called " + t.Name)
		}
		seen[t.Name] = true
	}
	return s
}

// Definitions returns what a model is told, in order.
func (s *Set) Definitions() []Definition {
	all := make([]Definition, len(s.tools))
	for i, t := range s.tools {
		all[i] = t.Definition
	}
	return all
}

// LooksUp reports whether the tool of the name only reads, and may be called again at will.
func (s *Set) LooksUp(name string) bool {
	return slices.ContainsFunc(s.tools, func(t Tool) bool { return t.Name == name && !t.Terminal })
}

// Check reports whether there is a tool of the name that takes the arguments, and calls
// nothing. The error is an *Error.
func (s *Set) Check(name string, arguments json.RawMessage) error {
	for _, t := range s.tools {
		if t.Name == name {
			return t.check(arguments)
		}
	}
	return s.unknown(name)
}

func (s *Set) unknown(name string) *Error {
	names := make([]string, 0, len(s.tools))
	for _, t := range s.tools {
		names = append(names, t.Name)
	}
	return &Error{Code: UnknownTool, Message: fmt.Sprintf("there is no tool %q; there are: %s", name, strings.Join(names, ", ")), Retryable: true}
}

// Call runs a tool on behalf of the asker and never fails: what goes wrong is in the
// outcome, in words that a model can act on.
func (s *Set) Call(ctx context.Context, asker Asker, name string, arguments json.RawMessage) Outcome {
	ctx, cancel := context.WithTimeout(ctx, toolTimeout)
	defer cancel()
	start := time.Now()
	withheld := false
	o := s.run(ctx, Call{Asker: asker, withheld: &withheld}, name, arguments)
	o.Duration, o.Withheld = time.Since(start), withheld
	var content any = o.Result
	if o.Err != nil {
		content = struct {
			Error *Error `json:"error"`
		}{o.Err}
	}
	text, err := json.Marshal(content)
	if err != nil { // a result that cannot be written is a mistake in its tool
		o.Result, o.Err = nil, asError(fmt.Errorf("write the result of %s: %w", name, err))
		text = json.RawMessage(`{"error":{"code":"unavailable","message":"the look-up failed","retryable":false}}`)
	}
	o.JSON = text
	return o
}

func (s *Set) run(ctx context.Context, c Call, name string, arguments json.RawMessage) Outcome {
	for _, t := range s.tools {
		if t.Name != name {
			continue
		}
		result, err := t.call(ctx, c, arguments)
		if err != nil {
			return Outcome{Err: asError(err)}
		}
		return Outcome{Result: result, Terminal: t.Terminal}
	}
	return Outcome{Err: s.unknown(name)}
}

const (
	defaultRows = 10
	mostRows    = 25
)

// rows returns how many rows to show: the asked number within bounds, or the default.
func rows(asked int) int { return min(cmp.Or(max(0, asked), defaultRows), mostRows) }
