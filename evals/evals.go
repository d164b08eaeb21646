// Package evals measures answers: it asks questions with known results of a company with
// a fixed clock and compares the rows that come back, not the words.
package evals

import (
	"bytes"
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path"

	"rollcall/bot"
	"rollcall/store"
	"rollcall/tools"
)

//go:embed cases/*.jsonl
var files embed.FS

// Gold is a look-up whose result is right.
type Gold struct {
	Tool string          `json:"tool"`
	Args json.RawMessage `json:"args"`
}

// Case is one question, or a conversation whose last question counts.
type Case struct {
	ID           string   `json:"id"`
	Lang         string   `json:"lang"`
	Turns        []string `json:"turns"`
	Kind         bot.Kind `json:"kind"`           // how the last turn must end
	Gold         *Gold    `json:"gold,omitempty"` // when it ends with an answer
	Alternatives []Gold   `json:"alternatives,omitempty"`
}

// Cases reads a set of cases by the name of its file without the ending.
func Cases(set string) ([]Case, error) {
	text, err := files.ReadFile(path.Join("cases", set+".jsonl"))
	if err != nil {
		return nil, fmt.Errorf("there is no set of cases %q: %w", set, err)
	}
	var all []Case
	for dec := json.NewDecoder(bytes.NewReader(text)); ; {
		var c Case
		if err := dec.Decode(&c); errors.Is(err, io.EOF) {
			return all, nil
		} else if err != nil {
			return nil, fmt.Errorf("%s, case %d: %w", set, len(all)+1, err)
		}
		all = append(all, c)
	}
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

// Verdict is how a case came out.
type Verdict string

// A right answer has the rows of the gold look-up, or ends as the case says. Abstaining
// where there is an answer is no mistake; any other answer is wrong.
const (
	Right     Verdict = "right"
	Abstained Verdict = "abstained"
	Wrong     Verdict = "wrong"
)

// Outcome is the verdict of one case with what was called.
type Outcome struct {
	Case    Case
	Verdict Verdict
	Call    string // the last call
}

// Runner asks cases.
type Runner struct {
	Bot   *bot.Bot
	Tools *tools.Set
	Asker tools.Asker
}

// Run asks the cases one after the other. A gold look-up that fails is an error, since
// nothing can be compared with it.
func (r *Runner) Run(ctx context.Context, cases []Case) ([]Outcome, error) {
	all := make([]Outcome, 0, len(cases))
	for _, c := range cases {
		o, err := r.run(ctx, c)
		if err != nil {
			return all, fmt.Errorf("case %s: %w", c.ID, err)
		}
		all = append(all, o)
	}
	return all, nil
}

func (r *Runner) run(ctx context.Context, c Case) (Outcome, error) {
	var answer bot.Answer
	for _, turn := range c.Turns {
		var err error
		q := bot.Question{Turn: store.NewID(), Asker: r.Asker, Channel: "eval", Conversation: c.ID, Text: turn, History: answer.History}
		if answer, err = r.Bot.Ask(ctx, q); err != nil {
			return Outcome{}, err
		}
	}
	o := Outcome{Case: c, Verdict: Wrong}
	if n := len(answer.Calls); n > 0 {
		o.Call = answer.Calls[n-1].Name + " " + string(answer.Calls[n-1].Arguments)
	}
	same, err := r.same(ctx, c, answer)
	switch {
	case err != nil:
		return o, err
	case same:
		o.Verdict = Right
	case answer.Kind == bot.Declined, answer.Kind == bot.Asked:
		o.Verdict = Abstained
	}
	return o, nil
}

func (r *Runner) same(ctx context.Context, c Case, a bot.Answer) (bool, error) {
	if c.Kind != bot.Answered {
		// Both ways of not answering are right where there is no answer.
		return a.Kind == bot.Declined || a.Kind == bot.Asked, nil
	}
	if a.Kind != bot.Answered {
		return false, nil
	}
	got, err := rowsOf(a.Data)
	if err != nil {
		return false, err
	}
	for _, gold := range append([]Gold{*c.Gold}, c.Alternatives...) {
		outcome := r.Tools.Call(ctx, r.Asker, gold.Tool, gold.Args)
		if outcome.Err != nil {
			return false, fmt.Errorf("the gold look-up %s %s failed: %w", gold.Tool, gold.Args, outcome.Err)
		}
		want, err := rowsOf(outcome.JSON)
		if err != nil {
			return false, err
		}
		if bytes.Equal(want, got) {
			return true, nil
		}
	}
	return false, nil
}

// rowsOf drops from a result what says how it was asked for and not what was found.
func rowsOf(result json.RawMessage) ([]byte, error) {
	var v map[string]any
	if err := json.Unmarshal(result, &v); err != nil {
		return nil, fmt.Errorf("read a result: %w", err)
	}
	for _, about := range []string{"asked", "near_misses", "condition", "min_free_percent", "metric"} {
		delete(v, about)
	}
	return json.Marshal(v)
}

// Score is a set's outcomes summed up.
type Score struct {
	Cases, Right, Abstained, Wrong int
	// Answerable are the cases that have an answer, and Answered those of them that got one.
	Answerable, Answered int
}

// Sum adds outcomes up.
func Sum(all []Outcome) Score {
	var s Score
	for _, o := range all {
		s.Cases++
		switch o.Verdict {
		case Right:
			s.Right++
		case Abstained:
			s.Abstained++
		case Wrong:
			s.Wrong++
		}
		if o.Case.Kind == bot.Answered {
			s.Answerable++
			if o.Verdict != Abstained {
				s.Answered++
			}
		}
	}
	return s
}

// String writes the score as percentages.
func (s Score) String() string {
	share := func(n, of int) float64 { return 100 * float64(n) / float64(max(1, of)) }
	return fmt.Sprintf("%d cases: %.1f %% right, %.1f %% abstained, %.1f %% wrong; answered %.1f %% of what has an answer",
		s.Cases, share(s.Right, s.Cases), share(s.Abstained, s.Cases), share(s.Wrong, s.Cases), share(s.Answered, s.Answerable))
}
