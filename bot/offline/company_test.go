package offline_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"rollcall/bot"
	"rollcall/bot/offline"
	"rollcall/tools/resolve"
)

// proposed plays the tools that propose: it asks for what is missing and says which names
// are unclear, as they do, and draws no card.
func proposed(index *resolve.Index, tool string, args map[string]any) string {
	for _, field := range []struct {
		name string
		kind resolve.Kind
	}{{"people", resolve.Person}, {"person", resolve.Person}, {"project", resolve.Project}, {"from_project", resolve.Project}, {"certification", resolve.Certification}, {"role", resolve.Role}, {"client", resolve.Client}} {
		values, _ := args[field.name].([]any)
		if one, ok := args[field.name].(string); ok {
			values = []any{one}
		}
		for _, v := range values {
			if v == "me" || field.name == "project" && args["action"] == "create" {
				continue
			}
			if problem := unclear(index, field.kind, fmt.Sprint(v)); problem != "" {
				return problem
			}
		}
	}
	has := func(name string) bool { return args[name] != nil }
	action := args["action"]
	switch {
	case tool == "propose_assignment" && !has("project") && action != "extend":
		return missing("Which project?")
	case tool == "propose_assignment" && (action == "assign" || action == "hold") && !has("percent"):
		return missing("How many percent?")
	case tool == "propose_assignment" && (action == "assign" || action == "hold") && !has("period"), tool == "propose_time_off" && action == "add" && !has("period"):
		return missing("From when?")
	case tool == "propose_assignment" && action == "extend" && !has("period"):
		return missing("Until when?")
	case tool == "propose_project" && action == "open_role" && !has("role"):
		return missing("Which role?")
	}
	return `{"card":{}}`
}

func missing(question string) string {
	return `{"error":{"code":"missing","message":"` + question + `","did_you_mean":null}}`
}

func unclear(index *resolve.Index, kind resolve.Kind, name string) string {
	r := index.Resolve(kind, name)
	if r.Outcome == resolve.Resolved {
		return ""
	}
	var names []string
	for _, e := range r.Candidates {
		names = append(names, e.Name)
	}
	text, err := json.Marshal(map[string]any{"error": map[string]any{"code": string(r.Outcome), "message": fmt.Sprintf("%q may be %d: %s", name, len(names), strings.Join(names, "; ")), "did_you_mean": names}})
	if err != nil {
		return err.Error()
	}
	return string(text)
}

// converse says one thing after the other and returns the last call of the last turn.
func converse(tb testing.TB, i *offline.Interpreter, index *resolve.Index, turns ...string) string {
	tb.Helper()
	var messages []bot.Message
	last := ""
	for _, text := range turns {
		messages = append(messages, user(text))
		for range 3 {
			r, err := i.Complete(context.Background(), bot.Request{Tools: someTools, Messages: messages})
			if err != nil {
				tb.Fatal(err)
			}
			if len(r.Calls) == 0 {
				break
			}
			c := r.Calls[0]
			last = c.Name + " " + string(c.Arguments)
			messages = append(messages, bot.Message{Role: bot.Assistant, Calls: r.Calls})
			if c.Name == "ask_user" || c.Name == "decline" {
				break
			}
			result := "{}"
			if strings.HasPrefix(c.Name, "propose_") {
				var args map[string]any
				if err := json.Unmarshal(c.Arguments, &args); err != nil {
					tb.Fatal(err)
				}
				result = proposed(index, c.Name, args)
			}
			messages = append(messages, bot.Message{Role: bot.ToolRole, CallID: c.ID, Text: result})
		}
		messages = append(messages, bot.Message{Role: bot.Assistant, Text: "Done."})
	}
	return last
}
