package inbox_test

import (
	"context"
	"encoding/json"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"rollcall/store"
	"rollcall/store/inbox"
	"rollcall/store/migrations"
	"rollcall/store/storetest"
)

func TestMain(m *testing.M) { storetest.Main(m) }

func each(t *testing.T, body func(t *testing.T, b *inbox.Inbox)) {
	t.Helper()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		write, read := s.SQL()
		body(t, inbox.New(write, read, s.Dialect() == migrations.Postgres))
	})
}

var thread = inbox.Thread{Team: "T", Channel: "C", TS: "100.1"}

func turn(ts string) inbox.Turn {
	return inbox.Turn{ID: store.NewID(), Thread: thread, MessageTS: ts, Origin: inbox.Channel, Asker: "U1", Question: "question " + ts}
}

func add(t *testing.T, b *inbox.Inbox, turns ...inbox.Turn) {
	t.Helper()
	for _, x := range turns {
		if isNew, err := b.Add(t.Context(), x); err != nil || !isNew {
			t.Fatalf("add %s: %v, %v", x.MessageTS, isNew, err)
		}
	}
}

// claim takes up the next turn, when it has settled.
func claim(t *testing.T, b *inbox.Inbox) inbox.Turn {
	t.Helper()
	for range 200 {
		x, found, err := b.Claim(t.Context(), thread)
		if err != nil {
			t.Fatal(err)
		}
		if found {
			return x
		}
		time.Sleep(5 * time.Millisecond)
	}
	t.Fatal("there is no turn to take up")
	return inbox.Turn{}
}

func TestAQuestionIsKeptOnceHoweverManyBringIt(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *inbox.Inbox) {
		var news atomic.Int64
		var all sync.WaitGroup
		for range 50 {
			all.Go(func() {
				isNew, err := b.Add(context.Background(), turn("100.1"))
				if err != nil {
					t.Error(err)
				}
				if isNew {
					news.Add(1)
				}
			})
		}
		all.Wait()
		if news.Load() != 1 {
			t.Errorf("it was new %d times", news.Load())
		}
	})
}

func TestTurnsAreTakenUpInTheOrderOfTheirMessages(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *inbox.Inbox) {
		add(t, b, turn("100.3"), turn("100.1"), turn("100.2"))
		time.Sleep(30 * time.Millisecond)
		for _, want := range []string{"100.1", "100.2", "100.3"} {
			if isOpen, err := b.FilterOpen(t.Context(), []inbox.Thread{{Team: "T", Channel: "other", TS: "1.1"}, thread}); len(isOpen) != 1 || isOpen[0] != thread || err != nil {
				t.Errorf("open: %v, %v", isOpen, err)
			}
			x := claim(t, b)
			if x.MessageTS != want || x.State != inbox.Running || x.Attempt != 1 {
				t.Errorf("took up %+v, want %s", x, want)
			}
			more, err := b.End(t.Context(), x, inbox.Sent, nil, true)
			if err != nil || more != (want != "100.3") {
				t.Fatalf("more: %v, %v", more, err)
			}
		}
		if isOpen, err := b.FilterOpen(t.Context(), []inbox.Thread{thread}); len(isOpen) > 0 || err != nil {
			t.Errorf("open: %v, %v", isOpen, err)
		}
	})
}

func TestWhoeverTakesATurnUpLastIsTheOnlyOneWhoMayGoOn(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *inbox.Inbox) {
		add(t, b, turn("100.1"))
		early, late := claim(t, b), claim(t, b)
		part := inbox.Part{Kind: "post", Channel: "C", Payload: json.RawMessage(`{}`), State: inbox.Intent}
		early.Answer, late.Answer = json.RawMessage(`{"by":"early"}`), json.RawMessage(`{"by":"late"}`)
		_, endErr := b.End(t.Context(), early, inbox.Sent, nil, false)
		for name, err := range map[string]error{
			"store": b.Store(t.Context(), early, nil, []inbox.Part{part}), "parts": b.AddParts(t.Context(), early, part),
			"part": b.SetPart(t.Context(), early, part), "end": endErr,
		} {
			if !errors.Is(err, inbox.ErrLost) {
				t.Errorf("%s by the earlier one: %v", name, err)
			}
		}
		if err := b.Store(t.Context(), late, json.RawMessage(`{"id":"x"}`), []inbox.Part{part}); err != nil {
			t.Fatal(err)
		}
		if err := b.Store(t.Context(), late, nil, nil); !errors.Is(err, inbox.ErrLost) {
			t.Errorf("a second answer: %v", err)
		}
		again := claim(t, b)
		if again.State != inbox.Ready || string(again.Answer) != `{"by":"late"}` || again.Attempt != 3 {
			t.Errorf("%+v", again)
		}
		part.State, part.MessageTS, part.Attempt = inbox.Done, "100.2", 1
		if err := b.SetPart(t.Context(), again, part); err != nil {
			t.Fatal(err)
		}
		parts, err := b.FindParts(t.Context(), again.ID)
		if diff := cmp.Diff([]inbox.Part{part}, parts); diff != "" || err != nil {
			t.Errorf("%v\n%s", err, diff)
		}
		if got, failed := b.Get(t.Context(), again.ID); failed != nil || got.State != inbox.Sending {
			t.Errorf("%+v, %v", got, failed)
		}
		if _, err = b.End(t.Context(), again, inbox.Sent, nil, false); err != nil {
			t.Fatal(err)
		}
		left, err := b.FindUnrecorded(t.Context(), time.Now().Add(time.Hour), 10)
		if err != nil || len(left) != 1 || string(left[0].Document) != `{"id":"x"}` {
			t.Errorf("%v, %v", left, err)
		}
		if err = b.SetRecorded(t.Context(), again.ID); err != nil {
			t.Fatal(err)
		}
		answer, err := b.GetLastAnswer(t.Context(), thread, "100.9")
		if err != nil || string(answer) != `{"by":"late"}` {
			t.Errorf("%s, %v", answer, err)
		}
	})
}

func TestATurnThatIsGivenBackIsAsItWasAndNobodyElsesIs(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *inbox.Inbox) {
		add(t, b, turn("100.1"))
		early, late := claim(t, b), claim(t, b)
		for range 2 { // it is not the earlier one's any more, and only once the later one's
			for _, x := range []inbox.Turn{early, late} {
				if err := b.GiveBack(t.Context(), x); err != nil {
					t.Fatal(err)
				}
			}
		}
		if got, err := b.Get(t.Context(), late.ID); err != nil || got.State != inbox.Received || got.Attempt != 1 {
			t.Errorf("%+v, %v", got, err)
		}
		again := claim(t, b)
		if err := b.Store(t.Context(), again, nil, nil); err != nil || again.Attempt != 2 {
			t.Errorf("%+v, %v", again, err)
		}
		if err := b.GiveBack(t.Context(), again); err != nil { // its answer is stored
			t.Fatal(err)
		}
		if got, err := b.Get(t.Context(), late.ID); err != nil || got.State != inbox.Ready {
			t.Errorf("%+v, %v", got, err)
		}
	})
}

func TestOnlyWhatNobodyHasBegunIsEditedAndWithdrawnAtOnce(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *inbox.Inbox) {
		add(t, b, turn("100.1"), turn("100.2"), turn("100.3"))
		running := claim(t, b)
		edited, err := b.Edit(t.Context(), "T", "C", "100.1", "other")
		if edited || err != nil {
			t.Errorf("a running one: %v, %v", edited, err)
		}
		if edited, err = b.Edit(t.Context(), "T", "C", "100.2", "other\x00"); !edited || err != nil {
			t.Errorf("a waiting one: %v, %v", edited, err)
		}
		for _, ts := range []string{"100.1", "100.3", "999.9"} {
			if err = b.Withdraw(t.Context(), "T", "C", ts); err != nil {
				t.Fatal(err)
			}
		}
		why, err := b.FindCancelled(t.Context(), []string{running.ID, "nobody"})
		if diff := cmp.Diff(map[string]string{running.ID: inbox.Deleted}, why); diff != "" || err != nil {
			t.Errorf("%v\n%s", err, diff)
		}
		if _, err := b.End(t.Context(), running, inbox.Cancelled, nil, false); err != nil {
			t.Fatal(err)
		}
		if next := claim(t, b); next.MessageTS != "100.2" || next.Question != "other" {
			t.Errorf("%+v", next)
		}
		if err := b.Stop(t.Context(), thread); err != nil {
			t.Fatal(err)
		}
		if x := claim(t, b); x.Cancel != inbox.Stopped {
			t.Errorf("%+v", x)
		}
	})
}

func TestOldTurnsGoAndOpenOnesStay(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *inbox.Inbox) {
		add(t, b, turn("100.1"), turn("100.2"))
		if _, err := b.End(t.Context(), claim(t, b), inbox.Sent, nil, true); err != nil {
			t.Fatal(err)
		}
		recent, err := b.FindRecent(t.Context(), "T", "U1", 5)
		if err != nil || len(recent) != 2 {
			t.Errorf("%v, %v", recent, err)
		}
		if n, err := b.DeleteBefore(t.Context(), time.Now().Add(time.Minute)); n != 1 || err != nil {
			t.Errorf("%d went, %v", n, err)
		}
		if part, err := b.TakesPart(t.Context(), thread, "U1", time.Now().Add(-time.Hour)); !part || err != nil {
			t.Errorf("takes part: %v, %v", part, err)
		}
		if n, err := b.DeleteAsker(t.Context(), "T", "U1"); n != 1 || err != nil {
			t.Errorf("%d went, %v", n, err)
		}
		if _, err := b.Get(t.Context(), "nobody"); !errors.Is(err, inbox.ErrNotFound) {
			t.Error(err)
		}
	})
}

func TestAPersonsTurnsGoWithTheirRecordsInEveryWorkspace(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *inbox.Inbox) {
		other, others := turn("100.2"), turn("100.3")
		other.Thread.Team, others.Asker = "T2", "U2"
		add(t, b, turn("100.1"), other, others)
		if err := b.Store(t.Context(), claim(t, b), json.RawMessage(`{"id":"x"}`), []inbox.Part{{Kind: "post", Channel: "C", Payload: json.RawMessage(`{}`), State: inbox.Intent}}); err != nil {
			t.Fatal(err)
		}
		for _, want := range []int{2, 0} {
			if n, err := b.DeletePerson(t.Context(), "U1", "U1-old"); n != want || err != nil {
				t.Errorf("%d went, want %d, %v", n, want, err)
			}
		}
		left, err := b.FindRecent(t.Context(), "T", "U2", 5)
		unrecorded, recordErr := b.FindUnrecorded(t.Context(), time.Now().Add(time.Hour), 5)
		if len(left) != 1 || len(unrecorded) != 0 || err != nil || recordErr != nil {
			t.Errorf("%v, %v, %v, %v", left, unrecorded, err, recordErr)
		}
		if n, err := b.DeletePerson(t.Context()); n != 0 || err != nil {
			t.Errorf("of nobody: %d, %v", n, err)
		}
	})
}
