package period

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/agnivade/levenshtein"

	"rollcall/store/civil"
)

// token is a word, a number, a date or a sign, with its place in the text.
type token struct {
	start, end int
	meanings   []meaning
	sign       rune // a dash, a comma or another sign
}

func (t token) has(kind string) bool {
	return slices.ContainsFunc(t.meanings, func(m meaning) bool { return m.kind == kind })
}

func (t token) value(kind string) (int, bool) {
	for _, m := range t.meanings {
		if m.kind == kind {
			return m.value, true
		}
	}
	return 0, false
}

// pattern is a form that is no word; read turns its groups into meanings.
type pattern struct {
	form *regexp.Regexp
	read func(groups []string) []meaning
}

func number(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		return 0
	}
	return n
}

func one(kind string, value int) []meaning { return []meaning{{kind, value}} }

// impossible marks a form that looks like a date and is none: 2026-02-30.
const impossible = "impossible"

func calendarDay(y, m, d int) []meaning {
	if m < 1 || m > 12 || d < 1 || d > 31 {
		return one(impossible, 0)
	}
	day := civil.Of(y, time.Month(m), d)
	if day.Day() != d {
		return one(impossible, 0)
	}
	return one("date", int(day))
}

func century(y string) int {
	if len(y) == 2 {
		return 2000 + number(y)
	}
	return number(y)
}

// patterns are tried in this order at the start of a word.
var patterns = []pattern{
	{regexp.MustCompile(`^(\d{4})-(\d{2})-(\d{2})`), func(g []string) []meaning { return calendarDay(number(g[1]), number(g[2]), number(g[3])) }},
	{regexp.MustCompile(`^(?i)(\d{4})-?W(\d{2})`), func(g []string) []meaning { return one("isoweek", number(g[1])*100+number(g[2])) }},
	{regexp.MustCompile(`^(\d{4})-(\d{2})`), func(g []string) []meaning { return one("isomonth", number(g[1])*100+number(g[2])) }},
	{regexp.MustCompile(`^(\d{1,2})\.(\d{1,2})\.(\d{4}|\d{2})`), func(g []string) []meaning { return calendarDay(century(g[3]), number(g[2]), number(g[1])) }},
	{regexp.MustCompile(`^(\d{1,2})\.(\d{1,2})\.`), func(g []string) []meaning { return one("daymonth", number(g[2])*100+number(g[1])) }},
	{regexp.MustCompile(`^(\d{1,2})/(\d{1,2})/(\d{4})`), slashed},
	{regexp.MustCompile(`^(?i)(dès)`), func([]string) []meaning { return one("from", 0) }}, // without its accent it is "of the"
	{regexp.MustCompile(`^(?i)Q([1-4])`), func(g []string) []meaning { return one("quarter", number(g[1])) }},
	{regexp.MustCompile(`^(?i)T([1-4])`), func(g []string) []meaning { return one("quarter", number(g[1])) }},
	{regexp.MustCompile(`^(?i)H([12])`), func(g []string) []meaning { return one("halfyear", number(g[1])) }},
	{regexp.MustCompile(`^(?i)FY\s?'?(\d{4}|\d{2})`), func(g []string) []meaning { return one("fiscalyear", century(g[1])) }},
	{regexp.MustCompile(`^(?i)(?:KW|CW|W)\s?(\d{1,2})`), func(g []string) []meaning { return one("weeknumber", number(g[1])) }},
	{regexp.MustCompile(`^(\d{1,2})(?:st|nd|rd|th|er|re|º|ª|\.)`), func(g []string) []meaning { return []meaning{{"number", number(g[1])}, {"dayofmonth", number(g[1])}} }},
	{regexp.MustCompile(`^(\d{1,5})`), func(g []string) []meaning { return one("number", number(g[1])) }},
}

// slashed reads day/month/year, or month/day/year, where only one of them is possible.
func slashed(g []string) []meaning {
	a, b, y := number(g[1]), number(g[2]), number(g[3])
	switch {
	case a > 12:
		return calendarDay(y, b, a)
	case b > 12 || a == b:
		return calendarDay(y, a, b)
	}
	return one("slashed", 0)
}

// tokens takes a text apart. Words and phrases carry their meanings; a word without any
// is a token without meanings.
func tokens(text string) []token {
	var all []token
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRuneInString(text[i:])
		switch {
		case unicode.IsSpace(r):
			i += size
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			t := word(text, i)
			all = append(all, t)
			i = t.end
		default:
			all = append(all, token{start: i, end: i + size, sign: r})
			i += size
		}
	}
	return phrases(text, all)
}

// word reads one word or form at i.
func word(text string, i int) token {
	end := i
	for end < len(text) {
		r, size := utf8.DecodeRuneInString(text[end:])
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.Is(unicode.Mn, r) {
			break
		}
		end += size
	}
	for _, p := range patterns {
		groups := p.form.FindStringSubmatch(text[i:])
		if groups == nil {
			continue
		}
		after, _ := utf8.DecodeRuneInString(text[i+len(groups[0]):])
		if unicode.IsLetter(after) || unicode.IsDigit(after) || after == '%' || (after == '.' && len(text) > i+len(groups[0])+1 && isDigit(text[i+len(groups[0])+1])) {
			continue
		}
		return token{start: i, end: i + len(groups[0]), meanings: p.read(groups)}
	}
	return token{start: i, end: end}
}

func isLetter(c byte) bool { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') }

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// phrases joins words that mean something together, longest first, and looks up the rest.
func phrases(text string, words []token) []token {
	var all []token
	for i := 0; i < len(words); {
		n := 1
		t := words[i]
		if t.sign == 0 && t.meanings == nil {
			t, n = phrase(text, words, i)
		}
		i += n
		if elided := (t.sign == '\'' || t.sign == '’') && t.start > 0 && isLetter(text[t.start-1]); !elided { // l'année, New Year's
			all = append(all, t)
		}
	}
	return all
}

func phrase(text string, words []token, i int) (token, int) {
	for n := longestPhrase; n > 0; n-- {
		if k, ok := joined(text, words, i, n); ok {
			if meanings := lexicon[k]; meanings != nil {
				last := 0
				for taken := 0; taken < n; last++ {
					if words[i+last].sign == 0 {
						taken++
					}
				}
				return token{start: words[i].start, end: words[i+last-1].end, meanings: meanings}, last
			}
		}
	}
	t := words[i]
	t.meanings = misspelt(fold(text[t.start:t.end]))
	return t, 1
}

// joined writes n words from i as a phrase; apostrophes and hyphens join words.
func joined(text string, words []token, i, n int) (string, bool) {
	var parts []string
	for ; len(parts) < n; i++ {
		if i >= len(words) {
			return "", false
		}
		w := words[i]
		switch {
		case w.sign == 0 && w.meanings == nil:
			parts = append(parts, fold(text[w.start:w.end]))
		case w.sign != '\'' && w.sign != '’' && (w.sign != '-' || len(parts) == 0 || text[w.start-1] == ' '):
			return "", false
		}
	}
	return strings.Join(parts, " "), true
}

// misspelt returns the meanings of the only long word that is one letter off.
func misspelt(w string) []meaning {
	if len(w) < 6 || len(w) > 12 {
		return nil
	}
	var found []meaning
	for _, known := range misspellable {
		if abs(len(known)-len(w)) > 1 || levenshtein.ComputeDistance(w, known) > 1 {
			continue
		}
		if found != nil && found[0] != lexicon[known][0] {
			return nil
		}
		found = lexicon[known]
	}
	return found
}

func abs(n int) int { return max(n, -n) }
