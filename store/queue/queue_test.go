package queue_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"rollcall/store"
	"rollcall/store/chatlog"
	"rollcall/store/migrations"
	"rollcall/store/queue"
	"rollcall/store/storetest"
)

func TestMain(m *testing.M) { storetest.Main(m) }

// eachDatabase runs body with the address of an empty database.
func eachDatabase(t *testing.T, body func(t *testing.T, url string)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { t.Parallel(); body(t, storetest.SQLiteURL(t)) })
	t.Run("postgres", func(t *testing.T) { t.Parallel(); body(t, storetest.PostgresURL(t)) })
}

// process is what one process has of the queue: a store, the queue, the log behind it.
type process struct {
	store *store.Store
	queue *queue.Queue
}

func start(t *testing.T, url string, log chatlog.Log, keep time.Duration) process {
	t.Helper()
	s := storetest.Open(t, url)
	write, _ := s.SQL()
	c := queue.Config{Write: write, Log: log, Keep: keep, Now: storetest.Clock, Logger: slog.New(slog.NewTextHandler(&bytes.Buffer{}, nil))}
	if s.Dialect() == migrations.Postgres {
		c.Postgres = url
	}
	q, err := queue.Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(q.Close)
	return process{s, q}
}

func mongoLog(t *testing.T, address string) *chatlog.Mongo {
	t.Helper()
	m, err := chatlog.NewMongo(address, storetest.Clock)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = m.Close(context.Background()) })
	return m
}

func exchange(n int) chatlog.Exchange {
	return chatlog.Exchange{ID: fmt.Sprintf("turn-%02d", n), At: storetest.Now.Add(time.Duration(n) * time.Second), AskerID: fmt.Sprintf("u%d", n%2), Question: "who?\x00", Kind: "answer"}
}

// eventually waits for something that happens in another goroutine or process.
func eventually(t *testing.T, what string, check func() bool) {
	t.Helper()
	for range 600 {
		if check() {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatalf("%s did not happen", what)
}

func count(t *testing.T, log chatlog.Log) int {
	t.Helper()
	all, err := log.Find(t.Context(), chatlog.Filter{})
	if err != nil {
		return -1
	}
	return len(all)
}

// tried counts the jobs that wait for another try.
func tried(t *testing.T, p process) (n int) {
	t.Helper()
	write, _ := p.store.SQL()
	if err := write.QueryRowContext(t.Context(), `SELECT COUNT(*) FROM river_job WHERE kind = 'record_exchange' AND attempt > 0 AND state <> 'completed'`).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestAnOutageOfTheDocumentsDelaysAndLosesNothing(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, url string) {
		server := storetest.NewMongoServer(t)
		log := mongoLog(t, server.Address+"/outage")
		p := start(t, url, log, 0)
		if err := p.queue.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		keep := func(from, to int) {
			for n := from; n < to; n++ {
				if err := p.queue.Log().Append(t.Context(), exchange(n)); err != nil {
					t.Fatal(err)
				}
			}
		}
		keep(0, 3)
		eventually(t, "writing the first", func() bool { return count(t, log) == 3 })
		eventually(t, "the end of their jobs", func() bool { n, err := p.queue.Pending(t.Context()); return err == nil && n == 0 })
		if err := server.Stop(); err != nil {
			t.Fatal(err)
		}
		keep(3, 6)
		keep(3, 6) // a writer that is not sure asks again
		eventually(t, "a try of each", func() bool { return tried(t, p) == 6 })
		if n, err := p.queue.Pending(t.Context()); err != nil || n != 6 {
			t.Errorf("%d are pending during the outage, error %v", n, err)
		}
		if err := server.Start(); err != nil {
			t.Fatal(err)
		}
		eventually(t, "writing the rest", func() bool { return count(t, log) == 6 })
		eventually(t, "an empty queue", func() bool { n, err := p.queue.Pending(t.Context()); return err == nil && n == 0 })
		if err := p.queue.Stop(context.Background()); err != nil {
			t.Error(err)
		}
		if e, err := log.Get(t.Context(), "turn-04"); err != nil || e.Question != "who?" || !e.At.Equal(exchange(4).At) {
			t.Errorf("got %+v, %v", e, err)
		}
	})
}

func TestWhatAProcessLeftBehindTheNextOneWrites(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, url string) {
		log := mongoLog(t, storetest.Mongo(t))
		first := start(t, url, log, 0) // it only asks, and ends
		for n := range 4 {
			if err := first.queue.Log().Append(t.Context(), exchange(n)); err != nil {
				t.Fatal(err)
			}
		}
		second := start(t, url, log, 0)
		if err := second.queue.Flush(t.Context(), 20*time.Second); err != nil {
			t.Fatal(err)
		}
		if n := count(t, log); n != 4 {
			t.Errorf("%d exchanges are written", n)
		}
		if err := second.queue.Flush(t.Context(), time.Second); err != nil {
			t.Errorf("with nothing to do: %v", err)
		}
	})
}

func TestAFlushEndsInTimeWhenTheDocumentsAreAway(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, url string) {
		p := start(t, url, &awayLog{}, 0)
		if err := p.queue.Log().Append(t.Context(), exchange(1)); err != nil {
			t.Fatal(err)
		}
		if err := p.queue.Flush(t.Context(), 300*time.Millisecond); err != nil {
			t.Error(err)
		}
		if n, err := p.queue.Pending(t.Context()); err != nil || n != 1 {
			t.Errorf("%d pending, %v", n, err)
		}
	})
}

// awayLog is a log that nothing can be written to, and that remembers what was asked of it.
type awayLog struct {
	chatlog.Log
	mu     sync.Mutex
	before []time.Time
}

func (*awayLog) Append(context.Context, chatlog.Exchange) error { return errors.New("away") }

func (l *awayLog) DeleteBefore(_ context.Context, at time.Time) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.before = append(l.before, at)
	return 1, nil
}

func (*awayLog) SetFeedback(context.Context, string, chatlog.Feedback) error {
	return errors.New("away")
}

func (*awayLog) DeletePerson(context.Context, string) (int, error) { return 0, nil }

func TestOldExchangesAreForgottenAfterTheTimeThatIsSet(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, url string) {
		log := &awayLog{}
		p := start(t, url, log, 90*24*time.Hour)
		if err := p.queue.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		eventually(t, "cleaning", func() bool {
			log.mu.Lock()
			defer log.mu.Unlock()
			return len(log.before) == 1 && log.before[0].Equal(storetest.Now.AddDate(0, 0, -90))
		})
		if err := p.queue.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
}

func TestErasingAPersonErasesWhatIsNotWrittenYet(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, url string) {
		p := start(t, url, &awayLog{}, 0)
		for n := range 4 {
			if err := p.queue.Log().Append(t.Context(), exchange(n)); err != nil {
				t.Fatal(err)
			}
		}
		for _, by := range []string{"u0", "u1"} {
			if err := p.queue.SetFeedback(t.Context(), "turn-00", chatlog.Feedback{Value: chatlog.Good, By: by, At: storetest.Now}); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := p.queue.Log().DeletePerson(t.Context(), "u1"); err != nil {
			t.Fatal(err)
		}
		if n, err := p.queue.Pending(t.Context()); err != nil || n != 2 {
			t.Errorf("%d are pending, error %v", n, err)
		}
		write, _ := p.store.SQL()
		var opinions int
		if err := write.QueryRowContext(t.Context(), `SELECT COUNT(*) FROM river_job WHERE kind = 'set_feedback'`).Scan(&opinions); err != nil || opinions != 1 {
			t.Errorf("%d opinions are pending, error %v", opinions, err)
		}
	})
}

func TestTwoReplicasOnOnePostgresShareTheWork(t *testing.T) {
	t.Parallel()
	url := storetest.PostgresURL(t)
	log := mongoLog(t, storetest.Mongo(t))
	a, b := start(t, url, log, 0), start(t, url, log, 0)
	for _, p := range []process{a, b} {
		if err := p.queue.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	for n := range 40 {
		if err := []process{a, b}[n%2].queue.Log().Append(t.Context(), exchange(n)); err != nil {
			t.Fatal(err)
		}
	}
	eventually(t, "writing all", func() bool { return count(t, log) == 40 })
	for _, p := range []process{a, b} {
		if err := p.queue.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	}
}
