package bot_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"strconv"
	"strings"
	"testing"
	"time"

	"rollcall/bot"
	"rollcall/store"
	"rollcall/store/chatlog"
	"rollcall/store/civil"
	"rollcall/store/sample"
	"rollcall/tools"
	"rollcall/tools/period"
)

var now = time.Date(2026, 11, 25, 9, 0, 0, 0, time.UTC)

// script is a model that does what it is told, one step after the other.
type script struct {
	steps []func(bot.Request) (bot.Response, error)
	seen  []bot.Request
}

func (s *script) Name() string { return "script" }

func (s *script) Complete(_ context.Context, r bot.Request) (bot.Response, error) {
	s.seen = append(s.seen, r)
	step := s.steps[min(len(s.seen), len(s.steps))-1]
	return step(r)
}

func call(name, arguments string) func(bot.Request) (bot.Response, error) {
	return func(bot.Request) (bot.Response, error) {
		return bot.Response{Calls: []bot.ToolCall{{ID: "c", Name: name, Arguments: json.RawMessage(arguments)}}, Usage: bot.Usage{In: 10, Out: 1}}, nil
	}
}

func say(text string) func(bot.Request) (bot.Response, error) {
	return func(bot.Request) (bot.Response, error) { return bot.Response{Text: text}, nil }
}

// rig is a bot on the sample company.
type rig struct {
	bot     *bot.Bot
	docs    *chatlog.SQL
	log     *bytes.Buffer
	store   *store.Store
	company *tools.Company
}

// with is another bot on the same company.
func (r rig) with(model bot.Model) rig {
	r.log = &bytes.Buffer{}
	r.bot = &bot.Bot{
		Model: model, Tools: tools.All(r.company), Log: r.docs, Location: time.UTC, Now: r.company.Now, Logger: slog.New(slog.NewTextHandler(r.log, nil)),
	}
	return r
}

// ledger is the store's accounts as the bot wants them.
type ledger struct{ store *store.Store }

func (l ledger) Spend(ctx context.Context, day, person string, s bot.Spending) (bot.Spending, bot.Spending, error) {
	mine, all, err := l.store.AddSpending(ctx, day, person, s.Questions, s.Tokens)
	return bot.Spending{Questions: mine[0], Tokens: mine[1]}, bot.Spending{Questions: all[0], Tokens: all[1]}, err
}

func newRig(t *testing.T, model bot.Model) rig {
	t.Helper()
	clock := func() time.Time { return now }
	s, err := store.Open(t.Context(), store.MemoryURL, clock)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	write, read := s.SQL()
	docs := chatlog.NewSQL(write, read, false, clock)
	if err := sample.Load(t.Context(), s, docs, civil.FromTime(now)); err != nil {
		t.Fatal(err)
	}
	company := &tools.Company{Store: s, Details: docs, Calendar: period.Calendar{WeekStart: time.Monday}, FreePercent: 50, Now: clock}
	return rig{nil, docs, nil, s, company}.with(model)
}

func question(text string) bot.Question {
	return bot.Question{Turn: store.NewID(), Asker: tools.Asker{Name: "Grace Adeyemi", Access: store.Manager}, Channel: "test", Conversation: "c1", Text: text}
}

func (r rig) ask(t *testing.T, q bot.Question) bot.Answer {
	t.Helper()
	a, err := r.bot.Ask(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

const whoKnowsGo = `{"skills":[{"name":"Go"}],"period":"next month","condition":"free"}`

func TestTheAnswerIsWrittenFromTheResultAndNotByTheModel(t *testing.T) {
	t.Parallel()
	r := newRig(t, &script{steps: []func(bot.Request) (bot.Response, error){call("find_people", whoKnowsGo), say("There are 99 people, among them Elvis, free from 1 January 1970.")}})
	a := r.ask(t, question("who knows Go and is free next month?"))
	if a.Kind != bot.Answered || a.View.Headline != "4 people with Go: at least 50 % free." || len(a.View.Rows) != 4 || a.View.Period != "1–31 Dec 2026, 23 working days" {
		t.Errorf("got %s %+v", a.Kind, a.View)
	}
	if text, err := json.Marshal(a.View); err != nil || strings.Contains(string(text), "Elvis") || strings.Contains(string(text), "99") {
		t.Errorf("the model's words are in the answer: %s", text)
	}
}

func TestEveryExchangeIsRecordedWhole(t *testing.T) {
	t.Parallel()
	r := newRig(t, &script{steps: []func(bot.Request) (bot.Response, error){call("find_people", `{"skills":[{"name":"Goo"}]}`), call("find_people", whoKnowsGo), say("")}})
	q := question("who knows Goo?")
	a := r.ask(t, q)
	e, err := r.docs.Get(t.Context(), q.Turn)
	if err != nil {
		t.Fatal(err)
	}
	if e.Question != q.Text || e.Asker != "Grace Adeyemi" || e.Kind != "answer" || e.Answer != a.Text() || e.Model != "script" || e.Conversation != "c1" ||
		e.Usage.In != 20 || e.Usage.Calls != 3 || len(e.Tools) != 2 || e.Error != "" || e.Prompt == "" || e.Duration <= 0 || !e.At.Equal(now) {
		t.Errorf("recorded %+v", e)
	}
	if len(e.ModelCalls) != 3 || e.ModelCalls[0].In != 10 || e.ModelCalls[0].Duration <= 0 || e.ModelCalls[0].Model != "script" {
		t.Errorf("recorded model calls %+v", e.ModelCalls)
	}
	if !strings.Contains(string(e.Tools[0].Result), "not_found") || !strings.Contains(string(e.Tools[1].Arguments), "next month") {
		t.Errorf("recorded calls %s %s", e.Tools[0].Result, e.Tools[1].Arguments)
	}
}

func TestTheModelSeesTheDayTheToolsAndItsOwnMistakes(t *testing.T) {
	t.Parallel()
	model := &script{steps: []func(bot.Request) (bot.Response, error){call("find_people", `{"skills":[{"name":"Kubernetes Ops"}]}`), say("")}}
	newRig(t, model).ask(t, question("who knows Goo?"))
	if len(model.seen) != 2 || len(model.seen[0].Tools) != 17 || model.seen[0].Today != `Today is Wednesday 25 November 2026, UTC. The user is Grace Adeyemi; "me" and "my" mean them.` {
		t.Fatalf("saw %d requests, today %q", len(model.seen), model.seen[0].Today)
	}
	if strings.Contains(model.seen[0].Instructions, "2026") {
		t.Error("the instructions change with the day, so no provider can cache them")
	}
	last := model.seen[1].Messages[len(model.seen[1].Messages)-1]
	if last.Role != bot.ToolRole || last.CallID != "c" || !strings.Contains(last.Text, `"did_you_mean":["Kubernetes"]`) {
		t.Errorf("the result was %+v", last)
	}
}

func TestATurnEndsWithinItsLimits(t *testing.T) {
	t.Parallel()
	n := 0
	another := func(r bot.Request) (bot.Response, error) {
		n++
		return call("find_people", `{"limit":`+strconv.Itoa(n)+`}`)(r)
	}
	model := &script{steps: []func(bot.Request) (bot.Response, error){another}}
	a := newRig(t, model).ask(t, question("count forever"))
	if len(model.seen) != 6 || len(model.seen[5].Tools) != 0 || len(a.Calls) != 5 || a.Kind != bot.Answered {
		t.Errorf("%d model calls, the last with %d tools, %d tool calls, %s", len(model.seen), len(model.seen[5].Tools), len(a.Calls), a.Kind)
	}
	many := func(bot.Request) (bot.Response, error) {
		var r bot.Response
		for i := range 20 {
			r.Calls = append(r.Calls, bot.ToolCall{ID: strconv.Itoa(i), Name: "find_people", Arguments: json.RawMessage(`{"limit":` + strconv.Itoa(i+1) + `}`)})
		}
		return r, nil
	}
	model = &script{steps: []func(bot.Request) (bot.Response, error){many}}
	a = newRig(t, model).ask(t, question("count a lot"))
	if len(a.Calls) != 8 || len(model.seen) != 2 || len(model.seen[1].Messages) != 22 {
		t.Errorf("%d tool calls, %d requests; every call needs a result", len(a.Calls), len(model.seen))
	}
}

func TestHowATurnEnds(t *testing.T) {
	t.Parallel()
	fail := func(bot.Request) (bot.Response, error) {
		return bot.Response{}, errors.New("the provider said: sk-secret")
	}
	for name, c := range map[string]struct {
		steps []func(bot.Request) (bot.Response, error)
		kind  bot.Kind
		text  string
	}{
		"nothing was called":       {[]func(bot.Request) (bot.Response, error){say("I believe it is Priya.")}, bot.Failed, "I could not look that up just now"},
		"a question back":          {[]func(bot.Request) (bot.Response, error){call("ask_user", `{"reason":"missing","question":"From when?","options":null}`)}, bot.Asked, "From when?"},
		"a refusal":                {[]func(bot.Request) (bot.Response, error){call("decline", `{"reason":"sensitive","understood":null,"hint":null}`)}, bot.Declined, "I do not answer questions about pay"},
		"an unclear name":          {[]func(bot.Request) (bot.Response, error){call("get_person", `{"person":"Sam"}`), say("")}, bot.Asked, `"Sam" may be 2 people`},
		"a name that nobody has":   {[]func(bot.Request) (bot.Response, error){call("get_person", `{"person":"Wolfgang"}`), say("")}, bot.Asked, `No person is called "Wolfgang".`},
		"an unclear period":        {[]func(bot.Request) (bot.Response, error){call("find_people", `{"period":"whenever"}`), say("")}, bot.Asked, "is not a time that I can read"},
		"a right that is missing":  {[]func(bot.Request) (bot.Response, error){call("list_time_off", `{"kind":"sick"}`), say("")}, bot.Answered, ""},
		"the model is down":        {[]func(bot.Request) (bot.Response, error){fail}, bot.Failed, "I could not look that up just now"},
		"the model breaks midway":  {[]func(bot.Request) (bot.Response, error){call("find_people", whoKnowsGo), fail}, bot.Failed, "I could not look that up just now"},
		"a tool that is not there": {[]func(bot.Request) (bot.Response, error){call("drop_table", `{}`), say("")}, bot.Failed, "I could not look that up just now"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, &script{steps: c.steps})
			q := question("?")
			a := r.ask(t, q)
			if a.Kind != c.kind || !strings.Contains(a.Text(), c.text) {
				t.Errorf("got %s: %s", a.Kind, a.Text())
			}
			if a.Kind == bot.Failed {
				if !strings.Contains(a.Text(), q.Turn) || a.Err == nil || strings.Contains(a.Text(), "sk-secret") || !strings.Contains(r.log.String(), q.Turn) {
					t.Errorf("the person reads %q, the operator %q", a.Text(), r.log)
				}
			}
			if e, err := r.docs.Get(t.Context(), q.Turn); err != nil || e.Kind != string(c.kind) || (e.Error != "") != (c.kind == bot.Failed) {
				t.Errorf("recorded %+v, %v", e, err)
			}
		})
	}
}

func TestAConversationRemembersItsLastTurnsWholeWithinItsBudget(t *testing.T) {
	t.Parallel()
	for text, turns := range map[string]int{strings.Repeat("é", 400): 6, strings.Repeat("é", 2000): 2, strings.Repeat("漢", 2000): 1} {
		model := &script{steps: []func(bot.Request) (bot.Response, error){call("find_people", whoKnowsGo), say("")}}
		r := newRig(t, model)
		var history []bot.Message
		for range 9 {
			model.seen = nil
			q := question(text)
			q.History = history
			history = r.ask(t, q).History
		}
		users, bytes := 0, 0
		for i, m := range history {
			bytes += len(m.Text)
			if m.Role == bot.User {
				users++
			}
			if len([]rune(m.Text)) > 1501 {
				t.Errorf("message %d has %d characters", i, len([]rune(m.Text)))
			}
			if m.Role == bot.ToolRole && m.Text != `{"data":{"summary":"4 people with Go: at least 50 % free."}}` {
				t.Errorf("an old result is kept as %s", m.Text)
			}
		}
		if users != turns || history[0].Role != bot.User || (bytes > 8000 && users > 1) {
			t.Errorf("%d characters: %d turns with %d bytes are remembered, beginning with %s; want %d", len([]rune(text)), users, bytes, history[0].Role, turns)
		}
	}
}

func TestAQuestionThatCannotBeAskedIsRefusedAndNotRecorded(t *testing.T) {
	t.Parallel()
	r := newRig(t, &script{steps: []func(bot.Request) (bot.Response, error){say("")}})
	for text, want := range map[string]string{"": "the question is empty", "   ": "the question is empty", "\xff": "not valid UTF-8", strings.Repeat("x", 50_000): "has 50000 characters; at most 4000"} {
		if _, err := r.bot.Ask(t.Context(), question(text)); !errors.Is(err, bot.ErrQuestion) || !strings.Contains(err.Error(), want) {
			t.Errorf("%.10q: got %v, want %q", text, err, want)
		}
	}
	if all, err := r.docs.Find(t.Context(), chatlog.Filter{}); err != nil || len(all) != 0 {
		t.Errorf("%d exchanges, error %v", len(all), err)
	}
}

func TestAnAnswerOutlivesARecordThatCannotBeKept(t *testing.T) {
	t.Parallel()
	r := newRig(t, &script{steps: []func(bot.Request) (bot.Response, error){call("count_skills", `{}`), say("")}})
	log := &brokenLog{Log: r.docs, fails: 1 << 30}
	r.bot.Log, r.bot.RecordWait = log, time.Millisecond
	a := r.ask(t, question("count"))
	r.bot.Wait(t.Context())
	if a.Kind != bot.Answered || !strings.Contains(r.log.String(), "the exchange was not recorded") || log.tries != 7 {
		t.Errorf("got %s after %d tries, the log says %s", a.Kind, log.tries, r.log)
	}
}

func TestARecordThatCannotBeKeptAtOnceIsKeptLater(t *testing.T) {
	t.Parallel()
	r := newRig(t, &script{steps: []func(bot.Request) (bot.Response, error){call("count_skills", `{}`), say("")}})
	r.bot.Log, r.bot.RecordWait = &brokenLog{Log: r.docs, fails: 3}, time.Millisecond
	q := question("count")
	r.ask(t, q)
	r.bot.Wait(t.Context())
	if e, err := r.docs.Get(t.Context(), q.Turn); err != nil || e.Question != "count" {
		t.Errorf("recorded %+v, %v", e, err)
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	r.bot.Wait(gone) // whoever cannot wait need not
}

// brokenLog fails some times before it works.
type brokenLog struct {
	chatlog.Log
	fails, tries int
}

func (l *brokenLog) Append(ctx context.Context, e chatlog.Exchange) error {
	if l.tries++; l.tries <= l.fails {
		return errors.New("disk full")
	}
	return l.Log.Append(ctx, e)
}
