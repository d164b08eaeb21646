package serve

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"

	"rollcall/bot"
)

// chatRequest is what of a Chat Completions request counts here.
type chatRequest struct {
	Messages []chatMessage `json:"messages"`
	Tools    []struct {
		Function struct {
			Name string `json:"name"`
		} `json:"function"`
	} `json:"tools"`
	ToolChoice    any  `json:"tool_choice"`
	Stream        bool `json:"stream"`
	StreamOptions struct {
		IncludeUsage bool `json:"include_usage"`
	} `json:"stream_options"`
}

type chatMessage struct {
	Role       string     `json:"role"`
	Content    content    `json:"content"`
	ToolCalls  []chatCall `json:"tool_calls"`
	ToolCallID string     `json:"tool_call_id"`
}

type chatCall struct {
	Index    *int         `json:"index,omitempty"`
	ID       string       `json:"id"`
	Type     string       `json:"type"`
	Function chatFunction `json:"function"`
}

type chatFunction struct {
	Name      string `json:"name"`
	Arguments string `json:"arguments"`
}

func (c chatRequest) request() (bot.Request, error) {
	var out bot.Request
	for i, m := range c.Messages {
		switch m.Role {
		case "system", "developer":
			out.Instructions += string(m.Content)
		case "user":
			out.Messages = append(out.Messages, bot.Message{Role: bot.User, Text: said(string(m.Content))})
		case "assistant":
			next := bot.Message{Role: bot.Assistant, Text: string(m.Content)}
			for _, call := range m.ToolCalls {
				next.Calls = append(next.Calls, bot.ToolCall{ID: call.ID, Name: call.Function.Name, Arguments: json.RawMessage(call.Function.Arguments)})
			}
			out.Messages = append(out.Messages, next)
		case "tool":
			out.Messages = append(out.Messages, bot.Message{Role: bot.ToolRole, CallID: m.ToolCallID, Text: string(m.Content)})
		default:
			return bot.Request{}, fmt.Errorf("message %d has the unknown role %q", i, m.Role)
		}
	}
	names := make([]string, 0, len(c.Tools))
	for _, t := range c.Tools {
		names = append(names, t.Function.Name)
	}
	out.Tools = definitions(names, c.ToolChoice)
	return out, nil
}

func (s *server) chat(w http.ResponseWriter, asked chatRequest, response bot.Response) {
	answer := s.chatAnswer(response)
	if asked.Stream {
		answer.stream(w, asked.StreamOptions.IncludeUsage)
		return
	}
	write(w, http.StatusOK, map[string]any{
		"id": answer.id, "object": "chat.completion", "created": answer.created, "model": answer.model, "usage": answer.usage,
		"choices": []any{map[string]any{
			"index": 0, "finish_reason": answer.finish,
			"message": map[string]any{"role": "assistant", "content": answer.text, "tool_calls": answer.calls},
		}},
	})
}

type chatAnswer struct {
	id, model, text, finish string
	created                 int64
	calls                   []chatCall
	usage                   map[string]any
}

func (s *server) chatAnswer(r bot.Response) chatAnswer {
	a := chatAnswer{
		id: fmt.Sprintf("chatcmpl-%d", s.now().UnixNano()), model: s.model.Name(), text: r.Text, finish: "stop", created: s.now().Unix(), calls: []chatCall{},
		usage: map[string]any{"prompt_tokens": r.Usage.In, "completion_tokens": r.Usage.Out, "total_tokens": r.Usage.Tokens(), "prompt_tokens_details": map[string]int{"cached_tokens": 0}},
	}
	for _, call := range r.Calls {
		a.finish = "tool_calls"
		a.calls = append(a.calls, chatCall{ID: call.ID, Type: "function", Function: chatFunction{call.Name, string(call.Arguments)}})
	}
	return a
}

// stream sends the answer in pieces as the protocol has them: the role, each call's head
// and then its arguments, the reason for the end, the usage when it was asked for.
func (a chatAnswer) stream(w http.ResponseWriter, usage bool) {
	e := newEvents(w)
	chunk := func(choices []any, extra map[string]any) {
		v := map[string]any{"id": a.id, "object": "chat.completion.chunk", "created": a.created, "model": a.model, "choices": choices}
		for k, value := range extra {
			v[k] = value
		}
		e.send("", v)
	}
	delta := func(d map[string]any, finish any) {
		chunk([]any{map[string]any{"index": 0, "delta": d, "finish_reason": finish}}, nil)
	}
	delta(map[string]any{"role": "assistant", "content": a.text}, nil)
	for i, call := range a.calls {
		arguments := call.Function.Arguments
		call.Index, call.Function.Arguments = &i, ""
		delta(map[string]any{"tool_calls": []chatCall{call}}, nil)
		delta(map[string]any{"tool_calls": []any{map[string]any{"index": i, "function": map[string]string{"arguments": arguments}}}}, nil)
	}
	delta(map[string]any{}, a.finish)
	if usage {
		chunk([]any{}, map[string]any{"usage": a.usage})
	}
	_, _ = io.WriteString(w, "data: [DONE]\n\n")
}
