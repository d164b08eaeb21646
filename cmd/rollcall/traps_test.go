package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
)

// step is one answer of a model's server: text, or a call of a tool.
type step struct {
	status          int
	raw             string // the whole body, when it is none of the two
	text            string
	tool, arguments string
	finish          string
	cut             bool
}

// body writes the step as the wire of the path has it.
func (s step) body(path string) string {
	if s.raw != "" || s.status >= 400 {
		return s.raw
	}
	quote := func(v string) string {
		text, err := json.Marshal(v)
		if err != nil {
			panic(err)
		}
		return string(text)
	}
	if strings.HasSuffix(path, "/responses") {
		item := `{"type":"message","content":[{"type":"output_text","text":` + quote(s.text) + `}]}`
		if s.tool != "" {
			item = fmt.Sprintf(`{"type":"function_call","call_id":"c","name":%s,"arguments":%s}`, quote(s.tool), quote(s.arguments))
		}
		return `{"model":"m","status":"completed","output":[` + item + `],"usage":{"input_tokens":100,"output_tokens":9}}`
	}
	message := `{"role":"assistant","content":` + quote(s.text) + `}`
	if s.tool != "" {
		message = fmt.Sprintf(`{"role":"assistant","content":"","tool_calls":[{"id":"c","type":"function","function":{"name":%s,"arguments":%s}}]}`, quote(s.tool), quote(s.arguments))
	}
	return fmt.Sprintf(`{"model":"m","choices":[{"finish_reason":%s,"message":%s}],"usage":{"prompt_tokens":100,"completion_tokens":9}}`, quote(s.finish), message)
}

// misbehaving serves the steps in turn, the last one for ever, on both wires.
func misbehaving(t *testing.T, steps ...step) string {
	t.Helper()
	var mu sync.Mutex
	n := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		s := steps[min(n, len(steps)-1)]
		n++
		if s.cut {
			w.Header().Set("Content-Length", "9999")
		}
		w.WriteHeader(max(s.status, http.StatusOK))
		_, _ = io.WriteString(w, s.body(r.URL.Path))
	}))
	t.Cleanup(server.Close)
	return server.URL + "/v1"
}

func TestTheWholeBotOverHTTPOvercomesWhatServersAndModelsDoWrong(t *testing.T) {
	t.Parallel()
	const arguments = `{"skills":[{"name":"Go","min_level":null}],"condition":"free","period":"next month"}`
	good, done := step{tool: "find_people", arguments: arguments, finish: "tool_calls"}, step{text: "Here are the people.", finish: "stop"}
	for name, steps := range map[string][]step{
		"nothing wrong":              {good, done},
		"200 with an error body":     {{raw: `{"error":{"message":"overloaded"}}`}, good, done},
		"429 without Retry-After":    {{status: 429, raw: `{"error":{"message":"slow down"}}`}, good, done},
		"a cut connection":           {{raw: `{"choices":[`, cut: true}, good, done},
		"empty content, no call":     {{finish: "stop"}, good, done},
		"words instead of a call":    {{text: "I believe it is Elvis.", finish: "stop"}, good, done},
		"a call printed as text":     {{text: `<tool_call>{"name":"find_people","arguments":` + arguments + `}</tool_call>`, finish: "stop"}, done},
		"a tool that is not there":   {{tool: "search_staff", arguments: `{}`, finish: "tool_calls"}, good, done},
		"arguments that are no JSON": {{tool: "find_people", arguments: `{"skills":`, finish: "tool_calls"}, good, done},
		"level 7":                    {{tool: "find_people", arguments: `{"skills":[{"name":"Go","min_level":7}]}`, finish: "tool_calls"}, good, done},
		"an unknown finish reason":   {{tool: "find_people", arguments: arguments, finish: "banana"}, done},
		"the same call again":        {good, good, done},
		"a last word that is empty":  {good, {finish: "stop"}},
		"a last word that lies":      {good, {text: "There are 99 people, see https://evil.example, <@U1>.", finish: "stop"}},
		"no end":                     {good},
	} {
		for _, wire := range []string{"chat", "responses"} {
			t.Run(name+" on "+wire, func(t *testing.T) {
				t.Parallel()
				code, out, errOut := rollcall(t, "", "ask", "who knows Go and is free next month?", none(t), fixedNow, "--timezone=Europe/Berlin",
					"--openai-base-url="+misbehaving(t, steps...), "--openai-model=m", "--model-wire="+wire)
				if code != 0 || !strings.Contains(out, "4 people with Go: at least 50 % free.") || strings.Contains(out, "without") || strings.Contains(out, "99") || strings.Contains(out, "Elvis") {
					t.Errorf("status %d\n%s%s", code, out, errOut)
				}
			})
		}
	}
}

func TestTheWholeBotOverHTTPFallsBackAloudWhenNothingHelps(t *testing.T) {
	t.Parallel()
	for name, steps := range map[string][]step{
		"always 500":          {{status: 500, raw: "<html>"}},
		"a refused key":       {{status: 401, raw: `{"error":{"message":"key sk-secret"}}`}},
		"never a call":        {{text: "It is Elvis.", finish: "stop"}},
		"always empty":        {{finish: "stop"}},
		"filtered":            {{raw: `{"choices":[{"finish_reason":"content_filter","message":{"content":""}}]}`}},
		"broken in midstream": {{tool: "count_skills", arguments: `{}`, finish: "tool_calls"}, {status: 500}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			code, out, errOut := rollcall(t, "", "ask", "who knows Go and is free next month?", none(t), fixedNow, "--timezone=Europe/Berlin",
				"--openai-base-url="+misbehaving(t, steps...), "--openai-model=m", "--openai-key=sk-secret")
			if code != 0 || !strings.HasPrefix(out, "The language model ") || !strings.Contains(out, "4 people with Go: at least 50 % free.") || strings.Contains(out, "Elvis") || strings.Contains(out+errOut, "sk-secret") {
				t.Errorf("status %d\n%s%s", code, out, errOut)
			}
		})
	}
}
