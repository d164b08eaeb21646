package queue

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/riverqueue/river"

	"rollcall/store/chatlog"
)

// Log is a log whose exchanges are written later, by a job: Append returns once the job is
// in the company's database, and the documents' server may be away meanwhile.
type Log struct {
	chatlog.Log
	queue *Queue
}

// Log returns the queue's log.
func (q *Queue) Log() *Log { return &Log{Log: q.config.Log, queue: q} }

// Append keeps a job that writes the exchange.
func (l *Log) Append(ctx context.Context, e chatlog.Exchange) error {
	document, err := e.Document()
	if err == nil {
		_, err = l.queue.client.Insert(ctx, recordArgs{Exchange: document}, nil)
	}
	if err != nil {
		return fmt.Errorf("keep a job to write exchange %s: %w", e.ID, err)
	}
	return nil
}

// DeletePerson forgets what the person asked and thought of answers, also what is not
// written yet.
func (l *Log) DeletePerson(ctx context.Context, askerID string) (int, error) {
	mark := "$1"
	if l.queue.config.Postgres == "" {
		mark = "?"
	}
	for _, forget := range []string{
		`DELETE FROM river_job WHERE kind = 'record_exchange' AND args -> 'exchange' ->> 'askerId' = `,
		`DELETE FROM river_job WHERE kind = 'set_feedback' AND args -> 'feedback' ->> 'by' = `,
	} {
		forget += mark
		if _, err := l.queue.config.Write.ExecContext(ctx, forget, askerID); err != nil {
			return 0, fmt.Errorf("forget what is not written yet: %w", err)
		}
	}
	return l.Log.DeletePerson(ctx, askerID)
}

type recordArgs struct {
	Exchange json.RawMessage `json:"exchange"` // as the documents keep it
}

// Kind names the job in the database.
func (recordArgs) Kind() string { return "record_exchange" }

// InsertOpts lets the job be tried for months: nothing is given up because a server is away.
func (recordArgs) InsertOpts() river.InsertOpts { return river.InsertOpts{MaxAttempts: 30_000} }

// recorder writes exchanges. Writing one again changes nothing.
type recorder struct {
	river.WorkerDefaults[recordArgs]
	log    chatlog.Log
	logger *slog.Logger
}

// Work writes the exchange.
func (r *recorder) Work(ctx context.Context, job *river.Job[recordArgs]) error {
	var e chatlog.Exchange
	if err := json.Unmarshal(job.Args.Exchange, &e); err != nil {
		return fmt.Errorf("read the exchange of job %d: %w", job.ID, err)
	}
	err := r.log.Append(ctx, e)
	if err != nil && job.Attempt == 1 {
		r.logger.WarnContext(ctx, "an exchange is not written yet; it will be tried again", "turn", e.ID, "error", err)
	}
	return err
}

const (
	firstWait   = time.Second
	longestWait = 5 * time.Minute
)

// NextRetry doubles the wait up to five minutes.
func (r *recorder) NextRetry(job *river.Job[recordArgs]) time.Time {
	return nextTry(job.Attempt)
}

type cleanArgs struct{}

// Kind names the job in the database.
func (cleanArgs) Kind() string { return "clean_exchanges" }

// cleaning is due every hour, so that a day's end is never missed by much.
func cleaning() *river.PeriodicJob {
	return river.NewPeriodicJob(river.PeriodicInterval(time.Hour), func() (river.JobArgs, *river.InsertOpts) {
		return cleanArgs{}, &river.InsertOpts{UniqueOpts: river.UniqueOpts{ByPeriod: time.Hour}}
	}, &river.PeriodicJobOpts{RunOnStart: true})
}

// cleaner forgets exchanges that have been kept long enough.
type cleaner struct {
	river.WorkerDefaults[cleanArgs]
	config Config
}

// Work forgets what is too old.
func (c *cleaner) Work(ctx context.Context, _ *river.Job[cleanArgs]) error {
	if c.config.Keep == 0 {
		return nil
	}
	n, err := c.config.Log.DeleteBefore(ctx, c.config.Now().Add(-c.config.Keep))
	if n > 0 {
		c.config.Logger.InfoContext(ctx, "forgot old exchanges", "exchanges", n)
	}
	return err
}

// SetFeedback keeps what somebody thinks of an answer: at once, or by a job when the log
// is away or does not have the exchange yet.
func (q *Queue) SetFeedback(ctx context.Context, turn string, f chatlog.Feedback) error {
	now, cancel := context.WithTimeout(ctx, feedbackNow)
	defer cancel()
	err := q.config.Log.SetFeedback(now, turn, f)
	if err == nil || errors.Is(err, chatlog.ErrInvalid) {
		return err
	}
	if _, err := q.client.Insert(ctx, feedbackArgs{Turn: turn, Feedback: f}, nil); err != nil {
		return fmt.Errorf("keep a job for the feedback on %s: %w", turn, err)
	}
	return nil
}

const (
	feedbackNow   = time.Second
	feedbackTries = 300 // two days, at five minutes each
)

type feedbackArgs struct {
	Turn     string           `json:"turn"`
	Feedback chatlog.Feedback `json:"feedback"`
}

// Kind names the job in the database.
func (feedbackArgs) Kind() string { return "set_feedback" }

// InsertOpts ends the tries at some time: the exchange may have been forgotten.
func (feedbackArgs) InsertOpts() river.InsertOpts {
	return river.InsertOpts{MaxAttempts: feedbackTries}
}

// opinions writes feedback that could not be written at once.
type opinions struct {
	river.WorkerDefaults[feedbackArgs]
	log chatlog.Log
}

// Work writes the feedback, unless a newer one is there.
func (o *opinions) Work(ctx context.Context, job *river.Job[feedbackArgs]) error {
	e, err := o.log.Get(ctx, job.Args.Turn)
	if err != nil {
		return err
	}
	if e.Feedback != nil && e.Feedback.At.After(job.Args.Feedback.At) {
		return nil
	}
	return o.log.SetFeedback(ctx, job.Args.Turn, job.Args.Feedback)
}

// NextRetry is soon at first and every five minutes later.
func (*opinions) NextRetry(job *river.Job[feedbackArgs]) time.Time { return nextTry(job.Attempt) }

func nextTry(attempt int) time.Time {
	return time.Now().Add(min(firstWait<<min(max(0, attempt-1), 10), longestWait))
}
