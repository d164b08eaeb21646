package slackio_test

import (
	"log/slog"
	"testing"
	"time"

	"rollcall/bot/slackio"
)

func TestAConversationLinksToItsThreadOnceTheWorkspaceIsKnown(t *testing.T) {
	t.Parallel()
	s := slackio.New(slackio.Config{
		BotToken: "xoxb-1", SigningSecret: secret, Now: time.Now, Logger: slog.New(slog.DiscardHandler),
		APIURL: slackSays(t, scopes, `{"ok":true,"team":"Lumen","team_id":"T1","user":"rollcall","user_id":"U1","bot_id":"B1","url":"https://lumen.slack.com/"}`),
	})
	if link := s.Permalink("C1/170.5"); link != "" {
		t.Errorf("before it is known: %s", link)
	}
	if err := s.Connect(t.Context()); err != nil {
		t.Fatal(err)
	}
	for conversation, want := range map[string]string{
		"C1/1700000000.000100": "https://lumen.slack.com/archives/C1/p1700000000000100",
		"C1/1700-command":      "", "C1": "", "": "", "a run of chat": "", "C1/1.1/../x": "",
	} {
		if got := s.Permalink(conversation); got != want {
			t.Errorf("%q: got %q, want %q", conversation, got, want)
		}
	}
}
