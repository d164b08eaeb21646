package bot

import "encoding/json"

// What a conversation remembers: enough for "and in Berlin?", and no more.
const (
	rememberedTurns = 6
	rememberedRunes = 1500
)

// remember appends the turn to the history and drops the oldest turns, always whole ones.
// Results shrink to their headline: a follow-up looks things up afresh.
func remember(history, turn []Message, a Answer) []Message {
	kept := append([]Message{}, history...)
	for _, m := range turn {
		m.Text = cut(m.Text)
		if m.Role == ToolRole {
			m.Text = summarise(a.View.Headline)
		}
		kept = append(kept, m)
	}
	kept = append(kept, Message{Role: Assistant, Text: cut(a.Text())})
	turns := 0
	for i := len(kept) - 1; i >= 0; i-- {
		if kept[i].Role != User {
			continue
		}
		if turns++; turns == rememberedTurns {
			return kept[i:]
		}
	}
	return kept
}

func cut(s string) string {
	runes := 0
	for i := range s {
		if runes++; runes > rememberedRunes {
			return s[:i] + "…"
		}
	}
	return s
}

func summarise(headline string) string {
	text, err := json.Marshal(map[string]string{"summary": headline})
	if err != nil {
		return "{}"
	}
	return string(text)
}
