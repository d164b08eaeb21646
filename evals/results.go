package evals

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"rollcall/bot"
	"rollcall/store/chatlog"
)

const longestResult = 1 << 20 // bytes of one line

// ReadResults reads the outcomes of a run, one JSON object per line. A last line that a
// run did not finish is left out.
func ReadResults(r io.Reader) ([]Outcome, error) {
	lines := bufio.NewScanner(r)
	lines.Buffer(make([]byte, 0, 64<<10), longestResult)
	var all []Outcome
	var bad error
	for n := 1; lines.Scan(); n++ {
		if bad != nil {
			return nil, bad
		}
		var o Outcome
		if err := json.Unmarshal(lines.Bytes(), &o); err != nil {
			bad = fmt.Errorf("line %d is no outcome: %w", n, err)
			continue
		}
		all = append(all, o)
	}
	return all, lines.Err()
}

// Results is a file that outcomes are added to as they come, so that a run that was ended
// goes on where it was.
type Results struct {
	file *os.File
	kept []Outcome
}

// OpenResults opens or makes the file. Earlier outcomes count when the same model and the
// same instructions made them; those of cases that failed do not.
func OpenResults(path, model, prompt string) (_ *Results, err error) {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o644) //nolint:gosec // results are no secret: the company is invented
	if err != nil {
		return nil, fmt.Errorf("open the results: %w", err)
	}
	all, err := ReadResults(file)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("read the results %s: %w", path, err), file.Close())
	}
	kept := slices.DeleteFunc(all, func(o Outcome) bool { return o.Model != model || o.Prompt != prompt || o.Verdict == Broken })
	r := &Results{file: file, kept: kept}
	if err := r.rewrite(); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return r, nil
}

// rewrite leaves what counts in the file, without a half line at its end.
func (r *Results) rewrite() error {
	if err := errors.Join(r.file.Truncate(0), func() error { _, err := r.file.Seek(0, io.SeekStart); return err }()); err != nil {
		return fmt.Errorf("write the results: %w", err)
	}
	for _, o := range r.kept {
		if err := r.Add(o); err != nil {
			return err
		}
	}
	return nil
}

// Kept returns the outcomes of earlier runs that count.
func (r *Results) Kept() []Outcome { return r.kept }

// Left returns the cases that have no outcome yet.
func (r *Results) Left(cases []Case) []Case {
	return slices.DeleteFunc(slices.Clone(cases), func(c Case) bool {
		return slices.ContainsFunc(r.kept, func(o Outcome) bool { return o.ID == c.ID && slices.Equal(o.Turns, c.Turns) })
	})
}

// Among returns the outcomes of the cases, in the order of the cases.
func Among(cases []Case, outcomes []Outcome) []Outcome {
	byID := map[string]Outcome{}
	for _, o := range outcomes {
		byID[o.ID] = o
	}
	var all []Outcome
	for _, c := range cases {
		if o, ok := byID[c.ID]; ok {
			all = append(all, o)
		}
	}
	return all
}

// Add writes one outcome to the file.
func (r *Results) Add(o Outcome) error {
	if err := json.NewEncoder(r.file).Encode(o); err != nil {
		return fmt.Errorf("write the results: %w", err)
	}
	return nil
}

// Close ends writing.
func (r *Results) Close() error { return r.file.Close() }

// CaseOf makes a case of a logged exchange and the questions before it in its
// conversation, oldest first. Its gold is the last look-up, which the reviewer confirms by
// keeping the case, or corrects.
func CaseOf(id, category string, before []chatlog.Exchange, e chatlog.Exchange) (Case, error) {
	c := Case{ID: id, Category: category, Kind: bot.Kind(e.Kind)}
	for _, b := range append(slices.Clone(before), e) {
		c.Turns = append(c.Turns, b.Question)
	}
	if c.Kind == bot.Answered {
		if len(e.Tools) == 0 {
			return Case{}, fmt.Errorf("exchange %s was answered without a look-up", e.ID)
		}
		last := e.Tools[len(e.Tools)-1]
		c.Gold = &Gold{Tool: last.Name, Args: last.Arguments}
	}
	return c, c.check()
}
