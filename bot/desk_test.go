package bot_test

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"strings"
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

// guest is somebody who gets no answers.
const guest = "U0GUEST"

func (m *messenger) Welcome(_ context.Context, t inbox.Turn) (tools.Asker, []inbox.Part, error) {
	if t.Asker == guest {
		return tools.Asker{}, []inbox.Part{{Kind: "post", Channel: "C", Payload: json.RawMessage(`{}`), State: inbox.Intent}}, nil
	}
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

// newDesk is a desk that works on what is drained.
func newDesk(r rig, m *messenger) *bot.Desk {
	write, read := r.store.SQL()
	return &bot.Desk{
		Bot: r.bot, Inbox: inbox.New(write, read, false), Poster: m, Logger: slog.New(slog.DiscardHandler),
		Wake: func(context.Context, inbox.Thread) error { return nil },
	}
}

var thread = inbox.Thread{Team: "T", Channel: "C", TS: "1.1"}

func asked(ts, asker, words string) inbox.Turn {
	return inbox.Turn{ID: store.NewID(), Thread: thread, MessageTS: ts, Origin: inbox.DM, Asker: asker, Question: words}
}

func TestAConversationGoesOnAfterWhatWasRefusedOrStopped(t *testing.T) {
	t.Parallel()
	model := &script{steps: []func(bot.Request) (bot.Response, error){call("find_people", whoKnowsGo), say("")}}
	r, m := newRig(t, model), &messenger{}
	desk := newDesk(r, m)
	drain := func(x inbox.Turn, also func()) {
		t.Helper()
		if err := desk.Take(t.Context(), x); err != nil {
			t.Fatal(err)
		}
		also()
		for got, err := desk.Inbox.Get(t.Context(), x.ID); got.State != inbox.Sent && got.State != inbox.Cancelled; got, err = desk.Inbox.Get(t.Context(), x.ID) { // a follow-up waits a little
			if err = errors.Join(err, desk.Drain(t.Context(), thread)); err != nil {
				t.Fatal(err)
			}
		}
	}
	nothing := func() {}
	drain(asked("1.1", "U1", "who knows Go and is free next month?"), nothing)
	drain(asked("1.2", guest, "and who is away?"), nothing)
	drain(asked("1.3", "U1", strings.Repeat("x", 5000)), nothing)
	drain(asked("1.4", "U1", "and in Lisbon?"), func() {
		if err := desk.Inbox.Stop(t.Context(), thread); err != nil {
			t.Fatal(err)
		}
	})
	model.seen = nil
	drain(asked("1.5", "U1", "and in Berlin?"), nothing)
	if len(model.seen) == 0 {
		t.Fatal("the model was not asked")
	}
	if got := model.seen[0].Messages; len(got) < 2 || !strings.Contains(got[0].Text, "who knows Go") {
		t.Errorf("the model reads %+v", got)
	}
}

func TestAQuestionIsAnsweredHoweverLongTheMessengerDoesNotKnowWhoAsks(t *testing.T) {
	t.Parallel()
	r := newRig(t, &script{steps: []func(bot.Request) (bot.Response, error){call("find_people", whoKnowsGo), say("")}})
	m := &messenger{unknown: 20}
	desk, question := newDesk(r, m), asked("1.1", "U1", "who knows Go and is free next month?")
	if err := desk.Take(t.Context(), question); err != nil {
		t.Fatal(err)
	}
	for n := range 21 {
		if err := desk.Drain(t.Context(), thread); (err == nil) != (n == 20) {
			t.Fatalf("try %d: %v", n+1, err)
		}
	}
	if len(m.drawn) != 1 || m.drawn[0].Kind != bot.Answered {
		t.Errorf("%+v", m.drawn)
	}
	if got, err := desk.Inbox.Get(t.Context(), question.ID); err != nil || got.State != inbox.Sent {
		t.Errorf("%+v, %v", got, err)
	}
}
