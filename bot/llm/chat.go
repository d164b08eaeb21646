package llm

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"

	openai "github.com/sashabaranov/go-openai"

	"rollcall/bot"
	"rollcall/tools"
)

// chat makes one call by Chat Completions.
func (m *Model) chat(ctx context.Context, r bot.Request) (bot.Response, error) {
	x := &exchange{}
	request := m.chatRequest(r, x)
	x.chat = len(x.echo) > 0 || slices.ContainsFunc(request.Messages, func(m openai.ChatCompletionMessage) bool { return m.Content == "" })
	response, err := m.client.CreateChatCompletion(withExchange(ctx, x), request)
	if err != nil {
		return bot.Response{}, failure(ctx, err, x)
	}
	// Some gateways answer 200 with an error in the body; the library then sees no choices.
	if len(response.Choices) == 0 {
		if x.failed {
			return bot.Response{}, failure(ctx, nil, x)
		}
		return bot.Response{}, &Error{Status: http.StatusOK, Reason: "no choices", retry: true}
	}
	choice := response.Choices[0]
	out := bot.Response{
		Text: choice.Message.Content, Model: response.Model, Usage: chatUsage(response.Usage),
		Finish: string(choice.FinishReason), Opaque: chatExtras(x.body, len(r.Messages)),
	}
	for i, call := range choice.Message.ToolCalls {
		out.Calls = append(out.Calls, bot.ToolCall{ID: callID(call.ID, len(r.Messages), i), Name: call.Function.Name, Arguments: arguments(call.Function.Arguments)})
	}
	return out, cutOff(out)
}

// cutOff refuses a step that the server did not let the model finish. A reason that
// nobody knows is none to refuse what can be read.
func cutOff(r bot.Response) error {
	switch r.Finish {
	case "length", "incomplete", "max_output_tokens":
		for _, call := range r.Calls {
			if !json.Valid(call.Arguments) {
				return &Error{Status: http.StatusOK, Reason: "it stopped at its limit of tokens"}
			}
		}
		if len(r.Calls) == 0 {
			return &Error{Status: http.StatusOK, Reason: "it stopped at its limit of tokens"}
		}
	case "content_filter":
		return &Error{Status: http.StatusOK, Reason: "its content filter stopped it", Code: "content_filter"}
	}
	return nil
}

// callID fills the id that some local servers leave out: the number of the call in a step
// that follows so many messages, which no other call of the conversation has.
func callID(id string, after, i int) string {
	if id == "" {
		return fmt.Sprintf("call_%d_%d", after, i)
	}
	return id
}

// arguments makes the missing arguments that some servers send an empty object.
func arguments(text string) json.RawMessage {
	if text == "" {
		return json.RawMessage("{}")
	}
	return json.RawMessage(text)
}

func (m *Model) chatRequest(r bot.Request, x *exchange) openai.ChatCompletionRequest {
	request := openai.ChatCompletionRequest{Model: m.name, Messages: chatMessages(r, x)}
	x.tool = m.toolText(Chat, r.Tools, func(t tools.Definition) any { return openai.Tool{Type: openai.ToolTypeFunction, Function: function(t)} })
	if len(r.Tools) > 0 {
		request.ParallelToolCalls = false // strict schemas and parallel calls exclude each other
		if r.MustCall {
			request.ToolChoice = "required"
		}
	}
	if reasoningTools.MatchString(m.name) {
		request.ReasoningEffort = openai.ReasoningEffortNone
	}
	return request
}

func function(t tools.Definition) *openai.FunctionDefinition {
	return &openai.FunctionDefinition{Name: t.Name, Description: t.Description, Strict: true, Parameters: t.Schema}
}

// chatMessages puts what never changes first, so that the provider's prefix cache serves,
// and the line of the day right before the newest question.
func chatMessages(r bot.Request, x *exchange) []openai.ChatCompletionMessage {
	out := []openai.ChatCompletionMessage{{Role: openai.ChatMessageRoleSystem, Content: r.Instructions}}
	for _, m := range dated(r) {
		if o, ok := decodeOpaque(m.Opaque, Chat); ok && o.Chat != nil {
			if x.echo == nil {
				x.echo = map[int]opaqueChat{}
			}
			x.echo[len(out)] = *o.Chat
		}
		out = append(out, chatMessage(m))
	}
	return out
}

// dated returns the messages with the words of others as data, and the line of the day
// before the newest question.
func dated(r bot.Request) []bot.Message {
	out := append([]bot.Message{}, r.Messages...)
	for i, m := range out {
		if m.Foreign {
			out[i].Text = bot.Fenced(m.Text)
		}
	}
	for i := len(out) - 1; i >= 0; i-- {
		if out[i].Role == bot.User {
			if r.Today != "" {
				out[i].Text = r.Today + "\n\n" + out[i].Text
			}
			break
		}
	}
	return out
}

func chatMessage(m bot.Message) openai.ChatCompletionMessage {
	switch m.Role {
	case bot.Assistant:
		out := openai.ChatCompletionMessage{Role: openai.ChatMessageRoleAssistant, Content: m.Text}
		for _, call := range m.Calls {
			out.ToolCalls = append(out.ToolCalls, openai.ToolCall{
				ID: call.ID, Type: openai.ToolTypeFunction,
				Function: openai.FunctionCall{Name: call.Name, Arguments: string(arguments(string(call.Arguments)))},
			})
		}
		return out
	case bot.ToolRole:
		return openai.ChatCompletionMessage{Role: openai.ChatMessageRoleTool, Content: result(m), ToolCallID: m.CallID}
	case bot.User:
	}
	return openai.ChatCompletionMessage{Role: openai.ChatMessageRoleUser, Content: m.Text}
}

// result is a tool's result; some servers refuse one without content.
func result(m bot.Message) string {
	if m.Text == "" {
		return "{}"
	}
	return m.Text
}

func chatUsage(u openai.Usage) bot.Usage {
	out := bot.Usage{In: u.PromptTokens, Out: u.CompletionTokens}
	if u.PromptTokensDetails != nil {
		out.CachedIn = u.PromptTokensDetails.CachedTokens
	}
	if u.CompletionTokensDetails != nil {
		out.Reasoning = u.CompletionTokensDetails.ReasoningTokens
	}
	return out
}
