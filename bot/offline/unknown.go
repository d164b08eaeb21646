package offline

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"rollcall/tools/resolve"
)

// readUnknown takes the only word that nobody understands, when it is written like a name,
// for the name that the question needs. The look-up then says that there is no such
// person, project or skill, which is more help than not to understand: "what is Maria
// working on?" It can never bring rows.
func (i *Interpreter) readUnknown(s *said, names []resolve.Span) (*frame, *said) {
	if len(s.unknown) != 1 {
		return nil, nil
	}
	word, before := surface(s.text, s.unknown[0])
	first, _ := utf8.DecodeRuneInString(word)
	if !unicode.IsUpper(first) {
		return nil, nil
	}
	kinds := []string{"person", "project", "skill"}
	if slices.Contains([]string{"and", "or", "und", "oder", "et", "ou", "y", "o"}, before) && len(names) > 0 {
		kinds = []string{"skill"} // "Go and Cobol"
	}
	for _, kind := range kinds {
		try := s.clone()
		try.fill(kind, value{text: word})
		try.unknown = nil
		if f, filled := i.read(try, names); f != nil {
			return f, filled
		}
	}
	return nil, nil
}

// surface finds how a folded word is written in the text, and the word before it, folded.
func surface(text, folded string) (word, before string) {
	for _, w := range strings.Fields(text) {
		w = strings.Trim(w, ".,;:!?()\"'“”„")
		if resolve.Fold(w) == folded {
			return w, before
		}
		before = resolve.Fold(w)
	}
	return "", ""
}
