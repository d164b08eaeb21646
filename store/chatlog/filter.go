package chatlog

import (
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Filter says which exchanges are looked at. Empty fields ask for nothing.
type Filter struct {
	AskerID      string
	Conversation string
	Channel      string
	Kind         string
	Model        string
	Tool         string    // one that was called
	Feedback     string    // Good or Bad
	Failed       bool      // only those with an error
	Text         string    // in the question or the answer, whatever the case
	From, To     time.Time // half-open
	Before       Cursor    // only what comes after it in the list; the zero value is the start
	Limit        int       // 0 is 100
}

const defaultLimit = 100

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

// The groupings. A day is the day in UTC, YYYY-MM-DD.
const (
	ByKind  Grouping = "kind"
	ByModel Grouping = "model"
	ByAsker Grouping = "askerId"
	ByDay   Grouping = "day"
)

func (g Grouping) check() error {
	switch g {
	case ByKind, ByModel, ByAsker, ByDay:
		return nil
	}
	return fmt.Errorf("statistics by %q: %w", g, ErrInvalid)
}

// Statistic sums up some exchanges.
type Statistic struct {
	Key       string
	Exchanges int
	Failed    int
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
