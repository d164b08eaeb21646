package slackio_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"rollcall/bot/slackio"
)

// slackSays serves Slack's Web API as far as a check needs it.
func slackSays(t *testing.T, scopes, auth string) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/api/auth.test":
			w.Header().Set("X-Oauth-Scopes", scopes)
			_, _ = io.WriteString(w, auth)
		case "/api/apps.connections.open":
			_, _ = io.WriteString(w, `{"ok":true,"url":"wss://127.0.0.1/x"}`)
		}
	}))
	t.Cleanup(server.Close)
	return server.URL + "/api/"
}

const (
	scopes    = "app_mentions:read,assistant:write,chat:write,commands,im:history,im:write,users:read,users:read.email"
	botAnswer = `{"ok":true,"team":"Lumen","user":"rollcall","bot_id":"B1"}`
	secret    = "0123456789abcdef0123456789abcdef"
)

func TestTokensAndScopesAreCheckedAndNoSecretIsTold(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		scopes, auth string
		config       slackio.Config
		fails        bool
		want         string
	}{
		"all well":               {scopes, botAnswer, slackio.Config{BotToken: "xoxb-secret", AppToken: "xapp-secret"}, false, "Socket Mode opens"},
		"without channels":       {scopes, botAnswer, slackio.Config{BotToken: "xoxb-secret", SigningSecret: secret}, false, "without channels:history"},
		"with channels":          {scopes + ", channels:history,channels:read,files:write,groups:history,groups:read", botAnswer, slackio.Config{BotToken: "xoxb-secret", SigningSecret: secret}, false, "all there"},
		"a missing scope":        {strings.Replace(scopes, "commands,", "", 1), botAnswer, slackio.Config{BotToken: "xoxb-secret", AppToken: "xapp-secret"}, true, "missing: commands"},
		"a refused token":        {scopes, `{"ok":false,"error":"invalid_auth"}`, slackio.Config{BotToken: "xoxb-secret", AppToken: "xapp-secret"}, true, "Slack says invalid_auth"},
		"a person's token":       {scopes, `{"ok":true,"team":"Lumen","user":"ana"}`, slackio.Config{BotToken: "xoxb-secret", AppToken: "xapp-secret"}, true, "a person's token"},
		"an answer that is none": {scopes, `<html>`, slackio.Config{BotToken: "xoxb-secret", AppToken: "xapp-secret"}, true, "Slack could not be reached"},
		"a wrong secret":         {scopes, botAnswer, slackio.Config{BotToken: "xoxb-secret", SigningSecret: "secret"}, true, "does not look like one"},
		"no way for events":      {scopes, botAnswer, slackio.Config{BotToken: "xoxb-secret"}, true, "no message will arrive"},
		"nothing at all":         {scopes, botAnswer, slackio.Config{}, false, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c.config.APIURL = slackSays(t, c.scopes, c.auth)
			var told strings.Builder
			failed := false
			for _, f := range slackio.Check(t.Context(), c.config) {
				fmt.Fprintln(&told, f.What, f.OK, f.Text)
				failed = failed || !f.OK
			}
			all := told.String()
			if failed != c.fails || !strings.Contains(all, c.want) || strings.Contains(all, "-secret") || strings.Contains(all, secret) {
				t.Errorf("failed %v:\n%s", failed, all)
			}
		})
	}
}
