package bot_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"rollcall/bot"
	"rollcall/bot/offline"
	"rollcall/tools/period"
)

type step = func(bot.Request) (bot.Response, error)

// withOffline adds the offline interpreter as the fallback.
func (r rig) withOffline(t *testing.T) rig {
	t.Helper()
	m, err := offline.New(period.Calendar{WeekStart: time.Monday}, r.company.Names, func() time.Time { return now })
	if err != nil {
		t.Fatal(err)
	}
	r.bot.Fallback = m
	return r
}

func down(bot.Request) (bot.Response, error) {
	return bot.Response{Retries: 2}, errors.New("the model's server answered 503: sk-secret")
}

func TestTheSameCallIsMadeOnceAndTheThirdTimeEndsTheTurn(t *testing.T) {
	t.Parallel()
	model := &script{steps: []step{call("find_people", `{"skills":[{"name":"Go"}],"limit":3}`), call("find_people", `{"limit": 3, "role":null, "skills":[{"name":"Go"}]}`)}}
	a := newRig(t, model).ask(t, question("who knows Go?"))
	if len(a.Calls) != 1 || len(model.seen) != 3 || a.Kind != bot.Answered {
		t.Fatalf("%d calls, %d requests, %s", len(a.Calls), len(model.seen), a.Kind)
	}
	messages := model.seen[2].Messages
	if again := messages[len(messages)-1].Text; !strings.Contains(again, "called this already") || !strings.Contains(again, `"total":`) {
		t.Errorf("the second time it read %s", again)
	}
}

func TestALookUpThatFailedIsTriedOnceMoreAndNeverReadsAsNobody(t *testing.T) {
	t.Parallel()
	r := newRig(t, &script{steps: []step{call("find_people", `{}`)}})
	_ = r.store.Close()
	a := r.ask(t, question("who is free?"))
	if len(a.Calls) != 2 || a.Kind != bot.Failed || strings.Contains(a.Text(), "obody") || !strings.Contains(a.Text(), a.Turn) {
		t.Errorf("%d calls, %s: %s", len(a.Calls), a.Kind, a.Text())
	}
}

func TestCallsThatAreMadeWrongAreRepaired(t *testing.T) {
	t.Parallel()
	right := call("find_people", `{"skills":[{"name":"Go","min_level":4}]}`)
	for name, wrong := range map[string]step{
		"a tool that is not there": call("search_staff", `{"skill":"Go"}`),
		"no JSON":                  call("find_people", `{"skills":`),
		"level 7":                  call("find_people", `{"skills":[{"name":"Go","min_level":7}]}`),
		"an unknown field":         call("find_people", `{"skil":"Go"}`),
		"an unknown value":         call("find_people", `{"condition":"lazy"}`),
		"a list for an object":     call("find_people", `[1]`),
		"a misspelt skill":         call("find_people", `{"skills":[{"name":"Goo"}]}`),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			model := &script{steps: []step{wrong, right, say("")}}
			a := newRig(t, model).ask(t, question("who knows Go well?"))
			if a.Kind != bot.Answered || len(a.Calls) != 2 || len(a.ModelCalls) != 3 || len(a.View.Sections) != 0 {
				t.Fatalf("%s after %d calls: %+v", a.Kind, len(a.Calls), a.View)
			}
			told := model.seen[1].Messages
			if hint := told[len(told)-1].Text; !strings.HasPrefix(hint, `{"error":{"code":`) || strings.Contains(hint, "sql") {
				t.Errorf("the model was told %s", hint)
			}
		})
	}
}

func TestCallsThatAreStillWrongAreNoAnswer(t *testing.T) {
	t.Parallel()
	a := newRig(t, &script{steps: []step{call("find_people", `{"skills":[{"name":"Go","min_level":7}]}`), say("There are 12 experts.")}}).ask(t, question("who?"))
	if a.Kind != bot.Declined || strings.Contains(a.Text(), "12") {
		t.Errorf("%s: %s", a.Kind, a.Text())
	}
}

func TestCallsPrintedAsTextAreRead(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"between marks":        "<tool_call>\n{\"name\": \"count_skills\", \"arguments\": {\"skills\":[\"Go\"]}}\n</tool_call>",
		"bare":                 `{"name":"count_skills","parameters":{"skills":["Go"]}}`,
		"in a fence":           "```json\n{\"name\":\"count_skills\",\"arguments\":{\"skills\":[\"Go\"]}}\n```",
		"as a list":            `[TOOL_CALLS][{"name":"count_skills","arguments":{"skills":["Go"]}}]`,
		"as a function":        `<function=count_skills>{"skills":["Go"]}</function>`,
		"with text as objects": `{"name":"count_skills","arguments":"{\"skills\":[\"Go\"]}"}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := newRig(t, &script{steps: []step{say(text), say("")}}).ask(t, question("how many know Go?"))
			if a.Kind != bot.Answered || len(a.Calls) != 1 || !strings.Contains(string(a.Calls[0].Arguments), "Go") {
				t.Errorf("%s %+v", a.Kind, a.Calls)
			}
		})
	}
	for name, text := range map[string]string{"a tool that is not there": `{"name":"drop_table","arguments":{}}`, "cut off": `<tool_call>{"name":"count_skills","argum`, "other JSON": `{"a":1}`} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			model := &script{steps: []step{say(text)}}
			a := newRig(t, model).ask(t, question("how many know Go?"))
			if a.Kind != bot.Failed || len(a.Calls) != 0 || !model.seen[1].MustCall || strings.Contains(a.Text(), "{") {
				t.Errorf("%s after %d calls: %s", a.Kind, len(a.Calls), a.Text())
			}
		})
	}
}

func TestWhenTheModelDoesNotAnswerTheOfflineInterpreterDoesAndSaysSo(t *testing.T) {
	t.Parallel()
	for name, steps := range map[string][]step{
		"it is down":                  {down},
		"it breaks midway":            {call("list_time_off", `{}`), down},
		"it only talks":               {say("It is Priya, I am sure.")},
		"it says nothing":             {say("")},
		"it goes on without an end":   {call("ask_nobody", `{}`), say("x"), down},
		"it hangs until its deadline": {func(bot.Request) (bot.Response, error) { return bot.Response{}, context.DeadlineExceeded }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, &script{steps: steps}).withOffline(t)
			q := question("who knows Go and is free next month?")
			a := r.ask(t, q)
			if name == "it goes on without an end" { // a tool that is not there, then words: the turn has an end of its own
				if a.Kind != bot.Failed {
					t.Errorf("got %s", a.Kind)
				}
				return
			}
			if a.Kind != bot.Answered || a.View.Headline != "4 people with Go: at least 50 % free." || a.Model != "offline" {
				t.Fatalf("%s by %s: %+v", a.Kind, a.Model, a.View)
			}
			if !strings.Contains(a.Notice, "without it") || strings.Contains(a.Text(), "secret") || len(a.View.Sections) != 0 {
				t.Errorf("the person reads %q", a.Text())
			}
			e, err := r.docs.Get(t.Context(), q.Turn)
			if err != nil || e.Fallback == "" || len(e.ModelCalls) < 2 || e.ModelCalls[len(e.ModelCalls)-1].Model != "offline" {
				t.Errorf("recorded %+v, %v", e.ModelCalls, err)
			}
		})
	}
}

func TestTheFallbackBeginsAnewAndLeavesACleanConversation(t *testing.T) {
	t.Parallel()
	r := newRig(t, &script{steps: []step{call("list_time_off", `{}`), down}}).withOffline(t)
	a := r.ask(t, question("who knows Rust?"))
	calls := 0
	for _, m := range a.History {
		for _, c := range m.Calls {
			calls++
			if c.Name != "find_people" {
				t.Errorf("the conversation remembers %s", c.Name)
			}
		}
	}
	if calls != 1 || len(a.History) != 4 {
		t.Errorf("%d calls in %+v", calls, a.History)
	}
}

// stuck is a model that waits for the end of its context.
type stuck struct{ entered chan struct{} }

func (stuck) Name() string { return "stuck" }

func (s stuck) Complete(ctx context.Context, _ bot.Request) (bot.Response, error) {
	close(s.entered)
	<-ctx.Done()
	return bot.Response{}, ctx.Err()
}

func TestAQuestionThatIsWithdrawnEndsAtOnceAndAsksNobodyElse(t *testing.T) {
	t.Parallel()
	model := stuck{make(chan struct{})}
	r := newRig(t, model).withOffline(t)
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-model.entered; cancel() }()
	q := question("who knows Go?")
	q.History = []bot.Message{{Role: bot.User, Text: "before"}, {Role: bot.Assistant, Text: "yes"}}
	a, err := r.bot.Ask(ctx, q)
	if err != nil || a.Kind != bot.Failed || !errors.Is(a.Err, context.Canceled) || !strings.Contains(a.Text(), "withdrawn") || len(a.Calls) != 0 || len(a.History) != 2 {
		t.Errorf("%v %s %v %q, history %+v", err, a.Kind, a.Err, a.Text(), a.History)
	}
	if e, err := r.docs.Get(t.Context(), q.Turn); err != nil || e.Kind != "failed" {
		t.Errorf("recorded %+v, %v", e, err)
	}
}

func TestAnAnswerToTwoQuestionsAtOnceShowsBoth(t *testing.T) {
	t.Parallel()
	a := newRig(t, &script{steps: []step{call("find_people", whoKnowsGo), call("find_certifications", `{"period":"this month"}`), say("")}}).ask(t, question("who knows Go and is free next month, and which certs expire this month?"))
	if a.Kind != bot.Answered || len(a.View.Sections) != 1 || !strings.Contains(a.View.Sections[0].Title, "4 people with Go") || len(a.View.Sections[0].Rows) != 4 {
		t.Errorf("%s %+v", a.Kind, a.View)
	}
}

func TestABudgetThatIsSpentLeavesTheOfflineInterpreterAndSaysWhose(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		budget bot.Budget
		want   string
	}{
		"a person's questions":  {bot.Budget{PersonQuestions: 2}, "Your budget of 2 questions a day"},
		"a person's tokens":     {bot.Budget{PersonTokens: 40}, "Your budget of 40 tokens a day"},
		"everybody's questions": {bot.Budget{Questions: 2}, "Today's budget of 2 questions for the language model, which everybody shares"},
		"everybody's tokens":    {bot.Budget{Tokens: 40}, "Today's budget of 40 tokens"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			model := &script{}
			r := newRig(t, model).withOffline(t)
			r.bot.Budget, r.bot.Ledger = c.budget, ledger{r.store}
			for n := range 3 {
				model.steps, model.seen = []step{call("find_people", whoKnowsGo), func(bot.Request) (bot.Response, error) {
					return bot.Response{Usage: bot.Usage{In: 10, Out: 1}}, nil
				}}, nil
				a := r.ask(t, question("who knows Go and is free next month?"))
				if spent := n == 2; a.Kind != bot.Answered || strings.Contains(a.Notice, c.want) != spent || (len(model.seen) == 0) != spent {
					t.Errorf("question %d: %s, %d model calls, %q", n+1, a.Kind, len(model.seen), a.Notice)
				}
			}
			other := question("who knows Go and is free next month?")
			other.Asker.ID = "somebody else"
			model.seen = nil
			if r.ask(t, other); (len(model.seen) > 0) != strings.HasPrefix(name, "a person's") {
				t.Errorf("for somebody else the model was asked %d times", len(model.seen))
			}
		})
	}
}

func TestABudgetStartsAnewAtTheOrganisationsMidnight(t *testing.T) {
	t.Parallel()
	model := &script{steps: []step{call("find_people", whoKnowsGo), say("")}}
	r := newRig(t, model).withOffline(t)
	r.bot.Budget, r.bot.Ledger = bot.Budget{PersonQuestions: 1}, ledger{r.store}
	r.bot.Location = time.FixedZone("east", 10*3600)
	at := time.Date(2026, 11, 25, 13, 59, 0, 0, time.UTC)
	r.bot.Now = func() time.Time { return at }
	for i, asked := range []bool{true, false, true} {
		if i == 2 {
			at = at.Add(2 * time.Minute)
		}
		model.seen = nil
		if r.ask(t, question("who knows Go?")); (len(model.seen) > 0) != asked {
			t.Errorf("question %d: the model was asked %d times", i+1, len(model.seen))
		}
	}
}

func TestTheWordsOfOthersInAConversationAreMarked(t *testing.T) {
	t.Parallel()
	model := &script{steps: []step{call("find_people", whoKnowsGo), say("")}}
	r := newRig(t, model)
	first := question("who knows Go?")
	first.Asker.ID = "guest"
	history := r.ask(t, first).History
	second := question("and in Berlin?")
	second.Asker.ID, second.History = "grace", history
	model.seen = nil
	r.ask(t, second)
	got := model.seen[0].Messages
	if !got[0].Foreign || got[len(got)-1].Foreign {
		t.Errorf("marked: %+v", got)
	}
}

func TestTheRequestBeginsWithTheSameBytesForEveryQuestion(t *testing.T) {
	t.Parallel()
	model := &script{steps: []step{call("find_people", whoKnowsGo), say("")}}
	r := newRig(t, model)
	fixed := func(q bot.Question) string {
		model.seen = nil
		r.ask(t, q)
		text, err := json.Marshal(struct{ A, B, C any }{model.seen[0].Tools, model.seen[0].Instructions, model.seen[0].CacheKey})
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	other := question("wer kennt Rust?")
	other.Asker.Name, other.Asker.Access = "Somebody Else", "staff"
	if a, b := fixed(question("who knows Go?")), fixed(other); a != b {
		t.Error("the prefix differs")
	}
}
