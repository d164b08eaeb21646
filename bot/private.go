package bot

import (
	"context"

	"rollcall/tools"
)

// private looks everything up once more as for the asker alone, when something was left
// out because others read the answer. No model sees the result. Nil is nothing more, also
// when a look-up fails now: the public answer stands on its own.
func (t *turn) private(ctx context.Context) *tools.View {
	if !t.answer.withheld {
		return nil
	}
	asker := t.question.Asker
	asker.Public = false
	alone := *t
	alone.outcomes = nil
	for _, c := range t.answer.Calls {
		if !t.bot.Tools.LooksUp(c.Name) {
			continue
		}
		o := t.bot.Tools.Call(ctx, asker, c.Name, c.Arguments)
		if o.Err == nil {
			alone.outcomes = append(alone.outcomes, outcome{o, c.Name})
		}
	}
	if alone.last() == nil {
		return nil
	}
	_, v := conclude(alone.last(), t.answer.Turn)
	v.Sections = append(v.Sections, earlier(alone.outcomes)...)
	v = shown(v)
	return &v
}
