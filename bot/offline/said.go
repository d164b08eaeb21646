package offline

import (
	"cmp"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"rollcall/tools/period"
	"rollcall/tools/resolve"
)

// value is what fills a slot: the words for the argument.
type value struct{ text string }

// said is what a question was understood to say.
type said struct {
	text       string
	slots      map[string][]value
	features   [][]string // per word or phrase: what it may mean
	unknown    []string   // words that mean nothing here
	plain      []string   // all words outside names and periods
	anySkill   bool
	understood []string
}

func (s *said) hasAny(line []string) bool {
	for _, w := range line {
		if slot, isSlot := strings.CutPrefix(w, "@"); isSlot {
			if len(s.slots[slot]) > 0 {
				return true
			}
		} else if s.has(w) {
			return true
		}
	}
	return false
}

func (s *said) has(feature string) bool {
	return slices.ContainsFunc(s.features, func(all []string) bool { return slices.Contains(all, feature) })
}

// clearly reports whether a word says the feature and could not be a mere filler.
func (s *said) clearly(features ...string) bool {
	return slices.ContainsFunc(s.features, func(all []string) bool {
		return !slices.Contains(all, filler) && slices.ContainsFunc(features, func(f string) bool { return slices.Contains(all, f) })
	})
}

func (s *said) fill(slot string, v value) {
	if !slices.ContainsFunc(s.slots[slot], func(o value) bool { return o.text == v.text }) {
		s.slots[slot] = append(s.slots[slot], v)
	}
}

// span is a stretch of the text that was understood as a whole.
type span struct {
	start, end int
	apply      func(s *said)
	note       string
}

var percents = regexp.MustCompile(`(?i)(\d{1,3})\s?(?:%|percent|per cent|prozent|pour cent|por ciento)`)

var levels = regexp.MustCompile(`(?i)\b(?:at least |minimum |min\.? |of )?(?:level|niveau|nivel|lvl|stufe)\s?(?:of )?(?:at least )?([1-5])\b(?:\s?(?:\+|or (?:more|higher|above|better)|and (?:above|up|higher)))?|(?:>=|≥)\s?([1-5])\b|\b([1-5])\s?\+`)

var tops = regexp.MustCompile(`(?i)\btop (\d{1,2})\b`)

// parts of full time that have words of their own.
var parts = []struct {
	form    *regexp.Regexp
	percent string
}{
	{regexp.MustCompile(`(?i)\b(?:half[ -]time|part[ -]time|halbtags|halbe stelle|mi-temps|media jornada)\b`), "50"},
	{regexp.MustCompile(`(?i)\b(?:full[ -]time|fully (?:free|available)|vollzeit|(?:voll|ganz) (?:frei|verfügbar)|temps plein|(?:entièrement|totalement) (?:libre|disponible)|tiempo completo|totalmente (?:libre|disponible))\b`), "100"},
}

var overs = regexp.MustCompile(`(?i)(?:over|above|more than|beyond|über|ueber|mehr als|plus de|más del?|mas del?)\s+(?:100\s?(?:%|percent|prozent)|a hundred percent)`)

// numbered spots percents, levels and "top 3".
func numbered(text string) []span {
	var all []span
	for _, m := range overs.FindAllStringIndex(text, -1) {
		all = append(all, span{m[0], m[1], func(s *said) { s.features = append(s.features, []string{"over"}) }, "over 100 %"})
	}
	for _, p := range parts {
		for _, m := range p.form.FindAllStringIndex(text, -1) {
			all = append(all, span{m[0], m[1], func(s *said) {
				s.fill("percent", value{text: p.percent})
				s.features = append(s.features, []string{"free"})
			}, p.percent + " %"})
		}
	}
	for _, m := range percents.FindAllStringSubmatchIndex(text, -1) {
		n := text[m[2]:m[3]]
		all = append(all, span{m[0], m[1], func(s *said) { s.fill("percent", value{text: n}) }, n + " %"})
	}
	for _, m := range levels.FindAllStringSubmatchIndex(text, -1) {
		for g := 2; g < len(m); g += 2 {
			if m[g] >= 0 {
				n := text[m[g]:m[g+1]]
				all = append(all, span{m[0], m[1], func(s *said) { s.fill("level", value{text: n}) }, "level " + n})
			}
		}
	}
	for _, m := range tops.FindAllStringSubmatchIndex(text, -1) {
		n := text[m[2]:m[3]]
		all = append(all, span{m[0], m[1], func(s *said) { s.fill("limit", value{text: n}) }, "top " + n})
	}
	return all
}

// spans covers the text with what was spotted, the longest first where two overlap.
func (i *Interpreter) spans(index *resolve.Index, now time.Time, text string) ([]span, []resolve.Span) {
	all := numbered(text)
	for _, m := range i.calendar.Find(now, text) {
		all = append(all, periodSpan(text, m))
	}
	names := index.Find(text)
	for n := range names {
		name := names[n]
		all = append(all, span{start: name.Start, end: name.End, note: string(name.Candidates[0].Kind) + " " + choose(name, text)})
	}
	slices.SortStableFunc(all, func(a, b span) int { return cmp.Or((b.end-b.start)-(a.end-a.start), a.start-b.start) })
	var cover []span
	for _, s := range all {
		if !slices.ContainsFunc(cover, func(c span) bool { return s.start < c.end && c.start < s.end }) {
			cover = append(cover, s)
		}
	}
	slices.SortFunc(cover, func(a, b span) int { return a.start - b.start })
	kept := slices.DeleteFunc(names, func(n resolve.Span) bool {
		return !slices.ContainsFunc(cover, func(c span) bool { return c.apply == nil && c.start == n.Start && c.end == n.End })
	})
	return cover, kept
}

func periodSpan(text string, m period.Match) span {
	words := strings.TrimSpace(text[m.Start:m.End])
	first, _, _ := strings.Cut(resolve.Fold(words), " ")
	return span{m.Start, m.End, func(s *said) {
		s.fill("period", value{text: words})
		if slices.Contains([]string{"starting", "beginning", "beginnend"}, first) { // "projects starting next month"
			s.features = append(s.features, []string{filler, "start"})
		}
	}, "period " + words}
}

// choose is the text for a name: as it is spelt, or the asker's words when it is
// ambiguous, so that the tool offers the choice.
func choose(n resolve.Span, text string) string {
	if len(n.Candidates) == 1 {
		return n.Candidates[0].Name
	}
	return strings.TrimSuffix(strings.TrimSuffix(text[n.Start:n.End], "'s"), "’s")
}

var wordForm = regexp.MustCompile(`[\p{L}\p{M}\p{N}%+#.&]*[\p{L}\p{M}\p{N}%+#]`)

// understand splits the text around the spans into phrases of the lexicon.
func (i *Interpreter) understand(index *resolve.Index, now time.Time, text string) (*said, []resolve.Span) {
	cover, names := i.spans(index, now, text)
	s := &said{text: text, slots: map[string][]value{}}
	at := 0
	for _, c := range cover {
		i.words(s, text[at:c.start])
		if c.apply != nil {
			c.apply(s)
		}
		s.understood = append(s.understood, c.note)
		at = c.end
	}
	i.words(s, text[at:])
	return s, names
}

// words looks up the words of a stretch of text, longest phrases first.
func (i *Interpreter) words(s *said, text string) {
	var ws []string
	for _, w := range wordForm.FindAllString(strings.NewReplacer("'", " ", "’", " ", "-", " ", "/", " ").Replace(contract(text)), -1) {
		if w = strings.Trim(resolve.Fold(w), "."); w != "" {
			ws = append(ws, w)
		}
	}
	s.plain = append(s.plain, ws...)
	for at := 0; at < len(ws); {
		n, features := i.phrase(ws[at:])
		switch {
		case features == nil:
			s.unknown = append(s.unknown, ws[at])
		case slices.Contains(features, "or"):
			s.anySkill = true
		case slices.Contains(features, "level4"):
			s.fill("level", value{text: "4"})
		case slices.Contains(features, "level3"):
			s.fill("level", value{text: "3"})
		case !slices.Contains(features, filler) || len(features) > 1:
			s.features = append(s.features, features)
		}
		at += n
	}
}

// contract writes English contractions without their apostrophe, as the lexicon has them.
func contract(text string) string {
	return contractions.ReplaceAllString(text, "$1$2")
}

var contractions = regexp.MustCompile(`(?i)\b(\w+)['’](t|s|re|m|ll|ve|d)\b`)

func (i *Interpreter) phrase(ws []string) (int, []string) {
	for n := min(i.lexicon.longest, len(ws)); n > 0; n-- {
		if features := i.lexicon.phrases[strings.Join(ws[:n], " ")]; features != nil {
			return n, features
		}
	}
	if n, err := strconv.Atoi(ws[0]); err == nil && n <= 20 && (len(ws) == 1 || slices.Contains(i.lexicon.phrases[ws[1]], "who")) {
		return 1, []string{filler} // "2 developers", "2 Go developers": the answer counts them
	}
	return 1, i.lexicon.near(ws[0])
}
