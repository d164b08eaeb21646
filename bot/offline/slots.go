package offline

import (
	"regexp"
	"slices"
	"strings"

	"rollcall/tools/period"
	"rollcall/tools/resolve"
)

// found is one way to fill a slot from a token on.
type found struct {
	to    int
	picks []pick
}

const mostPeople = 12 // the tool says how many it takes

// slot returns the ways in which the slot can be filled from token at on.
func (s *sentence) slot(name string, at int) []found {
	switch name {
	case "people":
		return s.people(at)
	case "person":
		return s.person(at, false)
	case "owner":
		return s.person(at, true)
	case "project", "client", "role", "certification":
		return s.name(resolve.Kind(name), at, false)
	case "skills":
		return s.skills(at)
	case "period", "until", "when", "day", "first", "last", "span", "held":
		return s.time(name, at)
	case "apart":
		return s.apart(at)
	case "length":
		return s.length(lengths, at)
	case "shift":
		return s.length(shifts, at)
	case "percent":
		return s.percent(at)
	case "level", "count", "bare":
		return s.number(name, at)
	case "text":
		return s.rest(at)
	case "new":
		return s.newName(at)
	}
	return nil
}

var (
	mine     = []string{"my", "mein", "meine", "meinen", "meinem", "meiner", "mon", "ma", "mes", "mi", "mis"}
	myself   = []string{"me", "myself", "i", "mich", "mir", "ich", "moi", "yo"}
	pronouns = []string{"him", "her", "she", "he", "them", "they", "ihn", "lui"}
	plus     = []string{"and", "und", "et", "y", "e", "[,]", "[&]", "[+]"}
)

// person fills a slot for one person: a name, "me", or a pronoun, which the conversation
// has to settle. An owner is a person with a possessive: "Priya's", "my".
func (s *sentence) person(at int, owner bool) []found {
	w := s.word(at)
	if owner && slices.Contains(mine, w) || !owner && slices.Contains(myself, w) {
		return []found{{at + 1, []pick{{text: "me"}}}}
	}
	if owner && (w == "his" || w == "her" || w == "their") || !owner && slices.Contains(pronouns, w) {
		return []found{{at + 1, []pick{{text: "<" + w + ">"}}}}
	}
	return s.name(resolve.Person, at, owner)
}

// people fills a slot for several people: "Priya, Jonas and me".
func (s *sentence) people(at int) []found {
	return s.several(at, func(at int) []found { return s.person(at, false) })
}

// name fills a slot with something that has a name, in the asker's own words. A name that
// nobody has counts where it is written like one; the tool says that there is no such thing.
func (s *sentence) name(kind resolve.Kind, at int, owner bool) []found {
	var all []found
	for _, span := range s.names {
		to, begins := s.reach(at, span.Start, span.End)
		if !begins || len(span.Of(kind)) == 0 {
			continue
		}
		words := s.text[span.Start:span.End]
		bare := strings.TrimSuffix(strings.TrimSuffix(words, "'s"), "’s")
		if kind != resolve.Person && bare == words && !owner || kind == resolve.Person && owner == (bare != words) {
			all = append(all, found{to, []pick{{text: bare}}})
		}
	}
	if len(all) > 0 && !s.isNew(all[0].to) {
		return all
	}
	return append(all, s.unknownName(kind, at, owner)...)
}

const longestNewName = 4 // words

// unknownName takes words that are written like a name for one: at least one of them is
// no word that is known, and none of them names a thing of another kind.
func (s *sentence) unknownName(kind resolve.Kind, at int, owner bool) []found {
	to, isNew := at, false
	for to < len(s.tokens) && to < at+longestNewName && s.isCapital(to) {
		span := slices.IndexFunc(s.names, func(n resolve.Span) bool { return n.Start <= s.tokens[to].start && s.tokens[to].end <= n.End })
		if span >= 0 && len(s.names[span].Of(kind)) == 0 && (kind != resolve.Certification || len(s.names[span].Of(resolve.Skill)) == 0) {
			return nil
		}
		if span < 0 && !s.isNew(to) {
			return nil
		}
		isNew = isNew || span < 0
		to++
	}
	if !isNew || at == 0 || s.isCapital(to) {
		return nil
	}
	words := s.said(at, to)
	bare := strings.TrimSuffix(strings.TrimSuffix(words, "'s"), "’s")
	if owner == (bare == words) {
		return nil
	}
	return []found{{to, []pick{{text: bare}}}}
}

// isNew reports whether a token is written like a name and is no word that is known.
func (s *sentence) isNew(i int) bool {
	if !s.isCapital(i) || s.known(s.tokens[i].word) {
		return false
	}
	inTime := func(m period.Match) bool { return m.Start <= s.tokens[i].start && s.tokens[i].end <= m.End }
	inName := func(n resolve.Span) bool { return n.Start <= s.tokens[i].start && s.tokens[i].end <= n.End }
	return !slices.ContainsFunc(s.times, inTime) && !slices.ContainsFunc(s.names, inName)
}

var levelWords = []string{"level", "lvl", "niveau", "nivel", "stufe"}

// skill fills a slot with one skill, with its level where one is said: "Go level 4".
func (s *sentence) skill(at int) []found {
	var all []found
	for _, f := range s.name(resolve.Skill, at, false) {
		all = append(all, f)
		next := f.to
		for slices.Contains(beforeLevel, s.word(next)) && next < f.to+2 {
			next++
		}
		if !slices.Contains(levelWords, s.word(next)) || !isLevel(s.word(next+1)) {
			continue
		}
		to := next + 2
		if s.word(next-1) == "[(]" && s.word(to) == "[)]" {
			to++
		}
		all = append(all, found{to, []pick{{text: f.picks[0].text, level: s.word(next + 1)}}})
	}
	return all
}

var beforeLevel = []string{"at", "with", "on", "auf", "mit", "de", "con", "[,]", "[(]"}

// skills fills a slot with several: "Go level 4 and Rust".
func (s *sentence) skills(at int) []found { return s.several(at, s.skill) }

// several fills a slot with one thing after the other.
func (s *sentence) several(at int, one func(at int) []found) []found {
	all := one(at)
	for n := 0; n < len(all) && len(all) < mostLists; n++ {
		f := all[n]
		next := f.to
		for slices.Contains(plus, s.word(next)) && next < f.to+2 {
			next++
		}
		if next == f.to || len(f.picks) >= mostPeople {
			continue
		}
		for _, more := range one(next) {
			all = append(all, found{more.to, append(slices.Clip(f.picks), more.picks...)})
		}
	}
	return all
}

const mostLists = 64 // ways to read a list

func isLevel(w string) bool { return len(w) == 1 && w[0] >= '1' && w[0] <= '5' }

// untils are the words that a last day begins with.
var untils = []string{"until", "till", "til", "to", "through", "up", "thru", "bis", "jusqu", "jusque", "hasta"}

// froms are the words that a first day begins with.
var froms = []string{"from", "starting", "beginning", "as", "effective", "ab", "von", "vom", "à", "a", "des", "depuis", "desde", "since"}

// ranges are words for a stretch from one day to another.
var ranges = regexp.MustCompile(`(?i)\S\s*(?:\b(?:to|until|till|through|bis|au|al|hasta|and)\b|–|\.\.)\s*\S|\d\s?-\s?\d`)

// isoDay is a day whose dashes make no stretch of it.
var isoDay = regexp.MustCompile(`\b\d{4}-\d{2}-\d{2}\b`)

func isRange(words string) bool { return ranges.MatchString(isoDay.ReplaceAllString(words, "day")) }

// time fills a slot for days. until is one that begins so and when one that does not; day
// names one day or a first one, and no stretch of days; first and last are an edge of one,
// span is one with both, and held is one that a hold may lapse before.
func (s *sentence) time(name string, at int) []found {
	var all []found
	for n, m := range s.times {
		to, begins := s.reach(at, m.Start, m.End)
		if !begins {
			continue
		}
		p := s.timePick(m)
		end, joined := s.joined(n, to)
		isUntil, isFrom := slices.Contains(untils, s.tokens[at].word), slices.Contains(froms, s.tokens[at].word)
		switch {
		case name == "until" && !isUntil, (name == "when" || name == "held" || name == "first") && isUntil, name == "last" && (isFrom || m.Period.OpenEnd):
			continue
		case name == "day" && (isUntil || !isOneDay(m, p.text)), (name == "first" || name == "last") && isRange(p.text):
			continue
		case name == "span" && (isUntil || m.Period.OpenEnd || !isRange(p.text)):
			continue
		case name == "held" && s.lapses(m) != nil:
			all = append(all, found{to, s.lapses(m)})
		case joined != nil && name != "until" && name != "day":
			all = append(all, found{end, []pick{*joined}})
		default:
			all = append(all, found{to, []pick{p}})
		}
	}
	return all
}

func (s *sentence) timePick(m period.Match) pick {
	return pick{text: strings.TrimSpace(s.text[m.Start:m.End]), past: s.isOver(m.Period)}
}

// joined is a first day and a last day one after the other, which are one time.
func (s *sentence) joined(n, to int) (int, *pick) {
	if n+1 >= len(s.times) || !s.times[n].Period.OpenEnd || !slices.Contains(untils, s.word(to)) {
		return 0, nil
	}
	last := s.times[n+1]
	end, begins := s.reach(to, last.Start, last.End)
	if !begins || last.Period.To <= s.times[n].Period.From { // "hold Pedro from January until Friday"
		return 0, nil
	}
	words := s.text[s.times[n].Start:last.End]
	p, err := s.parse(words)
	if err != nil {
		return 0, nil
	}
	return end, &pick{text: words, past: s.isOver(p)}
}

var inner = regexp.MustCompile(`(?i)\s(?:until|till|til|bis|hasta|jusqu)`)

// lapses splits days whose last one comes before the first one, which is none of the
// booking: "hold Pedro from January until Friday" says for how long the hold stands.
func (s *sentence) lapses(m period.Match) []pick {
	words := s.text[m.Start:m.End]
	cut := inner.FindStringIndex(words)
	if cut == nil {
		return nil
	}
	first, err := s.parse(words[:cut[0]])
	last, lastErr := s.parse(words[cut[0]+1:])
	if err != nil || lastErr != nil || last.To > first.From {
		return nil
	}
	return []pick{{text: words[:cut[0]]}, {as: "release", text: words[cut[0]+1:]}}
}

func isOneDay(m period.Match, words string) bool {
	folded := resolve.Fold(words)
	ends := slices.ContainsFunc([]string{"end of", "ende ", "fin de", "fin du", "finales de"}, func(w string) bool { return strings.Contains(folded, w) })
	return m.Period.Days() == 1 || m.Period.OpenEnd || ends
}

var lengths = regexp.MustCompile(`^(?:by|for|um|de|por) (?:another |further |more |weitere )?(?:a|one|two|three|four|five|six|eight|ten|another|ein|eine|einen|zwei|drei|vier|un|une|deux|trois|quatre|una|dos|tres|cuatro|\d{1,2}) (?:more |weitere )?(?:days?|weeks?|months?|tage?|wochen?|monate?|jours?|semaines?|mois|dias?|semanas?|mes|meses)$`)

// shifts are how much later or earlier: "a week later", "by two days earlier".
var shifts = regexp.MustCompile(`^(?:by |um |de )?(?:a|one|two|three|four|five|six|eight|ten|ein|eine|einen|zwei|drei|vier|un|une|deux|trois|quatre|una|dos|tres|cuatro|\d{1,2}) (?:days?|weeks?|months?|tage?|wochen?|monate?|jours?|semaines?|mois|dias?|semanas?|mes|meses) (?:later|earlier|sooner|spater|fruher|eher|plus tard|plus tot|mas tarde|antes)$`)

// length fills a slot for how much longer, "by two weeks", or how much later.
func (s *sentence) length(form *regexp.Regexp, at int) []found {
	for to := at + 2; to <= min(at+6, len(s.tokens)); to++ {
		if form.MatchString(resolve.Fold(s.said(at, to))) {
			return []found{{to, []pick{{text: s.said(at, to)}}}}
		}
	}
	return nil
}

func (s *sentence) percent(at int) []found {
	for _, p := range s.shares {
		if to, begins := s.reach(at, p.start, p.end); begins {
			return []found{{to, []pick{{text: p.percent}}}}
		}
	}
	return nil
}

var countWords = map[string]string{
	"one": "1", "two": "2", "three": "3", "four": "4", "five": "5",
	"ein": "1", "eine": "1", "einen": "1", "zwei": "2", "drei": "3", "un": "1", "une": "1", "deux": "2", "trois": "3", "una": "1", "dos": "2", "tres": "3",
}

// number fills a slot for a level or for how many.
func (s *sentence) number(name string, at int) []found {
	w := s.word(at)
	if name == "level" && isLevel(w) || name == "count" && (isLevel(w) || len(w) == 1 && w > "5" && w <= "9") {
		return []found{{at + 1, []pick{{text: w}}}}
	}
	if n := number(w); name == "bare" && n > 0 && n <= 100 {
		return []found{{at + 1, []pick{{text: w}}}}
	}
	if n := countWords[w]; name == "count" && n != "" {
		return []found{{at + 1, []pick{{text: n}}}}
	}
	return nil
}

// rest fills a slot with all that follows, as it was written.
func (s *sentence) rest(at int) []found {
	if at >= len(s.tokens) {
		return nil
	}
	if t := s.tokens[at]; t.word == "[quote]" && at == len(s.tokens)-1 && t.quoted != "" {
		return []found{{at + 1, []pick{{text: t.quoted}}}}
	}
	return []found{{len(s.tokens), []pick{{text: strings.TrimSpace(s.text[s.tokens[at].start:])}}}}
}

// newName fills a slot with the name of something that is not there yet: in quotes, or
// words written like a name, or a single word.
func (s *sentence) newName(at int) []found {
	if at >= len(s.tokens) {
		return nil
	}
	if q := s.tokens[at].quoted; q != "" {
		return []found{{at + 1, []pick{{text: q}}}}
	}
	to := at
	for to < len(s.tokens) && (s.isCapital(to) || to > at && isLevel(s.word(to))) && !s.startsTime(to) {
		to++
	}
	if to == at && s.tokens[at].word[0] != '[' && !s.known(s.tokens[at].word) && !s.startsTime(at) {
		to++
	}
	if to == at {
		return nil
	}
	return []found{{to, []pick{{text: s.said(at, to)}}}}
}

func (s *sentence) startsTime(i int) bool {
	return slices.ContainsFunc(s.times, func(m period.Match) bool { return m.Start == s.tokens[i].start })
}
