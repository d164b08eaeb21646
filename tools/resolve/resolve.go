package resolve

import (
	"slices"
	"strings"
)

// Outcome is what a name came to.
type Outcome string

// The outcomes.
const (
	Resolved  Outcome = "resolved"
	Ambiguous Outcome = "ambiguous"
	NotFound  Outcome = "not_found"
)

// Result is what Resolve found.
type Result struct {
	Outcome    Outcome
	Entry      Entry   // when resolved
	Candidates []Entry // ambiguous: two to five; not found: up to three near ones, or none
	Total      int     // how many it may be in all
	Fuzzy      bool    // a mistake in the spelling was forgiven
}

const (
	longestName    = 200 // bytes
	mostCandidates = 5
	mostNearest    = 3
)

// Resolve finds the entry of the kind that the text names. An exact name or alias wins
// over a part of a name, and any of them over a misspelt one; several entries at the
// same rank are ambiguous.
func (ix *Index) Resolve(kind Kind, text string) Result {
	text = strings.TrimSpace(text)
	if text == "" || len(text) > longestName {
		return Result{Outcome: NotFound}
	}
	ws := words(mention(text))
	for _, say := range [][]word{ws, stripNoise(kind, ws)} {
		k := joinWords(say)
		for _, list := range [][]int32{ix.full[kind][k], ix.part[kind][k], ix.singular(kind, k), ix.full[kind][strings.ReplaceAll(k, " ", "")]} {
			if len(list) > 0 {
				return ix.result(list, false)
			}
		}
	}
	if list := ix.misspelt(kind, stripNoise(kind, ws)); len(list) > 0 {
		return ix.result(list, true)
	}
	near := ix.nearest(kind, ws)
	return Result{Outcome: NotFound, Candidates: near}
}

// mention reads a Slack mention, <@U012AB> or <@U012AB|name>, as the user's id.
func mention(text string) string {
	if id, found := strings.CutPrefix(text, "<@"); found {
		id, _, _ = strings.Cut(strings.TrimSuffix(id, ">"), "|")
		return id
	}
	return text
}

func (ix *Index) result(list []int32, fuzzy bool) Result {
	if len(list) == 1 {
		return Result{Outcome: Resolved, Entry: ix.entries[list[0]], Total: 1, Fuzzy: fuzzy}
	}
	list = slices.Sorted(slices.Values(list))
	return Result{Outcome: Ambiguous, Candidates: ix.pick(list, mostCandidates), Total: len(list), Fuzzy: fuzzy}
}

func (ix *Index) pick(list []int32, most int) []Entry {
	var all []Entry
	for _, i := range list[:min(most, len(list))] {
		all = append(all, ix.entries[i])
	}
	return all
}

// singular looks for a role or a skill that was said in the plural.
func (ix *Index) singular(kind Kind, k string) []int32 {
	if kind != Role {
		return nil
	}
	for _, one := range singular(k) {
		if list := ix.full[kind][one]; len(list) > 0 {
			return list
		}
	}
	return nil
}

// noise is words that people put around a name without meaning a part of it.
var noise = map[Kind][]string{
	Project:       {"the", "project", "projekt", "projet", "proyecto", "team"},
	Client:        {"the", "client", "customer", "kunde", "cliente", "account"},
	Role:          {"the", "a", "an", "role", "people"},
	Skill:         {"the", "skill", "skills", "experience", "knowledge"},
	Certification: {"the", "certification", "certificate", "cert", "certs", "certified", "exam", "zertifikat", "certificat", "certificado"},
	Location:      {"the", "office", "in", "buro", "bureau", "oficina"},
}

func stripNoise(kind Kind, ws []word) []word {
	kept := ws
	for len(kept) > 1 && slices.Contains(noise[kind], kept[0].text) {
		kept = kept[1:]
	}
	for len(kept) > 1 && slices.Contains(noise[kind], kept[len(kept)-1].text) {
		kept = kept[:len(kept)-1]
	}
	return kept
}

// spelling is one way of correcting a phrase.
type spelling struct {
	key      string
	distance int
}

const mostSpellings = 64

// spellings corrects each word of a phrase, cheapest corrections first.
func (ix *Index) spellings(ws []word) []spelling {
	all := []spelling{{}}
	for i, w := range ws {
		var next []spelling
		for _, c := range ix.typos.find(w.text, 0) {
			for _, s := range all {
				k := c.word
				if i > 0 {
					k = s.key + " " + c.word
				}
				next = append(next, spelling{k, s.distance + c.distance})
			}
		}
		slices.SortStableFunc(next, func(a, b spelling) int { return a.distance - b.distance })
		all = next[:min(mostSpellings, len(next))]
	}
	return all
}

// misspelt returns the entries that the corrected phrase names with the fewest mistakes,
// full names before parts.
func (ix *Index) misspelt(kind Kind, ws []word) []int32 {
	if len(ws) == 0 || len(ws) > 8 {
		return nil
	}
	var list []int32
	best := -1
	for _, m := range []map[string][]int32{ix.full[kind], ix.part[kind]} {
		for _, s := range ix.spellings(ws) {
			if best >= 0 && s.distance > best {
				break
			}
			for _, i := range slices.Concat(m[s.key], ix.singular(kind, s.key)) {
				best = s.distance
				if !slices.Contains(list, i) {
					list = append(list, i)
				}
			}
		}
		if len(list) > 0 {
			return list
		}
	}
	return nil
}

// nearest suggests entries that share a word with the phrase, or nearly do.
func (ix *Index) nearest(kind Kind, ws []word) []Entry {
	var list []int32
	for _, w := range ws {
		for _, c := range ix.typos.find(w.text, 1) {
			for _, m := range []map[string][]int32{ix.full[kind], ix.part[kind]} {
				for _, i := range m[c.word] {
					if len(list) < mostNearest && !slices.Contains(list, i) {
						list = append(list, i)
					}
				}
			}
		}
	}
	return ix.pick(list, mostNearest)
}
