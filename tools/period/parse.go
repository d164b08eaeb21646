package period

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"rollcall/store/civil"
)

// Error says that words are no period, and which of them.
type Error struct {
	Text   string // all the words
	Part   string // the part that could not be read
	Reason string
}

// Error is one sentence.
func (e *Error) Error() string {
	if e.Part == "" || e.Part == e.Text {
		return fmt.Sprintf("%q %s", e.Text, e.Reason)
	}
	return fmt.Sprintf("in %q, %q %s", e.Text, e.Part, e.Reason)
}

const (
	longestText = 4000 // bytes that Find looks at
	longestName = 200  // bytes that Parse reads
	firstYear   = 1900
	lastYear    = 2199
)

// Parse reads text that is one period as a whole. The result is never empty. What it
// cannot read is an *Error that names the part; so is a period that ends before it
// starts, or one outside the years 1900 to 2199.
func (c Calendar) Parse(now time.Time, text string) (Period, error) {
	trimmed := strings.TrimSpace(text)
	switch {
	case trimmed == "":
		return Period{}, &Error{Text: text, Reason: "names no time"}
	case len(trimmed) > longestName || !utf8.ValidString(trimmed):
		return Period{}, &Error{Text: firstRunes(trimmed, 40), Reason: "is too long for a period, or not text"}
	}
	r := &reader{calendar: c, today: c.Today(now), tokens: tokens(trimmed), whole: true}
	days, open, end := r.period(0)
	for r.sign(end, '.', ',', '?', '!', ';') || (end > 0 && r.is(end, "onward")) {
		end++
	}
	if end == 0 || end < len(r.tokens) || r.reason != "" {
		return Period{}, r.error(trimmed, end)
	}
	return bounded(trimmed, days, open)
}

func bounded(text string, days civil.Range, open bool) (Period, error) {
	if days.Days() == 0 {
		return Period{}, &Error{Text: text, Reason: "ends before it starts"}
	}
	if days.From.Year() < firstYear || days.Last().Year() > lastYear {
		return Period{}, &Error{Text: text, Reason: fmt.Sprintf("is outside the years %d to %d", firstYear, lastYear)}
	}
	return Period{Range: days, OpenEnd: open}, nil
}

func (r *reader) error(text string, end int) *Error {
	e := &Error{Text: text, Reason: "is not a time that I can read"}
	if r.reason != "" {
		e.Reason, e.Part = r.reason, text[r.tokens[r.blame].start:r.tokens[r.blame].end]
		return e
	}
	for end < len(r.tokens) && r.tokens[end].sign != 0 {
		end++
	}
	if end < len(r.tokens) {
		e.Part = text[r.tokens[end].start:]
	}
	return e
}

func firstRunes(s string, n int) string {
	s = strings.ToValidUTF8(s, "�")
	for i := range s {
		if n--; n < 0 {
			return s[:i] + "…"
		}
	}
	return s
}

// Match is a period inside a longer text.
type Match struct {
	Start, End int // bytes of the text; the preposition belongs to it
	Period     Period
}

// Find returns the periods in a sentence from left to right, each as long as possible,
// never overlapping. Words that may be others ("may", "sun", a bare year) count only
// beside a word of time. It looks at the first 4,000 bytes.
func (c Calendar) Find(now time.Time, text string) []Match {
	if len(text) > longestText {
		text = text[:longestText]
		for !utf8.ValidString(text) && len(text) > longestText-utf8.UTFMax {
			text = text[:len(text)-1]
		}
	}
	all := tokens(text)
	var found []Match
	for i := 0; i < len(all); {
		r := &reader{calendar: c, today: c.Today(now), tokens: all}
		days, open, end := r.period(i)
		if end == i || r.reason != "" {
			i++
			continue
		}
		if p, err := bounded("", days, open); err == nil {
			found = append(found, Match{Start: all[i].start, End: all[end-1].end, Period: p})
		}
		i = end
	}
	return found
}
