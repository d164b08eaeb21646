package serve

import (
	"encoding/json"
	"fmt"
	"net/http"

	"rollcall/bot"
)

// responsesRequest is what of a Responses request counts here.
type responsesRequest struct {
	Instructions string `json:"instructions"`
	Input        input  `json:"input"`
	Tools        []struct {
		Name string `json:"name"`
	} `json:"tools"`
	ToolChoice any  `json:"tool_choice"`
	Stream     bool `json:"stream"`
}

// input is a text, or a list of items.
type input []inputItem

// UnmarshalJSON reads both forms.
func (in *input) UnmarshalJSON(text []byte) error {
	var s string
	if json.Unmarshal(text, &s) == nil {
		*in = input{{Role: "user", Content: content(s)}}
		return nil
	}
	var items []inputItem
	if err := json.Unmarshal(text, &items); err != nil {
		return fmt.Errorf("input is neither text nor a list of items: %w", err)
	}
	*in = items
	return nil
}

type inputItem struct {
	Type      string  `json:"type"`
	Role      string  `json:"role"`
	Content   content `json:"content"`
	CallID    string  `json:"call_id"`
	Name      string  `json:"name"`
	Arguments string  `json:"arguments"`
	Output    content `json:"output"`
}

func (q responsesRequest) request() (bot.Request, error) {
	out := bot.Request{Instructions: q.Instructions}
	for i, item := range q.Input {
		switch {
		case item.Type == "function_call":
			call := bot.ToolCall{ID: item.CallID, Name: item.Name, Arguments: json.RawMessage(item.Arguments)}
			out.Messages = append(out.Messages, bot.Message{Role: bot.Assistant, Calls: []bot.ToolCall{call}})
		case item.Type == "function_call_output":
			out.Messages = append(out.Messages, bot.Message{Role: bot.ToolRole, CallID: item.CallID, Text: string(item.Output)})
		case item.Type == "reasoning":
		case item.Role == "user":
			out.Messages = append(out.Messages, bot.Message{Role: bot.User, Text: said(string(item.Content))})
		case item.Role == "assistant":
			out.Messages = append(out.Messages, bot.Message{Role: bot.Assistant, Text: string(item.Content)})
		case item.Role == "system", item.Role == "developer":
			out.Instructions += string(item.Content)
		default:
			return bot.Request{}, fmt.Errorf("input item %d has the unknown type %q and role %q", i, item.Type, item.Role)
		}
	}
	names := make([]string, 0, len(q.Tools))
	for _, t := range q.Tools {
		names = append(names, t.Name)
	}
	out.Tools = definitions(names, q.ToolChoice)
	return out, nil
}

func (s *server) responses(w http.ResponseWriter, asked responsesRequest, response bot.Response) {
	answer := s.responsesAnswer(response)
	if asked.Stream {
		answer.stream(w)
		return
	}
	write(w, http.StatusOK, answer.object("completed", answer.items))
}

type responsesAnswer struct {
	id, model string
	created   int64
	items     []map[string]any
	usage     map[string]any
}

func (s *server) responsesAnswer(r bot.Response) responsesAnswer {
	a := responsesAnswer{
		id: fmt.Sprintf("resp_%d", s.now().UnixNano()), model: s.model.Name(), created: s.now().Unix(), items: []map[string]any{},
		usage: map[string]any{
			"input_tokens": r.Usage.In, "output_tokens": r.Usage.Out, "total_tokens": r.Usage.Tokens(),
			"input_tokens_details": map[string]int{"cached_tokens": 0}, "output_tokens_details": map[string]int{"reasoning_tokens": 0},
		},
	}
	for _, call := range r.Calls {
		a.items = append(a.items, map[string]any{
			"type": "function_call", "id": "fc_" + call.ID, "call_id": call.ID, "name": call.Name, "arguments": string(call.Arguments), "status": "completed",
		})
	}
	if len(r.Calls) == 0 {
		a.items = append(a.items, map[string]any{
			"type": "message", "id": "msg_" + a.id, "role": "assistant", "status": "completed",
			"content": []any{map[string]any{"type": "output_text", "text": r.Text, "annotations": []any{}}},
		})
	}
	return a
}

func (a responsesAnswer) object(status string, items []map[string]any) map[string]any {
	out := map[string]any{"id": a.id, "object": "response", "created_at": a.created, "status": status, "model": a.model, "output": items, "error": nil}
	if status == "completed" {
		out["usage"] = a.usage
	}
	return out
}

// stream sends the events of an answer in the order that the protocol has.
func (a responsesAnswer) stream(w http.ResponseWriter) {
	e := newEvents(w)
	send := func(kind string, fields map[string]any) {
		fields["type"], fields["sequence_number"] = kind, e.n
		e.n++
		e.send(kind, fields)
	}
	send("response.created", map[string]any{"response": a.object("in_progress", []map[string]any{})})
	for i, item := range a.items {
		send("response.output_item.added", map[string]any{"output_index": i, "item": item})
		if item["type"] == "function_call" {
			place := func(extra string) map[string]any {
				return map[string]any{"output_index": i, "item_id": item["id"], extra: item["arguments"]}
			}
			send("response.function_call_arguments.delta", place("delta"))
			send("response.function_call_arguments.done", place("arguments"))
		}
		send("response.output_item.done", map[string]any{"output_index": i, "item": item})
	}
	send("response.completed", map[string]any{"response": a.object("completed", a.items)})
}
