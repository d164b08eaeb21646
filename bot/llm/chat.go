package llm

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	openai "github.com/sashabaranov/go-openai"

	"rollcall/bot"
	"rollcall/tools"
)

// Config says which server answers and as what.
type Config struct {
	BaseURL string // with the version path, such as http://127.0.0.1:11434/v1; empty is OpenAI's
	Key     string // may be empty for servers that want none
	Model   string
	Client  *http.Client // nil is http.DefaultClient; deadlines come with the context
}

// Chat is a model behind the Chat Completions wire.
type Chat struct {
	client *openai.Client
	model  string
}

var _ bot.Model = (*Chat)(nil)

// NewChat returns the model that the configuration names. It makes no call.
func NewChat(c Config) (*Chat, error) {
	if c.Model == "" {
		return nil, errors.New("OPENAI_MODEL is not set: name the model that OPENAI_BASE_URL serves")
	}
	cfg := openai.DefaultConfig(c.Key)
	if c.BaseURL != "" {
		cfg.BaseURL = c.BaseURL
	}
	client := c.Client
	if client == nil {
		client = http.DefaultClient
	}
	cfg.HTTPClient = noting{client}
	return &Chat{client: openai.NewClientWithConfig(cfg), model: c.Model}, nil
}

// Name returns the name of the model.
func (c *Chat) Name() string { return c.model }

// Error is a call that the server did not answer usefully. Its text names the status and
// never holds the body, which may repeat what was sent.
type Error struct {
	Status int // the HTTP status, 0 when no response came
	Reason string
	err    error
}

// Error is for the operator.
func (e *Error) Error() string {
	if e.Status == 0 {
		return "the model's server: " + e.Reason
	}
	return fmt.Sprintf("the model's server answered %d: %s", e.Status, e.Reason)
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.err }

// Complete makes one call.
func (c *Chat) Complete(ctx context.Context, r bot.Request) (bot.Response, error) {
	var status int
	response, err := c.client.CreateChatCompletion(context.WithValue(ctx, statusKey{}, &status), c.request(r))
	if err != nil {
		return bot.Response{}, classify(err, status)
	}
	// Some gateways answer 200 with an error in the body; the library then sees no choices.
	if len(response.Choices) == 0 {
		return bot.Response{}, &Error{Status: http.StatusOK, Reason: "no choices"}
	}
	message := response.Choices[0].Message
	out := bot.Response{Text: message.Content, Model: response.Model, Usage: usage(response.Usage)}
	for i, call := range message.ToolCalls {
		out.Calls = append(out.Calls, bot.ToolCall{ID: callID(call.ID, i), Name: call.Function.Name, Arguments: arguments(call.Function.Arguments)})
	}
	return out, nil
}

// callID fills the id that some local servers leave out.
func callID(id string, i int) string {
	if id == "" {
		return fmt.Sprintf("call_%d", i)
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

func (c *Chat) request(r bot.Request) openai.ChatCompletionRequest {
	request := openai.ChatCompletionRequest{Model: c.model, Messages: messages(r)}
	for _, t := range r.Tools {
		request.Tools = append(request.Tools, tool(t))
	}
	if len(r.Tools) > 0 {
		request.ParallelToolCalls = false // strict schemas and parallel calls exclude each other
	}
	return request
}

func tool(t tools.Definition) openai.Tool {
	return openai.Tool{Type: openai.ToolTypeFunction, Function: &openai.FunctionDefinition{
		Name: t.Name, Description: t.Description, Strict: true, Parameters: t.Schema,
	}}
}

// messages puts what never changes first, so that the provider's prefix cache serves, and
// the line of the day right before the newest question.
func messages(r bot.Request) []openai.ChatCompletionMessage {
	out := []openai.ChatCompletionMessage{{Role: openai.ChatMessageRoleSystem, Content: r.Instructions}}
	newest := 0
	for i, m := range r.Messages {
		if m.Role == bot.User {
			newest = i
		}
	}
	for i, m := range r.Messages {
		text := m.Text
		if i == newest && m.Role == bot.User && r.Today != "" {
			text = r.Today + "\n\n" + text
		}
		out = append(out, message(m, text))
	}
	return out
}

func message(m bot.Message, text string) openai.ChatCompletionMessage {
	switch m.Role {
	case bot.Assistant:
		out := openai.ChatCompletionMessage{Role: openai.ChatMessageRoleAssistant, Content: text}
		for _, call := range m.Calls {
			out.ToolCalls = append(out.ToolCalls, openai.ToolCall{
				ID: call.ID, Type: openai.ToolTypeFunction,
				Function: openai.FunctionCall{Name: call.Name, Arguments: string(call.Arguments)},
			})
		}
		return out
	case bot.ToolRole:
		if text == "" {
			text = "{}" // some servers refuse a result without content
		}
		return openai.ChatCompletionMessage{Role: openai.ChatMessageRoleTool, Content: text, ToolCallID: m.CallID}
	case bot.User:
	}
	return openai.ChatCompletionMessage{Role: openai.ChatMessageRoleUser, Content: text}
}

func usage(u openai.Usage) bot.Usage {
	out := bot.Usage{In: u.PromptTokens, Out: u.CompletionTokens}
	if u.PromptTokensDetails != nil {
		out.CachedIn = u.PromptTokensDetails.CachedTokens
	}
	if u.CompletionTokensDetails != nil {
		out.Reasoning = u.CompletionTokensDetails.ReasoningTokens
	}
	return out
}

// statusKey leads from a call's context to where its HTTP status is noted: the library's
// errors lose it when the body is not the one it expects.
type statusKey struct{}

// noting notes the status of every response.
type noting struct{ client *http.Client }

// Do sends the request.
func (n noting) Do(r *http.Request) (*http.Response, error) {
	response, err := n.client.Do(r)
	if at, ok := r.Context().Value(statusKey{}).(*int); ok && err == nil {
		*at = response.StatusCode
	}
	return response, err
}

// classify keeps the status of a failed call and drops the body.
func classify(err error, status int) error {
	if status >= http.StatusBadRequest {
		return &Error{Status: status, Reason: http.StatusText(status)}
	}
	if status != 0 {
		return &Error{Reason: "its answer cannot be read", err: err}
	}
	return &Error{Reason: err.Error(), err: err}
}
