package period

import (
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// meaning is one thing a word may say; value is its number: a month's, a weekday's, an
// offset in days.
type meaning struct {
	kind  string
	value int
}

// lexicon is what each phrase may mean, over all languages, in a fixed order.
var lexicon = readLexicon(english, german, french, spanish)

// longestPhrase is in words.
const longestPhrase = 4

func readLexicon(languages ...string) map[string][]meaning {
	all := map[string][]meaning{}
	for _, language := range languages {
		for line := range strings.Lines(language) {
			head, phrases, found := strings.Cut(strings.TrimSpace(line), ": ")
			if !found {
				continue
			}
			m := readMeaning(head)
			for phrase := range strings.SplitSeq(phrases, "|") {
				all[phrase] = append(all[phrase], m)
			}
		}
	}
	return all
}

// readMeaning reads "month 3" or "unit week"; units are their own kind.
func readMeaning(head string) meaning {
	kind, argument, _ := strings.Cut(head, " ")
	if kind == "unit" {
		return meaning{kind: "unit " + argument}
	}
	value, err := strconv.Atoi(argument)
	if err != nil {
		value = 0
	}
	return meaning{kind: kind, value: value}
}

// fold makes spellings equal: lower case, no accents.
func fold(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return unicode.ToLower(r)
	}, norm.NFKD.String(strings.ReplaceAll(s, "ß", "ss")))
}

// misspellable are the long words whose misspelling is forgiven, one letter off.
var misspellable = func() []string {
	var all []string
	for phrase, meanings := range lexicon {
		switch meanings[0].kind {
		case "month", "weekday", "unit quarter":
			if len(phrase) >= 6 && !strings.Contains(phrase, " ") {
				all = append(all, phrase)
			}
		}
	}
	return all
}()
