package offline

import (
	"embed"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"rollcall/tools/resolve"
)

//go:embed lexicon/*.txt frames.txt changes.txt
var files embed.FS

// lexicon is what each phrase says: features such as "free" or "cert". The feature
// "filler" says nothing.
type lexicon struct {
	phrases map[string][]string
	longest int              // words of the longest phrase
	words   map[int][]string // single words by length, for misspellings
}

// readLexicon reads all language files. A word may have several features, over all
// languages.
func readLexicon() (*lexicon, error) {
	l := &lexicon{phrases: map[string][]string{}, words: map[int][]string{}}
	names, err := fs.Glob(files, "lexicon/*.txt")
	if err != nil {
		return nil, fmt.Errorf("find the lexicon: %w", err)
	}
	for _, name := range names {
		text, err := files.ReadFile(name)
		if err != nil {
			return nil, fmt.Errorf("read the lexicon: %w", err)
		}
		for line := range strings.Lines(string(text)) {
			line = strings.TrimSpace(line)
			feature, phrases, found := strings.Cut(line, ": ")
			if line == "" || line[0] == '#' {
				continue
			}
			if !found {
				return nil, fmt.Errorf("%s: %q is no line of the form feature: phrase|phrase", name, line)
			}
			for phrase := range strings.SplitSeq(phrases, "|") {
				l.add(phrase, feature)
			}
		}
	}
	for _, all := range l.words {
		slices.Sort(all)
	}
	return l, nil
}

func (l *lexicon) add(phrase, feature string) {
	n := strings.Count(phrase, " ") + 1
	l.longest = max(l.longest, n)
	if l.phrases[phrase] == nil && n == 1 && len(phrase) >= fuzzyLetters {
		l.words[len(phrase)] = append(l.words[len(phrase)], phrase)
	}
	if !slices.Contains(l.phrases[phrase], feature) {
		l.phrases[phrase] = append(l.phrases[phrase], feature)
	}
}

const (
	fuzzyLetters = 5
	filler       = "filler" // the feature of words that say nothing
)

// refuses reports whether the features only ever decline a question; a misspelling must
// not be taken for such a word.
func refuses(features []string) bool {
	return slices.ContainsFunc(features, func(f string) bool { return f == "sensitive" || f == "out" || f == "write" || f == "unsupported" })
}

// near returns the features of the only word that is one mistake away.
func (l *lexicon) near(word string) []string {
	if len(word) < fuzzyLetters {
		return nil
	}
	var found []string
	for n := len(word) - 1; n <= len(word)+1; n++ {
		for _, known := range l.words[n] {
			if resolve.Distance(word, known) > 1 || refuses(l.phrases[known]) {
				continue
			}
			if found != nil && !slices.Equal(found, l.phrases[known]) {
				return nil
			}
			found = l.phrases[known]
		}
	}
	return found
}
