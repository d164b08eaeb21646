package resolve

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// letters that NFKD does not take apart.
var letters = strings.NewReplacer("ß", "ss", "æ", "ae", "œ", "oe", "ø", "o", "ł", "l", "đ", "d", "ð", "d", "þ", "th", "ı", "i")

// german writes umlauts as Germans do where they have none: Müller is also Mueller.
var german = strings.NewReplacer("ä", "ae", "ö", "oe", "ü", "ue")

// Fold makes words that people take for the same word equal: lower case, no accents.
func Fold(s string) string {
	if isPlain(s) {
		return s
	}
	s = letters.Replace(strings.ToLower(s))
	return strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return unicode.ToLower(r)
	}, norm.NFKD.String(s))
}

func isPlain(s string) bool {
	for _, c := range []byte(s) {
		if c >= utf8.RuneSelf || (c >= 'A' && c <= 'Z') {
			return false
		}
	}
	return true
}

// apostrophes inside a word say nothing: O'Brien, O’Brien and OBrien are one.
var apostrophes = strings.NewReplacer("'", "", "’", "")

// word is a word of a text with its place, in bytes of the text.
type word struct {
	start, end int
	text       string // folded, without a possessive 's
	surface    string
	possessive bool
	comma      bool // a comma stands before it
}

// words takes a text apart. The characters + and # belong to words, and a full stop does
// before a letter, so that C++, C# and .NET stay what they are.
func words(text string) []word {
	var all []word
	comma := false
	for i := 0; i < len(text); {
		if end := wordEnd(text, i); end > i {
			w := makeWord(text, i, end)
			w.comma, comma = comma, false
			if w.text != "" {
				all = append(all, w)
			}
			i = end
			continue
		}
		r, size := utf8.DecodeRuneInString(text[i:])
		comma = comma || r == ','
		i += size
	}
	return all
}

func wordEnd(text string, i int) int {
	end := i
	for end < len(text) {
		r, size := utf8.DecodeRuneInString(text[end:])
		if !inWord(r, text[end+size:], end > i) {
			break
		}
		end += size
	}
	return end
}

func inWord(r rune, after string, begun bool) bool {
	switch {
	case unicode.IsLetter(r), unicode.IsDigit(r), unicode.Is(unicode.Mn, r):
		return true
	case r == '+', r == '#':
		return begun
	case r == '.', r == '\'', r == '’', r == '_':
		next, _ := utf8.DecodeRuneInString(after)
		return unicode.IsLetter(next) && (begun || r == '.')
	}
	return false
}

func makeWord(text string, start, end int) word {
	w := word{start: start, end: end, surface: text[start:end]}
	s := w.surface
	for _, suffix := range []string{"'s", "’s", "'S", "’S"} {
		if cut, found := strings.CutSuffix(s, suffix); found && cut != "" {
			s, w.possessive = cut, true
			break
		}
	}
	w.text = Fold(apostrophes.Replace(s))
	return w
}

// key joins the folded words of a text: what indexes are keyed by.
func key(text string) string { return joinWords(words(text)) }

func joinWords(ws []word) string {
	switch len(ws) {
	case 0:
		return ""
	case 1:
		return ws[0].text
	}
	var b strings.Builder
	for i, w := range ws {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(w.text)
	}
	return b.String()
}

// keys returns the spellings of a name as keys: plain, and with German umlauts written out.
func keys(name string) []string {
	plain := key(name)
	if written := key(german.Replace(strings.ToLower(name))); written != plain {
		return []string{plain, written}
	}
	return []string{plain}
}
