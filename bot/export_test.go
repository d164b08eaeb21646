package bot

import (
	"encoding/json"

	"rollcall/tools"
)

// GroundedForTest grounds text on a question and one result without a turn.
func GroundedForTest(question, result, text string) string {
	o := tools.Outcome{Result: plainResult{}, JSON: json.RawMessage(result)}
	return newEvidence(question, []outcome{{o, "find_people"}}).grounded(text)
}

type plainResult struct{}

func (plainResult) View() tools.View { return tools.View{Headline: "4 people with Go."} }

// FencedForTest cleans the texts inside JSON.
func FencedForTest(text json.RawMessage) string { return fenced(text) }

// PrintedForTest reads calls out of text.
func PrintedForTest(text string, known []tools.Definition) []ToolCall {
	return printedCalls(text, known, 1)
}
