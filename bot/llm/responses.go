package llm

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"

	openai "github.com/sashabaranov/go-openai"

	"rollcall/bot"
	"rollcall/tools"
)

// responses makes one call by the Responses wire. Nothing is stored at the provider:
// what it wants to see again comes back from our own conversation.
func (m *Model) responses(ctx context.Context, r bot.Request) (bot.Response, error) {
	x := &exchange{}
	response, err := m.client.CreateResponse(withExchange(ctx, x), m.responsesRequest(r, x))
	if err != nil {
		return bot.Response{}, failure(ctx, err, x)
	}
	if x.failed || response.Status == openai.ResponseStatusFailed || response.Status == openai.ResponseStatusCancelled {
		x.failed = true
		return bot.Response{}, failure(ctx, nil, x)
	}
	out, err := readOutput(x.body, len(r.Messages))
	if err != nil {
		return bot.Response{}, &Error{Reason: "its answer cannot be read", retry: true}
	}
	out.Model, out.Finish, out.Usage = response.Model, string(response.Status), responsesUsage(response.Usage)
	if response.Status == openai.ResponseStatusIncomplete && response.IncompleteDetails != nil {
		out.Finish = response.IncompleteDetails.Reason
	}
	if len(out.Calls) == 0 && out.Text == "" && out.Finish == "" {
		return bot.Response{}, &Error{Status: http.StatusOK, Reason: "no output", retry: true}
	}
	return out, cutOff(out)
}

// readOutput takes calls and text out of the output's items and keeps the items as they are.
func readOutput(body []byte, after int) (bot.Response, error) {
	var answer struct {
		Output []json.RawMessage `json:"output"`
	}
	if err := json.Unmarshal(body, &answer); err != nil {
		return bot.Response{}, err
	}
	var out bot.Response
	var said strings.Builder
	for i, raw := range answer.Output {
		var item openai.ResponseOutputItem
		if err := json.Unmarshal(raw, &item); err != nil {
			continue // a kind of item that is nothing to us; it is echoed all the same
		}
		switch item.Type {
		case "function_call":
			out.Calls = append(out.Calls, bot.ToolCall{ID: callID(item.CallID, after, i), Name: item.Name, Arguments: arguments(item.Arguments)})
		case "message":
			for _, part := range item.Content {
				said.WriteString(part.Text)
			}
		}
	}
	out.Text = said.String()
	out.Opaque = opaque{Wire: Responses, Items: answer.Output}.encode()
	return out, nil
}

func (m *Model) responsesRequest(r bot.Request, x *exchange) openai.CreateResponseRequest {
	no := false
	request := openai.CreateResponseRequest{
		Model: m.name, Instructions: r.Instructions, Input: responsesInput(r), Store: &no, PromptCacheKey: r.CacheKey,
	}
	if reasons.MatchString(m.name) { // other models refuse the field
		request.Include = []openai.ResponseInclude{openai.ResponseIncludeReasoningEncryptedContent}
	}
	x.tool = m.toolText(Responses, r.Tools, func(t tools.Definition) any { return openai.NewResponseFunctionTool(*function(t)) })
	if len(r.Tools) > 0 {
		request.ParallelToolCalls = &no
		if r.MustCall {
			request.ToolChoice = "required"
		}
	}
	return request
}

func responsesInput(r bot.Request) []any {
	var out []any
	for _, m := range dated(r) {
		switch m.Role {
		case bot.Assistant:
			out = append(out, assistantItems(m)...)
		case bot.ToolRole:
			out = append(out, openai.ResponseFunctionCallOutput{Type: "function_call_output", CallID: m.CallID, Output: result(m)})
		case bot.User:
			out = append(out, openai.ResponseInputMessage{Role: "user", Content: m.Text})
		}
	}
	return out
}

// assistantItems are the provider's own items where it left some, else the same said anew.
func assistantItems(m bot.Message) []any {
	var out []any
	if o, ok := decodeOpaque(m.Opaque, Responses); ok {
		for _, item := range o.Items {
			out = append(out, item)
		}
		return out
	}
	if m.Text != "" {
		out = append(out, openai.ResponseInputMessage{Role: "assistant", Content: m.Text})
	}
	for _, call := range m.Calls {
		out = append(out, map[string]any{"type": "function_call", "call_id": call.ID, "name": call.Name, "arguments": string(arguments(string(call.Arguments)))})
	}
	return out
}

func responsesUsage(u *openai.ResponseUsage) bot.Usage {
	if u == nil {
		return bot.Usage{}
	}
	out := bot.Usage{In: u.InputTokens, Out: u.OutputTokens}
	if u.InputTokensDetails != nil {
		out.CachedIn, out.CacheWrite = u.InputTokensDetails.CachedTokens, u.InputTokensDetails.CacheWriteTokens
	}
	if u.OutputTokensDetails != nil {
		out.Reasoning = u.OutputTokensDetails.ReasoningTokens
	}
	return out
}
