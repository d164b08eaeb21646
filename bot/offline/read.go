package offline

import (
	"slices"
	"strconv"
	"strings"

	"rollcall/bot"
	"rollcall/tools/resolve"
)

// read returns the frame that explains everything that was said, and what fills it. A
// name that may be several kinds of thing is tried as each.
func (i *Interpreter) read(s *said, names []resolve.Span) (*frame, *said) {
	var best *frame
	var filled *said
	for _, try := range readings(s, names) {
		if !try.isClear() {
			continue
		}
		for n := range i.frames {
			f := &i.frames[n]
			if f.fits(try) && f.accepts(try) && (best == nil || f.weight() > best.weight()) {
				best, filled = f, try
			}
		}
	}
	return best, filled
}

const mostReadings = 16

// readings fills the names into the slots of their kinds, in every combination.
func readings(s *said, names []resolve.Span) []*said {
	all := []*said{s.clone()}
	for _, n := range names {
		var next []*said
		var kinds []resolve.Kind
		for _, e := range n.Candidates {
			if !slices.Contains(kinds, e.Kind) {
				kinds = append(kinds, e.Kind)
			}
		}
		for _, base := range all {
			for _, kind := range kinds {
				c := base.clone()
				c.fill(string(kind), value{text: choose(resolve.Span{Start: n.Start, End: n.End, Candidates: n.Of(kind)}, s.text)})
				next = append(next, c)
			}
		}
		all = next[:min(mostReadings, len(next))]
	}
	for _, c := range all {
		c.me()
		c.certify()
		c.guess()
	}
	return all
}

func (s *said) clone() *said {
	c := *s
	c.slots = map[string][]value{}
	for k, v := range s.slots {
		c.slots[k] = slices.Clone(v)
	}
	c.unknown = slices.Clone(s.unknown)
	return &c
}

// certify takes the skill of "AWS certs" for what the certificate is called: a
// certificate that is asked for is more than knowing the skill.
func (s *said) certify() {
	if skills := s.slots["skill"]; s.clearly("cert") && len(skills) == 1 && len(s.slots["certification"]) == 0 {
		s.slots["certification"] = skills
		delete(s.slots, "skill")
	}
}

// me takes "me" and "my" for the asker when nobody else is named and somebody must be.
func (s *said) me() {
	if len(s.slots["person"]) > 0 {
		return
	}
	for n, w := range s.plain {
		if n > 0 && (s.plain[n-1] == "am" && w == "i" || s.plain[n-1] == "bin" && w == "ich") { // "am I overbooked?"
			s.fill("person", value{text: "me"})
			return
		}
		switch w {
		case "my", "mine", "meine", "meinen", "mein", "mes", "mon", "mi", "mis":
			s.fill("person", value{text: "me"})
			return
		case "i", "ich", "yo", "je":
			if s.clearly("when", "workon", "skillsnoun", "hold", "away") {
				s.fill("person", value{text: "me"})
				return
			}
		}
	}
}

// isClear reports whether there is at most one of everything but skills, and no word
// that nobody understands.
func (s *said) isClear() bool {
	for slot, values := range s.slots {
		if slot != "skill" && len(values) > 1 {
			return false
		}
	}
	return len(s.unknown) == 0
}

// accepts checks what slots cannot say by themselves: a level needs a skill, and a
// level word must not be dropped.
func (f *frame) accepts(s *said) bool {
	if len(s.slots["level"]) > 0 && len(s.slots["skill"]) == 0 {
		return false
	}
	return true
}

// guess takes one unknown word where a name must stand for that name, so that the tool
// says that it does not exist: "who knows Fortran?", "who is on project Zeus?".
func (s *said) guess() {
	if len(s.unknown) != 1 || strings.ContainsAny(s.unknown[0], "0123456789") {
		return
	}
	word := s.unknown[0]
	at := strings.Index(resolve.Fold(s.text), word)
	if at < 0 {
		return
	}
	before := strings.Fields(resolve.Fold(s.text[:min(at, len(s.text))]))
	last := ""
	if len(before) > 0 {
		last = before[len(before)-1]
	}
	slot := ""
	switch {
	case slices.Contains([]string{"knows", "know", "knowing", "speaks", "speak", "kennt", "beherrscht", "spricht", "connait", "maitrise", "parle", "sabe", "conoce", "domina", "habla"}, last):
		slot = "skill"
	case slices.Contains([]string{"project", "projekt", "projet", "proyecto"}, last):
		slot = "project"
	case slices.Contains([]string{"is", "ist", "est", "esta", "when", "about"}, last) && (s.has("free") || s.has("away") || s.has("busy") || s.has("about")) && len(s.slots["person"]) == 0:
		slot = "person"
	}
	if slot == "" || len(s.slots[slot]) > 0 {
		return
	}
	s.fill(slot, value{text: word})
	s.unknown = nil
}

// call writes the frame's call with what was said.
func (f *frame) call(s *said) (bot.ToolCall, error) {
	args := map[string]any{}
	for name, v := range f.set {
		args[name] = v
		if name == "aspects" {
			args[name] = strings.Split(v, ",")
		}
	}
	for slot, values := range s.slots {
		if !f.drop[slot] && f.slots[slot] {
			f.argument(args, slot, values, s)
		}
	}
	for _, by := range []string{"role", "location", "skill", "project", "client", "month"} {
		if f.tool == "get_capacity" && s.has("by"+by) {
			args["group_by"] = by
		}
	}
	if s.has("best") && f.tool == "find_people" && len(s.slots["skill"]) > 0 {
		args["sort"] = "level"
	}
	return toolCall(f.tool, args)
}

func (f *frame) argument(args map[string]any, slot string, values []value, s *said) {
	first := values[0].text
	switch slot {
	case "skill":
		f.skills(args, values, s)
	case "level":
		if f.tool == "count_skills" {
			args["min_level"] = number(first)
		}
	case "percent":
		if f.tool == "find_people" {
			args["min_free_percent"] = number(first)
		} else {
			args["percent"] = number(first)
		}
	case "limit":
		args["limit"] = number(first)
	default:
		if name := f.rename[slot]; name != "" {
			slot = name
		}
		args[slot] = first
	}
}

// skills writes the skills as the tool wants them: with levels, as names, or as one.
func (f *frame) skills(args map[string]any, values []value, s *said) {
	switch f.tool {
	case "find_people", "suggest_staffing":
		var list []map[string]any
		for _, v := range values {
			skill := map[string]any{"name": v.text}
			if level := s.slots["level"]; len(level) > 0 {
				skill["min_level"] = number(level[0].text)
			}
			list = append(list, skill)
		}
		args["skills"] = list
		if s.anySkill && len(values) > 1 && f.tool == "find_people" {
			args["match"] = "any"
		}
	case "count_skills":
		var list []string
		for _, v := range values {
			list = append(list, v.text)
		}
		args["skills"] = list
	case "get_person": // "does Priya know Go": her skills answer it
	default:
		args["skill"] = values[0].text
	}
}

func number(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		return 0
	}
	return n
}
