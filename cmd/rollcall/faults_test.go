package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"rollcall/bot/slackio/fakeslack"
	"rollcall/store/storetest"
)

// soak is how much of a long test is run: everything by "make soak", else the sample.
func soak(full, sample int) int {
	if os.Getenv("ROLLCALL_SOAK") != "" {
		return full
	}
	return sample
}

// points are the places in which a process dies, in the order of a turn.
var points = []string{"inbox", "ack", "model", "answer_ready", "intent", "sent", "stream_start", "before_stop"}

// schedule is what goes wrong in one round, all of it from one seed.
type schedule struct {
	seed   uint64
	deaths []string // where the processes die, one after the other
	faults map[string][]fakeslack.Fault
	// mayFail is for outages in which a look-up may fail, aloud.
	mayFail bool
}

var sendMethods = []string{"chat.postMessage", "chat.startStream", "chat.stopStream", "chat.update", "chat.appendStream", "conversations.replies"}

func newSchedule(seed uint64) schedule {
	r := rand.New(rand.NewPCG(seed, 4))
	s := schedule{seed: seed, faults: map[string][]fakeslack.Fault{}}
	for range 1 + r.IntN(2) {
		s.deaths = append(s.deaths, fmt.Sprintf("%s:%d", points[r.IntN(len(points))], 1+r.IntN(3)))
	}
	kinds := []fakeslack.FaultKind{
		fakeslack.CommitCut, fakeslack.CommitCut, fakeslack.CommitBroken, fakeslack.CommitEmpty, fakeslack.Cut, fakeslack.Broken, fakeslack.Empty, fakeslack.Limited,
	}
	for _, m := range sendMethods {
		for range 4 {
			f := fakeslack.Fault{}
			if r.IntN(4) == 0 {
				f = fakeslack.Fault{Kind: kinds[r.IntN(len(kinds))], After: 1}
			}
			s.faults[m] = append(s.faults[m], f)
		}
	}
	return s
}

// asked is one question with where it was asked.
type asked struct{ channel, root, ts string }

// round asks while processes die and Slack misbehaves, and checks what came of it.
func (w *workplace) round(t *testing.T, n int, s schedule, env []string) {
	t.Helper()
	var mu sync.Mutex
	counts := map[string]int{}
	w.slack.SetFault(func(method string, _ int) fakeslack.Fault {
		mu.Lock()
		defer mu.Unlock()
		i := counts[method]
		counts[method]++
		if i < len(s.faults[method]) {
			return s.faults[method][i]
		}
		return fakeslack.Fault{}
	})
	p := w.start(append(slices.Clone(env), "ROLLCALL_FAIL="+s.deaths[0])...)
	dm, channel := w.slack.DM(sam), fmt.Sprintf("C0ROUND%d", n)
	var all []asked
	ask := func(user, channel, root, text string) string {
		ts := w.slack.Say(user, channel, root, text)
		if root == "" {
			root = ts
		}
		all = append(all, asked{channel, root, ts})
		return ts
	}
	root := ask(sam, dm, "", slowly+goQuestion)
	ask(sam, dm, root, "and in Berlin?")
	ask(sam, dm, root, "who is away next week?")
	mention := ask(grace, channel, "", fakeslack.Mention+goQuestion)
	ask(grace, channel, mention, fakeslack.Mention+"and in Lisbon?")
	ask(sam, dm, "", "which certificates expire this month?")
	deaths := s.deaths[1:]
	for end := time.Now().Add(2 * time.Minute); !w.allAnswered(all); time.Sleep(20 * time.Millisecond) {
		if !p.isAlive() {
			next := env
			if len(deaths) > 0 {
				next, deaths = append(slices.Clone(env), "ROLLCALL_FAIL="+deaths[0]), deaths[1:]
			}
			p = w.start(next...)
		}
		if time.Now().After(end) {
			t.Errorf("seed %d, deaths %v: not everything was answered: %s", s.seed, s.deaths, w.missing(all))
			break
		}
	}
	if p.isAlive() {
		w.settled()
		p.kill()
	}
	w.check(t, s, all)
}

// turnOf returns the id of the turn that the question became, or nothing.
func (w *workplace) turnOf(q asked) string {
	var id, state string
	_, read := w.store.SQL()
	query := `SELECT "id", "state" FROM "turn" WHERE "channel" = ? AND "messageTs" = ?`
	if w.store.Dialect() == "postgres" {
		query = `SELECT "id", "state" FROM "turn" WHERE "channel" = $1 AND "messageTs" = $2`
	}
	_ = read.QueryRowContext(context.Background(), query, q.channel, q.ts).Scan(&id, &state)
	if state != "sent" {
		return ""
	}
	return id
}

func (w *workplace) allAnswered(all []asked) bool {
	return !slices.ContainsFunc(all, func(q asked) bool { return w.turnOf(q) == "" })
}

func (w *workplace) missing(all []asked) string {
	var open []string
	for i, q := range all {
		if w.turnOf(q) == "" {
			open = append(open, fmt.Sprintf("question %d (%s)", i+1, q.ts))
		}
	}
	return strings.Join(open, ", ") + "; lost deliveries: " + strings.Join(w.slack.Lost(), " ")
}

// check holds what everybody sees against what was asked: one whole answer each, in its
// thread, in order.
func (w *workplace) check(t *testing.T, s schedule, all []asked) {
	t.Helper()
	threads := map[[2]string][]asked{}
	for _, q := range all {
		key := [2]string{q.channel, q.root}
		threads[key] = append(threads[key], q)
	}
	for key := range threads {
		for _, m := range w.slack.Messages(key[0]) {
			if m.ThreadTS == key[1] && m.Stream == "open" {
				t.Errorf("seed %d, deaths %v: steps that were begun and never ended in %v", s.seed, s.deaths, key)
			}
		}
	}
	for key, questions := range threads {
		var got []string
		for _, m := range w.slack.Replies(key[0], key[1]) {
			turn, part := partOf(m)
			if turn == "" {
				t.Errorf("seed %d, deaths %v: a message that belongs to no answer: %s", s.seed, s.deaths, m.Words())
				continue
			}
			_, whole := m.Button("feedback")
			if whole = whole || s.mayFail && strings.Contains(m.Words(), "could not look that up"); !whole || len(m.Words()) < 20 {
				t.Errorf("seed %d, deaths %v: an answer is not whole: %s", s.seed, s.deaths, m.Words())
			}
			got = append(got, turn+" "+strconv.Itoa(part))
		}
		var want []string
		for _, q := range questions {
			want = append(want, w.turnOf(q)+" 0")
		}
		if !sameAnswers(got, want) {
			t.Errorf("seed %d, deaths %v: the answers in %v are\n%v, want\n%v", s.seed, s.deaths, key, got, want)
		}
	}
}

// sameAnswers reports whether the wanted answers are there, each once, and in order. A
// question that came in after a later one, because its delivery failed, may be answered
// after it: turns are numbered in the order in which they came in.
func sameAnswers(got, want []string) bool {
	sorted, all := slices.Sorted(slices.Values(got)), slices.Sorted(slices.Values(want))
	if !slices.Equal(sorted, all) {
		return false
	}
	for i, earlier := range got {
		for _, later := range got[i+1:] {
			if slices.Index(want, earlier) > slices.Index(want, later) && later < earlier && !together(earlier, later) {
				return false
			}
		}
	}
	return true
}

// together reports whether two turns were made within a tenth of a second. When the
// process dies while both are being committed, the database may finish the earlier
// commit after the next process has begun with the later one.
func together(a, b string) bool {
	at := func(key string) int64 {
		ms, err := strconv.ParseInt(strings.ReplaceAll(key, "-", "")[:12], 16, 64)
		if err != nil {
			return 0
		}
		return ms
	}
	return max(at(a), at(b))-min(at(a), at(b)) < 100
}

// partOf reads the ids that the bot attached to its message.
func partOf(m fakeslack.Message) (turn string, part int) {
	meta, _ := m.Metadata.(map[string]any)
	payload, _ := meta["event_payload"].(map[string]any)
	turn, _ = payload["turn_id"].(string)
	n, _ := payload["part"].(float64)
	return turn, int(n)
}

func TestEveryQuestionGetsOneWholeAnswerInOrderThroughCrashesAndFaults(t *testing.T) {
	t.Parallel()
	rounds := soak(500, 32)
	model := modelServer(t, 1700*time.Millisecond)
	lanes := []struct {
		name     string
		database func(testing.TB) string
		http     bool
	}{
		{"sqlite socket", storetest.SQLiteURL, false},
		{"postgres http", storetest.PostgresURL, true},
		{"postgres socket", storetest.PostgresURL, false},
		{"sqlite http", storetest.SQLiteURL, true},
	}
	for i, lane := range lanes {
		t.Run(lane.name, func(t *testing.T) {
			t.Parallel()
			w := newWorkplace(t, lane.database(t))
			w.http, w.slack.Unit, w.slack.Shuffle = lane.http, 20*time.Millisecond, true
			if seed, err := strconv.Atoi(os.Getenv("ROLLCALL_SEED")); err == nil { // one schedule again
				w.round(t, seed-1, newSchedule(uint64(seed)), withModel(model))
				return
			}
			for n := i; n < rounds && !t.Failed(); n += len(lanes) {
				w.round(t, n, newSchedule(uint64(n)+1), withModel(model))
			}
		})
	}
}
