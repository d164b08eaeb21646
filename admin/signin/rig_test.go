package signin_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humachi"
	"github.com/go-chi/chi/v5"

	"rollcall/admin/signin"
	"rollcall/store"
	"rollcall/store/storetest"
)

func TestMain(m *testing.M) { storetest.Main(m) }

const (
	secret   = "a-secret-of-thirty-two-characters"
	password = "correct horse battery"
	// oldHash is what better-auth 1.7.25 made of the password.
	oldHash = "d4d461789bdae7be5e697f5a1dafcf20:b9e72dde22379f555ca75bc0b811fa515d428e9e7f08680c0ce415967768cd1a372aa67b2d785c20d9a774676b8bd3058c08847c1f1c9f833e9c6b2897f364a8"
)

// rig is a service with a database, a clock and an HTTP server of its own.
type rig struct {
	t      testing.TB
	store  *store.Store
	signin *signin.Service
	url    string
	clock  atomic.Int64
	logs   buffer

	mu      sync.Mutex
	secrets []string // which no log and no error may hold
	sent    []string // codes, as "person code"
	seen    []string // every answer that is no answer to a sign-in
}

// buffer is a log that several write to.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// each runs the body on both databases.
func each(t *testing.T, body func(t *testing.T, r *rig)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { t.Parallel(); body(t, newRig(t, storetest.SQLiteURL(t))) })
	t.Run("postgres", func(t *testing.T) { t.Parallel(); body(t, newRig(t, storetest.PostgresURL(t))) })
}

func newRig(t testing.TB, url string, change ...func(*signin.Config)) *rig {
	t.Helper()
	r := &rig{t: t, secrets: []string{secret, password, oldHash[33:60]}}
	r.clock.Store(storetest.Now.UnixNano())
	var err error
	if r.store, err = store.Open(context.Background(), url, r.now); err != nil {
		t.Fatal(err)
	}
	r.serve(change...)
	t.Cleanup(r.close)
	return r
}

// serve has the service serve anew, with another configuration.
func (r *rig) serve(change ...func(*signin.Config)) {
	c := signin.Config{
		Store: r.store, Secret: []byte(secret), Logger: slog.New(slog.NewJSONHandler(&r.logs, &slog.HandlerOptions{Level: slog.LevelDebug})),
		SendCode: func(_ context.Context, person, code string) error {
			r.mu.Lock()
			defer r.mu.Unlock()
			r.sent, r.secrets = append(r.sent, person+" "+code), append(r.secrets, code)
			return nil
		},
	}
	for _, f := range change {
		f(&c)
	}
	r.signin = signin.New(c)
	r.signin.SetClock(r.now)
	router := chi.NewMux()
	router.Use(r.signin.Protect)
	api := humachi.New(router, huma.DefaultConfig("test", "1"))
	r.signin.Register(api)
	server := httptest.NewServer(router)
	r.t.Cleanup(server.Close)
	r.url = server.URL
}

func (r *rig) now() time.Time       { return time.Unix(0, r.clock.Load()).UTC() }
func (r *rig) pass(d time.Duration) { r.clock.Add(int64(d)) }

// close looks for secrets in what was logged and answered.
func (r *rig) close() {
	r.signin.Wait(context.Background())
	for _, secret := range r.secrets {
		if strings.Contains(r.logs.String(), secret) {
			r.t.Errorf("the log holds the secret %q", secret)
		}
		for _, answer := range r.seen {
			if strings.Contains(answer, secret) {
				r.t.Errorf("an answer holds the secret %q: %s", secret, answer)
			}
		}
	}
	if r.t.Failed() {
		r.t.Logf("log:\n%s", r.logs.String())
	}
	if err := r.store.Close(); err != nil {
		r.t.Error(err)
	}
}

// person adds somebody with the password and a Slack user.
func (r *rig) person(name string, access store.Access) store.Person {
	r.t.Helper()
	p := store.Person{Name: name, Email: strings.ToLower(name) + "@example.com", Access: access, Active: true, Capacity: 100}
	if err := r.store.CreatePerson(context.Background(), &p); err != nil {
		r.t.Fatal(err)
	}
	r.account(p, "credential", p.ID, oldHash)
	r.account(p, "slack", "U0"+strings.ToUpper(name), "")
	return p
}

func (r *rig) account(p store.Person, provider, id, hash string) {
	r.t.Helper()
	a := store.Account{ProviderID: provider, AccountID: id, UserID: p.ID}
	if hash != "" {
		a.Password = &hash
	}
	if err := r.store.CreateAccount(context.Background(), &a); err != nil {
		r.t.Fatal(err)
	}
}

// answer is what came back.
type answer struct {
	status int
	header http.Header
	body   string
}

func (a answer) into(t testing.TB, v any) {
	t.Helper()
	if err := json.Unmarshal([]byte(a.body), v); err != nil {
		t.Fatalf("%v in %s", err, a.body)
	}
}

// with sets a header.
func with(name, value string) func(*http.Request) {
	return func(r *http.Request) { r.Header.Set(name, value) }
}

func bearer(token string) func(*http.Request) { return with("Authorization", "Bearer "+token) }

// browser sends the cookie, and says where it comes from as browsers do.
func browser(a answer) func(*http.Request) {
	cookie, _, _ := strings.Cut(a.header.Get("Set-Cookie"), ";")
	return func(r *http.Request) {
		r.Header.Set("Cookie", cookie)
		r.Header.Set("Sec-Fetch-Site", "same-origin")
	}
}

func (r *rig) do(method, path string, body any, change ...func(*http.Request)) answer {
	r.t.Helper()
	var text io.Reader
	switch b := body.(type) {
	case nil:
	case string:
		text = strings.NewReader(b)
	default:
		raw, err := json.Marshal(b)
		if err != nil {
			r.t.Fatal(err)
		}
		text = bytes.NewReader(raw)
	}
	if !strings.HasPrefix(path, "http") {
		path = r.url + path
	}
	req, err := http.NewRequestWithContext(context.Background(), method, path, text)
	if err != nil {
		r.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	for _, f := range change {
		f(req)
	}
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Do(req)
	if err != nil {
		r.t.Fatal(err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		r.t.Fatal(err)
	}
	a := answer{resp.StatusCode, resp.Header, string(raw)}
	r.mu.Lock()
	defer r.mu.Unlock()
	if a.header.Get("Set-Auth-Token") == "" {
		header := a.header.Clone()
		header.Del("Set-Cookie") // a browser's cookie that moves on
		r.seen = append(r.seen, fmt.Sprint(a.status, header, a.body))
	}
	return a
}

type map1 = map[string]string

// enter signs somebody in with the password.
func (r *rig) enter(name string, change ...func(*http.Request)) answer {
	r.t.Helper()
	a := r.do("POST", "/api/v1/sign-in", map1{"email": strings.ToLower(name) + "@example.com", "password": password}, change...)
	if a.status != http.StatusOK {
		r.t.Fatalf("%s cannot sign in: %d %s", name, a.status, a.body)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.secrets = append(r.secrets, r.token(a), strings.Split(a.header.Get("Set-Auth-Token"), ".")[1])
	return a
}

func (r *rig) token(a answer) string {
	var body struct {
		Token string `json:"token"`
	}
	a.into(r.t, &body)
	return body.Token
}

// expect asks who one is and wants the status.
func (r *rig) expect(what string, status int, change ...func(*http.Request)) {
	r.t.Helper()
	if a := r.do("GET", "/api/v1/me", nil, change...); a.status != status {
		r.t.Errorf("%s: %d %s, want %d", what, a.status, a.body, status)
	}
}
