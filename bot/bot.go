package bot

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"rollcall/prompts"
	"rollcall/store/chatlog"
	"rollcall/tools"
)

// The limits of a turn.
const (
	maxModelCalls = 6
	maxToolCalls  = 8
	turnTimeout   = 45 * time.Second
	modelTimeout  = 25 * time.Second
)

// Bot answers questions. It is safe for concurrent use.
type Bot struct {
	Model    Model
	Tools    *tools.Set
	Log      chatlog.Log
	Prompt   prompts.Instructions
	Location *time.Location // of the organisation
	Now      func() time.Time
	Logger   *slog.Logger
}

// Ask answers the question and records the exchange. It always returns an answer: what
// goes wrong makes it a failed one, with the reason in Err. A question that Check refuses
// is an error, and nothing is recorded.
func (b *Bot) Ask(ctx context.Context, q Question) (Answer, error) {
	if err := q.Check(); err != nil {
		return Answer{}, err
	}
	start := time.Now()
	t := &turn{bot: b, question: q, answer: Answer{Turn: q.Turn, Model: b.Model.Name()}}
	t.run(ctx)
	t.answer.Took = time.Since(start)
	b.record(ctx, q, t.answer)
	return t.answer, nil
}

// turn is the work on one question.
type turn struct {
	bot       *Bot
	question  Question
	answer    Answer
	messages  []Message
	last      *tools.Outcome
	lastName  string
	toolCalls int
}

func (t *turn) run(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, turnTimeout)
	defer cancel()
	request, err := t.request()
	if err == nil {
		err = t.loop(ctx, request)
	}
	if err != nil {
		t.answer.Kind, t.answer.Err = Failed, err
		t.answer.View = tools.View{Headline: failure(t.answer.Turn)}
		t.answer.History = t.question.History
		return
	}
	t.answer.Kind, t.answer.View = conclude(t.last, t.lastName, t.answer.Turn)
	if t.last != nil {
		t.answer.Data, t.answer.Period = t.last.JSON, periodOf(t.last.JSON)
		if t.answer.Kind == Failed {
			t.answer.Err = t.last.Err
		}
	}
	t.answer.History = remember(t.question.History, t.messages, t.answer)
}

func (t *turn) request() (Request, error) {
	instructions, err := t.bot.Prompt.Text()
	if err != nil {
		return Request{}, err
	}
	now := t.bot.Now().In(t.bot.Location)
	zone := t.bot.Location.String()
	if zone == "Local" { // the machine's, which has no name of its own
		zone = now.Format("MST (UTC-07:00)")
	}
	today, err := prompts.Today{Date: now.Format("Monday 2 January 2006"), Zone: zone, Asker: t.question.Asker.Name}.Text()
	if err != nil {
		return Request{}, err
	}
	t.messages = []Message{{Role: User, Text: t.question.Text}}
	return Request{Instructions: instructions, Today: today, Tools: t.bot.Tools.Definitions(), Messages: t.question.History}, nil
}

// loop asks the model for steps until it ends the turn, calls a terminal tool or meets
// a limit. The last call goes without tools, so that it must end.
func (t *turn) loop(ctx context.Context, r Request) error {
	history := r.Messages
	for n := 1; n <= maxModelCalls; n++ {
		r.Messages = append(append([]Message{}, history...), t.messages...)
		if n == maxModelCalls || t.toolCalls >= maxToolCalls {
			r.Tools = nil
		}
		response, err := t.step(ctx, r)
		if err != nil {
			return fmt.Errorf("model call %d: %w", n, err)
		}
		if len(response.Calls) == 0 || r.Tools == nil {
			return nil
		}
		t.messages = append(t.messages, Message{Role: Assistant, Text: response.Text, Calls: response.Calls})
		if done := t.callTools(ctx, response.Calls); done {
			return nil
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	return errors.New("the model did not come to an end")
}

func (t *turn) step(ctx context.Context, r Request) (Response, error) {
	ctx, cancel := context.WithTimeout(ctx, modelTimeout)
	defer cancel()
	response, err := t.bot.Model.Complete(ctx, r)
	t.answer.Usage = t.answer.Usage.Add(response.Usage)
	t.answer.ModelCalls++
	if response.Model != "" {
		t.answer.Model = response.Model
	}
	return response, err
}

// callTools runs the calls in order and reports whether one of them ends the turn. Calls
// beyond the limit are answered with an error, so that no call stays without a result.
func (t *turn) callTools(ctx context.Context, calls []ToolCall) bool {
	for _, call := range calls {
		if t.toolCalls >= maxToolCalls {
			t.messages = append(t.messages, Message{Role: ToolRole, CallID: call.ID, Text: `{"error":{"code":"invalid","message":"too many tool calls","retryable":false}}`})
			continue
		}
		t.toolCalls++
		outcome := t.bot.Tools.Call(ctx, t.question.Asker, call.Name, call.Arguments)
		t.messages = append(t.messages, Message{Role: ToolRole, CallID: call.ID, Text: string(outcome.JSON)})
		t.answer.Calls = append(t.answer.Calls, CallRecord{Name: call.Name, Arguments: validJSON(call.Arguments), Result: outcome.JSON, Took: outcome.Duration})
		t.last, t.lastName = &outcome, call.Name
		if outcome.Terminal {
			return true
		}
	}
	return false
}

// validJSON keeps what a model wrote as arguments, as text where it is not JSON.
func validJSON(arguments json.RawMessage) json.RawMessage {
	if json.Valid(arguments) {
		return arguments
	}
	text, err := json.Marshal(string(arguments))
	if err != nil {
		return nil
	}
	return text
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
