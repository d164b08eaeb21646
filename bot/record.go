package bot

import (
	"context"
	"time"

	"rollcall/prompts"
	"rollcall/store/chatlog"
)

// recordTimeout is how long keeping the record may hold up an answer that is ready.
const recordTimeout = 3 * time.Second

// record keeps the exchange. A record that cannot be kept is the operator's matter and
// does not take the answer away from the person.
func (b *Bot) record(ctx context.Context, q Question, a Answer) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), recordTimeout)
	defer cancel()
	if err := b.Log.Append(ctx, b.exchange(q, a)); err != nil {
		b.Logger.ErrorContext(ctx, "the exchange was not recorded", "turn", q.Turn, "error", err)
	}
	if a.Err != nil {
		b.Logger.ErrorContext(ctx, "the turn failed", "turn", q.Turn, "error", a.Err)
	}
}

func (b *Bot) exchange(q Question, a Answer) chatlog.Exchange {
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
