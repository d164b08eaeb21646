package admin_test

import (
	"net/http"
	"strings"
	"testing"
)

// forAnybody are operations that everybody who is signed in may use. All others of the
// description are for admins.
var forAnybody = map[string]bool{"list-own-conversations": true, "get-own-conversation": true, "list-own-openings": true}

func TestOnlyWhoMayUsesAnOperationAndARefusalTellsNothing(t *testing.T) {
	t.Parallel()
	eachTalk(t, "", func(k *talk) {
		r := k.rig
		for _, op := range describe(r.t, r).operations {
			for who, want := range map[string]int{"": 401, "Bearer forged": 401, "Basic YTpi": 401, "Bearer ": 401, "Bearer staff": 403, "Bearer manager": 403, "Bearer admin": 0} {
				if forAnybody[op.ID] && want == 403 {
					continue
				}
				checkRefusals(r, op, who, want)
			}
		}
	})
}

// checkRefusals makes requests that would fail in different ways: to who may not they are
// all the same.
func checkRefusals(r *rig, op *operation, who string, want int) {
	r.t.Helper()
	first := ""
	for _, try := range []struct{ id, query, body, kind string }{
		{"nobody", "", "", ""}, {r.people["staff"].ID, "", "{}", "application/json"}, {"nobody", "?unheardOf=1", "{", "text/plain"}, {"nobody", "", strings.Repeat("x", 2<<20), "application/json"},
	} {
		got := r.call(op.Method, op.at(try.id)+try.query, try.body, "Authorization", who, "Content-Type", try.kind)
		if want == 0 {
			if got.status == 401 || got.status == 403 || got.status >= 500 {
				r.t.Errorf("%s %s as an admin: %d %s", op.Method, op.Path, got.status, got.text)
			}
			continue
		}
		if got.status != want || checkProblem(attempt{}, got) != "" {
			r.t.Errorf("%s %s as %q: %d, not %d: %s", op.Method, op.Path, who, got.status, want, got.text)
		}
		if want == http.StatusUnauthorized && got.header.Get("WWW-Authenticate") == "" {
			r.t.Errorf("%s %s as %q says not how to sign in", op.Method, op.Path, who)
		}
		if first == "" {
			first = got.text
		}
		if got.text != first {
			r.t.Errorf("%s %s as %q tells more than that it is refused: %s", op.Method, op.Path, who, got.text)
		}
	}
}
