package evals

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"rollcall/bot"
	"rollcall/store/chatlog"
)

const longestResult = 1 << 20 // bytes of one line

// ReadResults reads the outcomes of a run, one JSON object per line. A last line that a
// run did not finish is left out. Anything else is an error: what is taken for results may be
// written over.
func ReadResults(r io.Reader) ([]Outcome, error) {
	lines := bufio.NewScanner(r)
	lines.Buffer(make([]byte, 0, 64<<10), longestResult)
	var all []Outcome
	var bad error
	for n := 1; lines.Scan(); n++ {
		if bad != nil {
			return nil, bad
		}
		o, err := readOutcome(lines.Bytes())
		if err == nil {
			all = append(all, o)
			continue
		}
		bad = fmt.Errorf("line %d is no outcome: %w", n, err)
		if isCut := bytes.HasPrefix(lines.Bytes(), []byte("{")) && !errors.Is(err, errNoVerdict); !isCut {
			return nil, bad
		}
	}
	return all, lines.Err()
}

var errNoVerdict = errors.New("it has no verdict")

func readOutcome(line []byte) (o Outcome, err error) {
	if err = json.Unmarshal(line, &o); err == nil && o.Verdict == "" {
		err = errNoVerdict
	}
	return o, err
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
// conversation, oldest first. Its gold is the call of its review where somebody has put it
// right, else the last look-up, which the reviewer confirms by keeping the case. An empty
// category is the one that the gold suggests.
func CaseOf(id, category string, before []chatlog.Exchange, e chatlog.Exchange) (Case, error) {
	c := Case{ID: id, Category: category, Kind: bot.Kind(e.Kind)}
	for _, b := range append(slices.Clone(before), e) {
		c.Turns = append(c.Turns, b.Question)
	}
	gold, err := goldOf(e)
	if err != nil {
		return Case{}, err
	}
	if e.Review != nil && e.Review.Tool != "" {
		c.Kind = endingOf(gold.Tool)
	}
	if c.Kind == bot.Answered || c.Kind == bot.Proposed {
		c.Gold = gold
	}
	if c.Category == "" {
		c.Category = categoryOf(c)
	}
	return c, c.check()
}

// endingOf is how a turn ends that calls the tool.
func endingOf(tool string) bot.Kind {
	switch {
	case tool == "ask_user":
		return bot.Asked
	case tool == "decline":
		return bot.Declined
	case strings.HasPrefix(tool, "propose_"):
		return bot.Proposed
	}
	return bot.Answered
}

// goldOf is the call that the review of an exchange says is right, or its last one.
func goldOf(e chatlog.Exchange) (*Gold, error) {
	switch r := e.Review; {
	case r != nil && r.Tool != "" && len(r.Args) > 0:
		return &Gold{Tool: r.Tool, Args: r.Args}, nil
	case r != nil && r.Tool != "":
		return &Gold{Tool: r.Tool, Args: json.RawMessage("{}")}, nil
	case r != nil && r.Verdict == chatlog.Wrong:
		return nil, fmt.Errorf("exchange %s is marked wrong, and its review does not say which call would be right", e.ID)
	case len(e.Tools) > 0:
		last := e.Tools[len(e.Tools)-1]
		return &Gold{Tool: last.Name, Args: last.Arguments}, nil
	case bot.Kind(e.Kind) == bot.Answered:
		return nil, fmt.Errorf("exchange %s was answered without a look-up", e.ID)
	}
	return nil, nil
}

// categories are what the tools of a case's gold are mostly about.
var categories = map[string]string{
	"get_person": "skills", "find_projects": "projects", "get_project": "projects", "find_certifications": "certificates", "suggest_staffing": "staffing",
	"get_capacity": "capacity", "list_time_off": "timeoff", "count_skills": "skills",
}

func categoryOf(c Case) string {
	switch {
	case len(c.Turns) > 1:
		return "multi-turn"
	case c.Kind == bot.Asked:
		return "ambiguity"
	case c.Kind == bot.Declined:
		return "unanswerable"
	case c.Gold != nil && categories[c.Gold.Tool] != "":
		return categories[c.Gold.Tool]
	}
	return "availability"
}
