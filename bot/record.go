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
	e := chatlog.Exchange{
		ID: q.Turn, At: b.Now().UTC(), AskerID: q.Asker.ID, Asker: q.Asker.Name, Access: string(q.Asker.Access),
		Channel: q.Channel, Conversation: q.Conversation, Question: q.Text, Kind: string(a.Kind), Answer: a.Text(), Period: a.View.Period,
		Tools: make([]chatlog.ToolCall, 0, len(a.Calls)), Model: a.Model, Duration: a.Took,
		Usage: chatlog.Usage{Calls: a.ModelCalls, In: a.Usage.In, CachedIn: a.Usage.CachedIn, Out: a.Usage.Out, Reasoning: a.Usage.Reasoning},
	}
	for _, c := range a.Calls {
		e.Tools = append(e.Tools, chatlog.ToolCall{Name: c.Name, Arguments: c.Arguments, Result: c.Result, Duration: c.Took})
	}
	if a.Err != nil {
		e.Error = a.Err.Error()
	}
	if version, err := prompts.Version(); err == nil {
		e.Prompt = version
	}
	return e
}
