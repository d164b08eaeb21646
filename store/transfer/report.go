package transfer

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"github.com/agnivade/levenshtein"
)

// ErrProblems means that the files have problems and nothing was imported.
var ErrProblems = errors.New("nothing was imported")

// Problem is one thing that is wrong with a file.
type Problem struct {
	File    string
	Line    int    // of the record's first line; 0 for the file as a whole
	Column  string // empty when it is about the whole record
	Value   string
	Message string
}

// String is one line: people.csv line 7, capacity "900": must be a whole number from 0 to 100.
func (p Problem) String() string {
	s := p.File
	if p.Line > 0 {
		s += fmt.Sprintf(" line %d", p.Line)
	}
	if p.Column != "" {
		s += fmt.Sprintf(", %s %q", p.Column, p.Value)
	}
	return s + ": " + p.Message
}

// FileReport is what happened to the rows of one file.
type FileReport struct {
	File      string `json:"file"`
	Rows      int    `json:"rows"`
	Created   int    `json:"created"`
	Updated   int    `json:"updated"`
	Unchanged int    `json:"unchanged"`
}

// Report is what an import or export did. After ErrProblems only Problems counts.
type Report struct {
	Files    []FileReport
	Problems int
}

func sortProblems(all []Problem) {
	slices.SortStableFunc(all, func(a, b Problem) int { return cmp.Compare(a.Line, b.Line) })
}

// didYouMean returns "; did you mean X?" for a near word, or nothing.
func didYouMean(word string, known []string) string {
	best, distance := "", len(word)/2+1
	for _, k := range known {
		if d := levenshtein.ComputeDistance(word, k); d < distance {
			best, distance = k, d
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf("; did you mean %q?", best)
}
