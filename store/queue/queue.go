// Package queue does work later that must not be lost: it keeps jobs in the company's
// database and tries them until they succeed, through crashes and with any number of
// replicas. It is the only folder that knows River.
package queue

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivermigrate"

	"rollcall/store/batch"
	"rollcall/store/chatlog"
)

// Config says where jobs are kept and what they work on.
type Config struct {
	Write    *sql.DB // the company's database; on SQLite the pool with one connection
	Postgres string  // the address where the database is PostgreSQL, else empty
	Log      chatlog.Log
	Keep     time.Duration // how long exchanges are kept; 0 is for ever
	Now      func() time.Time
	Logger   *slog.Logger
	Threads  *Threads // what works on threads; nil where the process works on none
}

// Queue keeps jobs and works on them between Start and Stop.
type Queue struct {
	config Config
	client client
	wakes  *batch.Group[threadArgs]
	worker *threadWorker // nil where the process works on no threads
	rescue *rescuer
	close  func()
	end    func() // of what runs beside River
}

// client is what is used of River's, which is of another type for each database.
type client interface {
	Start(ctx context.Context) error
	Stop(ctx context.Context) error
	StopAndCancel(ctx context.Context) error
	Insert(ctx context.Context, args river.JobArgs, opts *river.InsertOpts) (*insertResult, error)
	InsertMany(ctx context.Context, params []river.InsertManyParams) ([]*insertResult, error)
	SubscribeConfig(config *river.SubscribeConfig) (<-chan *river.Event, func())
}

const (
	recordWorkers = 4
	// Jobs hold what was asked; once done they need not outlive their writing by much.
	keepDone   = 10 * time.Minute
	jobTimeout = 30 * time.Second
	// Jobs of a process that died are found by the rescuer; River's own rescue is the last resort.
	rescueAfter = time.Hour
	pollEvery   = time.Second
	// cooldown is how soon after a fetch the next one may follow.
	cooldown = time.Millisecond
	// queueConns: one listens, one leads, one holds the lock that says that the process lives.
	queueConns = 6
)

// Open brings River's own tables up to date. It starts no work.
func Open(ctx context.Context, c Config) (*Queue, error) {
	if c.Postgres == "" {
		return open(ctx, c, sqliteDriver{riversqlite.New(c.Write)}, nil)
	}
	cfg, err := pgxpool.ParseConfig(c.Postgres)
	if err != nil {
		return nil, errors.New("open the job queue: DATABASE_URL is not a valid postgres:// address")
	}
	cfg.MaxConns = queueConns
	pool, err := pgxpool.NewWithConfig(ctx, cfg)
	if err != nil {
		return nil, fmt.Errorf("open the job queue: %w", err)
	}
	q, err := open(ctx, c, riverpgxv5.New(pool), pool)
	if err != nil {
		pool.Close()
	}
	return q, err
}

// sqliteDriver says that there is nothing to listen to: the process that adds a job tells
// its own workers, and the look at the table every second is for jobs of other commands.
type sqliteDriver struct{ *riversqlite.Driver }

// SupportsListener is false; see sqliteDriver.
func (sqliteDriver) SupportsListener() bool { return false }

func open[T any](ctx context.Context, c Config, driver riverdriver.Driver[T], pool *pgxpool.Pool) (*Queue, error) {
	quiet := slog.New(slog.DiscardHandler)
	migrator, err := rivermigrate.New(driver, &rivermigrate.Config{Logger: quiet})
	if err == nil {
		_, err = migrator.Migrate(ctx, rivermigrate.DirectionUp, nil)
	}
	if err != nil {
		return nil, fmt.Errorf("bring the job queue up to date: %w", err)
	}
	q := &Queue{config: c, close: func() {}, rescue: newRescuer(c, pool)}
	if pool != nil {
		q.close = pool.Close
	}
	workers, queues := river.NewWorkers(), map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: recordWorkers, FetchCooldown: 50 * time.Millisecond}}
	river.AddWorker(workers, &recorder{log: c.Log, logger: c.Logger})
	river.AddWorker(workers, &opinions{log: c.Log})
	river.AddWorker(workers, &cleaner{config: c})
	if c.Threads != nil {
		q.worker = newThreadWorker(c)
		river.AddWorker(workers, q.worker)
		queues[threadQueue] = river.QueueConfig{MaxWorkers: cmpWorkers(c.Threads.Workers)}
	}
	q.client, err = river.NewClient(driver, &river.Config{
		ID: q.rescue.id, Workers: workers, Queues: queues,
		JobTimeout: jobTimeout, RescueStuckJobsAfter: rescueAfter, CompletedJobRetentionPeriod: keepDone,
		FetchPollInterval: pollEvery, FetchCooldown: cooldown, Logger: quiet, PeriodicJobs: []*river.PeriodicJob{cleaning()},
	})
	if err != nil {
		return nil, fmt.Errorf("open the job queue: %w", err)
	}
	q.wakes = batch.New(1, mostWakes, q.insertWakes)
	return q, nil
}

// Start works on jobs until Stop or the end of ctx. On SQLite, where there are no
// replicas, jobs that a process left behind are taken up at once; should another command
// be at work on the file all the same, an exchange is written twice, which changes nothing.
// On PostgreSQL those of dead processes are.
func (q *Queue) Start(ctx context.Context) error {
	if err := q.rescue.start(ctx); err != nil {
		return fmt.Errorf("take up jobs: %w", err)
	}
	beside, cancel := context.WithCancel(context.WithoutCancel(ctx))
	var done []<-chan struct{}
	if q.worker != nil {
		done = q.beside(beside)
	}
	q.end = func() {
		cancel()
		for _, d := range done {
			<-d
		}
		q.rescue.stop(context.WithoutCancel(ctx))
	}
	if err := q.client.Start(ctx); err != nil {
		q.end()
		return fmt.Errorf("start the job queue: %w", err)
	}
	return nil
}

// Stop lets running jobs finish until ctx ends, and then hands them back.
func (q *Queue) Stop(ctx context.Context) error {
	err := q.client.Stop(ctx)
	if err != nil {
		last, cancel := context.WithTimeout(context.WithoutCancel(ctx), handBackTime)
		defer cancel()
		err = q.client.StopAndCancel(last)
	}
	if q.end != nil {
		q.end()
	}
	return err
}

// handBackTime is how long jobs that are told to end have for it.
const handBackTime = 5 * time.Second

// Close ends the queue's own connections. The company's database stays open.
func (q *Queue) Close() { q.close() }

// Pending counts the exchanges that are not written yet.
func (q *Queue) Pending(ctx context.Context) (int, error) {
	var n int
	err := q.config.Write.QueryRowContext(ctx, `SELECT COUNT(*) FROM river_job WHERE kind = 'record_exchange' AND state IN ('available', 'pending', 'retryable', 'running', 'scheduled')`).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("count jobs: %w", err)
	}
	return n, nil
}

// Flush works on what is due and returns when nothing is left or the time is over. What
// is left stays for the next time.
func (q *Queue) Flush(ctx context.Context, within time.Duration) error {
	n, err := q.Pending(ctx)
	if n == 0 || err != nil {
		return err
	}
	if err = q.Start(ctx); err != nil {
		return err
	}
	return q.Finish(ctx, within)
}

// Finish waits until nothing is left or the time is over, and stops.
func (q *Queue) Finish(ctx context.Context, within time.Duration) error {
	n, err := q.Pending(ctx)
	for end := time.Now().Add(within); n > 0 && err == nil && ctx.Err() == nil && time.Now().Before(end); {
		time.Sleep(finishLook)
		n, err = q.Pending(ctx)
	}
	stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), within)
	defer cancel()
	return errors.Join(err, q.Stop(stopping))
}

const finishLook = 25 * time.Millisecond
