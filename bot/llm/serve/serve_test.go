package serve_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	openai "github.com/sashabaranov/go-openai"

	"rollcall/bot"
	"rollcall/bot/llm"
	"rollcall/bot/llm/serve"
	"rollcall/tools"
)

// echo is a model that calls a tool for every question, and ends after a result.
type echo struct{ seen chan bot.Request }

func (echo) Name() string { return "echo" }

func (e echo) Complete(_ context.Context, r bot.Request) (bot.Response, error) {
	select {
	case e.seen <- r:
	default:
	}
	last := r.Messages[len(r.Messages)-1]
	switch {
	case last.Text == "fail":
		return bot.Response{}, errors.New("secret reason")
	case last.Role == bot.ToolRole || len(r.Tools) == 0:
		return bot.Response{Text: "Done."}, nil
	}
	return bot.Response{Calls: []bot.ToolCall{{ID: "x", Name: "find_people", Arguments: json.RawMessage(`{"location":"Berlin"}`)}}}, nil
}

func newServer(t *testing.T) (*httptest.Server, chan bot.Request) {
	t.Helper()
	seen := make(chan bot.Request, 10)
	server := httptest.NewServer(serve.Handler(echo{seen}, time.Now))
	t.Cleanup(server.Close)
	return server, seen
}

func conversation() bot.Request {
	return bot.Request{
		Instructions: "You route.", Today: "Today is Wednesday 25 November 2026, UTC.", Tools: []tools.Definition{{Name: "find_people"}, {Name: "get_person"}},
		Messages: []bot.Message{
			{Role: bot.User, Text: "who?\n\nreally"},
			{Role: bot.Assistant, Calls: []bot.ToolCall{{ID: "c0", Name: "find_people", Arguments: json.RawMessage(`{}`)}}},
			{Role: bot.ToolRole, CallID: "c0", Text: `{"data":{}}`},
			{Role: bot.Assistant, Text: "Nobody."},
			{Role: bot.User, Text: "and in Berlin?"},
		},
	}
}

func TestAModelBehindEitherWireSeesAndSaysTheSame(t *testing.T) {
	t.Parallel()
	for _, wire := range []llm.Wire{llm.Chat, llm.Responses} {
		t.Run(string(wire), func(t *testing.T) {
			t.Parallel()
			server, seen := newServer(t)
			m, err := llm.New(llm.Config{BaseURL: server.URL + "/v1", Model: "echo", Wire: wire})
			if err != nil {
				t.Fatal(err)
			}
			r := conversation()
			got, err := m.Complete(t.Context(), r)
			if err != nil || len(got.Calls) != 1 || got.Calls[0].Name != "find_people" || string(got.Calls[0].Arguments) != `{"location":"Berlin"}` || got.Usage.In < 50 || got.Model != "echo" {
				t.Fatalf("got %+v, %v", got, err)
			}
			want := conversation()
			want.Today = ""
			if diff := cmp.Diff(want, <-seen); diff != "" {
				t.Errorf("the model saw (-want +got):\n%s", diff)
			}
			r.Messages = append(r.Messages, bot.Message{Role: bot.Assistant, Calls: got.Calls, Opaque: got.Opaque}, bot.Message{Role: bot.ToolRole, CallID: got.Calls[0].ID, Text: `{}`})
			if got, err = m.Complete(t.Context(), r); err != nil || got.Text != "Done." || len(got.Calls) != 0 {
				t.Errorf("then %+v, %v", got, err)
			}
			if after := <-seen; len(after.Messages) != 7 || after.Messages[5].Calls[0].ID != after.Messages[6].CallID {
				t.Errorf("the result is not its call's: %+v", after.Messages[5:])
			}
		})
	}
}

func client(server *httptest.Server) *openai.Client {
	c := openai.DefaultConfig("")
	c.BaseURL = server.URL + "/v1"
	return openai.NewClientWithConfig(c)
}

func TestChatCompletionsStreamsAndCountsAtTheEnd(t *testing.T) {
	t.Parallel()
	server, _ := newServer(t)
	stream, err := client(server).CreateChatCompletionStream(t.Context(), openai.ChatCompletionRequest{
		Model: "echo", Messages: []openai.ChatCompletionMessage{{Role: "user", Content: "who?"}}, StreamOptions: &openai.StreamOptions{IncludeUsage: true},
		Tools: []openai.Tool{{Type: "function", Function: &openai.FunctionDefinition{Name: "find_people"}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer stream.Close()
	var name, arguments, finish string
	var usage *openai.Usage
	for {
		chunk, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if chunk.Usage != nil {
			usage = chunk.Usage
		}
		for _, c := range chunk.Choices {
			if c.FinishReason != "" {
				finish = string(c.FinishReason)
			}
			for _, call := range c.Delta.ToolCalls {
				name, arguments = name+call.Function.Name, arguments+call.Function.Arguments
			}
		}
	}
	if name != "find_people" || arguments != `{"location":"Berlin"}` || finish != "tool_calls" || usage == nil || usage.PromptTokens == 0 {
		t.Errorf("%s(%s), %q, usage %+v", name, arguments, finish, usage)
	}
}

func TestResponsesStreamsItsEventsInOrder(t *testing.T) {
	t.Parallel()
	server, _ := newServer(t)
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL+"/v1/responses", strings.NewReader(`{"input":"who?","tools":[{"type":"function","name":"find_people"}],"stream":true}`))
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	var kinds []string
	for line := range strings.Lines(string(text)) {
		if data, ok := strings.CutPrefix(line, "data: "); ok {
			var e struct {
				Type     string `json:"type"`
				Sequence int    `json:"sequence_number"`
			}
			if err := json.Unmarshal([]byte(data), &e); err != nil || e.Sequence != len(kinds) {
				t.Errorf("event %s: %v", data, err)
			}
			kinds = append(kinds, e.Type)
		}
	}
	want := []string{"response.created", "response.output_item.added", "response.function_call_arguments.delta", "response.function_call_arguments.done", "response.output_item.done", "response.completed"}
	if diff := cmp.Diff(want, kinds); diff != "" {
		t.Error(diff)
	}
}

func TestRequestsThatMakeNoSenseAreRefusedInTheProtocolsForm(t *testing.T) {
	t.Parallel()
	server, _ := newServer(t)
	for name, c := range map[string]struct {
		path, body string
		status     int
	}{
		"no JSON":              {"/v1/chat/completions", `{`, 400},
		"no message":           {"/v1/chat/completions", `{"messages":[]}`, 400},
		"an unknown role":      {"/v1/chat/completions", `{"messages":[{"role":"wizard","content":"x"}]}`, 400},
		"content of no kind":   {"/v1/chat/completions", `{"messages":[{"role":"user","content":5}]}`, 400},
		"no input":             {"/v1/responses", `{}`, 400},
		"an unknown item":      {"/v1/responses", `{"input":[{"type":"smoke"}]}`, 400},
		"input of no kind":     {"/v1/responses", `{"input":7}`, 400},
		"too much":             {"/v1/responses", `{"input":"` + strings.Repeat("x", 5<<20) + `"}`, 413},
		"another path":         {"/v1/embeddings", `{}`, 404},
		"a model that fails":   {"/v1/chat/completions", `{"messages":[{"role":"user","content":[{"type":"text","text":"fail"}]}]}`, 500},
		"a model that is fine": {"/v1/chat/completions", `{"messages":[{"role":"user","content":"x"}],"tools":[{"function":{"name":"a"}}],"tool_choice":"none"}`, 200},
	} {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL+c.path, strings.NewReader(c.body))
		if err != nil {
			t.Fatal(err)
		}
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(response.Body)
		_ = response.Body.Close()
		var body struct {
			Error *struct{ Message, Type string }
		}
		if err != nil || json.Unmarshal(text, &body) != nil || response.StatusCode != c.status || (body.Error != nil) != (c.status != 200) || strings.Contains(string(text), "secret") {
			t.Errorf("%s: %d %s", name, response.StatusCode, text)
		}
	}
	models, err := client(server).ListModels(t.Context())
	if err != nil || len(models.Models) != 1 || models.Models[0].ID != "echo" {
		t.Errorf("models %+v, %v", models, err)
	}
}
