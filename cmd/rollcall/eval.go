package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"rollcall/bot"
	"rollcall/bot/llm"
	"rollcall/bot/offline"
	"rollcall/evals"
	"rollcall/prompts"
	"rollcall/store/chatlog"
)

type evalCmd struct {
	Run     evalRunCmd     `cmd:"" default:"withargs" help:"Ask the cases and score the answers."`
	Compare evalCompareCmd `cmd:"" help:"Show what came out otherwise in a second run."`
	Case    evalCaseCmd    `cmd:"" help:"Turn a logged exchange into a case."`
}

type evalRunCmd struct {
	Set      []string `help:"The sets of cases to ask; all of them when none is named."`
	File     []string `type:"existingfile" help:"Files with more cases, one JSON object per line."`
	Category []string `help:"Only cases of these categories."`
	Jobs     int      `default:"2" help:"How many cases are asked at once."`
	Out      string   `type:"path" help:"Keep the outcomes in this file; a run that was ended goes on from it."`
	JSON     bool     `name:"json" help:"Print the report as JSON."`
	Verbose  bool     `short:"v" help:"Print every case that is not right."`
}

// Run asks the cases of the sample company with a fixed clock.
func (c *evalRunCmd) Run(ctx context.Context, cfg *Config, s streams) (err error) {
	cases, err := c.cases()
	if err != nil {
		return err
	}
	prompt, err := prompts.Version()
	if err != nil {
		return err
	}
	name := "offline"
	if cfg.hasModel() {
		name = cfg.OpenAIModel
	}
	var kept []evals.Outcome
	left, keep := cases, func(evals.Outcome) error { return nil }
	if c.Out != "" {
		results, openErr := evals.OpenResults(c.Out, name, prompt)
		if openErr != nil {
			return openErr
		}
		defer func() { err = errors.Join(err, results.Close()) }()
		kept, left, keep = results.Kept(), results.Left(cases), results.Add
	}
	step, finish := caseBar(s.err, len(left))
	runner := evals.Runner{Model: cfg.evaluated(), Jobs: c.Jobs, Done: func(o evals.Outcome) error {
		step()
		o.Model = name // as it is configured: providers answer under the names of snapshots
		return keep(o)
	}}
	outcomes, err := runner.Run(ctx, left)
	finish()
	if err != nil {
		return err
	}
	return c.print(s, evals.Among(cases, append(kept, outcomes...)), name)
}

// evaluated makes the model that is measured: the configured one, or the interpreter.
func (c *Config) evaluated() func(*evals.Company) (bot.Model, error) {
	return func(company *evals.Company) (bot.Model, error) {
		if !c.hasModel() {
			return offline.New(company.Calendar, company.Names, company.Now)
		}
		prices, err := c.prices()
		if err != nil {
			return nil, err
		}
		return llm.New(llm.Config{BaseURL: c.OpenAIBaseURL, Key: c.OpenAIKey, Model: c.OpenAIModel, Wire: llm.Wire(c.ModelWire), Prices: prices})
	}
}

func (c *evalRunCmd) cases() ([]evals.Case, error) {
	sets := c.Set
	if len(sets) == 0 && len(c.File) == 0 {
		var err error
		if sets, err = evals.Sets(); err != nil {
			return nil, err
		}
	}
	var all []evals.Case
	for _, set := range sets {
		cases, err := evals.Cases(set)
		if err != nil {
			return nil, err
		}
		all = append(all, cases...)
	}
	for _, path := range c.File {
		f, err := os.Open(path)
		if err != nil {
			return nil, err
		}
		cases, err := evals.ReadCases(path, f)
		if err = errors.Join(err, f.Close()); err != nil {
			return nil, err
		}
		all = append(all, cases...)
	}
	for _, category := range c.Category {
		if !slices.Contains(evals.Categories, category) {
			return nil, fmt.Errorf("--category: %q is not one of %s", category, strings.Join(evals.Categories, ", "))
		}
	}
	return slices.DeleteFunc(all, func(one evals.Case) bool { return len(c.Category) > 0 && !slices.Contains(c.Category, one.Category) }), nil
}

func (c *evalRunCmd) print(s streams, outcomes []evals.Outcome, name string) error {
	if c.Verbose {
		for _, o := range outcomes {
			if o.Verdict != evals.Right {
				fmt.Fprintf(s.out, "%-9s %-8s %q\n          %s %s\n", o.Verdict, o.ID, o.Turns, strings.Join(o.Calls, "; "), strings.Join(o.Broke, "; "))
			}
		}
	}
	report := evals.Sum(outcomes)
	report.Model = name
	if c.JSON {
		enc := json.NewEncoder(s.out)
		enc.SetIndent("", "  ")
		return enc.Encode(report)
	}
	fmt.Fprintf(s.out, "%s, instructions %s\n%s\n", report.Model, report.Prompt, scoreTable(report))
	return nil
}

func scoreTable(r evals.Report) string {
	t := table.NewWriter()
	t.SetStyle(plainStyle())
	t.AppendHeader(table.Row{"Category", "Cases", "Right", "Abstained", "Wrong", "Failed", "Answered", "Score", "Tokens in", "Out", "p50", "p95"})
	row := func(s evals.Score) table.Row {
		percent := func(n, of int) string { return fmt.Sprintf("%.1f %%", evals.Share(n, of)) }
		return table.Row{
			s.Category, s.Cases, percent(s.Right, s.Cases), percent(s.Abstained, s.Cases), percent(s.Wrong, s.Cases), s.Failed, percent(s.Answered, s.Answerable),
			fmt.Sprintf("%.2f", s.Penalised), s.In, s.Out, evals.Micros(s.P50).Round(10 * time.Microsecond), evals.Micros(s.P95).Round(10 * time.Microsecond),
		}
	}
	for _, s := range r.Categories {
		t.AppendRow(row(s))
	}
	t.AppendSeparator()
	t.AppendRow(row(r.All))
	return t.Render()
}

// caseBar counts cases on a terminal, and nothing elsewhere.
func caseBar(out io.Writer, n int) (step, finish func()) {
	f, ok := out.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return func() {}, func() {}
	}
	b := progressbar.NewOptions(n, progressbar.OptionSetWriter(out), progressbar.OptionShowCount(), progressbar.OptionSetPredictTime(true), progressbar.OptionClearOnFinish())
	return func() { _ = b.Add(1) }, func() { _ = b.Finish() }
}

type evalCompareCmd struct {
	Before string `arg:"" type:"existingfile" help:"The outcomes of the first run, as --out kept them."`
	After  string `arg:"" type:"existingfile" help:"Those of the second."`
}

// Run prints both scores and the cases that changed, worse ones first.
func (c *evalCompareCmd) Run(s streams) error {
	var runs [2][]evals.Outcome
	for i, path := range []string{c.Before, c.After} {
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		runs[i], err = evals.ReadResults(f)
		if err = errors.Join(err, f.Close()); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		r := evals.Sum(runs[i])
		fmt.Fprintf(s.out, "%s: %s, instructions %s: %d cases, %.1f %% right, %.1f %% abstained, %.1f %% wrong, score %.2f, %d tokens in, p50 %s\n", path, r.Model, r.Prompt,
			r.All.Cases, evals.Share(r.All.Right, r.All.Cases), evals.Share(r.All.Abstained, r.All.Cases), evals.Share(r.All.Wrong, r.All.Cases), r.All.Penalised, r.All.In, evals.Micros(r.All.P50))
	}
	changes, onlyBefore, onlyAfter := evals.Compare(runs[0], runs[1])
	for _, change := range changes {
		fmt.Fprintf(s.out, "%-9s → %-9s %-8s %-13s %s\n", change.Before, change.After, change.ID, change.Category, printable(change.Text))
	}
	fmt.Fprintf(s.out, "%d changed, %d only in the first run, %d only in the second\n", len(changes), onlyBefore, onlyAfter)
	return nil
}

type evalCaseCmd struct {
	Turn     string `arg:"" help:"The id of the exchange."`
	ID       string `help:"The case's id; the exchange's when it is not given."`
	Category string `help:"The case's category; the one that its look-up suggests when it is not given."`
	Tool     string `help:"The look-up that would have been right, when the logged one was not; else that of its review." placeholder:"NAME"`
	Args     string `help:"Its arguments, as JSON." placeholder:"JSON"`
	Kind     string `help:"How the turn should have ended, when it ended otherwise: answer, ask or decline."`
	To       string `type:"path" help:"Add the case to this file instead of printing it."`
}

// Run makes the case of the exchange and of what was asked before in its conversation.
func (c *evalCaseCmd) Run(ctx context.Context, cfg *Config, s streams) (err error) {
	a, err := cfg.openExisting(ctx, s.err)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.close(ctx)) }()
	e, err := a.docs.Get(ctx, c.Turn)
	if err != nil {
		return err
	}
	before, err := a.docs.Find(ctx, chatlog.Filter{Conversation: e.Conversation, Before: chatlog.CursorAt(e)})
	if err != nil {
		return err
	}
	slices.Reverse(before)
	if c.ID == "" {
		c.ID = e.ID
	}
	if err = c.correct(&e); err != nil {
		return err
	}
	made, err := evals.CaseOf(c.ID, c.Category, before, e)
	if err != nil {
		return err
	}
	line, err := json.Marshal(made)
	if err != nil {
		return err
	}
	if c.To == "" {
		fmt.Fprintln(s.out, string(line))
		return nil
	}
	return appendLine(c.To, line)
}

// correct puts the reviewer's look-up and ending in place of the logged ones.
func (c *evalCaseCmd) correct(e *chatlog.Exchange) error {
	if c.Kind != "" {
		e.Kind, e.Review = c.Kind, nil
	}
	if c.Tool == "" {
		return nil
	}
	arguments := json.RawMessage(c.Args)
	if c.Args == "" {
		arguments = json.RawMessage("{}")
	}
	if !json.Valid(arguments) {
		return errors.New("--args: not valid JSON")
	}
	e.Review = &chatlog.Review{Verdict: chatlog.Wrong, Tool: c.Tool, Args: arguments}
	return nil
}

func appendLine(path string, line []byte) (err error) {
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	_, err = f.Write(append(line, '\n'))
	return err
}
