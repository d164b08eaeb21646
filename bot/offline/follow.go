package offline

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"

	"rollcall/bot"
	"rollcall/tools/resolve"
)

// past is what the conversation has come to before the newest question.
type past struct {
	tool      string
	arguments map[string]any
	question  string   // that led to the look-up
	own       bool     // the asker's, and nobody else's
	ended     string   // the last call of the turn before: a tool, "ask_user", "decline" or nothing
	asked     string   // the question that led to a question back, "" when there was none
	askedOf   string   // the tool whose arguments the question back is about
	unclear   string   // the question back, which quotes the words that were unclear
	options   []string // that were offered
}

// previous finds the last look-up of the conversation, and whether the turn before
// ended with a question back.
func previous(messages []bot.Message) past {
	var p past
	var question bot.Message
	called := ""
	for _, m := range messages[:len(messages)-1] {
		if m.Role == bot.User {
			question, called = m, ""
			p.asked, p.askedOf, p.ended, p.options = "", "", "", nil
		}
		for _, c := range m.Calls {
			var arguments map[string]any
			if err := json.Unmarshal(c.Arguments, &arguments); err != nil {
				continue
			}
			p.ended = c.Name
			switch c.Name {
			case "ask_user":
				p.asked, p.askedOf = question.Text, called
				p.options = texts(arguments["options"])
				p.unclear, _ = arguments["question"].(string)
			case "decline":
			default:
				called = c.Name
				p.tool, p.arguments, p.question, p.own = c.Name, arguments, question.Text, !question.Foreign
			}
		}
	}
	return p
}

func texts(v any) []string {
	var all []string
	list, _ := v.([]any)
	for _, e := range list {
		if s, ok := e.(string); ok {
			all = append(all, s)
		}
	}
	return all
}

// answered puts an answer to a question back into the question it was about: the option
// takes the place of the words that were unclear, which the question quotes. Where nothing
// was offered, a name does.
func (p past) answered(index *resolve.Index, text string) (string, bool) {
	answer, n := strings.Trim(text, " .!?"), p.option(text)
	switch {
	case n >= 0:
		answer = p.options[n]
	case len(p.options) > 0 || !isPerson(index, answer):
		return "", false
	}
	unclear := p.quoted()
	start := strings.Index(strings.ToLower(p.asked), strings.ToLower(unclear))
	if unclear == "" || start < 0 {
		return "", false
	}
	return p.asked[:start] + answer + p.asked[start+len(unclear):], true
}

// isPerson reports whether the text is the name of a person and nothing else.
func isPerson(index *resolve.Index, text string) bool {
	spans := index.Find(text)
	return len(spans) == 1 && spans[0].Start == 0 && spans[0].End == len(text) && len(spans[0].Of(resolve.Person)) > 0
}

// option is the number of the option that an answer takes; none is -1.
func (p past) option(text string) int {
	answer := resolve.Fold(strings.Trim(text, " .!?"))
	part := -1
	for n, o := range p.options {
		switch folded := resolve.Fold(o); {
		case answer == folded:
			return n
		case len(answer) > 2 && strings.Contains(" "+folded+" ", " "+answer+" "):
			if part >= 0 {
				return -1 // "Sam", of two of them
			}
			part = n
		}
	}
	if part >= 0 {
		return part
	}
	return p.byFact(answer)
}

// quoted is the words that the question back quotes as unclear.
func (p past) quoted() string {
	_, rest, _ := strings.Cut(p.unclear, `"`)
	unclear, _, closed := strings.Cut(rest, `"`)
	if !closed {
		return ""
	}
	return unclear
}

// byFact finds the only option whose fact an answer names: "the designer", "the one in
// Toronto". The question has each fact in brackets behind its option. None is -1.
func (p past) byFact(answer string) int {
	found := -1
	for n, option := range p.options {
		_, rest, _ := strings.Cut(p.unclear, option+" (")
		fact, _, closed := strings.Cut(rest, ")")
		named := closed && slices.ContainsFunc(strings.Split(resolve.Fold(fact), ","), func(part string) bool {
			part = strings.TrimSpace(part)
			return part != "" && strings.HasSuffix(" "+answer, " "+part)
		})
		if named && found >= 0 {
			return -1
		}
		if named {
			found = n
		}
	}
	return found
}

// corrections are words that begin or end a message which changes the one before.
var (
	correctionFirst = regexp.MustCompile(`(?i)^(?:(?:no|nope|nah|sorry|oops|ok|okay|thanks|thank you|thx|actually|wait|i meant|i mean|rather|make that|nein|ich meinte|ich meine|entschuldigung|danke|non|pardon|merci|je voulais dire|perdón|perdon|gracias|quería decir|quise decir)[\s,.!:–-]+)+`)
	correctionLast  = regexp.MustCompile(`(?i)[\s,]+(?:instead|rather|stattdessen|plutôt|en su lugar)[\s.!?]*$`)
)

// corrected is a message without the words that only say that it corrects the one before.
func corrected(text string) string {
	rest := correctionLast.ReplaceAllString(correctionFirst.ReplaceAllString(text, ""), "")
	if strings.TrimSpace(rest) == "" {
		return text
	}
	return rest
}

// arguments that a follow-up may change, by tool.
var changeable = map[string][]string{
	"find_people":         {"skill", "level", "role", "location", "certification", "project", "client", "period", "percent"},
	"get_person":          {"person", "period"},
	"find_projects":       {"client", "skill", "person", "period"},
	"get_project":         {"project"},
	"find_certifications": {"certification", "person", "role", "period"},
	"suggest_staffing":    {"project", "person", "skill", "role", "period", "percent"},
	"get_capacity":        {"role", "skill", "location", "period"},
	"list_time_off":       {"person", "role", "location", "period"},
	"count_skills":        {"skill", "role", "location"},
}

// follow reads "and in Berlin?", "what about Priya?", "only seniors": a message that
// only fills slots changes those of the look-up before.
func (i *Interpreter) follow(s *said, names []resolve.Span, before past) (bot.ToolCall, bool, error) {
	if before.tool == "" {
		return bot.ToolCall{}, false, nil
	}
	for _, try := range readings(s, names) {
		if !try.isClear() || !try.onlySlots() {
			continue
		}
		args, ok := change(before, try)
		if !ok {
			continue
		}
		c, err := toolCall(before.tool, args)
		return c, true, err
	}
	return bot.ToolCall{}, false, nil
}

// onlySlots reports whether nothing is said beside slots and words that any follow-up may have.
func (s *said) onlySlots() bool {
	if len(s.slots) == 0 && !s.has("free") {
		return false
	}
	allowed := []string{"who", "list", "know", "about", "hold", "them", filler, "when", "team", "free", "workon"}
	for _, features := range s.features {
		if !slices.ContainsFunc(features, func(f string) bool { return slices.Contains(allowed, f) }) {
			return false
		}
	}
	return true
}

func change(before past, s *said) (map[string]any, bool) {
	args := map[string]any{}
	for k, v := range before.arguments {
		args[k] = v
	}
	f := frame{tool: before.tool, rename: map[string]string{}, drop: map[string]bool{}}
	if before.tool == "suggest_staffing" {
		f.rename["person"] = "replacing"
	}
	for slot, values := range s.slots {
		if !slices.Contains(changeable[before.tool], slot) {
			return nil, false
		}
		switch slot {
		case "skill":
			f.skills(args, values, s)
		case "level":
			if !raise(args, values[0].text) {
				return nil, false
			}
		default:
			f.argument(args, slot, values, s)
		}
	}
	if before.tool == "find_people" && s.has("free") {
		args["condition"] = "free"
	}
	return args, true
}

// raise puts a level to the skills of the look-up before.
func raise(args map[string]any, level string) bool {
	list, ok := args["skills"].([]any)
	if !ok || len(list) == 0 {
		_, isNew := args["skills"].([]map[string]any)
		return isNew
	}
	var raised []any
	for _, one := range list {
		skill, ok := one.(map[string]any)
		if !ok {
			return false
		}
		raised = append(raised, map[string]any{"name": skill["name"], "min_level": number(level)})
	}
	args["skills"] = raised
	return true
}
