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

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivermigrate"

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
}

// Queue keeps jobs and works on them between Start and Stop.
type Queue struct {
	config Config
	insert func(ctx context.Context, args river.JobArgs) error
	start  func(ctx context.Context) error
	stop   func(ctx context.Context) error
	close  func()
}

const (
	workers = 4
	// Jobs hold what was asked; once done they need not outlive their writing by much.
	keepDone = 10 * time.Minute
	// A process that died in a job leaves it running; it is taken up after this long.
	rescueAfter = time.Minute
	jobTimeout  = 30 * time.Second
	pollEvery   = 100 * time.Millisecond
)

// Open brings River's own tables up to date. It starts no work.
func Open(ctx context.Context, c Config) (*Queue, error) {
	if c.Postgres == "" {
		return open(ctx, c, riversqlite.New(c.Write), func() {})
	}
	cfg, err := pgxpool.ParseConfig(c.Postgres)
	if err != nil {
		return nil, errors.New("open the job queue: DATABASE_URL is not a valid postgres:// address")
	}
	cfg.MaxConns = workers + 2 // one listens, one leads
	cfg.ConnConfig.DefaultQueryExecMode = pgx.QueryExecModeCacheDescribe
	pool, err := pgxpool.NewWithConfig(ctx, cfg)
	if err != nil {
		return nil, fmt.Errorf("open the job queue: %w", err)
	}
	q, err := open(ctx, c, riverpgxv5.New(pool), pool.Close)
	if err != nil {
		pool.Close()
	}
	return q, err
}

func open[T any](ctx context.Context, c Config, driver riverdriver.Driver[T], closePool func()) (*Queue, error) {
	quiet := slog.New(slog.DiscardHandler)
	migrator, err := rivermigrate.New(driver, &rivermigrate.Config{Logger: quiet})
	if err == nil {
		_, err = migrator.Migrate(ctx, rivermigrate.DirectionUp, nil)
	}
	if err != nil {
		return nil, fmt.Errorf("bring the job queue up to date: %w", err)
	}
	all := river.NewWorkers()
	river.AddWorker(all, &recorder{log: c.Log, logger: c.Logger})
	river.AddWorker(all, &cleaner{config: c})
	client, err := river.NewClient(driver, &river.Config{
		Workers: all, Queues: map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: workers}},
		JobTimeout: jobTimeout, RescueStuckJobsAfter: rescueAfter, CompletedJobRetentionPeriod: keepDone,
		FetchPollInterval: pollEvery, FetchCooldown: pollEvery / 2, Logger: quiet, PeriodicJobs: []*river.PeriodicJob{cleaning()},
	})
	if err != nil {
		return nil, fmt.Errorf("open the job queue: %w", err)
	}
	return &Queue{
		config: c, start: client.Start, stop: client.Stop, close: closePool,
		insert: func(ctx context.Context, args river.JobArgs) error {
			_, err := client.Insert(ctx, args, nil)
			return err
		},
	}, nil
}

// Start works on jobs until Stop or the end of ctx. On SQLite, where there are no
// replicas, jobs that a process left behind are taken up at once; should another command
// be at work on the file all the same, an exchange is written twice, which changes nothing.
func (q *Queue) Start(ctx context.Context) error {
	if q.config.Postgres == "" {
		for _, statement := range []string{`UPDATE river_job SET state = 'available' WHERE state = 'running'`, `DELETE FROM river_leader`} {
			if _, err := q.config.Write.ExecContext(ctx, statement); err != nil {
				return fmt.Errorf("take up jobs: %w", err)
			}
		}
	}
	if err := q.start(ctx); err != nil {
		return fmt.Errorf("start the job queue: %w", err)
	}
	return nil
}

// Stop lets running jobs finish until ctx ends.
func (q *Queue) Stop(ctx context.Context) error { return q.stop(ctx) }

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
		time.Sleep(pollEvery / 4)
		n, err = q.Pending(ctx)
	}
	stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), within)
	defer cancel()
	return errors.Join(err, q.Stop(stopping))
}
