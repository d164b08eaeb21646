package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"rollcall/bot"
	"rollcall/bot/llm"
	"rollcall/bot/offline"
	"rollcall/store"
	"rollcall/store/chatlog"
	"rollcall/store/migrations"
	"rollcall/store/sample"
	"rollcall/tools"
	"rollcall/tools/period"
)

// app is the parts of one process, wired. Commands use it; close ends it.
type app struct {
	config   *Config
	now      func() time.Time
	calendar period.Calendar
	logger   *slog.Logger
	store    *store.Store
	docs     *chatlog.SQL
	isSample bool
}

// open wires the store. Without a database and with sampleIfNone, it is the sample
// company in memory.
func (c *Config) open(ctx context.Context, errOut io.Writer, sampleIfNone bool) (*app, error) {
	if file, isFile := store.SQLiteFile(c.DatabaseURL); sampleIfNone && isFile && !exists(file) {
		return c.openSample(ctx, errOut)
	}
	return c.connect(ctx, c.DatabaseURL, errOut)
}

// openSample wires the sample company in memory.
func (c *Config) openSample(ctx context.Context, errOut io.Writer) (*app, error) {
	a, err := c.connect(ctx, store.MemoryURL, errOut)
	if err != nil {
		return nil, err
	}
	a.isSample = true
	if err := sample.Load(ctx, a.store, a.docs, a.calendar.Today(a.now())); err != nil {
		return nil, errors.Join(fmt.Errorf("make the sample company: %w", err), a.close())
	}
	return a, nil
}

func (c *Config) connect(ctx context.Context, url string, errOut io.Writer) (*app, error) {
	now, err := c.clock()
	if err != nil {
		return nil, err
	}
	calendar, err := c.calendar()
	if err != nil {
		return nil, err
	}
	a := &app{config: c, now: now, calendar: calendar, logger: slog.New(slog.NewTextHandler(errOut, nil))}
	if a.store, err = store.Open(ctx, url, now); err != nil {
		return nil, err
	}
	write, read := a.store.SQL()
	a.docs = chatlog.NewSQL(write, read, a.store.Dialect() == migrations.Postgres, now)
	return a, nil
}

func (a *app) close() error { return a.store.Close() }

func (a *app) company() *tools.Company {
	return &tools.Company{Store: a.store, Details: a.docs, Calendar: a.calendar, FreePercent: a.config.FreePercent, Now: a.now}
}

// bot wires what answers questions.
func (a *app) bot() (*bot.Bot, error) {
	company := a.company()
	model, err := a.model(company)
	if err != nil {
		return nil, err
	}
	return &bot.Bot{Model: model, Tools: tools.All(company), Log: a.docs, Location: a.calendar.Location, Now: a.now, Logger: a.logger}, nil
}

// model returns the configured language model, or the offline interpreter.
func (a *app) model(company *tools.Company) (bot.Model, error) {
	if a.config.hasModel() {
		return llm.New(llm.Config{BaseURL: a.config.OpenAIBaseURL, Key: a.config.OpenAIKey, Model: a.config.OpenAIModel})
	}
	return offline.New(a.calendar, company.Names, a.now)
}

// asker returns who asks: the person with the address, or without one the sample
// company's manager, or the operator at the terminal, who may see everything and is
// nobody in the company.
func (a *app) asker(ctx context.Context, email string) (tools.Asker, error) {
	if email == "" && a.isSample {
		email = sample.AskerEmail
	}
	if email == "" {
		return tools.Asker{Access: store.Admin}, nil
	}
	p, err := a.store.GetPersonByEmail(ctx, email)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return tools.Asker{}, fmt.Errorf("--as: nobody here has the e-mail address %q", email)
	case err != nil:
		return tools.Asker{}, fmt.Errorf("--as %s: %w", email, err)
	case !p.Active:
		return tools.Asker{}, fmt.Errorf("--as: %s is not active", email)
	}
	return tools.Asker{ID: p.ID, Name: p.Name, Access: p.Access}, nil
}

// notice says where the answers come from when that may surprise: the sample company, or
// a database that nobody is in.
func (a *app) notice(ctx context.Context) (string, error) {
	if a.isSample {
		return sampleNotice + "\n", nil
	}
	n, err := a.store.CountPeople(ctx)
	if err != nil || n > 0 {
		return "", err
	}
	return "Nobody is in the database yet. Bring your company with\n  rollcall import DIR\n\n", nil
}

// sampleNotice says that the answers are about the sample company, and how to change that.
const sampleNotice = `No database yet: this is the sample company, in memory. Bring your own with
  rollcall import DIR   (a folder of CSV files; "rollcall export DIR" shows what they look like)
`
