package chatlog_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"rollcall/store"
	"rollcall/store/chatlog"
	"rollcall/store/migrations"
	"rollcall/store/storetest"
)

func TestMain(m *testing.M) { storetest.Main(m) }

// documents is what every store of documents must do.
type documents interface {
	chatlog.Log
	chatlog.Details
}

// eachDocs runs body on every store of documents, each empty: in SQLite, in PostgreSQL, on
// a MongoDB-compatible server and on that of MONGODB_URI where one is given. Project p is there.
func eachDocs(t *testing.T, body func(t *testing.T, docs documents)) {
	t.Helper()
	t.Run("mongo", func(t *testing.T) {
		t.Parallel()
		body(t, mongoDocs(t, storetest.Mongo(t)))
	})
	eachAtomic(t, body)
}

func eachAtomic(t *testing.T, body func(t *testing.T, docs documents)) {
	t.Helper()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		if err := s.CreateProject(t.Context(), &store.Project{ID: "p", Name: "Atlas"}); err != nil {
			t.Fatal(err)
		}
		body(t, sqlDocs(s))
	})
	if given, ok := storetest.GivenMongo(t); ok {
		t.Run("given mongo", func(t *testing.T) { body(t, mongoDocs(t, given)) })
	}
}

func sqlDocs(s *store.Store) *chatlog.SQL {
	write, read := s.SQL()
	return chatlog.NewSQL(write, read, s.Dialect() == migrations.Postgres, storetest.Clock)
}

func mongoDocs(t *testing.T, address string) *chatlog.Mongo {
	t.Helper()
	m, err := chatlog.NewMongo(address, storetest.Clock)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = m.Close(context.Background()) })
	if err := errors.Join(m.Ping(t.Context()), m.MakeIndexes(t.Context()), m.MakeIndexes(t.Context())); err != nil {
		t.Fatal(err)
	}
	return m
}

func exchange(n int) chatlog.Exchange {
	return chatlog.Exchange{
		ID: fmt.Sprintf("turn-%02d", n), At: storetest.Now.Add(time.Duration(n) * time.Minute), AskerID: fmt.Sprintf("u%d", n%2), Asker: "Ana", Access: "staff",
		Channel: "terminal", Conversation: fmt.Sprintf("c%d", n%3), Question: "who knows Go?", Kind: "answer", Answer: "3 people.", Period: "1–31 Dec 2026, 23 working days",
		Tools: []chatlog.ToolCall{{Name: "find_people", Arguments: json.RawMessage(`{"skills":[{"name":"Go"}]}`), Result: json.RawMessage(`{"total":3}`), Duration: time.Millisecond}},
		Model: "offline", Prompt: "abc", Usage: chatlog.Usage{Calls: 2, In: 10, Out: 3}, Duration: 5 * time.Millisecond,
	}
}

// same compares exchanges by their JSON: the database may write the JSON inside anew.
var same = cmp.Comparer(func(a, b json.RawMessage) bool {
	var x, y any
	return json.Unmarshal(a, &x) == nil && json.Unmarshal(b, &y) == nil && cmp.Equal(x, y)
})

func TestAnExchangeComesBackAsItWas(t *testing.T) {
	t.Parallel()
	eachDocs(t, func(t *testing.T, docs documents) {
		want := exchange(1)
		if err := docs.Append(t.Context(), want); err != nil {
			t.Fatal(err)
		}
		got, err := docs.Get(t.Context(), want.ID)
		if diff := cmp.Diff(want, got, same); diff != "" || err != nil {
			t.Errorf("error %v (-want +got):\n%s", err, diff)
		}
	})
}

func TestAppendingAnExchangeAgainChangesNothing(t *testing.T) {
	t.Parallel()
	eachDocs(t, func(t *testing.T, docs documents) {
		first, second := exchange(1), exchange(1)
		second.Answer = "something else"
		if err := errors.Join(docs.Append(t.Context(), first), docs.Append(t.Context(), second)); err != nil {
			t.Fatal(err)
		}
		all, err := docs.Find(t.Context(), chatlog.Filter{})
		if err != nil || len(all) != 1 || all[0].Answer != first.Answer {
			t.Errorf("error %v, found %+v", err, all)
		}
	})
}

func TestFindNarrowsAndPutsTheNewestFirst(t *testing.T) {
	t.Parallel()
	eachDocs(t, func(t *testing.T, docs documents) {
		for n := range 12 {
			e := exchange(n)
			switch n {
			case 4:
				e.Kind, e.Error, e.Model = "failed", "boom", "gpt"
			case 5:
				e.Question, e.Tools = "Wer kennt 100% PÖSTGRES_x?", []chatlog.ToolCall{{Name: "get_person"}, {Name: "find_projects"}}
			case 6:
				e.Answer, e.Channel, e.Tools = "Ünal kennt es.", "slack", nil
			}
			if err := docs.Append(t.Context(), e); err != nil {
				t.Fatal(err)
			}
		}
		for id, value := range map[string]string{"turn-07": chatlog.Good, "turn-08": chatlog.Good, "turn-09": chatlog.Bad} {
			if err := docs.SetFeedback(t.Context(), id, chatlog.Feedback{Value: value, By: "u1", At: storetest.Now}); err != nil {
				t.Fatal(err)
			}
		}
		for id, verdict := range map[string]string{"turn-03": chatlog.Right, "turn-02": chatlog.Wrong} {
			if err := docs.SetReview(t.Context(), id, chatlog.Review{Verdict: verdict, By: "u1", At: storetest.Now}); err != nil {
				t.Fatal(err)
			}
		}
		at := func(n int) time.Time { return storetest.Now.Add(time.Duration(n) * time.Minute) }
		for name, c := range map[string]struct {
			filter chatlog.Filter
			want   string
		}{
			"everything":        {chatlog.Filter{}, "11 10 09 08 07 06 05 04 03 02 01 00"},
			"a person's":        {chatlog.Filter{AskerID: "u1"}, "11 09 07 05 03 01"},
			"a conversation's":  {chatlog.Filter{Conversation: "c0"}, "09 06 03 00"},
			"a kind":            {chatlog.Filter{Kind: "failed"}, "04"},
			"a time":            {chatlog.Filter{From: at(3), To: at(6)}, "05 04 03"},
			"at most two":       {chatlog.Filter{Limit: 2}, "11 10"},
			"those that failed": {chatlog.Filter{Failed: true}, "04"},
			"a model":           {chatlog.Filter{Model: "gpt"}, "04"},
			"a channel":         {chatlog.Filter{Channel: "slack"}, "06"},
			"a tool":            {chatlog.Filter{Tool: "find_projects"}, "05"},
			"half a tool":       {chatlog.Filter{Tool: "projects"}, ""},
			"a pattern's tool":  {chatlog.Filter{Tool: "get%person"}, ""},
			"words":             {chatlog.Filter{Text: "pöstgres"}, "05"},
			"words of answers":  {chatlog.Filter{Text: "ÜNAL"}, "06"},
			"a percent sign":    {chatlog.Filter{Text: "100%"}, "05"},
			"an underscore":     {chatlog.Filter{Text: "s_x"}, "05"},
			"no pattern":        {chatlog.Filter{Text: "w.r k%"}, ""},
			"some by id":        {chatlog.Filter{IDs: []string{"turn-02", "turn-10", "none"}}, "10 02"},
			"right ones":        {chatlog.Filter{Review: chatlog.Right}, "03"},
			"unreviewed ones":   {chatlog.Filter{Review: chatlog.Unreviewed, To: at(5)}, "04 01 00"},
			"broken text":       {chatlog.Filter{Text: "\xff\x00", Kind: "a\x00\xff", Tool: "\xff", AskerID: "\xff\x00"}, ""},
			"a broken place":    {chatlog.Filter{Before: chatlog.Cursor{At: at(1), ID: "\xff\x00"}}, "01 00"},
			"good ones":         {chatlog.Filter{Feedback: chatlog.Good}, "08 07"},
			"bad ones":          {chatlog.Filter{Feedback: chatlog.Bad}, "09"},
			"several at once":   {chatlog.Filter{AskerID: "u1", Kind: "answer", Tool: "find_people", To: at(4)}, "03 01"},
			"the second page":   {chatlog.Filter{Before: chatlog.Cursor{At: at(3), ID: "turn-03"}}, "02 01 00"},
			"no such operator":  {chatlog.Filter{Kind: "$ne"}, ""},
			"nobody's":          {chatlog.Filter{AskerID: "' OR 1=1 --"}, ""},
		} {
			found, err := docs.Find(t.Context(), c.filter)
			var ids []string
			for _, e := range found {
				ids = append(ids, strings.TrimPrefix(e.ID, "turn-"))
			}
			if got := strings.Join(ids, " "); err != nil || got != c.want {
				t.Errorf("%s: error %v, got %q, want %q", name, err, got, c.want)
			}
			if n, err := docs.Count(t.Context(), c.filter); err != nil || c.filter.Limit == 0 && c.filter.Before == (chatlog.Cursor{}) && n != len(found) {
				t.Errorf("%s: counted %d, error %v", name, n, err)
			}
		}
	})
}

func TestAnExchangeThatIsNotThereIsNotFound(t *testing.T) {
	t.Parallel()
	eachDocs(t, func(t *testing.T, docs documents) {
		if _, err := docs.Get(t.Context(), "none"); !errors.Is(err, chatlog.ErrNotFound) {
			t.Errorf("got %v, want ErrNotFound", err)
		}
	})
}

func TestHostileTextIsKeptAsText(t *testing.T) {
	t.Parallel()
	eachDocs(t, func(t *testing.T, docs documents) {
		for i, text := range []string{`'); DROP TABLE "exchange"; --`, `a\u0000b`, `\\u0000`, `\`, "emoji 🧭 \u202e", `{"a":"?"}`, "$1 ? $2"} {
			e := exchange(i)
			e.Question = text
			if err := docs.Append(t.Context(), e); err != nil {
				t.Fatalf("%q: %v", text, err)
			}
			if got, err := docs.Get(t.Context(), e.ID); err != nil || got.Question != text {
				t.Errorf("%q came back as %q, error %v", text, got.Question, err)
			}
		}
		e := exchange(50)
		e.Question = "a\x00b"
		if err := docs.Append(t.Context(), e); err != nil {
			t.Fatal(err)
		}
		if got, err := docs.Get(t.Context(), e.ID); err != nil || got.Question != "ab" {
			t.Errorf("a NUL came back as %q, error %v", got.Question, err)
		}
	})
}

func TestPagesHoldEveryExchangeOnceEvenAtOneMoment(t *testing.T) {
	t.Parallel()
	eachDocs(t, func(t *testing.T, docs documents) {
		for n := range 7 {
			e := exchange(n)
			e.At = storetest.Now.Add(time.Duration(n/3) * time.Microsecond)
			if err := docs.Append(t.Context(), e); err != nil {
				t.Fatal(err)
			}
		}
		var got []string
		for f := (chatlog.Filter{Limit: 2}); ; {
			page, err := docs.Find(t.Context(), f)
			if err != nil {
				t.Fatal(err)
			}
			if len(page) == 0 {
				break
			}
			for _, e := range page {
				got = append(got, strings.TrimPrefix(e.ID, "turn-"))
			}
			link := chatlog.CursorAt(page[len(page)-1]).String()
			if f.Before, err = chatlog.ParseCursor(link); err != nil {
				t.Fatal(err)
			}
		}
		if want := "06 05 04 03 02 01 00"; strings.Join(got, " ") != want {
			t.Errorf("got %v, want %s", got, want)
		}
	})
}

func TestACursorThatNobodyWroteIsRefused(t *testing.T) {
	t.Parallel()
	for _, s := range []string{"x", "!!", "MTIz", "IA", "YSBi", strings.Repeat("A", 5000)} {
		if _, err := chatlog.ParseCursor(s); !errors.Is(err, chatlog.ErrInvalid) {
			t.Errorf("%.10q: got %v", s, err)
		}
	}
	if c, err := chatlog.ParseCursor(""); err != nil || c != (chatlog.Cursor{}) {
		t.Errorf("the start: %v, %v", c, err)
	}
}

func TestStatisticsSumUpByKindModelAskerAndDay(t *testing.T) {
	t.Parallel()
	eachDocs(t, func(t *testing.T, docs documents) {
		for n := range 5 {
			e := exchange(n)
			e.Usage = chatlog.Usage{Calls: 1, In: 1_000_000_000 + n, CachedIn: 7, Out: 2, Cost: 1500}
			if n == 4 {
				e.Kind, e.Error, e.At = "failed", "boom", storetest.Now.AddDate(0, 0, 1)
			}
			if err := docs.Append(t.Context(), e); err != nil {
				t.Fatal(err)
			}
		}
		answers := chatlog.Statistic{Key: "answer", Exchanges: 4, In: 4_000_000_006, Out: 8, CachedIn: 28, Cost: 6000, Duration: 20 * time.Millisecond}
		failed := chatlog.Statistic{Key: "failed", Exchanges: 1, Failed: 1, In: 1_000_000_004, Out: 2, CachedIn: 7, Cost: 1500, Duration: 5 * time.Millisecond}
		both := [2]chatlog.Statistic{answers, failed}
		both[0].Key, both[1].Key = "2026-11-25", "2026-11-26"
		for by, want := range map[chatlog.Grouping][]chatlog.Statistic{
			chatlog.ByKind: {answers, failed},
			chatlog.ByDay:  both[:],
		} {
			got, err := docs.GetStatistics(t.Context(), chatlog.Filter{}, by)
			if diff := cmp.Diff(want, got); diff != "" || err != nil {
				t.Errorf("by %s: error %v (-want +got):\n%s", by, err, diff)
			}
		}
		got, err := docs.GetStatistics(t.Context(), chatlog.Filter{Kind: "answer"}, chatlog.ByAsker)
		if err != nil || len(got) != 2 || got[0].Key != "u0" || got[0].Exchanges != 2 || got[1].Key != "u1" {
			t.Errorf("by asker: %+v, error %v", got, err)
		}
		if _, err = docs.GetStatistics(t.Context(), chatlog.Filter{}, `kind" FROM x; --`); !errors.Is(err, chatlog.ErrInvalid) {
			t.Errorf("by nonsense: %v", err)
		}
		none, err := docs.GetStatistics(t.Context(), chatlog.Filter{Kind: "ask"}, chatlog.ByModel)
		if err != nil || len(none) != 0 {
			t.Errorf("of nothing: %+v, %v", none, err)
		}
	})
}

func TestFeedbackReplacesTheOneBefore(t *testing.T) {
	t.Parallel()
	eachDocs(t, func(t *testing.T, docs documents) {
		e := exchange(1)
		if err := docs.Append(t.Context(), e); err != nil {
			t.Fatal(err)
		}
		e.Feedback = &chatlog.Feedback{Value: chatlog.Bad, By: "u2", Note: "wrong Sam", At: storetest.Now}
		err := errors.Join(docs.SetFeedback(t.Context(), e.ID, chatlog.Feedback{Value: chatlog.Good, By: "u1", At: storetest.Now}), docs.SetFeedback(t.Context(), e.ID, *e.Feedback))
		got, getErr := docs.Get(t.Context(), e.ID)
		if diff := cmp.Diff(e, got, same); diff != "" || err != nil || getErr != nil {
			t.Errorf("errors %v, %v (-want +got):\n%s", err, getErr, diff)
		}
		if err := docs.SetFeedback(t.Context(), "none", *e.Feedback); !errors.Is(err, chatlog.ErrNotFound) {
			t.Errorf("on nothing: %v", err)
		}
		if err := docs.SetFeedback(t.Context(), e.ID, chatlog.Feedback{Value: "meh"}); !errors.Is(err, chatlog.ErrInvalid) {
			t.Errorf("a value that is none: %v", err)
		}
	})
}

func TestOldExchangesAndAPersonsAreForgotten(t *testing.T) {
	t.Parallel()
	eachDocs(t, func(t *testing.T, docs documents) {
		for n := range 6 {
			if err := docs.Append(t.Context(), exchange(n)); err != nil {
				t.Fatal(err)
			}
		}
		if n, err := docs.DeleteBefore(t.Context(), storetest.Now.Add(2*time.Minute)); err != nil || n != 2 {
			t.Errorf("%d old ones forgotten, error %v", n, err)
		}
		if n, err := docs.DeletePerson(t.Context(), "u1"); err != nil || n != 2 {
			t.Errorf("%d of the person forgotten, error %v", n, err)
		}
		left, err := docs.Find(t.Context(), chatlog.Filter{})
		if err != nil || len(left) != 2 || left[0].ID != "turn-04" || left[1].ID != "turn-02" {
			t.Errorf("left %+v, error %v", left, err)
		}
	})
}
