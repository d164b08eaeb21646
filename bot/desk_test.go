package bot_test

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"testing"

	"rollcall/bot"
	"rollcall/store"
	"rollcall/store/inbox"
	"rollcall/tools"
)

// messenger is one that does not know people for a while.
type messenger struct {
	unknown int // how often it is asked in vain
	drawn   []bot.Answer
}

func (m *messenger) Welcome(context.Context, inbox.Turn) (tools.Asker, []inbox.Part, error) {
	if m.unknown--; m.unknown >= 0 {
		return tools.Asker{}, nil, errors.New("away")
	}
	return tools.Asker{Name: "Grace Adeyemi", Access: store.Manager}, nil, nil
}

func (m *messenger) Begin(context.Context, inbox.Turn, []inbox.Part) bot.Progress { return m }

func (m *messenger) Draw(_ context.Context, _ inbox.Turn, a bot.Answer, _ *inbox.Part) ([]inbox.Part, error) {
	m.drawn = append(m.drawn, a)
	return []inbox.Part{{Kind: "post", Channel: "C", Payload: json.RawMessage(`{}`), State: inbox.Intent}}, nil
}

func (*messenger) Send(context.Context, inbox.Turn, *inbox.Part, bool) error { return nil }

func (*messenger) Finish(context.Context, inbox.Turn) {}

func (*messenger) Withdraw(context.Context, inbox.Turn, []inbox.Part) {}

func (*messenger) Step(string) {}

func (*messenger) End(context.Context) *inbox.Part { return nil }

func TestAQuestionIsAnsweredHoweverLongTheMessengerDoesNotKnowWhoAsks(t *testing.T) {
	t.Parallel()
	r := newRig(t, &script{steps: []func(bot.Request) (bot.Response, error){call("find_people", whoKnowsGo), say("")}})
	write, read := r.store.SQL()
	m := &messenger{unknown: 20}
	desk := &bot.Desk{
		Bot: r.bot, Inbox: inbox.New(write, read, false), Poster: m, Logger: slog.New(slog.DiscardHandler),
		Wake: func(context.Context, inbox.Thread) error { return nil },
	}
	asked := inbox.Turn{ID: store.NewID(), Thread: inbox.Thread{Team: "T", Channel: "C", TS: "1.1"}, MessageTS: "1.1", Origin: inbox.DM, Asker: "U1", Question: "who knows Go and is free next month?"}
	if err := desk.Take(t.Context(), asked); err != nil {
		t.Fatal(err)
	}
	for n := range 21 {
		if err := desk.Drain(t.Context(), asked.Thread); (err == nil) != (n == 20) {
			t.Fatalf("try %d: %v", n+1, err)
		}
	}
	if len(m.drawn) != 1 || m.drawn[0].Kind != bot.Answered {
		t.Errorf("%+v", m.drawn)
	}
	if got, err := desk.Inbox.Get(t.Context(), asked.ID); err != nil || got.State != inbox.Sent {
		t.Errorf("%+v, %v", got, err)
	}
}
