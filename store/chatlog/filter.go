package chatlog

import (
	"encoding/base64"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Filter says which exchanges are looked at. Empty fields ask for nothing.
type Filter struct {
	AskerID      string
	IDs          []string // one of these
	Conversation string
	Channel      string
	Kind         string
	Model        string
	Tool         string    // one that was called
	Feedback     string    // Good or Bad
	Review       string    // Right, Wrong or Unreviewed
	Failed       bool      // only those with an error
	Text         string    // in the question or the answer, whatever the case
	From, To     time.Time // half-open
	Before       Cursor    // only what comes after it in the list; the zero value is the start
	Limit        int       // 0 is 100
}

const defaultLimit = 100

// Unreviewed asks for exchanges that nobody has reviewed.
const Unreviewed = "none"

// reviewed is the value of the column that the filter asks for.
func (f Filter) reviewed() string {
	if f.Review == Unreviewed {
		return ""
	}
	return f.Review
}

// Cursor is a place in the list of exchanges.
type Cursor struct {
	At time.Time
	ID string
}

// CursorAt is the place of an exchange: a list Before it goes on with the next one.
func CursorAt(e Exchange) Cursor { return Cursor{At: e.At, ID: e.ID} }

// String writes the cursor for a link; the start is "".
func (c Cursor) String() string {
	if c == (Cursor{}) {
		return ""
	}
	return base64.RawURLEncoding.EncodeToString([]byte(strconv.FormatInt(c.At.UnixMicro(), 10) + " " + c.ID))
}

// ParseCursor reads what String wrote; anything else is ErrInvalid.
func ParseCursor(s string) (Cursor, error) {
	if s == "" {
		return Cursor{}, nil
	}
	text, err := base64.RawURLEncoding.DecodeString(s)
	micros, id, found := strings.Cut(string(text), " ")
	at, numErr := strconv.ParseInt(micros, 10, 64)
	if err != nil || !found || id == "" || numErr != nil {
		return Cursor{}, fmt.Errorf("cursor %q: %w", s, ErrInvalid)
	}
	return Cursor{At: time.UnixMicro(at).UTC(), ID: id}, nil
}

// Grouping is by what statistics are told apart.
type Grouping string

// The groupings. A day is the day in UTC, YYYY-MM-DD. By tool, an exchange counts for each
// that it called, and under "" when it called none.
const (
	ByKind    Grouping = "kind"
	ByModel   Grouping = "model"
	ByAsker   Grouping = "askerId"
	ByDay     Grouping = "day"
	ByChannel Grouping = "channel"
	ByTool    Grouping = "tools"
)

func (g Grouping) check() error {
	switch g {
	case ByKind, ByModel, ByAsker, ByDay, ByChannel, ByTool:
		return nil
	}
	return fmt.Errorf("statistics by %q: %w", g, ErrInvalid)
}

// Statistic sums up some exchanges.
type Statistic struct {
	Key       string
	Exchanges int
	Failed    int
	Good, Bad int // by feedback
	Right     int // by review
	Wrong     int
	In, Out   int64 // tokens
	CachedIn  int64
	Cost      int64         // millionths of a US dollar, of the calls with a known price
	Duration  time.Duration // of all together
}

// searchable is the text that Filter.Text looks in.
func searchable(e Exchange) string { return strings.ToLower(clean(e.Question + " " + e.Answer)) }

func dayOf(e Exchange) string { return e.At.UTC().Format(time.DateOnly) }

func toolsOf(e Exchange) []string {
	names := make([]string, 0, len(e.Tools))
	for _, t := range e.Tools {
		names = append(names, clean(t.Name))
	}
	return names
}

func feedbackOf(e Exchange) string {
	if e.Feedback == nil {
		return ""
	}
	return e.Feedback.Value
}

func reviewOf(e Exchange) string {
	if e.Review == nil {
		return ""
	}
	return e.Review.Verdict
}

// add sums up two.
func (s *Statistic) add(more Statistic) {
	s.Exchanges += more.Exchanges
	s.Failed += more.Failed
	s.Good += more.Good
	s.Bad += more.Bad
	s.Right += more.Right
	s.Wrong += more.Wrong
	s.In += more.In
	s.Out += more.Out
	s.CachedIn += more.CachedIn
	s.Cost += more.Cost
	s.Duration += more.Duration
}

// sums collects statistics by key.
type sums map[string]*Statistic

func (s sums) at(key string) *Statistic {
	if s[key] == nil {
		s[key] = &Statistic{Key: key}
	}
	return s[key]
}

// sorted is the statistics in the order of their keys.
func (s sums) sorted() []Statistic {
	var all []Statistic
	for _, key := range slices.Sorted(maps.Keys(s)) {
		all = append(all, *s[key])
	}
	return all
}

// addTools counts a statistic for each of the tools, once.
func (s sums) addTools(names []string, one Statistic) {
	names = slices.Compact(slices.Sorted(slices.Values(names)))
	if len(names) == 0 {
		names = []string{""}
	}
	for _, name := range names {
		s.at(name).add(one)
	}
}
