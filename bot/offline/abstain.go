package offline

import (
	"fmt"
	"slices"
	"strings"

	"rollcall/bot"
	"rollcall/tools"
	"rollcall/tools/resolve"
)

// refuse declines what no look-up may or can answer: private matters, other topics, and
// changes that were not read as one, or that there is no tool for.
func (i *Interpreter) refuse(s *said, offered []tools.Definition) (bot.ToolCall, bool, error) {
	only := func(feature string) bool {
		return slices.ContainsFunc(s.features, func(all []string) bool { return len(all) == 1 && all[0] == feature })
	}
	switch {
	case only("sensitive"):
		c, err := decline("sensitive", "", hint(s))
		return c, true, err
	case only("unsupported"), only("write") && !canChange(offered):
		c, err := decline("not_available", "a change", hint(s))
		return c, true, err
	case only("write"):
		c, err := decline("not_understood", "a change", "Put Priya on Atlas at 50 % from December.")
		return c, true, err
	case only("out"):
		c, err := decline("out_of_scope", "", hint(s))
		return c, true, err
	}
	return bot.ToolCall{}, false, nil
}

// canChange reports whether there is a tool for any change.
func canChange(offered []tools.Definition) bool {
	return slices.ContainsFunc(offered, func(d tools.Definition) bool { return amendable[d.Name] != nil })
}

// abstain says what was understood and what was not.
func (i *Interpreter) abstain(s *said, names []resolve.Span) (bot.ToolCall, error) {
	parts := slices.Clone(s.understood)
	for _, topic := range []struct{ feature, words string }{
		{"free", "being free"},
		{"cert", "certificates"},
		{"expire", "expiring"},
		{"away", "time off"},
		{"project", "projects"},
		{"bench", "the bench"},
		{"over", "overbooking"},
		{"busy", "utilisation"},
		{"replace", "a replacement"},
		{"suggest", "a suggestion"},
	} {
		if s.has(topic.feature) {
			parts = append(parts, topic.words)
		}
	}
	if len(parts)+len(s.unknown)+len(s.features) == 0 { // a greeting, "what can you do"
		return decline("out_of_scope", "", hint(s))
	}
	understood := strings.Join(parts, "; ")
	if len(s.unknown) > 0 {
		quoted := make([]string, 0, len(s.unknown))
		for _, w := range s.unknown[:min(4, len(s.unknown))] {
			quoted = append(quoted, fmt.Sprintf("“%s”", w))
		}
		understood = strings.TrimPrefix(understood+"; but not "+strings.Join(quoted, ", "), "; ")
	}
	_ = names
	return decline("not_understood", understood, hint(s))
}

// hint is an example that fits the words that were understood.
func hint(s *said) string {
	switch {
	case s.has("cert"), s.has("expire"):
		return "Which certificates expire next month?"
	case s.has("away"):
		return "Who is away next week?"
	case s.has("project"):
		return "Which projects end this quarter?"
	case s.has("busy"), s.has("capacity"):
		return "What is our utilisation by role this month?"
	}
	return "Who knows Go and is free next month?"
}
