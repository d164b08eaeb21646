package slackio_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"rollcall/bot/slackio"
)

// issuer is a Slack whose id token says what a test wants it to.
func issuer(t *testing.T, token func(url string) string) (*slackio.Slack, string) {
	t.Helper()
	var url string
	mux := http.NewServeMux()
	mux.HandleFunc("/api/auth.test", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, `{"ok":true,"team_id":"T1","user_id":"UBOT"}`)
	})
	mux.HandleFunc("/api/openid.connect.token", func(w http.ResponseWriter, _ *http.Request) {
		text, err := json.Marshal(token(url))
		if err != nil {
			t.Error(err)
		}
		fmt.Fprintf(w, `{"ok":true,"access_token":"xoxp-1","id_token":%s}`, text)
	})
	mux.HandleFunc("/api/openid.connect.userInfo", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, `{"ok":true,"https://slack.com/user_id":"U1","https://slack.com/team_id":"T1","email":"ada@example.com","email_verified":true}`)
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	url = server.URL
	s := slackio.New(slackio.Config{BotToken: "xoxb", APIURL: url + "/api/", ClientID: "ours", ClientSecret: "s", URL: "https://rollcall.example.com", Now: time.Now, Logger: slog.New(slog.DiscardHandler)})
	if err := s.Connect(t.Context()); err != nil {
		t.Fatal(err)
	}
	return s, url
}

func TestAnIDTokenOfAnotherSignInAppSlackOrTimeIsRefused(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change map[string]any
		want   string
	}{
		"ours": {}, "for several apps": {map[string]any{"aud": []string{"theirs", "ours"}}, ""},
		"another issuer": {map[string]any{"iss": "https://evil.example"}, "another issuer"}, "another app": {map[string]any{"aud": "theirs"}, "another app"}, "no app": {map[string]any{"aud": 7}, "another app"},
		"another sign-in": {map[string]any{"nonce": "x"}, "another sign-in"}, "no nonce": {map[string]any{"nonce": nil}, "another sign-in"}, "too old": {map[string]any{"exp": time.Now().Add(-2 * time.Minute).Unix()}, "too old"},
		"no end": {map[string]any{"exp": nil}, "too old"}, "another user": {map[string]any{"https://slack.com/user_id": "U2"}, "two different users"}, "a wrong type": {map[string]any{"iss": 1}, "read the id token"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, _ := issuer(t, func(url string) string {
				claims := map[string]any{"iss": url, "aud": "ours", "nonce": "n", "exp": time.Now().Add(time.Minute).Unix(), "https://slack.com/user_id": "U1"}
				for name, value := range c.change {
					claims[name] = value
				}
				text, err := json.Marshal(claims)
				if err != nil {
					t.Error(err)
				}
				return "e30." + base64.RawURLEncoding.EncodeToString(text) + ".c2ln"
			})
			who, err := s.Identify(t.Context(), "code", "https://rollcall.example.com/back", "n")
			if c.want == "" && (err != nil || who != (slackio.Identity{User: "U1", Ours: true, Email: "ada@example.com", EmailVerified: true})) {
				t.Errorf("got %+v, %v", who, err)
			}
			if c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want) || who != (slackio.Identity{})) {
				t.Errorf("got %+v, %v; want an error with %q", who, err, c.want)
			}
		})
	}
}

func TestABrokenIDTokenIsRefused(t *testing.T) {
	t.Parallel()
	for _, token := range []string{"", "unused", "a.b", "e30.e30", "e30.!!.c2ln", "e30.bm8ganNvbg.c2ln", "a.b.c.d"} {
		s, _ := issuer(t, func(string) string { return token })
		if who, err := s.Identify(t.Context(), "code", "https://rollcall.example.com/back", "n"); err == nil {
			t.Errorf("%q: %+v", token, who)
		}
	}
}
