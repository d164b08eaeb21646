package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"rollcall/bot/slackio/fakeslack"
	"rollcall/store/chatlog"
	"rollcall/store/storetest"
)

func TestTwoReplicasWithTwoSocketsEachShareTheWorkAndSurviveEachOther(t *testing.T) {
	t.Parallel()
	w := newWorkplace(t, storetest.PostgresURL(t))
	w.slack.Unit, w.slack.Shuffle = 100*time.Millisecond, true
	model := modelServer(t, 300*time.Millisecond)
	first, second := w.start(withModel(model)...), w.start(withModel(model)...)
	eventually(t, "four sockets", func() bool { return w.slack.Connections() == 4 })
	var all []asked
	for i := range 40 {
		channel := fmt.Sprintf("C0R%d", i)
		ts := w.slack.Say(grace, channel, "", fakeslack.Mention+slowly+goQuestion)
		all = append(all, asked{channel, ts, ts})
		if i == 20 {
			first.kill()
		}
	}
	eventually(t, "all answers", func() bool { return w.allAnswered(all) })
	w.check(t, schedule{}, all)
	second.stop(t)
}

func TestThirtyQuestionsInAMinuteAndAPauseOfHalfAMinuteLoseNothing(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, w *workplace) {
		// Ten times faster than the clock: the bot's own pace is slower than this Slack's limits,
		// so that what is tried here is the waiting for both.
		w.slack.Unit, w.slack.Limits = 100*time.Millisecond, true
		w.slack.Fault = func(method string, n int) fakeslack.Fault {
			if method == "chat.postMessage" && n == 5 {
				return fakeslack.Fault{Kind: fakeslack.Limited, After: soak(30, 4)}
			}
			return fakeslack.Fault{}
		}
		p := w.start(withModel(modelServer(t, 1700*time.Millisecond))...)
		dm, other, start := w.slack.DM(sam), "C0OTHER", time.Now()
		var all []asked
		for range 30 {
			ts := w.slack.Say(sam, dm, "", slowly+goQuestion)
			all = append(all, asked{dm, ts, ts})
		}
		ts := w.slack.Say(grace, other, "", fakeslack.Mention+goQuestion)
		all = append(all, asked{other, ts, ts})
		eventually(t, "the answer in the other channel", func() bool { return w.turnOf(all[30]) != "" })
		if w.allAnswered(all) {
			t.Error("the pause in one channel held up another")
		}
		eventually(t, "all answers", func() bool { return w.allAnswered(all) })
		w.check(t, schedule{}, all)
		if n, most := w.slack.Calls("chat.startStream"), 17+int(16*time.Since(start).Minutes()); n == 0 || n > most { // sixteen, and as many a minute
			t.Errorf("%d streams were started; Slack allows 20 a minute", n)
		}
		p.stop(t)
	})
}

func TestAStreamThatEndsBeforeItsAnswerIsCompletedAllTheSame(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, w *workplace) {
		w.slack.Unit = 5 * time.Millisecond // five minutes are one and a half seconds
		dm := w.slack.DM(sam)
		w.start(withModel(modelUntil(t, func() bool {
			return slices.ContainsFunc(w.slack.Messages(dm), func(m fakeslack.Message) bool { return m.Stream == "ended" })
		}))...)
		root := w.slack.Say(sam, dm, "", slowly+goQuestion)
		all := w.answers(dm, root, 1)
		eventually(t, "the answer", func() bool { all = w.slack.Replies(dm, root); return strings.Contains(all[0].Words(), goAnswer) })
		if len(all) != 1 || w.slack.Calls("chat.startStream") != 1 || w.slack.Calls("chat.update") != 1 {
			t.Errorf("%d messages, %d streams, %d updates", len(all), w.slack.Calls("chat.startStream"), w.slack.Calls("chat.update"))
		}
	})
}

func TestStepsThatCouldNotBeEndedAtOnceBecomeTheAnswerAllTheSame(t *testing.T) {
	t.Parallel()
	for _, kind := range []fakeslack.FaultKind{fakeslack.Limited, fakeslack.Cut, fakeslack.CommitCut, fakeslack.Broken} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			eachDatabase(t, func(t *testing.T, w *workplace) {
				w.slack.SetFault(func(method string, n int) fakeslack.Fault {
					if method == "chat.stopStream" && n == 0 {
						return fakeslack.Fault{Kind: kind, After: 1}
					}
					return fakeslack.Fault{}
				})
				w.start(withModel(modelUntil(t, w.hasCalled("chat.appendStream")))...)
				dm := w.slack.DM(sam)
				root := w.slack.Say(sam, dm, "", slowly+goQuestion)
				w.answers(dm, root, 1)
				if all := w.slack.Messages(dm); len(all) != 2 || all[1].Stream != "ended" || !strings.Contains(all[1].Words(), goAnswer) {
					t.Errorf("in the conversation are %+v", all)
				}
			})
		})
	}
}

func TestSlowAnswersShowTheirStepsInDirectMessagesOnly(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, w *workplace) {
		var seen atomic.Bool
		w.start(withModel(modelUntil(t, func() bool { return seen.Load() && w.slack.Calls("chat.appendStream") > 0 }))...)
		dm := w.slack.DM(sam)
		root := w.slack.Say(sam, dm, "", slowly+goQuestion)
		mention := w.slack.Say(sam, "C0GENERAL", "", fakeslack.Mention+slowly+goQuestion)
		eventually(t, "the sign of work", func() bool { return w.slack.Status("C0GENERAL", mention) == "processing" })
		seen.Store(true)
		if all := w.answers(dm, root, 1); len(all) != 1 || all[0].Stream != "ended" || !strings.Contains(all[0].Words(), goAnswer) {
			t.Errorf("in the direct message: %+v", all)
		}
		if all := w.answers("C0GENERAL", mention, 1); len(all) != 1 || all[0].Stream != "" {
			t.Errorf("in the channel: %+v", all)
		}
		for _, root := range [][2]string{{dm, root}, {"C0GENERAL", mention}} {
			eventually(t, "the end of the sign", func() bool { return w.slack.Status(root[0], root[1]) == "active" })
		}
		if w.slack.Calls("chat.startStream") != 1 || w.slack.Calls("chat.appendStream") == 0 {
			t.Errorf("%d streams, %d steps", w.slack.Calls("chat.startStream"), w.slack.Calls("chat.appendStream"))
		}
	})
}

func TestTheStopButtonEndsATurnInEveryStage(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, w *workplace) {
		w.start(withModel(modelUntil(t, func() bool { return false }))...)
		dm := w.slack.DM(sam)
		roots := map[time.Duration]string{}
		for _, after := range []time.Duration{0, 300 * time.Millisecond, 2500 * time.Millisecond} {
			roots[after] = w.slack.Say(sam, dm, "", slowly+goQuestion)
		}
		var stops sync.WaitGroup
		for after, root := range roots {
			stops.Go(func() {
				time.Sleep(after)
				eventually(t, "the turn", func() bool { return w.has(dm, root) })
				w.slack.Stop(sam, dm, root)
			})
		}
		stops.Wait()
		for after, root := range roots {
			all := w.answers(dm, root, 1)
			eventually(t, "the word", func() bool { all = w.slack.Replies(dm, root); return strings.Contains(all[0].Words(), "Stopped.") })
			if len(all) != 1 || strings.Contains(all[0].Words(), "Ana") {
				t.Errorf("stopped after %s: %+v", after, all)
			}
		}
		root := w.slack.Say(sam, dm, "", goQuestion)
		w.answers(dm, root, 1)
		heard := w.slack.Stop(sam, dm, root)
		eventually(t, "the stop to be heard", func() bool { return w.slack.IsAcked(heard) })
		w.settled()
		if all := w.slack.Replies(dm, root); len(all) != 1 || !strings.Contains(all[0].Words(), goAnswer) {
			t.Errorf("stopped after the answer: %+v", all)
		}
	})
}

func TestADeletedQuestionIsNotAnsweredAndAnEditedOneIsReadAnew(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, w *workplace) {
		dm := w.slack.DM(sam)
		var changed atomic.Bool
		w.start(withModel(modelUntil(t, changed.Load))...)
		root := w.slack.Say(sam, dm, "", slowly+goQuestion)
		eventually(t, "the first turn", func() bool { return w.has(dm, root) }) // a follow-up that comes in long before it is answered first
		second := w.slack.Say(sam, dm, root, "and in Berlin?")
		third := w.slack.Say(sam, dm, root, "who is away next week?")
		eventually(t, "all turns", func() bool { return w.has(dm, second) && w.has(dm, third) })
		deleted, edited := w.slack.Delete(dm, second), w.slack.Edit(dm, third, "which certificates expire this month?")
		eventually(t, "both changes to be heard", func() bool { return w.slack.IsAcked(deleted) && w.slack.IsAcked(edited) })
		changed.Store(true)
		all := w.answers(dm, root, 2)
		if len(all) != 2 || !strings.Contains(all[0].Words(), goAnswer) || !strings.Contains(all[1].Words(), "certificate") {
			t.Errorf("%+v", all)
		}
	})
}

func TestAQuestionThatIsDeletedWhileItIsAnsweredLeavesNothingBehind(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, w *workplace) {
		dm := w.slack.DM(sam)
		w.start(withModel(modelUntil(t, func() bool { return false }))...)
		gone := w.slack.Say(sam, dm, "", slowly+goQuestion)
		eventually(t, "its steps", w.hasCalled("chat.appendStream"))
		w.slack.Delete(dm, gone)
		eventually(t, "an empty conversation", func() bool { return len(w.slack.Messages(dm)) == 0 })
		w.settled()
		eventually(t, "the end of the sign", func() bool { return w.slack.Status(dm, gone) == "active" })
		if n := w.slack.Calls("chat.postMessage"); n != 0 {
			t.Errorf("a deleted question was answered, %d times", n)
		}
	})
}

func TestAnAnswerOf25000CharactersArrivesWhole(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, w *workplace) {
		project := w.projectID(t, "Atlas")
		var notes strings.Builder
		for i := range 1000 {
			fmt.Fprintf(&notes, "line %04d of the notes & more.\n", i)
		}
		if _, err := w.docs.PutDetails(context.Background(), project, chatlog.Project{Notes: notes.String()}); err != nil {
			t.Fatal(err)
		}
		w.start()
		dm := w.slack.DM(sam)
		root := w.slack.Say(sam, dm, "", "tell me about project Atlas")
		all := w.answers(dm, root, 3)
		var words strings.Builder
		for _, m := range all {
			words.WriteString(m.Words() + "\n")
		}
		for i := range 1000 {
			if n := strings.Count(words.String(), fmt.Sprintf("line %04d of the notes &amp; more.", i)); n != 1 {
				t.Fatalf("line %d is there %d times in %d messages", i, n, len(all))
			}
		}
	})
}

func TestTheBotWorksWithoutItsOptionalScopes(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, w *workplace) {
		w.slack.Granted = fakeslack.Scopes[:8]
		var once atomic.Bool
		w.slack.Fault = func(method string, _ int) fakeslack.Fault {
			if method == "chat.postMessage" && once.CompareAndSwap(false, true) {
				return fakeslack.Fault{Kind: fakeslack.Cut}
			}
			return fakeslack.Fault{}
		}
		w.start()
		root := w.slack.Say(grace, "C0GENERAL", "", fakeslack.Mention+goQuestion)
		if all := w.answers("C0GENERAL", root, 1); len(all) != 1 || !strings.Contains(all[0].Words(), goAnswer) {
			t.Errorf("%+v", all)
		}
	})
}

func TestSocketsThatEndStallOrSendRubbishLoseNothing(t *testing.T) {
	t.Parallel()
	eachTransport(t, func(t *testing.T, w *workplace) {
		if w.http {
			t.Skip("this is about sockets")
		}
		w.slack.Unit = 100 * time.Millisecond
		w.start()
		eventually(t, "two sockets", func() bool { return w.slack.Connections() == 2 })
		var all []asked
		for i := range 30 {
			switch i % 6 {
			case 1:
				w.slack.Disconnect("refresh_requested")
			case 3:
				w.slack.Garbage()
			case 5:
				w.slack.Disconnect("warning")
			}
			w.slack.Silence(i%10 == 7)
			channel := fmt.Sprintf("C0S%d", i)
			ts := w.slack.Say(grace, channel, "", fakeslack.Mention+goQuestion)
			all = append(all, asked{channel, ts, ts})
			time.Sleep(100 * time.Millisecond)
		}
		w.slack.Silence(false)
		eventually(t, "all answers", func() bool { return w.allAnswered(all) })
		w.check(t, schedule{}, all)
	})
}

// switchboard stands between a process and a server and can cut them off.
type switchboard struct {
	mu       sync.Mutex
	off      bool
	conns    map[net.Conn]bool
	listener net.Listener
}

// between returns the address that leads to the server's.
func between(tb testing.TB, address string) (*switchboard, string) {
	tb.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // ends with the test
	if err != nil {
		tb.Fatal(err)
	}
	b := &switchboard{conns: map[net.Conn]bool{}, listener: listener}
	tb.Cleanup(func() { _ = listener.Close(); b.cut(true) })
	go func() {
		for {
			in, err := listener.Accept()
			if err != nil {
				return
			}
			go b.join(in, address)
		}
	}()
	return b, listener.Addr().String()
}

func (b *switchboard) join(in net.Conn, address string) {
	out, err := net.Dial("tcp", address) //nolint:noctx // ends with the test
	if err != nil {
		_ = in.Close()
		return
	}
	b.mu.Lock()
	if b.off {
		b.mu.Unlock()
		_, _ = in.Close(), out.Close()
		return
	}
	b.conns[in], b.conns[out] = true, true
	b.mu.Unlock()
	go func() { _, _ = io.Copy(in, out); _ = in.Close() }()
	_, _ = io.Copy(out, in)
	_ = out.Close()
}

// cut ends all connections; off refuses new ones as well.
func (b *switchboard) cut(off bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.off = off
	for c := range b.conns {
		_ = c.Close()
	}
	clear(b.conns)
}

func (b *switchboard) on() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.off = false
}

func TestADatabaseThatIsAwayForAWhileLosesNothing(t *testing.T) {
	t.Parallel()
	for _, transport := range []string{"http", "socket"} {
		t.Run(transport, func(t *testing.T) {
			t.Parallel()
			w := newWorkplace(t, storetest.PostgresURL(t))
			w.http, w.slack.Unit = transport == "http", 50*time.Millisecond
			direct, err := url.Parse(w.url)
			if err != nil {
				t.Fatal(err)
			}
			board, address := between(t, direct.Host)
			through := *direct
			through.Host = address
			p := w.start(append(withModel(modelServer(t, 1500*time.Millisecond)), "DATABASE_URL="+through.String())...)
			var all []asked
			ask := func(n int, text string) {
				for range n {
					channel := fmt.Sprintf("C0D%d", len(all))
					ts := w.slack.Say(grace, channel, "", fakeslack.Mention+text)
					all = append(all, asked{channel, ts, ts})
				}
			}
			ask(10, slowly+goQuestion)
			eventually(t, "the model to be asked", func() bool { return w.slack.Calls("users.info") > 0 })
			board.cut(true)
			ask(5, goQuestion)
			time.Sleep(time.Second)
			if status, _ := get(t, p.url+"/readyz"); status != http.StatusServiceUnavailable {
				t.Errorf("without a database readyz says %d", status)
			}
			time.Sleep(time.Duration(soak(9, 2)) * time.Second)
			board.on()
			ask(5, goQuestion)
			var kept []asked // a delivery that is tried again may be accepted at any time
			eventually(t, "all answers", func() bool { kept = accepted(w, all); return len(kept) >= 15 && w.allAnswered(kept) })
			w.check(t, schedule{mayFail: true}, kept)
			p.stop(t)
		})
	}
}

// accepted are the questions whose delivery was acknowledged, or is still tried.
func accepted(w *workplace, all []asked) (kept []asked) {
	for _, q := range all {
		if n, err := w.inbox.HasTurn(context.Background(), fakeslack.Team, q.channel, q.ts); err == nil && n {
			kept = append(kept, q)
		}
	}
	return kept
}

func TestAModelThatIsAwayIsReplacedAloudAndComesBack(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, w *workplace) {
		real := modelServer(t, 0)
		var away atomic.Bool
		server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			if away.Load() {
				http.Error(rw, "<html>down</html>", http.StatusBadGateway)
				return
			}
			real.Config.Handler.ServeHTTP(rw, r)
		}))
		defer server.Close()
		w.start(withModel(server)...)
		ask := func(i int) string {
			channel := fmt.Sprintf("C0M%d", i)
			return w.answers(channel, w.slack.Say(grace, channel, "", fakeslack.Mention+goQuestion), 1)[0].Words()
		}
		if words := ask(0); !strings.Contains(words, goAnswer) || strings.Contains(words, "not available") {
			t.Errorf("before:\n%s", words)
		}
		away.Store(true)
		for i := range 8 {
			if words := ask(1 + i); !strings.Contains(words, goAnswer) || !strings.Contains(words, "not available") {
				t.Errorf("away:\n%s", words)
			}
		}
		away.Store(false)
		i := 10
		eventually(t, "the model", func() bool { i++; time.Sleep(time.Second); return !strings.Contains(ask(i), "not available") })
	})
}

func TestADocumentsServerThatIsAwayDelaysRecordsAndFeedback(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, w *workplace) {
		mongo := storetest.NewMongoServer(t)
		address := mongo.Address + "/rollcall"
		p := w.start("MONGODB_URI=" + address)
		root := w.slack.Say(grace, "C0GENERAL", "", fakeslack.Mention+goQuestion)
		w.answers("C0GENERAL", root, 1)
		if err := mongo.Stop(); err != nil {
			t.Fatal(err)
		}
		second := w.slack.Say(grace, "C0GENERAL", "", fakeslack.Mention+goQuestion)
		answer := w.answers("C0GENERAL", second, 1)[0]
		turn, _ := partOf(answer)
		w.slack.Click(grace, "C0GENERAL", answer.TS, "feedback", "good:"+turn)
		if err := mongo.Start(); err != nil {
			t.Fatal(err)
		}
		docs, err := chatlog.NewMongo(address, storetest.Clock)
		if err != nil {
			t.Fatal(err)
		}
		defer docs.Close(context.Background())
		eventually(t, "the record with its feedback", func() bool {
			e, err := docs.Get(context.Background(), turn)
			return err == nil && e.Feedback != nil && e.Feedback.Value == chatlog.Good
		})
		p.stop(t)
	})
}
