package offline

import (
	"encoding/json"
	"slices"

	"rollcall/bot"
)

// request is a change that was read: the tool and its arguments.
type request struct {
	tool      string
	arguments map[string]any
	level     string // said apart from the skill that it is of
}

// requests returns every change, or every reply, that the sentence can be. More than one is
// none: nobody wants to confirm what they did not say.
func (g *grammar) requests(s *sentence, replies bool) []request {
	if len(s.tokens) > longestSentence {
		return nil
	}
	var all []request
	seen := map[string]bool{}
	for _, c := range g.wishes {
		if replies != (c.tool == replyTool) {
			continue
		}
		for _, say := range c.says {
			say.match(s, 0, nil, func(at int, got []pick) {
				if at < len(s.tokens) {
					return
				}
				if r, complete := c.request(got); complete && !seen[r.key()] {
					seen[r.key()] = true
					all = append(all, r)
				}
			})
		}
	}
	return all
}

func (r request) key() string {
	text, err := json.Marshal(r.arguments)
	if err != nil {
		return r.tool
	}
	return r.tool + r.level + string(text)
}

func (r request) call() (bot.ToolCall, error) { return toolCall(r.tool, r.arguments) }

// request writes the arguments, or reports that what was said makes no sense together.
func (c wish) request(got []pick) (request, bool) {
	r := request{tool: c.tool, arguments: map[string]any{}}
	for name, v := range c.set {
		r.arguments[name] = v
	}
	for _, name := range names(got) {
		var of []pick
		for _, p := range got {
			if p.as == name {
				of = append(of, p)
			}
		}
		if of[0].past && c.tool != "propose_certification" || !r.fill(name, of) {
			return r, false
		}
	}
	r.omitAsker()
	whole := r.levelled()
	return r, whole
}

// names are the arguments that were filled, once each.
func names(got []pick) []string {
	var all []string
	for _, p := range got {
		if !slices.Contains(all, p.as) {
			all = append(all, p.as)
		}
	}
	slices.Sort(all)
	return all
}

// fill writes one argument.
func (r *request) fill(name string, of []pick) bool {
	if r.tool == "propose_assignment" && name == "owner" || r.tool == "propose_time_off" && name == "person" {
		name = "people"
	}
	if name == "owner" {
		name = "person"
	}
	if _, twice := r.arguments[name]; twice {
		return false
	}
	switch name {
	case "people", "more":
		r.arguments[name] = words(of)
	case "skills":
		return r.skills(of)
	case "tech_stack":
		r.arguments[name] = words(of)
		return !slices.ContainsFunc(of, func(p pick) bool { return p.level != "" })
	case "percent", "count", "bare":
		r.arguments[name] = number(of[0].text)
	case "level":
		r.level = of[0].text
	case "certification", "person", "project", "from_project", "client", "role", "kind", "period", "shift", "release", "issued", "expires", "current", "notes", "summary":
		r.arguments[name] = of[0].text
		return len(of) == 1 && of[0].level == ""
	default:
		return false
	}
	return true
}

func words(of []pick) []string {
	var all []string
	for _, p := range of {
		all = append(all, p.text)
	}
	return all
}

// skills writes the skills. Of several, all have a level or none: whether "Go and Rust,
// level 3" is about both nobody knows.
func (r *request) skills(of []pick) bool {
	var list []map[string]any
	levelled := 0
	name := "level"
	if r.tool == "propose_project" {
		name = "min_level"
	}
	for _, p := range of {
		one := map[string]any{"name": p.text}
		if p.level != "" {
			one[name] = number(p.level)
			levelled++
		}
		list = append(list, one)
	}
	r.arguments["skills"] = list
	return levelled == 0 || levelled == len(of)
}

// levelled puts a level that stands apart to the only skill.
func (r *request) levelled() bool {
	if r.level == "" || r.tool == replyTool {
		return true
	}
	list, _ := r.arguments["skills"].([]map[string]any)
	if len(list) != 1 || list[0]["level"] != nil {
		return false
	}
	list[0]["level"], r.level = number(r.level), ""
	return true
}

// omitAsker leaves out the person who asks where a tool takes nobody for them.
func (r *request) omitAsker() {
	if r.arguments["person"] == "me" {
		delete(r.arguments, "person")
	}
	if p, _ := r.arguments["people"].([]string); r.tool == "propose_time_off" && len(p) == 1 && p[0] == "me" {
		delete(r.arguments, "people")
	}
}

// prepositions are what may stand before a day.
var prepositions = []string{"on", "to", "at", "by", "in", "until", "till", "til", "from", "bis", "zum", "zur", "jusqu'à", "jusqu'au", "hasta", "am"}
