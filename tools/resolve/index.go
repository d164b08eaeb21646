package resolve

import (
	"cmp"
	"slices"
	"strings"
)

// Kind says what an Entry is.
type Kind string

// The kinds of entries.
const (
	Person        Kind = "person"
	Skill         Kind = "skill"
	Project       Kind = "project"
	Client        Kind = "client"
	Role          Kind = "role"
	Certification Kind = "certification"
	Location      Kind = "location"
)

// Entry is a person or a thing that has a name.
type Entry struct {
	Kind    Kind
	ID      string
	Name    string   // as shown
	Aliases []string // other spellings: "k8s", an e-mail address, a Slack user id
	Fact    string   // what tells it from its namesakes: "Designer, Lisbon"
}

// Index finds entries by name. It never changes.
type Index struct {
	entries []Entry // by kind, name and id
	full    map[Kind]map[string][]int32
	part    map[Kind]map[string][]int32 // shorter ways of saying a name
	found   map[string][]int32          // what Find looks for, all kinds together: whole names,
	short   map[string][]int32          // and parts of names, where no whole name fits
	typos   *typos
	longest int // in words
}

// New builds an index. Entries without a name are left out. The order of the entries
// does not matter.
func New(entries []Entry) *Index {
	ix := &Index{
		full: map[Kind]map[string][]int32{}, part: map[Kind]map[string][]int32{}, found: map[string][]int32{}, short: map[string][]int32{}, typos: newTypos(),
	}
	ix.entries = slices.Clone(entries)
	slices.SortFunc(ix.entries, func(a, b Entry) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID))
	})
	for i := range ix.entries {
		ix.addFull(int32(i))
	}
	for i := range ix.entries {
		ix.addParts(int32(i))
	}
	return ix
}

// All returns the entries of a kind in the order of their names.
func (ix *Index) All(kind Kind) []Entry {
	var all []Entry
	for _, e := range ix.entries {
		if e.Kind == kind {
			all = append(all, e)
		}
	}
	return all
}

func put(m map[Kind]map[string][]int32, kind Kind, key string, i int32) {
	if key == "" {
		return
	}
	if m[kind] == nil {
		m[kind] = map[string][]int32{}
	}
	if list := m[kind][key]; !slices.Contains(list, i) {
		m[kind][key] = append(list, i)
	}
}

func (ix *Index) addFull(i int32) {
	e := ix.entries[i]
	for _, name := range append([]string{e.Name}, e.Aliases...) {
		for _, k := range keys(name) {
			put(ix.full, e.Kind, k, i)
			if strings.Contains(k, " ") {
				put(ix.full, e.Kind, strings.ReplaceAll(k, " ", ""), i) // "reactnative", "golive"
			}
			ix.find(ix.found, k, i)
			if strings.Contains(name, "@") { // nobody misspells an address and means it
				continue
			}
			for w := range strings.FieldsSeq(k) {
				ix.typos.add(w)
			}
		}
	}
}

// find makes Find look for the key.
func (ix *Index) find(in map[string][]int32, k string, i int32) {
	if k == "" || slices.Contains(in[k], i) {
		return
	}
	in[k] = append(in[k], i)
	ix.longest = max(ix.longest, strings.Count(k, " ")+1)
}

// addParts adds the shorter ways of saying a name: first, last and initialled names of
// people, the first words of other names, the plural of roles.
func (ix *Index) addParts(i int32) {
	e := ix.entries[i]
	for _, k := range keys(e.Name) {
		ws := strings.Fields(k)
		if e.Kind == Person {
			ix.addPerson(ws, i)
			continue
		}
		ix.addPrefixes(e.Kind, ws, i)
		if e.Kind != Role {
			continue
		}
		for _, plural := range plurals(ws) {
			put(ix.part, Role, plural, i)
			ix.find(ix.found, plural, i)
		}
	}
}

func (ix *Index) addPerson(ws []string, i int32) {
	if len(ws) < 2 {
		return
	}
	first, last := ws[0], strings.Join(ws[1:], " ")
	for _, k := range append([]string{last, last + " " + first, first + " " + ws[len(ws)-1], first[:1] + " " + last, first + " " + last[:1]}, ws...) {
		put(ix.part, Person, k, i)
	}
	ix.find(ix.short, last, i)
	for _, w := range ws {
		if len(w) > 2 { // "de", "la", "van" are no names by themselves
			ix.find(ix.short, w, i)
		}
	}
}

func (ix *Index) addPrefixes(kind Kind, ws []string, i int32) {
	for n := 1; n < len(ws); n++ {
		prefix := strings.Join(ws[:n], " ")
		put(ix.part, kind, prefix, i)
		named := kind == Project || kind == Client || kind == Certification
		if named && (n > 1 || (len(prefix) >= 4 && !isCommon(prefix) && !ix.isWordOfSkillOrRole(prefix))) {
			ix.find(ix.short, prefix, i)
		}
	}
}

func (ix *Index) isWordOfSkillOrRole(w string) bool {
	for _, kind := range []Kind{Skill, Role} {
		if len(ix.full[kind][w])+len(ix.part[kind][w]) > 0 {
			return true
		}
	}
	return false
}

// plurals writes the last word of a role in the plurals of the four languages.
func plurals(ws []string) []string {
	if len(ws) == 0 {
		return nil
	}
	before, last := strings.Join(ws[:len(ws)-1], " "), ws[len(ws)-1]
	if before != "" {
		before += " "
	}
	return []string{before + last + "s", before + last + "es", before + last + "en", before + last + "e"}
}

// singular undoes a plural ending of the last word of a key, longest ending first.
func singular(k string) []string {
	var all []string
	for _, ending := range []string{"innen", "es", "en", "in", "s", "e"} {
		if cut, found := strings.CutSuffix(k, ending); found && len(cut) >= 3 {
			all = append(all, cut)
		}
	}
	return all
}
