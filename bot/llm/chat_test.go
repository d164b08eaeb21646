package llm_test

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
	"github.com/google/jsonschema-go/jsonschema"

	"rollcall/bot"
	"rollcall/bot/llm"
	"rollcall/tools"
)

// serve answers every call with the status and body and hands the request's JSON over.
func serve(t *testing.T, status int, body string) (*llm.Model, *map[string]any) {
	t.Helper()
	seen := &map[string]any{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		text, err := io.ReadAll(r.Body)
		if err == nil {
			err = json.Unmarshal(text, seen)
		}
		if err != nil || r.URL.Path != "/v1/chat/completions" || r.Header.Get("Authorization") != "Bearer secret-key" {
			t.Errorf("an unexpected request to %s: %v", r.URL.Path, err)
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}))
	t.Cleanup(server.Close)
	return model(t, server.URL), seen
}

func model(t *testing.T, url string) *llm.Model {
	t.Helper()
	chat, err := llm.New(llm.Config{BaseURL: url + "/v1", Key: "secret-key", Model: "small", RetryDelay: time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	return chat
}

const toolAnswer = `{"model":"small-2026","choices":[{"finish_reason":"tool_calls","message":{"role":"assistant","content":null,
"tool_calls":[{"id":"c1","type":"function","function":{"name":"find_people","arguments":"{\"skills\":[{\"name\":\"Go\",\"min_level\":null}]}"}}]}}],
"usage":{"prompt_tokens":900,"completion_tokens":20,"prompt_tokens_details":{"cached_tokens":800},"completion_tokens_details":{"reasoning_tokens":5}}}`

func question() bot.Request {
	return bot.Request{
		Instructions: "You route.", Today: "Today is Wednesday.",
		Tools: []tools.Definition{{Name: "find_people", Description: "Find people.", Schema: &jsonschema.Schema{Type: "object"}}},
		Messages: []bot.Message{
			{Role: bot.User, Text: "who knows Rust?"},
			{Role: bot.Assistant, Calls: []bot.ToolCall{{ID: "c0", Name: "find_people", Arguments: json.RawMessage(`{}`)}}},
			{Role: bot.ToolRole, CallID: "c0", Text: `{"total":0}`},
			{Role: bot.Assistant, Text: "Nobody."},
			{Role: bot.User, Text: "and Go?"},
		},
	}
}

func TestAToolCallComesBackWithItsUsage(t *testing.T) {
	t.Parallel()
	chat, _ := serve(t, http.StatusOK, toolAnswer)
	got, err := chat.Complete(t.Context(), question())
	want := bot.Response{
		Calls: []bot.ToolCall{{ID: "c1", Name: "find_people", Arguments: json.RawMessage(`{"skills":[{"name":"Go","min_level":null}]}`)}},
		Usage: bot.Usage{In: 900, CachedIn: 800, Out: 20, Reasoning: 5}, Model: "small-2026", Wire: "chat", Finish: "tool_calls",
	}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("error %v (-want +got):\n%s", err, diff)
	}
}

func TestTheRequestKeepsItsPrefixAndPutsTheDayBeforeTheNewestQuestion(t *testing.T) {
	t.Parallel()
	chat, seen := serve(t, http.StatusOK, toolAnswer)
	if _, err := chat.Complete(t.Context(), question()); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"model": "small", "stream": false, "parallel_tool_calls": false,
		"messages": []any{
			map[string]any{"role": "system", "content": "You route."},
			map[string]any{"role": "user", "content": "who knows Rust?"},
			map[string]any{"role": "assistant", "content": nil, "tool_calls": []any{map[string]any{
				"id": "c0", "type": "function", "function": map[string]any{"name": "find_people", "arguments": "{}"},
			}}},
			map[string]any{"role": "tool", "tool_call_id": "c0", "content": `{"total":0}`},
			map[string]any{"role": "assistant", "content": "Nobody."},
			map[string]any{"role": "user", "content": "Today is Wednesday.\n\nand Go?"},
		},
		"tools": []any{map[string]any{"type": "function", "function": map[string]any{
			"name": "find_people", "description": "Find people.", "strict": true, "parameters": map[string]any{"type": "object"},
		}}},
	}
	if diff := cmp.Diff(want, *seen); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestTheLastCallGoesWithoutTools(t *testing.T) {
	t.Parallel()
	chat, seen := serve(t, http.StatusOK, `{"choices":[{"message":{"content":"Done."}}]}`)
	r := question()
	r.Tools = nil
	got, err := chat.Complete(t.Context(), r)
	if err != nil || got.Text != "Done." || len(got.Calls) != 0 {
		t.Errorf("got %+v, error %v", got, err)
	}
	if _, sent := (*seen)["tools"]; sent {
		t.Error("tools were sent")
	}
	if _, sent := (*seen)["parallel_tool_calls"]; sent {
		t.Error("parallel_tool_calls was sent without tools, which servers refuse")
	}
}

func TestMissingIDsAndArgumentsAreFilled(t *testing.T) {
	t.Parallel()
	chat, _ := serve(t, http.StatusOK, `{"choices":[{"message":{"tool_calls":[{"function":{"name":"count_skills","arguments":""}}]}}]}`)
	got, err := chat.Complete(t.Context(), question())
	if err != nil || len(got.Calls) != 1 || got.Calls[0].ID == "" || string(got.Calls[0].Arguments) != "{}" {
		t.Errorf("got %+v, error %v", got, err)
	}
}

func TestAnAnswerThatIsNoneIsAnErrorWithoutItsBody(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		status int
		body   string
		want   int
	}{
		"a server error with JSON":      {500, `{"error":{"message":"leak me"}}`, 500},
		"a rate limit":                  {429, `{"error":{"message":"leak me"}}`, 429},
		"an HTML page":                  {502, `<html>leak me</html>`, 502},
		"an error as text":              {400, `{"error":"leak me"}`, 400},
		"an error as vLLM writes it":    {400, `{"object":"error","message":"leak me","type":"BadRequestError","code":400}`, 400},
		"success with an error body":    {200, `{"error":{"message":"leak me"}}`, 200},
		"success without any choice":    {200, `{"choices":[]}`, 200},
		"a key that is refused":         {401, `{"error":{"message":"leak me: secret-key"}}`, 401},
		"a body that is not JSON":       {200, `leak`, 0},
		"a body that ends in the midst": {200, `{"choices":[{"message":{"content":"ha`, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			chat, _ := serve(t, c.status, c.body)
			_, err := chat.Complete(t.Context(), question())
			var failed *llm.Error
			if !errors.As(err, &failed) || failed.Status != c.want {
				t.Fatalf("got %v, want an llm.Error with status %d", err, c.want)
			}
			if strings.Contains(err.Error(), "leak me") || strings.Contains(err.Error(), "secret-key") {
				t.Errorf("the error repeats the body: %v", err)
			}
		})
	}
}

func TestTheDeadlineEndsACallThatHangs(t *testing.T) {
	t.Parallel()
	hang := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-hang }))
	t.Cleanup(func() { close(hang); server.Close() })
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err := model(t, server.URL).Complete(ctx, question())
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v, want the deadline", err)
	}
}

func TestAConnectionThatIsCutIsAnError(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "500")
		_, _ = io.WriteString(w, `{"choices":[`)
	}))
	t.Cleanup(server.Close)
	if _, err := model(t, server.URL).Complete(t.Context(), question()); err == nil {
		t.Error("no error")
	}
}

func TestAModelNeedsAName(t *testing.T) {
	t.Parallel()
	if _, err := llm.New(llm.Config{Key: "k"}); err == nil || !strings.Contains(err.Error(), "OPENAI_MODEL") {
		t.Errorf("got %v, want an error that names OPENAI_MODEL", err)
	}
}
