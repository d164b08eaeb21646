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
	read := g.requests(s, true)
	if asked {
		read = p.sensible(read)
	}
	var all []request
	for _, said := range read {
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

// sensible drops the readings of a bare number that are not what was asked for.
func (p past) sensible(read []request) []request {
	asked := resolve.Fold(p.unclear)
	return slices.DeleteFunc(read, func(r request) bool {
		return r.arguments["bare"] != nil && !strings.Contains(asked, "percent") || r.level != "" && !strings.Contains(asked, "level") && r.arguments["level"] == nil && len(r.arguments) == 0
	})
}

// merged is the call before with what was said now.
func (p past) merged(said request, asked bool) (request, bool) {
	r := request{tool: p.tool, arguments: maps.Clone(p.arguments), level: said.level}
	for name, v := range said.arguments {
		name = p.argument(name)
		now, ok := v, slices.Contains(amendable[p.tool], name)
		switch {
		case !ok:
			return r, false
		case name == "people" && p.arguments[name] != nil && len(texts(p.arguments[name])) != 1:
			return r, false
		case name == "person":
			people, _ := v.([]string)
			if now = people[0]; len(people) != 1 {
				return r, false
			}
		case name == "period" || name == "current" || name == "release" || name == "issued" || name == "expires":
			now, ok = p.time(name, v.(string), asked)
		case asked && p.arguments[name] != nil:
			option, isText := single(v)
			return p.swappedIf(isText, option)
		}
		if !ok {
			return r, false
		}
		r.arguments[name] = now
	}
	if r.level == "" {
		return r, true
	}
	return p.levelled(r)
}

// single is a value that is one text.
func single(v any) (string, bool) {
	if list, ok := v.([]string); ok && len(list) == 1 {
		return list[0], true
	}
	text, ok := v.(string)
	return text, ok
}

// argument is what a thing that was said is called by the tool.
func (p past) argument(name string) string {
	asked, action := resolve.Fold(p.unclear), p.arguments["action"]
	switch {
	case name == "bare":
		return "percent"
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
	question := resolve.Fold(p.unclear)
	switch {
	case asked && strings.Contains(question, "from when"):
		said = preposed("from", said)
	case asked && strings.Contains(question, "until when"):
		said = preposed("until", said)
	}
	isFirst, isLast := startsLike(said, froms) && !ranges.MatchString(said), startsLike(said, untils)
	wasFirst, wasLast := startsLike(before, froms) && !ranges.MatchString(before), startsLike(before, untils)
	switch {
	case before == "", isFirst && wasFirst, isLast && wasLast:
		return said, true
	case isFirst && wasLast:
		return said + " " + before, true
	case isLast && wasFirst:
		return before + " " + said, true
	case isFirst, isLast:
		return "", false
	}
	return said, true
}

// preposed puts a word before days that begin with none.
func preposed(word, said string) string {
	first, _, _ := strings.Cut(resolve.Fold(said), " ")
	if slices.Contains(prepositions, first) || slices.Contains(froms, first) || slices.Contains(untils, first) || ranges.MatchString(said) {
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
	if unclear == "" || !found {
		return request{}, false
	}
	return request{tool: p.tool, arguments: args.(map[string]any)}, true
}

func (p past) swappedIf(isText bool, option string) (request, bool) {
	if !isText {
		return request{}, false
	}
	return p.swapped(option)
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
