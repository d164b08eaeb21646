package bot

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"go.opentelemetry.io/otel/attribute"

	"rollcall/tools"
)

// errNoCall means that a model had tools and twice used none.
var errNoCall = errors.New("the model called no tool")

// loop asks the model for steps until it ends the turn, calls a terminal tool or meets
// a limit. The last call goes without tools, so that it must end.
func (t *turn) loop(ctx context.Context, m Model, r Request) error {
	history := r.Messages
	for n := 1; n <= maxModelCalls; n++ {
		r.Messages = append(append([]Message{}, history...), t.messages...)
		if n == maxModelCalls || t.calls >= maxToolCalls {
			r.Tools, r.MustCall = nil, false
		}
		response, err := t.step(ctx, m, r)
		if err != nil {
			return fmt.Errorf("model call %d: %w", n, err)
		}
		switch {
		case len(response.Calls) > 0 && r.Tools != nil:
			t.messages = append(t.messages, Message{Role: Assistant, Text: response.Text, Calls: response.Calls, Opaque: response.Opaque})
			if done := t.callTools(ctx, response.Calls); done {
				return nil
			}
		case len(t.outcomes) > 0 || t.isLast:
			t.said = response.Text
			return nil
		case r.MustCall || r.Tools == nil:
			return errNoCall
		default: // a model that talks instead of looking things up is asked once more
			r.MustCall = true
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	return errors.New("the model did not come to an end")
}

// step makes one model call and keeps its record.
func (t *turn) step(ctx context.Context, m Model, r Request) (Response, error) {
	ctx, cancel := context.WithTimeout(ctx, modelTimeout)
	defer cancel()
	start := time.Now()
	ctx, span := t.bot.span(ctx, "model")
	response, err := m.Complete(ctx, r)
	call := ModelCall{
		Model: m.Name(), Wire: response.Wire, Usage: response.Usage, Cost: response.Cost,
		Finish: response.Finish, Retries: response.Retries, Took: time.Since(start),
	}
	if response.Model != "" {
		call.Model = response.Model
		t.answer.Model = response.Model
	}
	if err != nil {
		call.Err = err.Error()
	}
	span.SetAttributes(call.attributes()...)
	endSpan(span, err)
	t.answer.ModelCalls = append(t.answer.ModelCalls, call)
	if err == nil && len(response.Calls) == 0 && len(r.Tools) > 0 {
		response.Calls = printedCalls(response.Text, r.Tools, len(r.Messages))
	}
	t.trusted = response.Trusted
	return response, err
}

// refused is the result of a call that is not made.
const refused = `{"error":{"code":"invalid","message":"%s","retryable":false}}`

// callTools runs the calls in order and reports whether the turn is at its end. Calls
// beyond the limit are answered with an error, so that no call stays without a result.
func (t *turn) callTools(ctx context.Context, calls []ToolCall) bool {
	for _, call := range calls {
		if t.calls++; t.calls > maxToolCalls {
			t.result(call, fmt.Sprintf(refused, "too many tool calls"))
			continue
		}
		key := call.Name + " " + canonical(call.Arguments)
		before := t.seen[key]
		if before.repeats() {
			if before.times++; before.times > 2 {
				t.result(call, fmt.Sprintf(refused, "called again and again"))
				return true
			}
			t.result(call, `{"note":"you have called this already, with this result","result":`+forModel(before.Outcome)+`}`)
			continue
		}
		made := t.call(ctx, call)
		t.seen[key] = &earlierCall{Outcome: made, times: before.count() + 1}
		if made.Terminal {
			return true
		}
	}
	return false
}

func (t *turn) call(ctx context.Context, call ToolCall) tools.Outcome {
	t.question.step(call.Name)
	ctx, span := t.bot.span(ctx, "tool")
	made := t.bot.Tools.Call(ctx, t.question.asker(), call.Name, call.Arguments)
	span.SetAttributes(attribute.String("gen_ai.tool.name", toolName(call.Name, made)), attribute.String("rollcall.code", codeOf(made)))
	span.End()
	t.answer.withheld = t.answer.withheld || made.Withheld
	t.outcomes = append(t.outcomes, outcome{made, call.Name})
	t.result(call, forModel(made))
	t.answer.Calls = append(t.answer.Calls, CallRecord{Name: call.Name, Arguments: validJSON(call.Arguments), Result: made.JSON, Code: codeOf(made), Took: made.Duration})
	return made
}

func (t *turn) result(call ToolCall, text string) {
	t.messages = append(t.messages, Message{Role: ToolRole, CallID: call.ID, Text: text})
}

// earlierCall is a call that was made in this turn, and how often; nil is none.
type earlierCall struct {
	tools.Outcome
	times int
}

func (e *earlierCall) count() int {
	if e == nil {
		return 0
	}
	return e.times
}

// repeats reports whether making the call again can bring nothing new. A look-up that
// failed may be tried once more.
func (e *earlierCall) repeats() bool {
	return e != nil && (e.times > 1 || e.Err == nil || e.Err.Code != tools.Unavailable)
}

// canonical writes arguments so that two spellings of the same are equal: without nulls,
// and with sorted names.
func canonical(arguments json.RawMessage) string {
	dec := json.NewDecoder(bytes.NewReader(arguments))
	dec.UseNumber()
	var v any
	if dec.Decode(&v) != nil {
		return string(arguments)
	}
	if fields, ok := v.(map[string]any); ok {
		for name, value := range fields {
			if value == nil {
				delete(fields, name)
			}
		}
	}
	text, err := json.Marshal(v)
	if err != nil {
		return string(arguments)
	}
	return string(text)
}

// validJSON keeps what a model wrote as arguments, as text where it is not JSON.
func validJSON(arguments json.RawMessage) json.RawMessage {
	if len(bytes.TrimSpace(arguments)) == 0 {
		return json.RawMessage("{}")
	}
	if json.Valid(arguments) {
		return arguments
	}
	text, err := json.Marshal(strings.ToValidUTF8(string(arguments), "�"))
	if err != nil {
		return nil
	}
	return text
}
