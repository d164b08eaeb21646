package bot

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"rollcall/tools"
)

// Models without a tool parser print their calls as text: Hermes and Qwen between
// <tool_call> marks, Llama as a bare object or <function=name>, Mistral as
// [TOOL_CALLS] with a list, many in a fenced block.
var (
	printedName  = regexp.MustCompile(`<function=([a-z_]+)>\s*(\{[\s\S]*\})`)
	printedMarks = strings.NewReplacer("<tool_call>", " ", "</tool_call>", " ", "[TOOL_CALLS]", " ", "<|python_tag|>", " ", "```json", " ", "```", " ", "</function>", " ")
)

// printedCalls reads calls of known tools that were printed as text after so many messages. Text that is anything
// else has none.
func printedCalls(text string, known []tools.Definition, after int) []ToolCall {
	if !strings.Contains(text, "{") {
		return nil
	}
	isKnown := func(name string) bool {
		return slices.ContainsFunc(known, func(d tools.Definition) bool { return d.Name == name })
	}
	if m := printedName.FindStringSubmatch(text); m != nil && isKnown(m[1]) && json.Valid([]byte(m[2])) {
		return []ToolCall{{ID: fmt.Sprintf("printed_%d_0", after), Name: m[1], Arguments: json.RawMessage(m[2])}}
	}
	plain := strings.TrimSpace(printedMarks.Replace(text))
	if plain == "" || (plain[0] != '{' && plain[0] != '[') {
		return nil
	}
	var calls []ToolCall
	for dec := json.NewDecoder(strings.NewReader(plain)); ; {
		var one json.RawMessage
		if dec.Decode(&one) != nil {
			break
		}
		for _, p := range listed(one) {
			if !isKnown(p.Name) {
				return nil
			}
			calls = append(calls, ToolCall{ID: fmt.Sprintf("printed_%d_%d", after, len(calls)), Name: p.Name, Arguments: p.arguments()})
		}
	}
	return calls
}

// printed is a call as models write it.
type printed struct {
	Name       string          `json:"name"`
	Arguments  json.RawMessage `json:"arguments"`
	Parameters json.RawMessage `json:"parameters"`
}

func listed(text json.RawMessage) []printed {
	var many []printed
	if json.Unmarshal(text, &many) == nil {
		return many
	}
	var one printed
	if json.Unmarshal(text, &one) != nil {
		return nil
	}
	return []printed{one}
}

// arguments are an object, or the text of one.
func (p printed) arguments() json.RawMessage {
	raw := p.Arguments
	if raw == nil {
		raw = p.Parameters
	}
	var text string
	if json.Unmarshal(raw, &text) == nil {
		return json.RawMessage(text)
	}
	if raw == nil {
		return json.RawMessage("{}")
	}
	return raw
}
