package bot

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"rollcall/prompts"
	"rollcall/tools"
)

// turn is the work on one question.
type turn struct {
	bot      *Bot
	question Question
	answer   Answer
	tries
}

// tries is what one model has done for the turn. The fallback begins with an empty one:
// it never goes on from another model's half-finished steps.
type tries struct {
	messages []Message
	outcomes []outcome
	said     string // the last step's text, from a language model
	trusted  bool   // the words are a program's
	isLast   bool   // nobody else is asked after this model
	calls    int
	seen     map[string]*earlierCall // by tool and arguments
}

type outcome struct {
	tools.Outcome
	name string
}

func (t *tries) last() *outcome {
	if len(t.outcomes) == 0 {
		return nil
	}
	return &t.outcomes[len(t.outcomes)-1]
}

func (t *turn) run(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, turnTimeout)
	defer cancel()
	request, err := t.request()
	if err == nil {
		err = t.ask(ctx, request)
	}
	t.spend(ctx)
	if err != nil {
		t.fail(ctx, err)
		return
	}
	t.conclude()
	t.answer.Private = t.private(ctx)
	t.answer.History = remember(t.question.History, t.messages, t.answer)
}

// ask lets the model answer, or the fallback, and notes why it was the fallback.
func (t *turn) ask(ctx context.Context, r Request) error {
	err := t.afford(ctx)
	if err == nil {
		if err = t.tryModel(ctx, r); err == nil || t.bot.Fallback == nil || errors.Is(ctx.Err(), context.Canceled) {
			return err
		}
		t.bot.Logger.WarnContext(ctx, "the model did not answer; the offline interpreter does", "turn", t.question.Turn, "error", err)
	}
	if t.bot.Fallback == nil {
		return err
	}
	t.answer.FallbackReason = err.Error()
	t.answer.Model = t.bot.Fallback.Name()
	if second := t.try(ctx, t.bot.Fallback, r, true); second != nil {
		return errors.Join(err, fmt.Errorf("offline: %w", second))
	}
	t.answer.Notice = notice(err)
	return nil
}

// tryModel leaves time for the fallback where there is one.
func (t *turn) tryModel(ctx context.Context, r Request) error {
	if t.bot.Fallback != nil {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, turnTimeout-fallbackTime)
		defer cancel()
	}
	return t.try(ctx, t.bot.Model, r, false)
}

func (t *turn) try(ctx context.Context, m Model, r Request, isLast bool) error {
	t.tries = tries{seen: map[string]*earlierCall{}, isLast: isLast}
	t.messages = []Message{{Role: User, Text: t.question.Text, From: t.question.Asker.ID}}
	return t.loop(ctx, m, r)
}

// notice is what a person reads when the language model did not answer.
func notice(err error) string {
	var spent *SpentError
	switch {
	case errors.As(err, &spent):
		return spent.Sentence() + " This was answered without the language model."
	case errors.Is(err, errNoCall):
		return "The language model looked nothing up; this was answered without it."
	}
	return "The language model is not available just now; this was answered without it."
}

func (t *turn) request() (Request, error) {
	instructions, err := t.bot.Prompt.Text()
	if err != nil {
		return Request{}, err
	}
	version, err := prompts.Version()
	if err != nil {
		return Request{}, err
	}
	now := t.bot.Now().In(t.bot.Location)
	today, err := prompts.Today{Date: now.Format("Monday 2 January 2006"), Zone: zone(t.bot.Location, now), Asker: Clean(t.question.Asker.Name)}.Text()
	if err != nil {
		return Request{}, err
	}
	history := append([]Message{}, t.question.History...)
	for i := range history {
		history[i].Foreign = history[i].Role == User && history[i].From != t.question.Asker.ID
	}
	return Request{
		Instructions: instructions, Today: today, Tools: t.bot.Tools.Definitions(), Messages: history, CacheKey: "rollcall:" + version,
	}, nil
}

func zone(at *time.Location, now time.Time) string {
	if at.String() == "Local" { // the machine's, which has no name of its own
		return now.Format("MST (UTC-07:00)")
	}
	return at.String()
}

// fail ends a turn without an answer. The conversation stays as it was, so that no call
// is left without its result.
func (t *turn) fail(ctx context.Context, err error) {
	t.answer.Kind, t.answer.Err, t.answer.History = Failed, err, t.question.History
	t.answer.View = tools.View{Headline: failure(t.answer.Turn)}
	if errors.Is(ctx.Err(), context.Canceled) {
		t.answer.View.Headline = "The question was withdrawn before it was answered."
	}
}

// conclude writes the answer from what the look-ups found.
func (t *turn) conclude() {
	last := t.last()
	t.answer.Kind, t.answer.View = conclude(last, t.answer.Turn)
	e := newEvidence(t.question.Text, t.outcomes)
	if !t.trusted {
		if last != nil && last.Terminal && last.Err == nil {
			t.answer.View = e.terminal(last, t.answer.View)
		} else if t.answer.Kind == Answered {
			t.answer.Prose = e.grounded(t.said)
		}
	}
	defer func() { t.answer.View = shown(t.answer.View) }()
	if last != nil {
		t.answer.View.Sections = append(t.answer.View.Sections, earlier(t.outcomes)...)
		t.answer.Data, t.answer.Period = last.JSON, periodOf(last.JSON)
		if t.answer.Kind == Failed {
			t.answer.Err = last.Err
		}
	}
}

func periodOf(result json.RawMessage) json.RawMessage {
	var with struct {
		Period json.RawMessage `json:"period"`
	}
	if err := json.Unmarshal(result, &with); err != nil {
		return nil
	}
	return with.Period
}
