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
	"rollcall/cmd/rollcall/telemetry"
	"rollcall/proposal"
	"rollcall/store"
	"rollcall/store/chatlog"
	"rollcall/store/inbox"
	"rollcall/store/migrations"
	"rollcall/store/queue"
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
	docs     documents
	sql      *chatlog.SQL       // the documents' tables, which are docs unless there is a server for them
	mongo    *chatlog.Mongo     // nil without MONGODB_URI
	queue    *queue.Queue       // nil without MONGODB_URI, unless the process serves: what is in the same database needs no second try
	inbox    *inbox.Inbox       // nil unless the process serves
	desk     *bot.Desk          // nil unless the process answers in Slack
	metrics  *telemetry.Metrics // nil unless the process serves
	traces   *telemetry.Traces  // nil unless they are wanted
	isSample bool

	clicks *proposal.Clerk // decides on clicks in Slack; nil unless the process serves
}

// documents is what keeps both kinds of documents.
type documents interface {
	chatlog.Log
	chatlog.Details
}

// open wires the store. Without a database and with sampleIfNone, it is the sample
// company in memory.
func (c *Config) open(ctx context.Context, errOut io.Writer, sampleIfNone bool) (*app, error) {
	if file, isFile := store.SQLiteFile(c.DatabaseURL); sampleIfNone && isFile && !exists(file) {
		return c.openSample(ctx, errOut)
	}
	return c.connect(ctx, c.DatabaseURL, errOut, false)
}

// openExisting wires the store where there is one. What changes or reads back what is kept
// makes no database: the next question would be asked of an empty one.
func (c *Config) openExisting(ctx context.Context, errOut io.Writer) (*app, error) {
	if file, isFile := store.SQLiteFile(c.DatabaseURL); isFile && !exists(file) {
		return nil, fmt.Errorf("there is no database %s yet; rollcall import makes it", file)
	}
	return c.connect(ctx, c.DatabaseURL, errOut, false)
}

// openSample wires the sample company in memory.
func (c *Config) openSample(ctx context.Context, errOut io.Writer) (*app, error) {
	inMemory := *c
	inMemory.MongoURI = ""
	a, err := inMemory.connect(ctx, store.MemoryURL, errOut, false)
	if err != nil {
		return nil, err
	}
	a.isSample = true
	if err := sample.Load(ctx, a.store, a.sql, a.calendar.Today(a.now())); err != nil {
		return nil, errors.Join(fmt.Errorf("make the sample company: %w", err), a.close(ctx))
	}
	return a, nil
}

// connect wires the store at the URL; serving adds what a process needs that takes
// questions in for others.
func (c *Config) connect(ctx context.Context, url string, errOut io.Writer, serving bool) (*app, error) {
	now, err := c.clock()
	if err != nil {
		return nil, err
	}
	calendar, err := c.calendar()
	if err != nil {
		return nil, err
	}
	a := &app{config: c, now: now, calendar: calendar, logger: c.logger(errOut)}
	if a.store, err = store.Open(ctx, url, now); err != nil {
		return nil, err
	}
	write, read := a.store.SQL()
	isPostgres := a.store.Dialect() == migrations.Postgres
	a.sql = chatlog.NewSQL(write, read, isPostgres, now)
	a.docs = a.sql
	if serving {
		a.inbox = inbox.New(write, read, isPostgres)
	}
	if c.MongoURI != "" {
		err = a.openMongo(ctx)
	}
	if err == nil && (serving || c.MongoURI != "") {
		err = a.openQueue(ctx, url)
	}
	if err != nil {
		return nil, errors.Join(err, a.close(ctx))
	}
	return a, nil
}

// openQueue opens what works later: on records for a documents' server, and on threads
// where the process serves.
func (a *app) openQueue(ctx context.Context, url string) (err error) {
	write, _ := a.store.SQL()
	c := queue.Config{Write: write, Log: a.docs, Keep: time.Duration(a.config.KeepDays) * 24 * time.Hour, Now: a.now, Logger: a.logger}
	if a.store.Dialect() == migrations.Postgres {
		c.Postgres = url
	}
	if a.inbox != nil && a.config.Slack.isGiven() {
		c.Threads = &queue.Threads{Inbox: a.inbox, Drain: func(ctx context.Context, th inbox.Thread) error { return a.desk.Drain(ctx, th) }}
	}
	if a.queue, err = queue.Open(ctx, c); err != nil || a.mongo == nil {
		return err
	}
	a.docs = struct {
		*queue.Log
		chatlog.Details
	}{a.queue.Log(), a.mongo}
	return nil
}

// mongoStart is how long a start waits for the documents' server.
const mongoStart = 4 * time.Second

// openMongo keeps the documents on their own server. A server that is away does not hold
// up the start: exchanges wait in the queue, and the indexes for the next start.
func (a *app) openMongo(ctx context.Context) (err error) {
	if a.mongo, err = chatlog.NewMongo(a.config.MongoURI, a.now); err != nil {
		return err
	}
	starting, cancel := context.WithTimeout(ctx, mongoStart)
	defer cancel()
	if away := a.mongo.MakeIndexes(starting); away != nil {
		a.logger.WarnContext(ctx, "the documents' server is away; what is asked meanwhile is written later", "error", away)
	}
	a.docs = a.mongo
	return nil
}

// flushTime is how long a command that ends waits for the documents' server.
const flushTime = 2 * time.Second

// flush writes what is still to be written, and forgets what is old where no queue does.
func (a *app) flush(ctx context.Context) error {
	if a.queue != nil {
		return a.queue.Flush(ctx, flushTime)
	}
	return a.forget(ctx)
}

// work runs the queue, where there is one, until the returned function ends it.
func (a *app) work(ctx context.Context) (finish func() error, err error) {
	if a.queue == nil {
		return func() error { return a.forget(ctx) }, nil
	}
	if err := a.queue.Start(context.WithoutCancel(ctx)); err != nil {
		return nil, err
	}
	return func() error { return a.queue.Finish(context.WithoutCancel(ctx), flushTime) }, nil
}

// recordTime is how long a command that ends waits for records that could not be kept at once.
const recordTime = 20 * time.Second

func waitFor(ctx context.Context, b *bot.Bot) {
	waiting, cancel := context.WithTimeout(context.WithoutCancel(ctx), recordTime)
	defer cancel()
	b.Wait(waiting)
}

// keepSpending is for how many days the accounts of what was spent are kept.
const keepSpending = 62

// keepProposals is for how many days a proposal is kept: it can be undone for one, and a
// person who is asked may take longer to answer.
const keepProposals = 60

// forget drops what is kept in the database longer than it should be.
func (a *app) forget(ctx context.Context) error {
	if a.isSample {
		return nil
	}
	err := errors.Join(
		a.store.DeleteSpendingBefore(ctx, a.now().AddDate(0, 0, -keepSpending).Format(time.DateOnly)),
		a.store.DeleteProposalsBefore(ctx, a.now().AddDate(0, 0, -keepProposals)),
		a.store.DeleteIdempotencyBefore(ctx, a.now().AddDate(0, 0, -1)),
	)
	if a.config.KeepDays > 0 {
		_, deleted := a.sql.DeleteBefore(ctx, a.now().AddDate(0, 0, -a.config.KeepDays))
		err = errors.Join(err, deleted)
	}
	return err
}

func (a *app) close(ctx context.Context) error {
	var err error
	if a.queue != nil {
		a.queue.Close()
	}
	if a.mongo != nil {
		closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), flushTime)
		defer cancel()
		err = a.mongo.Close(closing)
	}
	return errors.Join(err, a.store.Close())
}

func (a *app) company() *tools.Company {
	return &tools.Company{
		Store: a.store, Details: a.docs, Calendar: a.calendar, FreePercent: a.config.FreePercent, Now: a.now, Handshake: a.config.Handshake, CanAsk: a.isInSlack,
	}
}

// isInSlack reports whether somebody can be asked there.
func (a *app) isInSlack(ctx context.Context, person string) bool {
	accounts, err := a.store.FindAccounts(ctx, slackProvider, person)
	return err == nil && len(accounts) > 0
}

// clerk carries out what people click.
func (a *app) clerk() *proposal.Clerk {
	c := proposal.NewClerk(a.company().Proposals(), a.logger)
	c.Checkpoint = checkpoint()
	return c
}

// bot wires what answers questions: a language model with the offline interpreter behind
// it, or the interpreter alone.
func (a *app) bot() (*bot.Bot, error) {
	company := a.company()
	interpreter, err := offline.New(a.calendar, company.Names, a.now)
	if err != nil {
		return nil, err
	}
	b := &bot.Bot{
		Model: interpreter, Tools: tools.All(company), Log: a.docs, Prompt: a.config.instructions(),
		Location: a.calendar.Location, Now: a.now, Logger: a.logger, Tracer: a.traces.Tracer(),
	}
	if a.metrics != nil {
		b.Observe = a.metrics.Observe
	}
	if a.config.hasModel() {
		if b.Model, err = a.model(); err != nil {
			return nil, err
		}
		b.Fallback, b.Budget, b.Ledger = interpreter, a.config.Budget.budget(), ledger{a.store}
	}
	return b, nil
}

// model returns the configured language model.
func (a *app) model() (*llm.Model, error) {
	prices, err := a.config.prices()
	if err != nil {
		return nil, err
	}
	return llm.New(llm.Config{
		BaseURL: a.config.OpenAIBaseURL, Key: a.config.OpenAIKey, Model: a.config.OpenAIModel, Wire: llm.Wire(a.config.ModelWire), Prices: prices, Logger: a.logger,
	})
}

// ledger is the store's accounts as the bot wants them.
type ledger struct{ store *store.Store }

// Spend books on the accounts of the day.
func (l ledger) Spend(ctx context.Context, day, person string, s bot.Spending) (bot.Spending, bot.Spending, error) {
	mine, all, err := l.store.AddSpending(ctx, day, person, s.Questions, s.Tokens)
	return bot.Spending{Questions: mine[0], Tokens: mine[1]}, bot.Spending{Questions: all[0], Tokens: all[1]}, err
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
	p, err := a.personOf(ctx, email)
	if err == nil && !p.Active {
		err = fmt.Errorf("%s is not active", email)
	}
	if err != nil {
		return tools.Asker{}, fmt.Errorf("--as: %w", err)
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
