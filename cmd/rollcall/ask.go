package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"rollcall/bot"
	"rollcall/store"
)

type askCmd struct {
	As       string   `help:"The e-mail address of the person who asks." placeholder:"EMAIL"`
	JSON     bool     `name:"json" help:"Print one JSON object instead of text."`
	Question []string `arg:"" help:"The question, in your own words."`
}

// Run asks one question. A turn that failed ends with status 1.
func (c *askCmd) Run(ctx context.Context, cfg *Config, s streams) (err error) {
	q := bot.Question{Turn: store.NewID(), Channel: "terminal", Text: strings.Join(c.Question, " ")}
	q.Conversation = q.Turn
	if err = q.Check(); err != nil {
		return err
	}
	a, err := cfg.open(ctx, s.err, true)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.flush(ctx), a.close(ctx)) }()
	if q.Asker, err = a.asker(ctx, c.As); err != nil {
		return err
	}
	b, err := a.bot()
	if err != nil {
		return err
	}
	defer waitFor(ctx, b)
	notice, err := a.notice(ctx)
	if err != nil {
		return err
	}
	fmt.Fprint(s.err, notice)
	answer, err := b.Ask(ctx, q)
	if err != nil {
		return err
	}
	if c.JSON {
		err = printJSON(s, answer)
	} else {
		renderAnswer(s.out, answer, width(s.out))
		if a.isSample && answer.View.Card != nil {
			fmt.Fprintln(s.err, "The sample company ends with this command: to confirm a change, ask for it in “rollcall chat”.")
		}
	}
	if err == nil && answer.Kind == bot.Failed {
		return errSilent
	}
	return err
}

// askedJSON is what ask --json prints, with its fields in a fixed order.
type askedJSON struct {
	Turn   string          `json:"turn"`
	Kind   bot.Kind        `json:"kind"`
	Text   string          `json:"text"`
	Period json.RawMessage `json:"period"`
	Data   json.RawMessage `json:"data"`
	Tools  []askedTool     `json:"tools"`
	Model  string          `json:"model"`
	Ms     float64         `json:"ms"`
}

type askedTool struct {
	Name      string          `json:"name"`
	Arguments json.RawMessage `json:"arguments"`
	Result    json.RawMessage `json:"result"`
	Ms        float64         `json:"ms"`
}

func printJSON(s streams, a bot.Answer) error {
	out := askedJSON{
		Turn: a.Turn, Kind: a.Kind, Text: a.Text(), Period: a.Period, Data: a.Data,
		Tools: make([]askedTool, 0, len(a.Calls)), Model: a.Model, Ms: milliseconds(a.Took.Microseconds()),
	}
	for _, c := range a.Calls {
		out.Tools = append(out.Tools, askedTool{Name: c.Name, Arguments: c.Arguments, Result: c.Result, Ms: milliseconds(c.Took.Microseconds())})
	}
	enc := json.NewEncoder(s.out)
	enc.SetEscapeHTML(false)
	return enc.Encode(out)
}

func milliseconds(micros int64) float64 { return float64(micros) / 1000 }
