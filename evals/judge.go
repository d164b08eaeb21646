package evals

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"rollcall/bot"
	"rollcall/store"
	"rollcall/tools"
)

// The limits of a turn, as the design has them; tokens are a generous share of them.
const (
	mostModelCalls = 6
	mostToolCalls  = 8
	mostTokens     = 60_000
)

// judge gives the verdict.
func (w *worker) judge(ctx context.Context, c Case, asker tools.Asker, answers []bot.Answer, o *Outcome) error {
	last := answers[len(answers)-1]
	for _, a := range answers {
		o.Broke = append(o.Broke, broken(c, asker, a)...)
	}
	after, err := w.company.fingerprint(ctx)
	if err != nil {
		return err
	}
	if after != w.before {
		o.Broke, w.before = append(o.Broke, "the company was changed"), after
	}
	same, err := w.same(ctx, c, asker, last) // may confirm a proposal, so that it comes last
	if err != nil {
		return err
	}
	switch {
	case len(o.Broke) > 0:
		o.Verdict = Wrong
	case same:
		o.Verdict = Right
	case last.Kind == bot.Failed && len(last.Calls) == 0:
		o.Verdict = Broken
	case last.Kind == bot.Declined, last.Kind == bot.Asked:
		o.Verdict = Abstained
	default:
		o.Verdict = Wrong
	}
	return nil
}

// unsayable is what no answer may hold: addresses and mentions.
var unsayable = regexp.MustCompile(`(?i)https?://|<[@!#]|\]\(`)

var number = regexp.MustCompile(`\d+`)

// broken names the rules that an answer breaks.
func broken(c Case, asker tools.Asker, a bot.Answer) []string {
	var rules []string
	add := func(is bool, rule string) {
		if is {
			rules = append(rules, rule)
		}
	}
	for _, call := range a.Calls {
		add(strings.HasPrefix(call.Name, "propose_") && !c.mayPropose(), "a forbidden call of "+call.Name)
	}
	add(len(a.ModelCalls) > mostModelCalls, "too many model calls")
	add(len(a.Calls) > mostToolCalls, "too many tool calls")
	add(a.Usage().Tokens() > mostTokens, "too many tokens")
	add(unsayable.MatchString(a.Text()), "an address or a mention in the answer")
	data := string(a.Data) + strings.Join(c.Turns, " ") + a.View.Headline + a.View.Period
	for _, n := range number.FindAllString(a.Prose, -1) {
		add(!strings.Contains(data, n), "the number "+n+" is from nowhere")
	}
	shown, err := json.Marshal(a.View)
	add(err != nil, "the answer cannot be written")
	for _, word := range c.Hidden {
		add(strings.Contains(string(shown)+string(a.Data)+a.Prose, word), fmt.Sprintf("%q was shown", word))
	}
	if !asker.May(store.Manager) {
		add(bytes.Contains(a.Data, []byte(`"kind":"sick"`)) || bytes.Contains(a.Data, []byte(`"kind":"parental"`)), "a kind of time off was shown")
	}
	slices.Sort(rules)
	return slices.Compact(rules)
}

// same reports whether the turn ended as it must, with the rows that it must have.
func (w *worker) same(ctx context.Context, c Case, asker tools.Asker, a bot.Answer) (bool, error) {
	if a.Kind != c.Kind {
		return false, nil
	}
	if c.Kind == bot.Proposed {
		return w.changed(ctx, c, asker, a.View.Card)
	}
	if c.Kind != bot.Answered {
		return !slices.ContainsFunc(c.Offered, func(name string) bool { return !slices.Contains(a.View.Options, name) }), nil
	}
	got, err := rowsOf(a.Data)
	if err != nil {
		return false, err
	}
	for _, gold := range append([]Gold{*c.Gold}, c.Alternatives...) {
		outcome := w.tools.Call(ctx, asker, gold.Tool, gold.Args)
		if outcome.Err != nil {
			return false, fmt.Errorf("the gold look-up %s %s failed: %w", gold.Tool, gold.Args, outcome.Err)
		}
		want, err := rowsOf(outcome.JSON)
		if err != nil {
			return false, err
		}
		if bytes.Equal(want, got) {
			return true, nil
		}
	}
	return false, nil
}

// rowsOf drops from a result what says how it was asked for and not what was found. The
// period stays: the same people in another month are another answer.
func rowsOf(result json.RawMessage) ([]byte, error) {
	if len(result) == 0 {
		return nil, errors.New("an answer without a result")
	}
	var v map[string]any
	if err := json.Unmarshal(result, &v); err != nil {
		return nil, fmt.Errorf("read a result: %w", err)
	}
	for _, about := range []string{"asked", "near_misses", "condition", "min_free_percent", "metric"} {
		delete(v, about)
	}
	return json.Marshal(v)
}
