package offline

import (
	"slices"
	"strings"
	"time"

	"rollcall/bot"
	"rollcall/tools"
	"rollcall/tools/resolve"
)

// change reads a message that asks for a change. It does not write: the call draws a card
// that a person has to confirm.
func (i *Interpreter) change(index *resolve.Index, now time.Time, text string, offered []tools.Definition, before past) (bot.ToolCall, bool, error) {
	s := i.sentence(index, now, text)
	r, ok := i.asksFor(s, before)
	switch {
	case ok && r.tool == "decline" && len(s.tokens) == 1 && !before.expectsReply(): // "ok", and there is no card
		return bot.ToolCall{}, false, nil
	case ok:
		c, err := i.propose(index, r, offered, before)
		return c, true, err
	case before.expectsReply() && len(i.grammar.requests(s, true)) > 0: // "no, Ana" where two people are meant
		c, err := decline("not_understood", "a change of what was proposed", "Put Priya on Atlas at 50 % from December.")
		return c, true, err
	}
	return bot.ToolCall{}, false, nil
}

// asksFor returns the only change that the message can mean, whether it asks for one anew
// or goes on from the turn before.
func (i *Interpreter) asksFor(s *sentence, before past) (request, bool) {
	switch all := i.grammar.requests(s, false); {
	case len(all) == 1:
		return all[0], true
	case len(all) > 1:
		return request{}, false
	}
	return before.reply(i.grammar, s)
}

// propose makes the call, when there is a tool for it and it is clear who is meant.
func (i *Interpreter) propose(index *resolve.Index, r request, offered []tools.Definition, before past) (bot.ToolCall, error) {
	if r.tool == "decline" { // "confirm it": a click is nothing that words can do
		return decline("not_available", "a decision, which is made with the buttons of the card", "")
	}
	if !slices.ContainsFunc(offered, func(d tools.Definition) bool { return d.Name == r.tool }) {
		return decline("not_available", "a change", "Who knows Go and is free next month?")
	}
	if pronoun := r.pronoun(); pronoun != "" {
		name := before.person(index)
		if name == "" || pronoun == "them" || pronoun == "they" || pronoun == "their" {
			return toolCall("ask_user", map[string]any{"reason": "missing", "question": `Whom do you mean by "` + pronoun + `"?`})
		}
		r.refer(name)
	}
	return r.call()
}

// pronoun is the first word that stands for somebody, or nothing.
func (r request) pronoun() string {
	all, _ := r.arguments["people"].([]string)
	one, _ := r.arguments["person"].(string)
	for _, p := range append(slices.Clone(all), one) {
		if strings.HasPrefix(p, "<") && strings.HasSuffix(p, ">") && !strings.HasPrefix(p, "<@") {
			return strings.Trim(p, "<>")
		}
	}
	return ""
}

// refer puts a name in the place of pronouns.
func (r request) refer(name string) {
	stands := func(p string) bool { return strings.HasPrefix(p, "<") && !strings.HasPrefix(p, "<@") }
	if all, _ := r.arguments["people"].([]string); all != nil {
		for n := range all {
			if stands(all[n]) {
				all[n] = name
			}
		}
	}
	if one, _ := r.arguments["person"].(string); stands(one) {
		r.arguments["person"] = name
	}
}

// person is whom the last look-up was about, when the asker named exactly one person for it.
func (p past) person(index *resolve.Index) string {
	if !p.own {
		return ""
	}
	people := texts(p.arguments["people"])
	if one, _ := p.arguments["person"].(string); one != "" {
		people = append(people, one)
	}
	named := map[string]bool{}
	for _, span := range index.Find(p.question) {
		if len(span.Of(resolve.Person)) > 0 {
			named[resolve.Fold(p.question[span.Start:span.End])] = true
		}
	}
	if len(people) != 1 || len(named) != 1 || people[0] == "me" {
		return ""
	}
	return people[0]
}
