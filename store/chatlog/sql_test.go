package chatlog_test

import (
	"context"
	"database/sql"
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

func eachDocs(t *testing.T, body func(t *testing.T, s *store.Store, docs *chatlog.SQL)) {
	t.Helper()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		write, read := s.SQL()
		body(t, s, chatlog.NewSQL(write, read, s.Dialect() == migrations.Postgres, storetest.Clock))
	})
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
	eachDocs(t, func(t *testing.T, _ *store.Store, docs *chatlog.SQL) {
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
	eachDocs(t, func(t *testing.T, _ *store.Store, docs *chatlog.SQL) {
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
	eachDocs(t, func(t *testing.T, _ *store.Store, docs *chatlog.SQL) {
		for n := range 12 {
			e := exchange(n)
			if n == 4 {
				e.Kind, e.Error = "failed", "boom"
			}
			if err := docs.Append(t.Context(), e); err != nil {
				t.Fatal(err)
			}
		}
		at := func(n int) time.Time { return storetest.Now.Add(time.Duration(n) * time.Minute) }
		for name, c := range map[string]struct {
			filter chatlog.Filter
			want   string
		}{
			"everything":       {chatlog.Filter{}, "11 10 09 08 07 06 05 04 03 02 01 00"},
			"a person's":       {chatlog.Filter{AskerID: "u1"}, "11 09 07 05 03 01"},
			"a conversation's": {chatlog.Filter{Conversation: "c0"}, "09 06 03 00"},
			"a kind":           {chatlog.Filter{Kind: "failed"}, "04"},
			"a time":           {chatlog.Filter{From: at(3), To: at(6)}, "05 04 03"},
			"at most two":      {chatlog.Filter{Limit: 2}, "11 10"},
			"nobody's":         {chatlog.Filter{AskerID: "' OR 1=1 --"}, ""},
		} {
			found, err := docs.Find(t.Context(), c.filter)
			var ids []string
			for _, e := range found {
				ids = append(ids, strings.TrimPrefix(e.ID, "turn-"))
			}
			if got := strings.Join(ids, " "); err != nil || got != c.want {
				t.Errorf("%s: error %v, got %q, want %q", name, err, got, c.want)
			}
		}
	})
}

func TestAnExchangeThatIsNotThereIsNotFound(t *testing.T) {
	t.Parallel()
	eachDocs(t, func(t *testing.T, _ *store.Store, docs *chatlog.SQL) {
		if _, err := docs.Get(t.Context(), "none"); !errors.Is(err, chatlog.ErrNotFound) {
			t.Errorf("got %v, want ErrNotFound", err)
		}
	})
}

func TestHostileTextIsKeptAsText(t *testing.T) {
	t.Parallel()
	eachDocs(t, func(t *testing.T, _ *store.Store, docs *chatlog.SQL) {
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

func TestDetailsCountTheirRevisionsAndOnlyRealChanges(t *testing.T) {
	t.Parallel()
	eachDocs(t, func(t *testing.T, s *store.Store, docs *chatlog.SQL) {
		ctx := t.Context()
		if err := s.CreateProject(ctx, &store.Project{ID: "p", Name: "Atlas"}); err != nil {
			t.Fatal(err)
		}
		if _, err := docs.GetDetails(ctx, "p"); !errors.Is(err, chatlog.ErrNotFound) {
			t.Errorf("got %v, want ErrNotFound", err)
		}
		p := chatlog.Project{Summary: "Maps", Custom: map[string]any{"code": "X-1", "n": 2.0}, OpenRoles: []chatlog.OpenRole{{Role: "Developer", Percent: 50, Count: 1}}}
		for i, want := range []bool{true, false, true} {
			if i == 2 {
				p.Notes = "moved"
			}
			if changed, err := docs.PutDetails(ctx, "p", p); err != nil || changed != want {
				t.Errorf("put %d: changed %v, want %v, error %v", i, changed, want, err)
			}
		}
		all, err := docs.FindDetails(ctx)
		want := []chatlog.Document{{ProjectID: "p", Revision: 2, UpdatedAt: storetest.Now, Project: p}}
		if diff := cmp.Diff(want, all); diff != "" || err != nil {
			t.Errorf("error %v (-want +got):\n%s", err, diff)
		}
	})
}

func TestDetailsFollowTheTransactionTheyAreWrittenIn(t *testing.T) {
	t.Parallel()
	eachDocs(t, func(t *testing.T, s *store.Store, docs *chatlog.SQL) {
		ctx := t.Context()
		if err := s.CreateProject(ctx, &store.Project{ID: "p", Name: "Atlas"}); err != nil {
			t.Fatal(err)
		}
		stop := errors.New("stop")
		err := s.InTx(ctx, func(ctx context.Context, tx *sql.Tx) error {
			if _, err := docs.InTx(tx).PutDetails(ctx, "p", chatlog.Project{Summary: "gone"}); err != nil {
				return err
			}
			return stop
		})
		if !errors.Is(err, stop) {
			t.Fatal(err)
		}
		if _, err := docs.GetDetails(ctx, "p"); !errors.Is(err, chatlog.ErrNotFound) {
			t.Errorf("got %v: a rolled-back document was kept", err)
		}
	})
}

func TestParseProjectRefusesWhatItDoesNotKnow(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ text, want string }{
		{`{"summary":"x","openRoles":[{"role":"Dev","skills":[{"skill":"Go","minLevel":3}],"from":"2026-12-01","to":"2026-12-31"}]}`, ""},
		{`{}`, ""},
		{`{"sumary":"x"}`, "sumary"},
		{`{"summary":"x"} tail`, "text follows"},
		{`[]`, "not valid project details"},
		{`{"openRoles":[{"percent":50}]}`, "open role 1: role is missing"},
		{`{"openRoles":[{"role":"Dev","percent":900}]}`, "percent 900 is not from 1 to 100"},
		{`{"openRoles":[{"role":"Dev","count":-1}]}`, "count -1"},
		{`{"openRoles":[{"role":"Dev","skills":[{"skill":"Go","minLevel":7}]}]}`, "level 7"},
		{`{"openRoles":[{"role":"Dev","from":"soon"}]}`, `"soon" is not a date`},
		{`{"openRoles":[{"role":"Dev","from":"2026-12-31","to":"2026-12-01"}]}`, "before it starts"},
	} {
		p, err := chatlog.ParseProject([]byte(c.text))
		switch {
		case c.want == "" && err != nil:
			t.Errorf("%s: %v", c.text, err)
		case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
			t.Errorf("%s: got %v, want an error with %q", c.text, err, c.want)
		case len(p.OpenRoles) > 0 && (p.OpenRoles[0].Percent != 100 || p.OpenRoles[0].Count != 1):
			t.Errorf("%s: percent and count were not filled in: %+v", c.text, p.OpenRoles[0])
		}
	}
}
