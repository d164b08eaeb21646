package resolve

import (
	"slices"
	"strings"
)

// Span is a place in a sentence that names something known.
type Span struct {
	Start, End int     // bytes of the text; a possessive 's belongs to it
	Candidates []Entry // what it may mean, of one kind or several
	Exact      bool    // false: a mistake in the spelling was forgiven
}

// Of returns the candidates of the kind.
func (s Span) Of(kind Kind) []Entry {
	var all []Entry
	for _, e := range s.Candidates {
		if e.Kind == kind {
			all = append(all, e)
		}
	}
	return all
}

const (
	longestText  = 4000 // bytes of a text that Find looks at
	fuzzyLetters = 5    // letters from which on Find forgives a mistake
)

// Find returns every place in the text that names something known, from left to right,
// never overlapping, the longest name first. It would rather miss a name than take an
// ordinary word for one: misspellings are forgiven only in words that are no common
// words of English, German, French or Spanish, and words such as Will, May, Mark and Go
// count only where a name can stand. It looks at the first 4,000 bytes.
func (ix *Index) Find(text string) []Span {
	if len(text) > longestText {
		text = strings.ToValidUTF8(text[:longestText], "")
	}
	ws := words(text)
	var spans []Span
	for i := 0; i < len(ws); {
		span, n := ix.at(ws, i)
		if n == 0 {
			i++
			continue
		}
		span.Start, span.End = ws[i].start, ws[i+n-1].end
		spans = append(spans, mentionSpan(text, span))
		for i < len(ws) && ws[i].start < spans[len(spans)-1].End {
			i++
		}
	}
	return spans
}

// mentionSpan widens a Slack user id to the mention around it.
func mentionSpan(text string, s Span) Span {
	if s.Start >= 2 && text[s.Start-2:s.Start] == "<@" {
		if end := strings.IndexByte(text[s.End:], '>'); end >= 0 {
			s.Start, s.End = s.Start-2, s.End+end+1
		}
	}
	return s
}

// at looks for the longest name that starts at word i and returns how many words it has.
func (ix *Index) at(ws []word, i int) (Span, int) {
	for n := min(ix.longest, len(ws)-i); n > 0; n-- {
		phrase := ws[i : i+n]
		if breaks(phrase) {
			continue
		}
		k := joinWords(phrase)
		list := ix.named(k)
		if n == 1 && len(list) > 0 {
			list = ix.guarded(list, ws, i)
		}
		if len(list) == 0 && n > 1 {
			list = ix.found[strings.ReplaceAll(k, " ", "")]
			if n > 2 || len(k) < 6 {
				list = nil
			}
		}
		if len(list) > 0 {
			return Span{Candidates: ix.pick(slices.Sorted(slices.Values(list)), len(list)), Exact: true}, n
		}
	}
	for n := min(3, ix.longest, len(ws)-i); n > 0; n-- {
		if list := ix.nearly(ws[i : i+n]); len(list) > 0 && !breaks(ws[i:i+n]) {
			return Span{Candidates: ix.pick(slices.Sorted(slices.Values(list)), len(list))}, n
		}
	}
	return Span{}, 0
}

// named returns what the key names: whole names, or else what has it as a part.
func (ix *Index) named(k string) []int32 {
	if list := ix.found[k]; len(list) > 0 {
		return list
	}
	return ix.short[k]
}

// breaks reports whether a comma or a possessive stands inside the phrase, which no name has.
func breaks(phrase []word) bool {
	for i, w := range phrase {
		if (i > 0 && w.comma) || (i < len(phrase)-1 && w.possessive) {
			return true
		}
	}
	return false
}

// nearly returns what the phrase names when its spelling is corrected. All of its
// words must be long enough, and no common words.
func (ix *Index) nearly(phrase []word) []int32 {
	misspelt := false
	for _, w := range phrase {
		if ix.typos.words[w.text] {
			continue
		}
		if len(w.text) < fuzzyLetters || isCommon(w.text) || strings.ContainsAny(w.text, "0123456789") {
			return nil
		}
		misspelt = true
	}
	if !misspelt {
		return nil
	}
	var list []int32
	best := -1
	for _, s := range ix.spellings(phrase) {
		if best >= 0 && s.distance > best {
			break
		}
		for _, i := range ix.named(s.key) {
			best = s.distance
			if !slices.Contains(list, i) {
				list = append(list, i)
			}
		}
	}
	return list
}
