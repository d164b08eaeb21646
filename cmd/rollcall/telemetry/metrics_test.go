package telemetry_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"rollcall/bot"
	"rollcall/cmd/rollcall/telemetry"
	"rollcall/store/inbox"
)

func scrape(t *testing.T, m *telemetry.Metrics, token, header string) (status int, text string) {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/metrics", http.NoBody)
	if header != "" {
		r.Header.Set("Authorization", header)
	}
	w := httptest.NewRecorder()
	m.Handler(token).ServeHTTP(w, r)
	return w.Code, w.Body.String()
}

func TestATurnIsCountedByWhatItDid(t *testing.T) {
	t.Parallel()
	m, cost := telemetry.NewMetrics("1.2.3"), int64(1500)
	m.Observe(bot.Question{Channel: "slack", Text: "who is Ana Ferreira?"}, bot.Answer{
		Kind: bot.Answered, Took: 300 * time.Millisecond, FallbackReason: "down",
		ModelCalls: []bot.ModelCall{
			{Model: "m", Wire: "chat", Usage: bot.Usage{In: 100, CachedIn: 40, Out: 7}, Cost: &cost, Retries: 2, Took: time.Second},
			{Model: "m", Wire: "chat", Err: "a secret word"},
			{Model: "free", Usage: bot.Usage{In: 5}},
		},
		Calls: []bot.CallRecord{{Name: "find_people", Code: "ok", Took: 4 * time.Millisecond}, {Name: "Ana Ferreira", Code: "unknown_tool"}},
	})
	m.Observe(bot.Question{Channel: "slack"}, bot.Answer{Kind: bot.Failed, Err: fmt.Errorf("model: %w", context.Canceled)})
	m.Call("chat.postMessage", "ok", 20*time.Millisecond)
	m.Wait("chat.postMessage", 1500*time.Millisecond)
	status, text := scrape(t, m, "", "")
	for _, want := range []string{
		`rollcall_questions_total{channel="slack"} 2`, `rollcall_answers_total{kind="answer"} 1`, `rollcall_answers_total{kind="withdrawn"} 1`,
		`rollcall_model_calls_total{model="m",outcome="ok",wire="chat"} 1`, `rollcall_model_calls_total{model="m",outcome="error",wire="chat"} 1`,
		`rollcall_model_retries_total{model="m"} 2`, `rollcall_model_tokens_total{direction="cached",model="m"} 40`, `rollcall_model_tokens_total{direction="out",model="m"} 7`,
		`rollcall_model_cost_microdollars_total{model="m"} 1500`, `rollcall_model_unpriced_calls_total{model="free"} 1`, `rollcall_fallbacks_total 1`,
		`rollcall_tool_duration_seconds_bucket{code="ok",tool="find_people",le="0.005"} 1`, `rollcall_tool_duration_seconds_count{code="unknown_tool",tool="unknown"} 1`,
		`rollcall_turn_duration_seconds_bucket{kind="answer",le="0.5"} 1`, `rollcall_slack_calls_total{method="chat.postMessage",outcome="ok"} 1`,
		`rollcall_slack_waits_total{method="chat.postMessage"} 1`, `rollcall_slack_wait_seconds_total{method="chat.postMessage"} 1.5`,
		`version="1.2.3"`, "go_goroutines", "process_resident_memory_bytes",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the metrics lack %s", want)
		}
	}
	if status != http.StatusOK || strings.Contains(text, "Ana") || strings.Contains(text, "secret") {
		t.Errorf("status %d\n%s", status, text)
	}
}

func TestModelsThatChangeTheirNameDoNotMakeSeriesWithoutEnd(t *testing.T) {
	t.Parallel()
	m := telemetry.NewMetrics("")
	for i := range 100 {
		m.Observe(bot.Question{Channel: "slack"}, bot.Answer{Kind: bot.Answered, ModelCalls: []bot.ModelCall{{Model: fmt.Sprintf("m-%d", i)}}})
	}
	_, text := scrape(t, m, "", "")
	if n := strings.Count(text, "rollcall_model_calls_total{"); n != 17 || !strings.Contains(text, `rollcall_model_calls_total{model="other",outcome="ok",wire=""} 84`) {
		t.Errorf("%d series", n)
	}
}

func TestWithATokenOnlyItsBearerSeesTheMetrics(t *testing.T) {
	t.Parallel()
	m := telemetry.NewMetrics("")
	for header, want := range map[string]int{
		"": 401, "Bearer wrong": 401, "Basic right": 401, "right": 401, "Bearer": 401, "Bearer right": 200, "bearer right": 200,
	} {
		if status, text := scrape(t, m, "right", header); status != want || want == 401 && strings.Contains(text, "go_") {
			t.Errorf("%q: %d", header, status)
		}
	}
}

func TestTheQueueIsCountedOnceForManyWhoLookAndItsAbsenceIsSaid(t *testing.T) {
	t.Parallel()
	m, asked := telemetry.NewMetrics(""), 0
	m.Watch(func(context.Context) (telemetry.Load, error) {
		asked++
		return telemetry.Load{Load: inbox.Load{Open: map[inbox.State]int{inbox.Received: 3}, Oldest: time.Now().Add(-time.Minute), Unsent: 2}, Records: 4}, nil
	})
	for range 10 {
		_, text := scrape(t, m, "", "")
		for _, want := range []string{`rollcall_queue_turns{state="received"} 3`, "rollcall_queue_oldest_seconds 60.", "rollcall_outbox_unsent 2", "rollcall_records_waiting 4", "rollcall_queue_up 1"} {
			if !strings.Contains(text, want) {
				t.Errorf("the metrics lack %s", want)
			}
		}
	}
	if asked != 1 {
		t.Errorf("the database was asked %d times", asked)
	}
	down := telemetry.NewMetrics("")
	down.Watch(func(context.Context) (telemetry.Load, error) { return telemetry.Load{}, errors.New("away") })
	if status, text := scrape(t, down, "", ""); status != 200 || !strings.Contains(text, "rollcall_queue_up 0") || strings.Contains(text, "rollcall_queue_oldest") {
		t.Errorf("status %d\n%s", status, text)
	}
}
