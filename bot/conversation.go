package bot

import "encoding/json"

// What a conversation remembers: enough for "and in Berlin?", and no more.
const (
	rememberedTurns  = 6
	rememberedRunes  = 1500 // of one message
	rememberedTokens = 2000 // of all, estimated; the newest turn stays whatever its size
	bytesPerToken    = 4    // a common estimate for text in Latin script
)

// remember appends the turn to the history and drops the oldest turns, always whole ones.
// Results shrink to their headline: a follow-up looks things up afresh.
func remember(history, turn []Message, a Answer) []Message {
	kept := append([]Message{}, history...)
	for _, m := range turn {
		m.Text, m.Opaque = cutTo(m.Text, rememberedRunes), nil // providers want their items back within a turn only
		if m.Role == ToolRole {
			m.Text = summarise(a.View.Headline)
		}
		kept = append(kept, m)
	}
	kept = append(kept, Message{Role: Assistant, Text: cutTo(a.View.Headline, rememberedRunes)})
	return trim(kept)
}

// trim drops the oldest turns beyond the limits.
func trim(messages []Message) []Message {
	turns, size, start := 0, 0, 0
	for i := len(messages) - 1; i >= 0; i-- {
		size += sizeOf(messages[i])
		if messages[i].Role != User {
			continue
		}
		if turns++; turns > 1 && (turns > rememberedTurns || size > rememberedTokens*bytesPerToken) {
			break
		}
		start = i
	}
	return messages[start:]
}

func sizeOf(m Message) int {
	size := len(m.Text)
	for _, c := range m.Calls {
		size += len(c.Name) + len(c.Arguments)
	}
	return size
}

func summarise(headline string) string {
	text, err := json.Marshal(map[string]any{"data": map[string]string{"summary": Clean(headline)}})
	if err != nil {
		return "{}"
	}
	return string(text)
}
