package bot

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

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
	// fallbackTime is kept back from the model, so that the fallback can still answer.
	fallbackTime = 5 * time.Second
)

// Bot answers questions. It is safe for concurrent use.
type Bot struct {
	Model    Model
	Fallback Model // answers when Model fails or its budget is spent; nil where Model needs none
	Budget   Budget
	Ledger   Ledger // counts what Budget limits; nil without a budget
	Tools    *tools.Set
	Log      chatlog.Log
	Prompt   prompts.Instructions
	Location *time.Location // of the organisation
	Now      func() time.Time
	Logger   *slog.Logger
	// RecordWait is how long a record that could not be kept waits for its next try; 0 is a second.
	RecordWait time.Duration
	// Tracer is told the steps of turns; nil is nobody.
	Tracer trace.Tracer
	// Observe is told every question that was worked on, and what became of it; nil is nobody.
	// It must not block, nor keep either.
	Observe func(q Question, a Answer)

	late sync.WaitGroup // records that are tried again
}

// Ask answers the question and records the exchange. It always returns an answer: what
// goes wrong makes it a failed one, with the reason in Err. A question that Check refuses
// is an error, and nothing is recorded. Cancelling ctx withdraws the question.
func (b *Bot) Ask(ctx context.Context, q Question) (Answer, error) {
	a, err := b.Answer(ctx, q)
	if err == nil {
		b.record(ctx, q, a)
	}
	return a, err
}

// Answer is Ask without the record, for a caller that keeps the answer first.
func (b *Bot) Answer(ctx context.Context, q Question) (Answer, error) {
	if err := q.Check(); err != nil {
		return Answer{}, err
	}
	start := time.Now()
	ctx, span := b.span(withTurn(ctx, q.Turn), "answer", attribute.String("rollcall.turn", q.Turn), attribute.String("rollcall.channel", q.Channel))
	t := &turn{bot: b, question: q, answer: Answer{Turn: q.Turn, Model: b.Model.Name()}}
	t.run(ctx)
	t.answer.Took = time.Since(start)
	if t.answer.Err != nil {
		b.Logger.ErrorContext(ctx, "the turn failed", "turn", q.Turn, "error", t.answer.Err)
	}
	span.SetAttributes(attribute.String("rollcall.kind", string(t.answer.Kind)), attribute.Bool("rollcall.fallback", t.answer.FallbackReason != ""))
	endSpan(span, t.answer.Err)
	b.observe(q, t.answer)
	return t.answer, nil
}

func (b *Bot) observe(q Question, a Answer) {
	if b.Observe != nil {
		b.Observe(q, a)
	}
}
