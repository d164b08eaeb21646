package admin_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"rollcall/store/storetest"
)

// serve is a request as an admin without a network: what a server would refuse before any
// handler is left out.
func serve(t *testing.T, r *rig, method, path, query, body string, headers ...string) {
	t.Helper()
	req := httptest.NewRequestWithContext(t.Context(), method, path, strings.NewReader(body))
	req.URL.RawQuery = query
	req.Header.Set("Authorization", "Bearer admin")
	req.Header.Set("Content-Type", "application/json")
	for i := 0; i < len(headers); i += 2 {
		req.Header[headers[i]] = []string{headers[i+1]}
	}
	got := httptest.NewRecorder()
	r.handler.ServeHTTP(got, req)
	if got.Code >= 500 {
		t.Errorf("%s %s?%q %q: %d %s", method, path, query, body, got.Code, got.Body)
	}
	if got.Code >= http.StatusBadRequest && got.Header().Get("Content-Type") != "application/problem+json" {
		t.Errorf("%s %s?%q %q: %d of the kind %q", method, path, query, body, got.Code, got.Header().Get("Content-Type"))
	}
}

// eitherRig is a rig on each database; the fuzzer runs in one process.
func eitherRig(f *testing.F) []*rig {
	f.Helper()
	rigs := []*rig{newRig(f, storetest.SQLite(f)), newRig(f, storetest.Postgres(f))}
	for _, r := range rigs {
		for _, name := range []string{"Go", "go%", `g\o`, "zoë"} {
			r.expect(201, "POST", "/api/v1/projects", `{"name":`+r.text(name)+`,"startedAt":"2026-01-02"}`)
		}
	}
	return rigs
}

func FuzzQueriesOfLists(f *testing.F) {
	rigs := eitherRig(f)
	for _, seed := range []string{
		"", "q=g%25&total=true", "limit=2&sort=-name", "startedAt.min=2026-01-01&startedAt=null", "name=a&name=b", "cursor=AAAA", "expand=bookings,clients", "limit=%zz", "a;b", "q=%00", "name=%ff", "endedAt.max=9999-12-31", "sort=&&==", "limit=-0",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, query string) {
		for _, r := range rigs {
			for _, list := range []string{"projects", "people", "person-skills", "sessions"} {
				serve(t, r, http.MethodGet, "/api/v1/"+list, query, "")
			}
		}
	})
}

func FuzzCursors(f *testing.F) {
	rigs := eitherRig(f)
	for _, seed := range []string{"", "AAAA", "eyJsIjoicHJvamVjdHMiLCJzIjoibmFtZSIsInYiOiJhIiwiaSI6ImIifQ", "eyJsIjoicHJvamVjdHMiLCJzIjoic3RhcnRlZEF0IiwidiI6bnVsbCwiaSI6ImIifQ", "bnVsbA", "W10"} {
		f.Add(seed, "name")
		f.Add(seed, "-startedAt")
	}
	f.Fuzz(func(t *testing.T, cursor, sort string) {
		for _, r := range rigs {
			serve(t, r, http.MethodGet, "/api/v1/projects", url.Values{"limit": {"1"}, "sort": {sort}, "cursor": {cursor}}.Encode(), "")
		}
	})
}

func FuzzBodies(f *testing.F) {
	rigs := eitherRig(f)
	for _, seed := range []string{
		`{"name":"A"}`, `{"name":"A","startedAt":"2026-01-01","endedAt":null}`, `{"create":[{"name":"B"}],"delete":[{"id":"x"}]}`, `{"summary":"s","links":[{"title":"t","url":"u"}],"custom":{"a":{"b":1}}}`, `{"openRoles":[{"role":"Dev","percent":50}]}`,
		`null`, `[]`, `{"name":1e999}`, `{"name":"\u0000"}`, `{"custom":{"a":"\ud800"}}`, `{"name":"a","NAME":"b"}`, "{\"name\":\"\xff\"}", `{} {}`, `{"percent":1.5,"level":-1}`, strings.Repeat(`{"custom":`, 60) + "1" + strings.Repeat("}", 60),
	} {
		f.Add(seed, "*", "")
		f.Add(seed, `"x"`, "key")
	}
	ids := make([]string, len(rigs))
	for i, r := range rigs {
		ids[i] = r.make("projects", `{"name":"Kept"}`)
	}
	f.Fuzz(func(t *testing.T, body, ifMatch, key string) {
		for i, r := range rigs {
			for _, path := range []string{"projects", "projects/bulk", "people", "accounts", "bookings", "time-off"} {
				serve(t, r, http.MethodPost, "/api/v1/"+path, "", body, "Idempotency-Key", key)
			}
			serve(t, r, http.MethodPatch, "/api/v1/projects/"+ids[i], "", body, "If-Match", ifMatch)
			serve(t, r, http.MethodPatch, "/api/v1/projects/"+ids[i]+"/details", "", body, "If-Match", ifMatch)
			serve(t, r, http.MethodPut, "/api/v1/projects/"+ids[i]+"/details", "", body, "If-Match", ifMatch)
		}
	})
}
