package chatlog_test

import (
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"rollcall/store/chatlog"
	"rollcall/store/storetest"
)

func TestAReviewReplacesTheOneBeforeAndLeavesTheRest(t *testing.T) {
	t.Parallel()
	eachDocs(t, func(t *testing.T, docs documents) {
		e := exchange(1)
		if err := docs.Append(t.Context(), e); err != nil {
			t.Fatal(err)
		}
		e.Feedback = &chatlog.Feedback{Value: chatlog.Bad, By: "u2", At: storetest.Now}
		e.Review = &chatlog.Review{Verdict: chatlog.Wrong, Note: "an \"other\" Sam \x00", Tool: "get_person", Args: json.RawMessage(`{"person":"Sam \u0000 ?","$set":[1]}`), By: "a1", At: storetest.Now}
		err := errors.Join(docs.SetReview(t.Context(), e.ID, chatlog.Review{Verdict: chatlog.Right, By: "a2", At: storetest.Now}),
			docs.SetFeedback(t.Context(), e.ID, *e.Feedback), docs.SetReview(t.Context(), e.ID, *e.Review))
		e.Review.Note, e.Review.Args = "an \"other\" Sam ", json.RawMessage(`{"person":"Sam  ?","$set":[1]}`)
		got, getErr := docs.Get(t.Context(), e.ID)
		if diff := cmp.Diff(e, got, same); diff != "" || err != nil || getErr != nil {
			t.Errorf("errors %v, %v (-want +got):\n%s", err, getErr, diff)
		}
		if err := docs.SetReview(t.Context(), "none\xff", *e.Review); !errors.Is(err, chatlog.ErrNotFound) {
			t.Errorf("of nothing: %v", err)
		}
		for _, wrong := range []chatlog.Review{{Verdict: "meh"}, {Verdict: chatlog.Right, Args: json.RawMessage(`{`)}} {
			if err := docs.SetReview(t.Context(), e.ID, wrong); !errors.Is(err, chatlog.ErrInvalid) {
				t.Errorf("%+v: %v", wrong, err)
			}
		}
	})
}

// The MongoDB-compatible server of the tests replaces in two steps; see details_test.go.
func TestAReviewAndFeedbackAtOnceAreBothKept(t *testing.T) {
	t.Parallel()
	eachAtomic(t, func(t *testing.T, docs documents) {
		for n := range 10 {
			e := exchange(n)
			if err := docs.Append(t.Context(), e); err != nil {
				t.Fatal(err)
			}
			var both sync.WaitGroup
			var feedbackErr, reviewErr error
			both.Go(func() {
				feedbackErr = docs.SetFeedback(t.Context(), e.ID, chatlog.Feedback{Value: chatlog.Good, By: "u1", At: storetest.Now})
			})
			both.Go(func() {
				reviewErr = docs.SetReview(t.Context(), e.ID, chatlog.Review{Verdict: chatlog.Right, By: "a1", At: storetest.Now})
			})
			both.Wait()
			got, err := docs.Get(t.Context(), e.ID)
			if err != nil || feedbackErr != nil || reviewErr != nil || got.Feedback == nil || got.Review == nil {
				t.Errorf("%v %v %v: %+v", err, feedbackErr, reviewErr, got)
			}
		}
	})
}

func TestStatisticsByToolAndChannelCountOpinions(t *testing.T) {
	t.Parallel()
	eachDocs(t, func(t *testing.T, docs documents) {
		for n, names := range [][]string{{"find_people", "find_people", "get_person"}, {"find_people"}, nil, {"find_people"}} {
			e := exchange(n)
			e.Tools, e.Usage = nil, chatlog.Usage{In: 10}
			for _, name := range names {
				e.Tools = append(e.Tools, chatlog.ToolCall{Name: name})
			}
			if n == 3 {
				e.Channel = "slack"
			}
			if err := docs.Append(t.Context(), e); err != nil {
				t.Fatal(err)
			}
		}
		err := errors.Join(docs.SetFeedback(t.Context(), "turn-00", chatlog.Feedback{Value: chatlog.Good, By: "u1", At: storetest.Now}),
			docs.SetFeedback(t.Context(), "turn-01", chatlog.Feedback{Value: chatlog.Bad, By: "u1", At: storetest.Now}),
			docs.SetReview(t.Context(), "turn-01", chatlog.Review{Verdict: chatlog.Wrong, By: "a", At: storetest.Now}))
		if err != nil {
			t.Fatal(err)
		}
		ms := 5 * time.Millisecond
		for by, want := range map[chatlog.Grouping][]chatlog.Statistic{
			chatlog.ByTool: {
				{Exchanges: 1, In: 10, Duration: ms},
				{Key: "find_people", Exchanges: 3, Good: 1, Bad: 1, Wrong: 1, In: 30, Duration: 3 * ms},
				{Key: "get_person", Exchanges: 1, Good: 1, In: 10, Duration: ms},
			},
			chatlog.ByChannel: {{Key: "slack", Exchanges: 1, In: 10, Duration: ms}, {Key: "terminal", Exchanges: 3, Good: 1, Bad: 1, Wrong: 1, In: 30, Duration: 3 * ms}},
		} {
			got, failed := docs.GetStatistics(t.Context(), chatlog.Filter{}, by)
			if diff := cmp.Diff(want, got); diff != "" || failed != nil {
				t.Errorf("by %s: error %v (-want +got):\n%s", by, failed, diff)
			}
		}
		only, err := docs.GetStatistics(t.Context(), chatlog.Filter{Feedback: chatlog.Good}, chatlog.ByChannel)
		if diff := cmp.Diff([]chatlog.Statistic{{Key: "terminal", Exchanges: 1, Good: 1, In: 10, Duration: ms}}, only); diff != "" || err != nil {
			t.Errorf("good ones: %v\n%s", err, diff)
		}
	})
}

func TestEachTellsAllOnceNewestFirstWhateverComesMeanwhile(t *testing.T) {
	t.Parallel()
	eachDocs(t, func(t *testing.T, docs documents) {
		const n = 230
		for i := range n {
			if err := docs.Append(t.Context(), exchange(i)); err != nil {
				t.Fatal(err)
			}
		}
		var ids []string
		err := chatlog.Each(t.Context(), docs, chatlog.Filter{}, func(e chatlog.Exchange) error {
			if len(ids)%50 == 0 {
				if err := docs.Append(t.Context(), exchange(n+len(ids))); err != nil {
					return err
				}
			}
			ids = append(ids, e.ID)
			return nil
		})
		if err != nil || len(ids) != n || ids[0] != "turn-229" || ids[n-1] != "turn-00" {
			t.Errorf("told %d: %v, error %v", len(ids), ids, err)
		}
		enough := errors.New("enough")
		if err := chatlog.Each(t.Context(), docs, chatlog.Filter{}, func(chatlog.Exchange) error { return enough }); !errors.Is(err, enough) {
			t.Error(err)
		}
	})
}

func TestWhatAForgottenPersonThoughtStaysWithoutThem(t *testing.T) {
	t.Parallel()
	eachDocs(t, func(t *testing.T, docs documents) {
		for n := range 4 { // u1 asked the odd ones
			if err := docs.Append(t.Context(), exchange(n)); err != nil {
				t.Fatal(err)
			}
			by := []string{"u1", "u1", "u2", "u2"}[n]
			if err := docs.SetFeedback(t.Context(), exchange(n).ID, chatlog.Feedback{Value: chatlog.Bad, By: by, Note: "words of " + by, At: storetest.Now}); err != nil {
				t.Fatal(err)
			}
		}
		for _, want := range []int{2, 0} {
			if n, err := docs.DeletePerson(t.Context(), "u1"); err != nil || n != want {
				t.Errorf("%d forgotten, want %d, %v", n, want, err)
			}
		}
		left, err := docs.Find(t.Context(), chatlog.Filter{})
		if err != nil || len(left) != 2 {
			t.Fatalf("%v, %v", left, err)
		}
		if f := left[1].Feedback; f == nil || *f != (chatlog.Feedback{Value: chatlog.Bad, At: storetest.Now}) {
			t.Errorf("theirs: %+v", f)
		}
		if f := left[0].Feedback; f == nil || f.By != "u2" || !strings.HasPrefix(f.Note, "words") {
			t.Errorf("another's: %+v", f)
		}
	})
}
