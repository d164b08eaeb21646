package admin_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"rollcall/admin"
	"rollcall/admin/signin"
	"rollcall/store"
	"rollcall/store/chatlog"
	"rollcall/store/migrations"
	"rollcall/store/storetest"
)

func TestMain(m *testing.M) { storetest.Main(m) }

// rig is the API over a real connection, where the bearer token names the access.
type rig struct {
	t       testing.TB
	store   *store.Store
	server  *httptest.Server
	handler http.Handler
	log     *lockedBuffer
	people  map[string]store.Person // by bearer token: staff, manager, admin and a second admin
}

func each(t *testing.T, body func(r *rig)) {
	t.Helper()
	storetest.Each(t, func(t *testing.T, s *store.Store) { body(newRig(t, s)) })
}

// eachWhole is each, with conversations and a few exchanges.
func eachWhole(t *testing.T, body func(r *rig)) {
	t.Helper()
	eachTalk(t, admin.Full, func(k *talk) {
		k.append(k.exchange(0, "staff"), k.exchange(1, "admin"), k.exchange(2, "manager"), k.exchange(3, "admin"))
		body(k.rig)
	})
}

// newRig serves the API on the store; with changes how.
func newRig(t testing.TB, s *store.Store, with ...func(c *admin.Config)) *rig {
	t.Helper()
	r := &rig{t: t, store: s, log: &lockedBuffer{}, people: map[string]store.Person{}}
	for name, access := range map[string]store.Access{"staff": store.Staff, "manager": store.Manager, "admin": store.Admin, "second": store.Admin} {
		p := store.Person{Name: "The " + name, Email: name + "@example.com", Access: access, Capacity: 100, Active: true}
		r.must(s.CreatePerson(t.Context(), &p))
		r.people[name] = p
	}
	write, read := s.SQL()
	config := admin.Config{
		Store: s, Details: chatlog.NewSQL(write, read, s.Dialect() == migrations.Postgres, storetest.Clock), Logger: slog.New(slog.NewTextHandler(r.log, nil)), Now: storetest.Clock, Version: "test",
		HashPassword: func(_ context.Context, p string) (string, error) { return "hash-of-" + p, nil }, Identify: r.identify,
	}
	for _, change := range with {
		change(&config)
	}
	r.handler = admin.New(config)
	r.server = httptest.NewServer(r.handler)
	t.Cleanup(r.server.Close)
	return r
}

func (r *rig) identify(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		access := strings.TrimPrefix(req.Header.Get("Authorization"), "Bearer ")
		if p, found := r.people[access]; found {
			req = req.WithContext(signin.With(req.Context(), signin.Principal{PersonID: p.ID, Name: p.Name, Email: p.Email, Access: p.Access}))
		}
		next.ServeHTTP(w, req)
	})
}

func (r *rig) must(err error) {
	r.t.Helper()
	if err != nil {
		r.t.Fatal(err)
	}
}

// answer is what came back.
type answer struct {
	status int
	header http.Header
	text   string
	body   map[string]any
}

// call makes a request as an admin, unless a header says otherwise.
func (r *rig) call(method, path, body string, headers ...string) answer {
	r.t.Helper()
	a, err := r.try(method, path, body, headers...)
	r.must(err)
	return a
}

// text is a value as JSON.
func (r *rig) text(v any) string {
	r.t.Helper()
	b, err := json.Marshal(v)
	r.must(err)
	return string(b)
}

// try is call for other goroutines than the test's.
func (r *rig) try(method, path, body string, headers ...string) (answer, error) {
	req, err := http.NewRequestWithContext(context.Background(), method, r.server.URL+path, strings.NewReader(body))
	if err != nil {
		return answer{}, err
	}
	req.Header.Set("Authorization", "Bearer admin")
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	resp, err := r.server.Client().Do(req)
	if err != nil {
		return answer{}, err
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	a := answer{status: resp.StatusCode, header: resp.Header, text: string(text)}
	if kind := resp.Header.Get("Content-Type"); err == nil && len(text) > 0 && strings.HasSuffix(kind, "json") && !strings.Contains(kind, "ndjson") {
		err = json.Unmarshal(text, &a.body)
	}
	return a, err
}

// expect makes a request that must end with the status.
func (r *rig) expect(status int, method, path, body string, headers ...string) answer {
	r.t.Helper()
	a := r.call(method, path, body, headers...)
	if a.status != status {
		r.t.Errorf("%s %s %s: %d, not %d: %s", method, path, body, a.status, status, a.text)
	}
	return a
}

// logged is the log so far.
func (r *rig) logged() string {
	r.log.mu.Lock()
	defer r.log.mu.Unlock()
	return r.log.text.String()
}

type lockedBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write appends to the log.
func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}
