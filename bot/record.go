package bot

import (
	"context"
	"time"

	"rollcall/prompts"
	"rollcall/store/chatlog"
)

const (
	// recordTimeout is how long keeping the record may hold up an answer that is ready.
	recordTimeout = 3 * time.Second
	// A record that could not be kept is tried again beside the next questions: after a
	// second, then after twice as long each time.
	recordTries     = 6
	recordFirstWait = time.Second
)

// record keeps the exchange. A record that cannot be kept is the operator's matter and
// does not take the answer away from the person.
func (b *Bot) record(ctx context.Context, q Question, a Answer) {
	e := b.Exchange(q, a)
	ctx = context.WithoutCancel(ctx)
	err := b.append(ctx, e)
	if err == nil {
		return
	}
	b.Logger.WarnContext(ctx, "the exchange is not recorded yet", "turn", q.Turn, "error", err)
	b.late.Go(func() { b.recordLate(ctx, e) })
}

func (b *Bot) append(ctx context.Context, e chatlog.Exchange) error {
	ctx, cancel := context.WithTimeout(ctx, recordTimeout)
	defer cancel()
	return b.Log.Append(ctx, e)
}

// recordLate tries again what did not work at once: a database that somebody else has
// locked for an import, one that is being started anew.
func (b *Bot) recordLate(ctx context.Context, e chatlog.Exchange) {
	wait, err := b.recordWait(), error(nil)
	for range recordTries {
		time.Sleep(wait)
		if err = b.append(ctx, e); err == nil {
			return
		}
		wait *= 2
	}
	b.Logger.ErrorContext(ctx, "the exchange was not recorded", "turn", e.ID, "error", err)
}

func (b *Bot) recordWait() time.Duration {
	if b.RecordWait > 0 {
		return b.RecordWait
	}
	return recordFirstWait
}

// Wait returns when every record is kept or given up, or when ctx ends. Call it before
// the log is closed.
func (b *Bot) Wait(ctx context.Context) {
	done := make(chan struct{})
	go func() { b.late.Wait(); close(done) }()
	select {
	case <-done:
	case <-ctx.Done():
	}
}

// Exchange returns the record of a question and its answer.
func (b *Bot) Exchange(q Question, a Answer) chatlog.Exchange {
	usage := a.Usage()
	e := chatlog.Exchange{
		ID: q.Turn, At: b.Now().UTC(), AskerID: q.Asker.ID, Asker: q.Asker.Name, Access: string(q.Asker.Access),
		Channel: q.Channel, Conversation: q.Conversation, Question: q.Text, Kind: string(a.Kind), Answer: a.Text(), Period: a.View.Period,
		Tools: make([]chatlog.ToolCall, 0, len(a.Calls)), Model: a.Model, Fallback: a.FallbackReason, Duration: a.Took,
		Usage: chatlog.Usage{Calls: len(a.ModelCalls), In: usage.In, CachedIn: usage.CachedIn, Out: usage.Out, Reasoning: usage.Reasoning},
	}
	for _, c := range a.Calls {
		e.Tools = append(e.Tools, chatlog.ToolCall{Name: c.Name, Arguments: c.Arguments, Result: c.Result, Duration: c.Took})
	}
	for _, c := range a.ModelCalls {
		e.ModelCalls = append(e.ModelCalls, chatlog.ModelCall{
			Model: c.Model, Wire: c.Wire, In: c.Usage.In, CachedIn: c.Usage.CachedIn, CacheWrite: c.Usage.CacheWrite, Out: c.Usage.Out,
			Reasoning: c.Usage.Reasoning, Cost: c.Cost, Finish: c.Finish, Retries: c.Retries, Duration: c.Took, Error: c.Err,
		})
		if c.Cost != nil {
			e.Usage.Cost += *c.Cost
		} else if c.Usage.Tokens() > 0 {
			e.Usage.Unpriced++
		}
	}
	if a.Err != nil {
		e.Error = a.Err.Error()
	}
	if version, err := prompts.Version(); err == nil {
		e.Prompt = version
	}
	return e
}
