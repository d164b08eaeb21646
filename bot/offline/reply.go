package offline

import (
	"maps"
	"slices"
	"strings"

	"rollcall/tools/resolve"
)

// replyTool is the name under which the grammar reads answers and corrections.
const replyTool = "reply"

// amendable are the arguments of each tool that a few words may fill or change.
var amendable = map[string][]string{
	"propose_assignment":    {"people", "project", "percent", "period", "release", "role"},
	"propose_skill":         {"person", "level", "skills"},
	"propose_certification": {"certification", "person", "issued", "expires"},
	"propose_time_off":      {"people", "period", "current"},
	"propose_project":       {"project", "client", "period", "percent", "role"},
}

// reply reads "make it 80 %", "from January instead" and "no, Jonas" after a card, and
// what answers "From when?" after a question back.
func (p past) reply(g *grammar, s *sentence) (request, bool) {
	if !p.expectsReply() {
		return request{}, false
	}
	asked := p.ended == "ask_user"
	if n := p.option(s.text); asked && n >= 0 {
		if r, ok := p.swapped(p.options[n]); ok {
			return r, true
		}
	}
	var all []request
	for _, said := range p.sensible(g.requests(s, true)) {
		r, ok := p.merged(said, asked)
		if ok && !slices.ContainsFunc(all, func(o request) bool { return o.key() == r.key() }) {
			all = append(all, r)
		}
	}
	if len(all) != 1 {
		return request{}, false
	}
	return all[0], true
}

// expectsReply reports whether the turn before was the asker's own and ended with a card,
// or with a question about a change.
func (p past) expectsReply() bool {
	return p.own && amendable[p.tool] != nil && (p.ended == p.tool || p.ended == "ask_user" && p.askedOf == p.tool)
}

// sensible drops the readings of a bare number where no percent was asked for.
func (p past) sensible(read []request) []request {
	return slices.DeleteFunc(read, func(r request) bool {
		return r.arguments["bare"] != nil && !strings.Contains(resolve.Fold(p.unclear), "percent")
	})
}

// merged is the call before with what was said now.
func (p past) merged(said request, asked bool) (request, bool) {
	if name, isOne := said.only(); isOne && asked && p.arguments[p.argument(name)] != nil && !isTime(name) {
		return p.swapped(said.text(name)) // another name for the one that was unclear
	}
	r := request{tool: p.tool, arguments: maps.Clone(p.arguments), level: said.level}
	for name := range said.arguments {
		as := p.argument(name)
		v, ok := p.value(as, said, name, asked)
		if !ok || !slices.Contains(amendable[p.tool], as) {
			return r, false
		}
		r.arguments[as] = v
	}
	if r.level == "" {
		return r, true
	}
	return p.levelled(r)
}

// only is the name of the only thing that was said.
func (r request) only() (string, bool) {
	for name := range r.arguments {
		return name, len(r.arguments) == 1 && r.level == ""
	}
	return "", false
}

// text is an argument that is one text, or the only one of a list; else nothing.
func (r request) text(name string) string {
	if list, _ := r.arguments[name].([]string); len(list) == 1 {
		return list[0]
	}
	text, _ := r.arguments[name].(string)
	return text
}

func isTime(name string) bool {
	return slices.Contains([]string{"period", "shift", "current", "release", "issued", "expires"}, name)
}

// value is what becomes of one argument.
func (p past) value(as string, said request, name string, asked bool) (any, bool) {
	text := said.text(name)
	switch {
	case isTime(as) && p.arguments["more"] != nil: // which of the days?
		return nil, false
	case isTime(as):
		return p.time(as, text, asked)
	case as == "person":
		return text, text != ""
	case as == "people" && p.arguments[as] != nil && len(texts(p.arguments[as])) != 1:
		return nil, false
	case asked && p.arguments[as] != nil:
		return nil, false
	}
	return said.arguments[name], true
}

// argument is what a thing that was said is called by the tool.
func (p past) argument(name string) string {
	asked, action := resolve.Fold(p.unclear), p.arguments["action"]
	switch {
	case name == "bare":
		return "percent"
	case name == "shift" && action == "start": // nothing else begins "two weeks later"
		return "period"
	case name == "people" && (p.tool == "propose_skill" || p.tool == "propose_certification"):
		return "person"
	case name == "period" && p.tool == "propose_certification" && (strings.Contains(asked, "expire") || strings.Contains(asked, "valid") || strings.Contains(asked, "run out")):
		return "expires"
	case name == "period" && p.tool == "propose_certification" && p.asked != "":
		return "issued"
	case name == "period" && p.tool == "propose_time_off" && (action == "cancel" || action == "change" && p.asked != "" && p.arguments["period"] != nil):
		return "current"
	case name == "period" && action == "hold" && p.asked != "" && strings.Contains(asked, "hold"):
		return "release"
	}
	return name
}

// levelled puts a level to the only skill of the call before.
func (p past) levelled(r request) (request, bool) {
	list, _ := p.arguments["skills"].([]any)
	if p.tool != "propose_skill" || len(list) != 1 {
		return r, false
	}
	skill, _ := list[0].(map[string]any)
	r.arguments["skills"] = []map[string]any{{"name": skill["name"], "level": number(r.level)}}
	return r, true
}

// time is what becomes of the words for a time. A start and an end are put together; an
// end is never dropped because a new start was said.
func (p past) time(name, said string, asked bool) (string, bool) {
	before, _ := p.arguments[name].(string)
	edge := ""
	if asked {
		edge = p.edge()
	}
	if edge != "" {
		said = preposed(edge, said)
	}
	isFirst, isLast := edges(said)
	wasFirst, wasLast := edges(before)
	switch {
	case edge == "from" && isLast, edge == "until" && isFirst:
		return "", false
	case !asked && isLast && p.arguments["action"] == "hold": // of the hold, or of the booking?
		return "", false
	case before == "", isFirst && wasFirst, isLast && wasLast:
		return said, true
	case isFirst && wasLast:
		return said + " " + before, true
	case isLast && wasFirst:
		return before + " " + said, true
	}
	return said, !isFirst && !isLast
}

// edge is the word that a question back asks a time to begin with.
func (p past) edge() string {
	asked := resolve.Fold(p.unclear)
	switch {
	case strings.Contains(asked, "from when"):
		return "from"
	case strings.Contains(asked, "until when"):
		return "until"
	}
	return ""
}

// edges reports whether words for a time are a first day, or a last one.
func edges(words string) (isFirst, isLast bool) {
	return startsLike(words, froms) && !isRange(words), startsLike(words, untils)
}

// preposed puts a word before days that begin with none.
func preposed(word, said string) string {
	first, _, _ := strings.Cut(resolve.Fold(said), " ")
	if slices.Contains(prepositions, first) || slices.Contains(froms, first) || slices.Contains(untils, first) || isRange(said) {
		return said
	}
	return word + " " + said
}

func startsLike(text string, words []string) bool {
	first, _, _ := strings.Cut(resolve.Fold(text), " ")
	return slices.Contains(words, first)
}

// swapped is the call before with an option in the place of the words that the question
// back quotes.
func (p past) swapped(option string) (request, bool) {
	unclear := p.quoted()
	args, found := swap(p.arguments, unclear, option)
	if unclear == "" || option == "" || !found {
		return request{}, false
	}
	return request{tool: p.tool, arguments: args.(map[string]any)}, true
}

// swap replaces every text in a value that reads like the old one.
func swap(v any, before, now string) (any, bool) {
	found := false
	switch v := v.(type) {
	case string:
		if resolve.Fold(v) == resolve.Fold(before) {
			return now, true
		}
	case []any:
		all := slices.Clone(v)
		for n := range all {
			one, is := swap(all[n], before, now)
			all[n], found = one, found || is
		}
		return all, found
	case map[string]any:
		all := maps.Clone(v)
		for name := range all {
			one, is := swap(all[name], before, now)
			all[name], found = one, found || is
		}
		return all, found
	}
	return v, false
}
