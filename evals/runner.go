package evals

import (
	"context"
	"database/sql"
	"fmt"
	"sync"
	"time"

	"rollcall/bot"
	"rollcall/prompts"
	"rollcall/store"
	"rollcall/tools"
)

type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// Verdict is how a case came out.
type Verdict string

// A right answer has the rows of the gold look-up, or ends as the case says. Abstaining
// where there is an answer is no mistake; any other answer is wrong, and so is one that
// breaks a rule. A case fails when the model could not be reached.
const (
	Right     Verdict = "right"
	Abstained Verdict = "abstained"
	Wrong     Verdict = "wrong"
	Broken    Verdict = "failed"
)

// Outcome is the verdict of one case with what led to it.
type Outcome struct {
	ID       string   `json:"id"`
	Category string   `json:"category"`
	Model    string   `json:"model"`
	Prompt   string   `json:"prompt"` // the version of the instructions
	Verdict  Verdict  `json:"verdict"`
	Broke    []string `json:"broke,omitempty"` // the rules that were broken
	Kind     bot.Kind `json:"kind"`
	Turns    []string `json:"turns"`
	Calls    []string `json:"calls,omitempty"` // of the last turn, with arguments
	Text     string   `json:"text"`
	In       int      `json:"in"` // tokens of all turns
	CachedIn int      `json:"cachedIn"`
	Out      int      `json:"out"`
	Cost     *int64   `json:"costMicros,omitempty"`
	Micros   int64    `json:"micros"` // of the last turn, model included
	Answered bool     `json:"answerable"`
	Error    string   `json:"error,omitempty"`
}

// Runner asks cases.
type Runner struct {
	// Model makes the model that is measured, once for each worker, with a company of its own.
	Model func(c *Company) (bot.Model, error)
	Jobs  int                   // how many cases are asked at once, at least 1
	Done  func(o Outcome) error // is told every outcome, one at a time
}

// Run asks the cases and returns the outcomes in their order. A gold look-up that fails is
// an error, since nothing can be compared with it.
func (r *Runner) Run(ctx context.Context, cases []Case) ([]Outcome, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	all := make([]Outcome, len(cases))
	next := make(chan int)
	var done sync.Mutex
	var workers sync.WaitGroup
	for range max(1, r.Jobs) {
		workers.Go(func() {
			w, err := r.worker(ctx)
			if err != nil {
				cancel(err)
				return
			}
			defer func() { _ = w.company.Close() }() // the one that the worker has then
			for i := range next {
				all[i], err = w.ask(ctx, cases[i])
				done.Lock()
				if err == nil && r.Done != nil {
					err = r.Done(all[i])
				}
				done.Unlock()
				if err != nil {
					cancel(fmt.Errorf("case %s: %w", cases[i].ID, err))
					return
				}
			}
		})
	}
	feed(ctx, next, len(cases))
	workers.Wait()
	if err := context.Cause(ctx); err != nil {
		return nil, err
	}
	return all, nil
}

// feed hands out the numbers of the cases until all are out or the run ends.
func feed(ctx context.Context, next chan<- int, n int) {
	defer close(next)
	for i := range n {
		select {
		case next <- i:
		case <-ctx.Done():
			return
		}
	}
}

type worker struct {
	model   func(c *Company) (bot.Model, error)
	company *Company
	bot     *bot.Bot
	tools   *tools.Set
	prompt  string
	before  string // the company's fingerprint
	clicked bool   // a proposal was confirmed: the company is not what it was
}

func (r *Runner) worker(ctx context.Context) (*worker, error) {
	w := &worker{model: r.Model}
	var err error
	if w.prompt, err = prompts.Version(); err != nil {
		return nil, err
	}
	return w, w.renew(ctx)
}

// renew gives the worker a company as it was before anything was confirmed.
func (w *worker) renew(ctx context.Context) error {
	company, err := NewCompany(ctx)
	if err != nil {
		return err
	}
	if w.company != nil {
		err = w.company.Close()
	}
	w.company, w.clicked = company, false
	if err != nil {
		return err
	}
	model, err := w.model(company)
	if err != nil {
		return err
	}
	w.bot, w.tools = company.bot(model), tools.All(company.Company)
	w.before, err = company.fingerprint(ctx)
	return err
}

func (w *worker) ask(ctx context.Context, c Case) (Outcome, error) {
	asker, err := w.company.asker(ctx, c.As)
	if err != nil {
		return Outcome{}, err
	}
	o := Outcome{ID: c.ID, Category: c.Category, Prompt: w.prompt, Turns: c.Turns, Answered: c.Gold != nil}
	var answer bot.Answer
	var answers []bot.Answer
	for _, text := range c.Others {
		answer.History = append(answer.History, bot.Message{Role: bot.User, From: "somebody else", Text: text})
	}
	for _, turn := range c.Turns {
		q := bot.Question{Turn: store.NewID(), Asker: asker, Channel: "eval", Conversation: c.ID, Text: turn, History: answer.History}
		if answer, err = w.bot.Ask(ctx, q); err != nil {
			return Outcome{}, err
		}
		answers = append(answers, answer)
	}
	o.add(answers)
	if err := w.judge(ctx, c, asker, answers, &o); err != nil {
		return Outcome{}, err
	}
	if w.clicked {
		if err := w.renew(ctx); err != nil {
			return Outcome{}, err
		}
	}
	return o, ctx.Err()
}

// add sums up what the turns cost and keeps what the last one did.
func (o *Outcome) add(answers []bot.Answer) {
	last := answers[len(answers)-1]
	o.Model, o.Kind, o.Text, o.Micros = last.Model, last.Kind, last.Text(), last.Took.Microseconds()
	for _, c := range last.Calls {
		o.Calls = append(o.Calls, c.Name+" "+string(c.Arguments))
	}
	if last.Err != nil {
		o.Error = last.Err.Error()
	}
	for _, a := range answers {
		for _, c := range a.ModelCalls {
			o.In, o.CachedIn, o.Out = o.In+c.Usage.In, o.CachedIn+c.Usage.CachedIn, o.Out+c.Usage.Out
			if c.Cost != nil {
				sum := *c.Cost
				if o.Cost != nil {
					sum += *o.Cost
				}
				o.Cost = &sum
			}
		}
	}
}

// Took is how long the last turn took, model included.
func (o Outcome) Took() time.Duration { return time.Duration(o.Micros) * time.Microsecond }
