package resolve

import (
	_ "embed"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

//go:embed common.txt
var commonText string

// commonWords are ordinary words that a misspelt name must not be taken from.
var commonWords = func() map[string]bool {
	all := map[string]bool{}
	for w := range strings.FieldsSeq(commonText) {
		all[w] = true
	}
	return all
}()

func isCommon(w string) bool { return commonWords[w] }

// guard says where a word that is also an ordinary word counts as a name.
type guard struct {
	words  []string
	kinds  []Kind   // of the entries that the guard is about
	before []string // the word before that makes it a name, however it is written
	after  []string // the word after that makes it one
	never  []string // the word before that makes it none
	nextNo []string // the word after that makes it none
	first  bool     // a capital makes it a name even at the start; elsewhere it always does
}

var (
	knows = []string{
		"know", "knows", "knowing", "with", "in", "use", "uses", "using", "and", "or", "of", "senior", "junior", "about", "skill", "speak", "does", "do", "learn", "write", "writes", "expert",
		"kennt", "kann", "konnen", "mit", "und", "oder", "beherrscht", "connait", "maitrise", "avec", "et", "ou", "en", "sabe", "saben", "conoce", "con", "y", "o", "domina",
	}
	workers = []string{
		"developer", "developers", "dev", "devs", "engineer", "engineers", "programmer", "programmers", "expert", "experts", "person", "people", "folks", "skills", "skill", "experience",
		"specialist", "specialists", "coder", "coders", "knowledge", "level", "entwickler", "leute", "developpeur", "developpeurs", "desarrollador", "desarrolladores",
	}
	months = []string{
		"in", "by", "until", "till", "of", "next", "this", "last", "since", "during", "from", "mid", "early", "late", "end", "im", "bis", "ab", "ende", "anfang", "mitte", "en", "a", "d", "de", "before", "after", "through", "for",
	}
	subjects = []string{
		"is", "are", "was", "has", "have", "does", "did", "put", "assign", "about", "to", "move", "with", "what", "when", "where", "ist", "hat", "est", "esta", "tiene", "replace", "reassign", "than",
	}
	verbs = []string{"is", "has", "was", "does", "works", "knows", "working", "available", "busy", "ist", "hat", "est", "esta"}
)

// asking are the words after which an ordinary verb stands before a name.
var asking = []string{"when", "what", "where", "how", "why", "who"}

// guards is the table of such words; the first entry that names the word decides.
var guards = []guard{
	{
		words: []string{"may", "june", "april", "august", "mai", "avril", "abril", "juni", "julia"}, kinds: []Kind{Person},
		before: []string{"is", "are", "was", "has", "does", "did", "put", "assign", "move", "about", "ist", "hat", "est", "esta"}, after: []string{"is", "has", "was", "free", "available"}, never: months,
	},
	{
		words: []string{"will", "mark", "bill", "rose", "art", "grace", "hope", "faith", "joy", "dawn", "frank", "rich", "guy", "chance", "max", "summer", "pat", "rob", "sue", "drew", "jack", "miles", "chase", "grant", "wade", "dean", "page", "young", "long", "law", "day", "good", "best", "free"},
		kinds: []Kind{Person}, before: subjects, after: verbs,
	},
	{
		words: []string{"go"}, kinds: []Kind{Skill}, before: knows, after: append([]string{"and", "or", "und", "et", "y"}, workers...), nextNo: []string{"to", "live", "ahead", "away", "home", "back"},
	},
	{
		words: []string{"c", "r", "d", "v"}, kinds: []Kind{Skill}, before: nil, after: workers,
	},
	{
		words: []string{"react", "swift", "spring", "rust", "scala", "spark", "express", "flow", "dart", "ruby", "basic", "access", "word", "excel", "lead"}, kinds: []Kind{Skill}, nextNo: []string{"to", "response"}, first: true, before: knows, after: workers,
	},
	{
		words: []string{"french", "german", "spanish", "english"}, kinds: []Kind{Skill}, nextNo: []string{"market", "office", "client", "clients", "team"}, first: true, before: append([]string{"a", "the", "any"}, knows...), after: workers,
	},
}

// guarded drops from the entries those that the word at i cannot mean where it stands.
func (ix *Index) guarded(list []int32, ws []word, i int) []int32 {
	at := slices.IndexFunc(guards, func(g guard) bool { return slices.Contains(g.words, ws[i].text) })
	if at < 0 {
		return list
	}
	g := guards[at]
	if g.allows(ws, i) {
		return list
	}
	return slices.DeleteFunc(slices.Clone(list), func(n int32) bool { return slices.Contains(g.kinds, ix.entries[n].Kind) })
}

func (g guard) allows(ws []word, i int) bool {
	w, before, after := ws[i], "", ""
	if i > 0 {
		before = ws[i-1].text
	}
	if i+1 < len(ws) {
		after = ws[i+1].text
	}
	capital := startsUpper(w.surface)
	switch {
	case len(ws) == 1, w.possessive:
		return true
	case g.kinds[0] == Skill && (w.comma || (i+1 < len(ws) && ws[i+1].comma)): // "go, kubernetes"
		return true
	case slices.Contains(g.never, before), slices.Contains(g.nextNo, after):
		return false
	case before == w.text && capital: // "Will Will be free"
		return true
	case !capital && slices.Contains(asking, before) && i+1 < len(ws) && startsUpper(ws[i+1].surface): // "when will Priya be free"
		return false
	case (i > 0 || g.first) && capital:
		return true
	case slices.Contains(g.before, before) && i > 0:
		return len(w.text) > 1
	case after == w.text: // the first of "Mark Mark as sick" is the verb
		return false
	}
	return slices.Contains(g.after, after) && (capital || g.kinds[0] != Person)
}

func startsUpper(s string) bool {
	r, _ := utf8.DecodeRuneInString(s)
	return unicode.IsUpper(r)
}
