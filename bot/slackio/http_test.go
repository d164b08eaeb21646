package slackio_test

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"rollcall/bot/slackio"
	"rollcall/bot/slackio/fakeslack"
)

// post sends what Slack would, and returns the status and the answer.
func post(t *testing.T, h http.Handler, path, body string) (status int, answer string) {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, path, strings.NewReader(body))
	timestamp, signature := fakeslack.Sign(secret, time.Now(), []byte(body))
	r.Header.Set("X-Slack-Request-Timestamp", timestamp)
	r.Header.Set("X-Slack-Signature", signature)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Code, w.Body.String()
}

func TestNothingIsTakenInBeforeSlackHasSaidWhoTheBotIs(t *testing.T) {
	t.Parallel()
	s := slackio.New(slackio.Config{
		BotToken: "xoxb-1", SigningSecret: secret, Now: time.Now, Logger: slog.New(slog.DiscardHandler),
		APIURL: slackSays(t, scopes, `{"ok":true,"team_id":"T1","user_id":"U1","bot_id":"B1"}`),
	})
	click := url.Values{"payload": {`{"type":"block_actions","team":{"id":"T1"},"user":{"id":"U2"},"actions":[{"action_id":"unheard_of"}]}`}}.Encode()
	all := map[string]string{
		"/slack/events":       `{"type":"event_callback","team_id":"T1","event":{"type":"unheard_of"}}`,
		"/slack/commands":     url.Values{"team_id": {"T1"}, "user_id": {"U2"}, "text": {"help"}}.Encode(),
		"/slack/interactions": click,
	}
	for path, body := range all {
		if status, said := post(t, s.Handler(), path, body); status != http.StatusServiceUnavailable || strings.Contains(said, "company") {
			t.Errorf("before, on %s: %d %s", path, status, said)
		}
	}
	if status, said := post(t, s.Handler(), "/slack/events", `{"type":"url_verification","challenge":"c"}`); status != http.StatusOK || said != "c" {
		t.Errorf("the address is not verified: %d %s", status, said)
	}
	if err := s.Connect(t.Context()); err != nil {
		t.Fatal(err)
	}
	for path, body := range all {
		if status, said := post(t, s.Handler(), path, body); status != http.StatusOK {
			t.Errorf("afterwards, on %s: %d %s", path, status, said)
		}
	}
}
