package offline

import (
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"rollcall/tools/period"
	"rollcall/tools/resolve"
)

// sentence is a message in the order of its words, with everything in it that may be a
// name, a time or a share of full time. What overlaps stays: the grammar decides.
type sentence struct {
	text   string
	tokens []token
	names  []resolve.Span
	times  []period.Match
	shares []share
	known  func(word string) bool // an ordinary word, which no new name is
	isOver func(p period.Period) bool
	parse  func(words string) (period.Period, error)
}

// token is a word, folded, a sign, written [?], or something in quotes.
type token struct {
	word       string
	start, end int
	quoted     string // what is between the quotes
}

// share is a percentage that stands in the text.
type share struct {
	start, end int
	percent    string
}

var (
	tokenForm = regexp.MustCompile(`"[^"]*"|“[^”]*”|„[^“”]*[“”]|«[^»]*»|(?i:\b(?:l|d|j|n|s|m|t|c|qu|jusqu)['’])|[\p{L}\p{M}\p{N}]+(?:['’.&][\p{L}\p{M}\p{N}]+)*[+#]*|[^\s]`)
	closing   = regexp.MustCompile(`[\s.!…]+$`)
	quotes    = "\"“”„«»"
)

// farBack is how many days ago nothing begins that somebody plans now: "from January until
// Friday" in November is read as the January that is over, and is none of both.
const farBack = 60

// sentence takes a message apart.
func (i *Interpreter) sentence(index *resolve.Index, now time.Time, text string) *sentence {
	text = closing.ReplaceAllString(text, "")
	s := &sentence{text: text, names: index.Find(text), times: i.calendar.Find(now, text)}
	today := i.calendar.Today(now)
	s.isOver = func(p period.Period) bool { return p.To <= today || p.From+farBack < today }
	s.parse = func(words string) (period.Period, error) { return i.calendar.Parse(now, words) }
	s.known = func(w string) bool { return i.lexicon.phrases[w] != nil || i.grammar.words[w] }
	for _, m := range tokenForm.FindAllStringIndex(text, -1) {
		if t, counts := readToken(text, m[0], m[1]); counts {
			s.tokens = append(s.tokens, t)
		}
	}
	s.shares = shares(text)
	return s
}

func readToken(text string, start, end int) (token, bool) {
	t := token{start: start, end: end}
	first, size := utf8.DecodeRuneInString(text[start:])
	switch {
	case strings.ContainsRune(quotes, first) && end-start > size:
		t.word, t.quoted = "[quote]", strings.TrimSpace(strings.Trim(text[start:end], quotes))
	case unicode.IsLetter(first) || unicode.IsDigit(first):
		t.word = resolve.Fold(strings.NewReplacer("'", "", "’", "").Replace(text[start:end]))
	case (first == '-' || first == '–' || first == '‑') && isTight(text, start, end):
		return t, false // half-time, 4–8 January
	default:
		t.word = "[" + text[start:end] + "]"
	}
	return t, true
}

func isTight(text string, start, end int) bool {
	before, _ := utf8.DecodeLastRuneInString(text[:start])
	after, _ := utf8.DecodeRuneInString(text[end:])
	inWord := func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }
	return inWord(before) && inWord(after)
}

// shares spots percentages from 1 to 100 and "half time"; nothing else is a share.
func shares(text string) []share {
	var all []share
	for _, m := range percents.FindAllStringSubmatchIndex(text, -1) {
		if n := number(text[m[2]:m[3]]); n >= 1 && n <= 100 {
			all = append(all, share{m[0], m[1], text[m[2]:m[3]]})
		}
	}
	for _, p := range wholes {
		for _, m := range p.form.FindAllStringIndex(text, -1) {
			all = append(all, share{m[0], m[1], p.percent})
		}
	}
	return all
}

// wholes are the shares that are said in words and can mean only one number.
var wholes = []struct {
	form    *regexp.Regexp
	percent string
}{
	{regexp.MustCompile(`(?i)\b(?:half[ -]time|halbtags|à mi-temps|mi-temps|a media jornada|media jornada)\b`), "50"},
	{regexp.MustCompile(`(?i)\b(?:full[ -]time|in vollzeit|vollzeit|à temps plein|temps plein|a tiempo completo|tiempo completo)\b`), "100"},
}

// word is the token at i, or nothing behind the end.
func (s *sentence) word(i int) string {
	if i < 0 || i >= len(s.tokens) {
		return ""
	}
	return s.tokens[i].word
}

// reach returns the token behind a stretch of text that begins with token i.
func (s *sentence) reach(i, start, end int) (int, bool) {
	if i >= len(s.tokens) || s.tokens[i].start != start {
		return 0, false
	}
	at := slices.IndexFunc(s.tokens, func(t token) bool { return t.end == end })
	return at + 1, at >= i
}

// said is the text of the tokens from i to j.
func (s *sentence) said(i, j int) string { return s.text[s.tokens[i].start:s.tokens[j-1].end] }

// isCapital reports whether the token is written like a name.
func (s *sentence) isCapital(i int) bool {
	if i >= len(s.tokens) {
		return false
	}
	first, _ := utf8.DecodeRuneInString(s.text[s.tokens[i].start:])
	return unicode.IsUpper(first)
}
