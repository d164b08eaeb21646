package slackio_test

import (
	"encoding/json"
	"errors"
	"log/slog"
	"testing"
	"time"

	"rollcall/bot"
	"rollcall/bot/slackio"
	"rollcall/bot/slackio/fakeslack"
	"rollcall/store/inbox"
)

// A process may die between the post and its record: the next one knows of the steps'
// message only that it was to be opened.
func TestAnAnswerPostedForWantOfItsStepsIsNotPostedAgain(t *testing.T) {
	t.Parallel()
	fake, err := fakeslack.New("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(fake.Close)
	fake.AddUser(fakeslack.User{ID: "U0ADA", Name: "Ada", Email: "ada@example.com"})
	fake.Serve()
	dm := fake.DM("U0ADA")
	asked := fake.Say("U0ADA", dm, "", "who knows Go?")
	turn := inbox.Turn{ID: "01a20e42-41bd-7d2d-a032-69e8811c8cde", Origin: inbox.DM, Asker: "U0ADA", Attempt: 2, Thread: inbox.Thread{Channel: dm, TS: asked}}
	payload, err := json.Marshal(map[string]any{"thread": asked, "text": "Ana knows Go.", "blocks": []any{map[string]any{
		"type": "section", "text": map[string]string{"type": "mrkdwn", "text": "Ana knows Go."},
	}}})
	if err != nil {
		t.Fatal(err)
	}
	var sent []string
	for range 2 {
		s := slackio.New(slackio.Config{BotToken: fakeslack.BotToken, APIURL: fake.URL, Now: time.Now, Logger: slog.New(slog.DiscardHandler)})
		if err := s.Connect(t.Context()); err != nil {
			t.Fatal(err)
		}
		p := inbox.Part{Kind: "stream", Channel: dm, Payload: payload, State: inbox.Intent, Attempt: 1}
		if err := s.Send(t.Context(), turn, &p, false); err != nil {
			t.Fatal(err)
		}
		sent = append(sent, p.MessageTS)
	}
	answers := 0
	for _, m := range fake.Messages(dm) {
		if m.TS != asked {
			answers++
		}
	}
	if answers != 1 || sent[0] == "" || sent[0] != sent[1] {
		t.Errorf("%d answers; sent as %q", answers, sent)
	}
}

func TestAnAnswerIsSentThoughSlackDoesNotLetAnOlderCardChange(t *testing.T) {
	t.Parallel()
	fake, err := fakeslack.New("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(fake.Close)
	fake.AddUser(fakeslack.User{ID: "U0ADA", Name: "Ada", Email: "ada@example.com"})
	fake.Serve()
	dm := fake.DM("U0ADA")
	asked := fake.Say("U0ADA", dm, "", "who knows Go?") // nobody else may change it
	s := slackio.New(slackio.Config{BotToken: fakeslack.BotToken, APIURL: fake.URL, Now: time.Now, Logger: slog.New(slog.DiscardHandler)})
	for origin, want := range map[string]error{inbox.DM: nil, inbox.Notice: bot.ErrRejected} {
		p := inbox.Part{Kind: "update", Channel: dm, Payload: json.RawMessage(`{"text":"x"}`), State: inbox.Intent, MessageTS: asked, Attempt: 1}
		if err := s.Send(t.Context(), inbox.Turn{Origin: origin, Thread: inbox.Thread{Channel: dm, TS: asked}}, &p, true); !errors.Is(err, want) {
			t.Errorf("%s: %v", origin, err)
		}
	}
}
