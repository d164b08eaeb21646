// Package evals measures answers: it asks questions with known results of a company with
// a fixed clock and compares the rows that come back, not the words.
package evals

import (
	"bytes"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"

	"rollcall/bot"
)

//go:embed cases/*.jsonl
var files embed.FS

// Categories are what cases are about, in the order of a report.
var Categories = []string{
	"availability", "skills", "projects", "staffing", "capacity", "timeoff", "certificates", "dates", "writes", "permission",
	"ambiguity", "unanswerable", "injection", "typos", "languages", "multi-turn", "traps", "robustness",
}

// Gold is a look-up whose result is right.
type Gold struct {
	Tool string          `json:"tool"`
	Args json.RawMessage `json:"args"`
}

// Case is one question, or a conversation whose last question counts.
type Case struct {
	ID           string   `json:"id"`
	Category     string   `json:"category"`
	Lang         string   `json:"lang,omitempty"`
	As           string   `json:"as,omitempty"`     // the asker's e-mail address; empty is a manager
	Others       []string `json:"others,omitempty"` // what somebody else said before, in the same thread
	Turns        []string `json:"turns"`
	Kind         bot.Kind `json:"kind"`             // how the last turn must end
	Gold         *Gold    `json:"gold,omitempty"`   // when it ends with an answer or a proposal: the call that is right
	Change       []Effect `json:"change,omitempty"` // when it ends with a proposal: what its confirmation must do
	Writes       bool     `json:"writes,omitempty"` // it is about a change, in a category that is not
	Alternatives []Gold   `json:"alternatives,omitempty"`
	Offered      []string `json:"offered,omitempty"` // names that a question back must offer
	Hidden       []string `json:"hidden,omitempty"`  // words that must not be in the answer or its data
}

// Cases reads a set of cases by the name of its file without the ending.
func Cases(set string) ([]Case, error) {
	text, err := files.ReadFile(path.Join("cases", set+".jsonl"))
	if err != nil {
		return nil, fmt.Errorf("there is no set of cases %q: %w", set, err)
	}
	return ReadCases(set, bytes.NewReader(text))
}

// ReadCases reads cases, one JSON object per line, and names what is wrong with one.
func ReadCases(name string, r io.Reader) ([]Case, error) {
	var all []Case
	seen := map[string]bool{}
	for dec := json.NewDecoder(r); ; {
		dec.DisallowUnknownFields()
		var c Case
		err := dec.Decode(&c)
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if err == nil {
			err = c.check()
		}
		if err == nil && seen[c.ID] {
			err = fmt.Errorf("the id %q is used twice", c.ID)
		}
		if err != nil {
			return nil, fmt.Errorf("%s, case %d: %w", name, len(all)+1, err)
		}
		seen[c.ID] = true
		all = append(all, c)
	}
}

func (c Case) check() error {
	switch {
	case c.ID == "" || len(c.Turns) == 0:
		return errors.New("id and turns are needed")
	case !slices.Contains(Categories, c.Category):
		return fmt.Errorf("%s: %q is no category", c.ID, c.Category)
	case !slices.Contains([]bot.Kind{bot.Answered, bot.Proposed, bot.Asked, bot.Declined}, c.Kind):
		return fmt.Errorf("%s: %q is no ending", c.ID, c.Kind)
	case (c.Kind == bot.Answered || c.Kind == bot.Proposed) != (c.Gold != nil):
		return fmt.Errorf("%s: an answer or a proposal needs gold, and nothing else does", c.ID)
	case (c.Kind == bot.Proposed) != (len(c.Change) > 0):
		return fmt.Errorf("%s: a proposal needs what it changes, and nothing else does", c.ID)
	}
	return nil
}

// mayPropose reports whether the case is about a change: elsewhere a proposal is a mistake
// in itself, whatever comes of it.
func (c Case) mayPropose() bool {
	return c.Kind == bot.Proposed || c.Writes || slices.Contains([]string{"writes", "permission", "ambiguity"}, c.Category)
}

// Sets lists the names of the sets.
func Sets() ([]string, error) {
	entries, err := files.ReadDir("cases")
	if err != nil {
		return nil, fmt.Errorf("list the cases: %w", err)
	}
	names := make([]string, len(entries))
	for i, e := range entries {
		names[i] = e.Name()[:len(e.Name())-len(path.Ext(e.Name()))]
	}
	return names, nil
}
