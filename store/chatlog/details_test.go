package chatlog_test

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"rollcall/store"
	"rollcall/store/chatlog"
	"rollcall/store/storetest"
)

func TestDetailsCountTheirRevisionsAndOnlyRealChanges(t *testing.T) {
	t.Parallel()
	eachDocs(t, func(t *testing.T, docs documents) {
		ctx := t.Context()
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

func TestAPatchChangesWhatItNamesInTheRevisionItKnows(t *testing.T) {
	t.Parallel()
	eachDocs(t, func(t *testing.T, docs documents) {
		ctx := t.Context()
		patch := func(revision int64, text string) (chatlog.Document, error) {
			return docs.PatchDetails(ctx, "p", revision, json.RawMessage(text))
		}
		first, err := patch(0, `{"summary":"Maps","techStack":["Go"],"custom":{"a.b":{"$c":1},"d":2}}`)
		if err != nil || first.Revision != 1 {
			t.Fatalf("the first: %+v, %v", first, err)
		}
		second, err := patch(1, `{"summary":null,"notes":"moved","custom":{"d":null}}`)
		want := chatlog.Document{ProjectID: "p", Revision: 2, UpdatedAt: storetest.Now, Project: chatlog.Project{
			TechStack: []string{"Go"}, Notes: "moved", Custom: map[string]any{"a.b": map[string]any{"$c": 1.0}},
		}}
		if diff := cmp.Diff(want, second); diff != "" || err != nil {
			t.Errorf("error %v (-want +got):\n%s", err, diff)
		}
		for text, kind := range map[string]error{
			`{"notes":"late"}`:               chatlog.ErrRevision,
			`{"openRoles":[{"percent":50}]}`: chatlog.ErrInvalid,
			`{"sumary":"x"}`:                 chatlog.ErrInvalid,
			`[]`:                             chatlog.ErrInvalid,
			`null`:                           chatlog.ErrInvalid,
		} {
			revision := int64(2)
			if errors.Is(kind, chatlog.ErrRevision) {
				revision = 1
			}
			if _, err := patch(revision, text); !errors.Is(err, kind) {
				t.Errorf("%s at %d: got %v, want %v", text, revision, err, kind)
			}
		}
		if _, err := patch(0, `{"notes":"again"}`); !errors.Is(err, chatlog.ErrRevision) {
			t.Errorf("made again: %v", err)
		}
		if after, err := docs.GetDetails(ctx, "p"); err != nil || !cmp.Equal(after, want) {
			t.Errorf("a refused patch changed the document: %+v, %v", after, err)
		}
	})
}

// The MongoDB-compatible server of the tests finds and replaces in two steps, so that it
// cannot show this; MongoDB replaces one document atomically, and so does MONGODB_URI's.
func TestOfTwoPatchesAtOnceOneIsRefused(t *testing.T) {
	t.Parallel()
	eachAtomic(t, func(t *testing.T, docs documents) {
		if _, err := docs.PutDetails(t.Context(), "p", chatlog.Project{Summary: "Maps"}); err != nil {
			t.Fatal(err)
		}
		results := make(chan error)
		for n := range 8 {
			go func() {
				_, err := docs.PatchDetails(t.Context(), "p", 1, json.RawMessage(fmt.Sprintf(`{"notes":"%d"}`, n)))
				results <- err
			}()
		}
		won := 0
		for range 8 {
			if err := <-results; err == nil {
				won++
			} else if !errors.Is(err, chatlog.ErrRevision) {
				t.Error(err)
			}
		}
		if after, err := docs.GetDetails(t.Context(), "p"); won != 1 || err != nil || after.Revision != 2 {
			t.Errorf("%d patches went through; %+v, %v", won, after, err)
		}
	})
}

func TestDetailsFollowTheTransactionTheyAreWrittenIn(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx, docs := t.Context(), sqlDocs(s)
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
