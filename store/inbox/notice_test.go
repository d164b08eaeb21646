package inbox_test

import (
	"encoding/json"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"rollcall/store"
	"rollcall/store/inbox"
)

func notice(key string) inbox.Turn {
	return inbox.Turn{ID: store.NewID(), Thread: thread, MessageTS: key, Origin: inbox.Notice, Asker: "U1", Question: "about " + key}
}

func TestANoticeIsKeptOnceWithItsMessagesAndIsReadyToBeSent(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *inbox.Inbox) {
		part := inbox.Part{Kind: "update", Channel: "C", Payload: json.RawMessage(`{"text":"x"}`), State: inbox.Intent, MessageTS: "100.2"}
		var news atomic.Int64
		var all sync.WaitGroup
		for range 20 {
			all.Go(func() {
				if isNew, err := b.AddReady(t.Context(), notice("100.2-card"), json.RawMessage(`{}`), []inbox.Part{part}); err != nil {
					t.Error(err)
				} else if isNew {
					news.Add(1)
				}
			})
		}
		all.Wait()
		if news.Load() != 1 {
			t.Errorf("it was new %d times", news.Load())
		}
		x := claim(t, b)
		if x.State != inbox.Ready || x.Origin != inbox.Notice || x.Question != "about 100.2-card" {
			t.Errorf("%+v", x)
		}
		parts, err := b.FindParts(t.Context(), x.ID)
		if diff := cmp.Diff([]inbox.Part{part}, parts); diff != "" || err != nil {
			t.Errorf("%v\n%s", err, diff)
		}
		if more, err := b.End(t.Context(), x, inbox.Sent, parts, false); more || err != nil {
			t.Errorf("more: %v, %v", more, err)
		}
	})
}

func TestNoticesAreNoQuestions(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *inbox.Inbox) {
		if _, err := b.AddReady(t.Context(), notice("100.2"), json.RawMessage(`{}`), nil); err != nil {
			t.Fatal(err)
		}
		if recent, err := b.FindRecent(t.Context(), "T", "U1", 5); len(recent) != 0 || err != nil {
			t.Errorf("recent: %v, %v", recent, err)
		}
		if part, err := b.TakesPart(t.Context(), thread, "U1", time.Now().Add(-time.Hour)); part || err != nil {
			t.Errorf("takes part: %v, %v", part, err)
		}
		if answer, err := b.GetLastAnswer(t.Context(), thread, "100.9"); answer != nil || err != nil {
			t.Errorf("answer: %s, %v", answer, err)
		}
		if n, err := b.CountOpen(t.Context(), thread); n != 0 || err != nil {
			t.Errorf("%d open, %v", n, err)
		}
		if left, err := b.FindUnrecorded(t.Context(), time.Now().Add(time.Hour), 10); len(left) != 0 || err != nil {
			t.Errorf("records: %v, %v", left, err)
		}
		if open, err := b.FilterOpen(t.Context(), []inbox.Thread{thread}); len(open) != 1 || err != nil {
			t.Errorf("to be worked on: %v, %v", open, err)
		}
		if n, err := b.DeleteAsker(t.Context(), "T", "U1"); n != 1 || err != nil {
			t.Errorf("%d went, %v", n, err)
		}
	})
}
