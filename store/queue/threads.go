package queue

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"rollcall/store/inbox"
)

// Threads says how threads are worked on. A thread is worked on by one worker of all
// processes at a time.
type Threads struct {
	Workers int // how many threads the process works on at once; 0 is 200
	// Drain works on the thread until it finds nothing open in it. An error has it tried
	// again, an *inbox.LaterError at the time it names.
	Drain func(ctx context.Context, th inbox.Thread) error
	Inbox *inbox.Inbox // tells which threads there is something to do in
}

const (
	threadQueue    = "threads"
	defaultWorkers = 200
	mostWakes      = 200
	// A wake that was lost is made up for after this long.
	sweepEvery = 2 * time.Second
	sweepAge   = 4 * time.Second
	// mostSwept bounds what a sweep costs when very much waits: the rest is for the next ones.
	mostSwept = 1000
)

type insertResult = rivertype.JobInsertResult

func cmpWorkers(n int) int { return cmp.Or(n, defaultWorkers) }

type threadArgs struct {
	inbox.Thread
}

// Kind names the job in the database.
func (threadArgs) Kind() string { return "drain_thread" }

// InsertOpts lets a thread have one job until that is done, and the job be tried for ever.
func (threadArgs) InsertOpts() river.InsertOpts {
	return river.InsertOpts{Queue: threadQueue, MaxAttempts: 30_000, UniqueOpts: river.UniqueOpts{ByArgs: true, ByState: []rivertype.JobState{
		rivertype.JobStateAvailable, rivertype.JobStatePending, rivertype.JobStateRetryable, rivertype.JobStateRunning, rivertype.JobStateScheduled,
	}}}
}

// Wake has the thread worked on, by whichever process is first. What is open in it must be
// in the inbox already. A thread that waits or is worked on stays so.
func (q *Queue) Wake(ctx context.Context, th inbox.Thread) error {
	if err := q.wakes.Do(ctx, threadArgs{th}); err != nil {
		return fmt.Errorf("wake the thread: %w", err)
	}
	return nil
}

func (q *Queue) insertWakes(ctx context.Context, all []threadArgs) error {
	ctx, cancel := context.WithTimeout(ctx, jobTimeout)
	defer cancel()
	params, seen := make([]river.InsertManyParams, 0, len(all)), make(map[threadArgs]bool, len(all))
	for _, a := range all {
		if !seen[a] {
			seen[a] = true
			params = append(params, river.InsertManyParams{Args: a})
		}
	}
	_, err := q.client.InsertMany(ctx, params)
	return err
}

// threadWorker drains threads and knows which jobs it has.
type threadWorker struct {
	river.WorkerDefaults[threadArgs]
	config Config
	mu     sync.Mutex
	jobs   map[int64]bool
}

func newThreadWorker(c Config) *threadWorker {
	return &threadWorker{config: c, jobs: map[int64]bool{}}
}

// Timeout is none: every turn has its own.
func (*threadWorker) Timeout(*river.Job[threadArgs]) time.Duration { return -1 }

// Work drains the thread.
func (w *threadWorker) Work(ctx context.Context, job *river.Job[threadArgs]) error {
	w.has(job.ID, true)
	defer w.has(job.ID, false)
	err := w.config.Threads.Drain(ctx, job.Args.Thread)
	var later *inbox.LaterError
	if errors.As(err, &later) {
		return river.JobSnooze(later.After)
	}
	if err != nil && ctx.Err() == nil {
		w.config.Logger.WarnContext(ctx, "a thread is tried again", "channel", job.Args.Channel, "attempt", job.Attempt, "error", err)
	}
	return err
}

func (w *threadWorker) has(id int64, yes bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if yes {
		w.jobs[id] = true
	} else {
		delete(w.jobs, id)
	}
}

// running returns the ids of the jobs that the process is at work on.
func (w *threadWorker) running() map[int64]bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	all := make(map[int64]bool, len(w.jobs))
	for id := range w.jobs {
		all[id] = true
	}
	return all
}

const (
	firstThreadWait   = 500 * time.Millisecond
	longestThreadWait = 15 * time.Second
)

// NextRetry doubles the wait up to fifteen seconds: somebody is waiting for an answer.
func (w *threadWorker) NextRetry(job *river.Job[threadArgs]) time.Time {
	return time.Now().Add(min(firstThreadWait<<min(max(0, job.Attempt-1), 10), longestThreadWait))
}

// beside runs what threads need besides River until ctx ends. The channels close then.
func (q *Queue) beside(ctx context.Context) []<-chan struct{} {
	ended, cancel := q.client.SubscribeConfig(&river.SubscribeConfig{ChanSize: 10_000, Kinds: []river.EventKind{river.EventKindJobCompleted}})
	again, swept := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(again)
		defer cancel()
		q.watchEnded(ctx, ended)
	}()
	go func() {
		defer close(swept)
		q.sweep(ctx)
	}()
	return []<-chan struct{}{again, swept}
}

// mostEnded is how many threads are looked into at once: River ends jobs in batches.
const mostEnded = 100

// watchEnded looks into each thread once more after its job is done: what came in between
// the worker's last look and the end of the job found the job still there and added none.
func (q *Queue) watchEnded(ctx context.Context, ended <-chan *river.Event) {
	for {
		select {
		case <-ctx.Done():
			return
		case e, ok := <-ended:
			if !ok {
				return
			}
			q.lookAgain(ctx, threadsOf(e, ended))
		}
	}
}

// threadsOf returns the threads of the event and of those that came with it.
func threadsOf(e *river.Event, ended <-chan *river.Event) (threads []inbox.Thread) {
	for {
		if e.Job.Kind == (threadArgs{}).Kind() {
			if th, err := threadOf(e.Job.EncodedArgs); err == nil {
				threads = append(threads, th)
			}
		}
		if len(threads) == mostEnded {
			return threads
		}
		var ok bool
		select {
		case e, ok = <-ended:
		default:
		}
		if !ok {
			return threads
		}
	}
}

func (q *Queue) lookAgain(ctx context.Context, ended []inbox.Thread) {
	found, err := q.config.Threads.Inbox.FilterOpen(ctx, ended)
	if err == nil {
		err = q.wakeAll(ctx, found)
	}
	if err != nil && ctx.Err() == nil { // the sweep finds it
		q.config.Logger.WarnContext(ctx, "a thread was not looked into", "error", err)
	}
}

// sweep finds threads with something to do and nobody to do it: after a crash between the
// keeping of a question and its job, and whatever else loses a job.
func (q *Queue) sweep(ctx context.Context) {
	age := time.Duration(0) // at the start nobody is at work
	for {
		if err := q.sweepOnce(ctx, age); err != nil && ctx.Err() == nil {
			q.config.Logger.WarnContext(ctx, "the sweep for open threads failed", "error", err)
		}
		age = sweepAge
		select {
		case <-ctx.Done():
			return
		case <-time.After(sweepEvery):
		}
	}
}

func (q *Queue) sweepOnce(ctx context.Context, age time.Duration) error {
	if err := q.rescue.once(ctx, q.worker.running()); err != nil {
		return err
	}
	threads, err := q.config.Threads.Inbox.FindOpenThreads(ctx, time.Now().Add(-age), mostSwept)
	if err != nil {
		return err
	}
	return q.wakeAll(ctx, threads)
}

func (q *Queue) wakeAll(ctx context.Context, threads []inbox.Thread) error {
	for some := range slices.Chunk(threads, mostWakes) {
		all := make([]threadArgs, len(some))
		for i, th := range some {
			all[i] = threadArgs{th}
		}
		if err := q.insertWakes(ctx, all); err != nil {
			return fmt.Errorf("wake threads: %w", err)
		}
	}
	return nil
}
