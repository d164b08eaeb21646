package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"rollcall/bot"
	"rollcall/bot/llm/serve"
	"rollcall/bot/offline"
	"rollcall/bot/slackio/fakeslack"
	"rollcall/store"
	"rollcall/store/chatlog"
	"rollcall/store/inbox"
	"rollcall/store/migrations"
	"rollcall/store/sample"
	"rollcall/store/storetest"
	"rollcall/tools/period"
)

// binary is the program as it is built for fault tests, once for all tests.
var binary struct {
	once sync.Once
	path string
	err  error
}

func buildBinary(tb testing.TB) string {
	tb.Helper()
	binary.once.Do(func() {
		dir, err := os.MkdirTemp("", "rollcall-test-")
		if err != nil {
			binary.err = err
			return
		}
		binary.path = filepath.Join(dir, "rollcall")
		out, err := exec.CommandContext(context.Background(), "go", "build", "-tags", "failpoints", "-o", binary.path, ".").CombinedOutput()
		if err != nil {
			binary.err = fmt.Errorf("%w\n%s", err, out)
		}
	})
	if binary.err != nil {
		tb.Fatalf("build the program: %v", binary.err)
	}
	return binary.path
}

// workplace is a company with a database and a fake Slack, in which processes run.
type workplace struct {
	tb    testing.TB
	slack *fakeslack.Server
	store *store.Store
	docs  *chatlog.SQL
	inbox *inbox.Inbox
	url   string
	http  bool // signed events instead of Socket Mode
	env   []string
	// alone is a process without Slack.
	alone bool
	// program is what runs instead of ours; empty is ours.
	program string

	mu   sync.Mutex
	logs bytes.Buffer // of all processes
}

// The people of the sample company who ask, by their Slack ids.
const (
	grace = "U0LF001" // a manager
	sam   = "U0LF013" // of the staff
)

// newWorkplace fills the database with the sample company, linked with the workspace.
func newWorkplace(tb testing.TB, url string) *workplace {
	tb.Helper()
	w := &workplace{tb: tb, url: url, store: storetest.Open(tb, url)}
	write, read := w.store.SQL()
	isPostgres := w.store.Dialect() == migrations.Postgres
	w.docs = chatlog.NewSQL(write, read, isPostgres, storetest.Clock)
	w.inbox = inbox.New(write, read, isPostgres)
	berlin := berlin(tb)
	if err := sample.Load(context.Background(), w.store, w.docs, period.Calendar{Location: berlin}.Today(storetest.Now)); err != nil {
		tb.Fatal(err)
	}
	var err error
	if w.slack, err = fakeslack.New("127.0.0.1:0"); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(w.close)
	w.slack.AddUser(fakeslack.User{ID: grace, Name: "Grace", Email: "grace.adeyemi@lumen.example"})
	w.slack.AddUser(fakeslack.User{ID: sam, Name: "Sam", Email: "sam.okafor@lumen.example"})
	w.slack.AddChannel(fakeslack.Channel{ID: "C0GENERAL"})
	return w
}

func berlin(tb testing.TB) *time.Location {
	tb.Helper()
	l, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		tb.Fatal(err)
	}
	return l
}

// close looks for secrets in everything that the processes wrote.
func (w *workplace) close() {
	w.slack.Close()
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, secret := range []string{fakeslack.BotToken, fakeslack.AppToken, fakeslack.SigningSecret, fakeslack.ClientSecret, "sk-test-secret", "ticket=", metricsToken, traceKey} {
		if strings.Contains(w.logs.String(), secret) {
			w.tb.Errorf("the log holds the secret %q", secret)
		}
	}
	if w.tb.Failed() {
		w.tb.Logf("log:\n%s", lastOf(w.logs.String(), 8000))
	}
}

func lastOf(s string, n int) string { return s[max(0, len(s)-n):] }

// process is one running rollcall serve.
type process struct {
	cmd   *exec.Cmd
	url   string
	ended chan struct{}
	err   error
}

// start runs the program until it says that it is ready, with more environment.
func (w *workplace) start(env ...string) *process {
	w.tb.Helper()
	w.slack.Serve()
	program := w.program
	if program == "" {
		program = buildBinary(w.tb)
	}
	p := &process{cmd: exec.CommandContext(context.Background(), program, "serve"), ended: make(chan struct{})}
	p.cmd.Dir = w.tb.TempDir()
	p.cmd.Env = append(append([]string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME"), "DATABASE_URL=" + w.url, "SLACK_API_URL=" + w.slack.URL,
		"ROLLCALL_LISTEN=127.0.0.1:0", "ROLLCALL_TIMEZONE=Europe/Berlin", "ROLLCALL_NOW=" + storetest.Now.Format(time.RFC3339),
	}, w.env...), env...)
	switch {
	case w.alone:
	case w.http:
		p.cmd.Env = append(p.cmd.Env, "SLACK_BOT_TOKEN="+fakeslack.BotToken, "SLACK_SIGNING_SECRET="+fakeslack.SigningSecret)
	default:
		p.cmd.Env = append(p.cmd.Env, "SLACK_BOT_TOKEN="+fakeslack.BotToken, "SLACK_APP_TOKEN="+fakeslack.AppToken)
	}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		w.tb.Fatal(err)
	}
	p.cmd.Stderr = lockedWriter{w}
	if err := p.cmd.Start(); err != nil {
		w.tb.Fatal(err)
	}
	ready := make(chan struct{})
	go w.follow(p, out, ready)
	w.tb.Cleanup(p.kill)
	select {
	case <-ready:
	case <-p.ended:
		if !errors.Is(p.err, errKilled) && len(env) == 0 {
			w.tb.Fatalf("the process ended before it was ready: %v\n%s", p.err, w.logs.String())
		}
	case <-time.After(time.Minute):
		w.tb.Fatalf("the process is not ready after a minute\n%s", w.logs.String())
	}
	if w.http {
		w.slack.SetEvents(p.url)
	}
	return p
}

var errKilled = errors.New("killed")

func (w *workplace) follow(p *process, out io.Reader, ready chan<- struct{}) {
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if url, found := strings.CutPrefix(lines.Text(), "listening on "); found {
			p.url = url
		}
		if lines.Text() == "ready" {
			close(ready)
		}
	}
	p.err = p.cmd.Wait()
	if status, ok := p.cmd.ProcessState.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		p.err = errKilled
	}
	close(p.ended)
}

type lockedWriter struct{ w *workplace }

func (l lockedWriter) Write(b []byte) (int, error) {
	l.w.mu.Lock()
	defer l.w.mu.Unlock()
	return l.w.logs.Write(b)
}

func (w *workplace) log() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.logs.String()
}

func (p *process) kill() {
	_ = p.cmd.Process.Kill() // it may have ended
	<-p.ended
}

func (p *process) isAlive() bool {
	select {
	case <-p.ended:
		return false
	default:
		return true
	}
}

// stop ends the process as an operator does.
func (p *process) stop(tb testing.TB) {
	tb.Helper()
	p.tellToEnd(tb)
	p.hasEnded(tb)
}

func (p *process) tellToEnd(tb testing.TB) {
	tb.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		tb.Fatal(err)
	}
}

func (p *process) hasEnded(tb testing.TB) {
	tb.Helper()
	select {
	case <-p.ended:
		if p.err != nil {
			tb.Errorf("the process ended with %v", p.err)
		}
	case <-time.After(time.Minute):
		tb.Fatal("the process does not end")
	}
}

// eventually waits for what must come true, for as long as a slow machine may need.
func eventually(tb testing.TB, what string, is func() bool) {
	tb.Helper()
	for end := time.Now().Add(90 * time.Second); !is(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			tb.Fatalf("waited in vain for %s", what)
		}
	}
}

// answers waits for n messages of the bot in the thread and returns all of them, once no
// turn is open any more.
func (w *workplace) answers(channel, root string, n int) []fakeslack.Message {
	w.tb.Helper()
	eventually(w.tb, fmt.Sprintf("%d answers in %s", n, channel), func() bool { return len(w.slack.Replies(channel, root)) >= n })
	w.settled()
	return w.slack.Replies(channel, root)
}

// has reports whether the message has become a turn.
func (w *workplace) has(channel, ts string) bool {
	found, err := w.inbox.HasTurn(context.Background(), fakeslack.Team, channel, ts)
	return err == nil && found
}

// hasCalled returns whether the method was called.
func (w *workplace) hasCalled(method string) func() bool {
	return func() bool { return w.slack.Calls(method) > 0 }
}

// settled waits until no turn is open.
func (w *workplace) settled() {
	w.tb.Helper()
	eventually(w.tb, "the end of all turns", func() bool {
		open, err := w.inbox.FindOpenThreads(context.Background(), time.Now().Add(time.Hour), 100)
		return err == nil && len(open) == 0
	})
}

// eachTransport runs body on both databases, on Socket Mode and on HTTP by turns.
func eachTransport(t *testing.T, body func(t *testing.T, w *workplace)) {
	t.Helper()
	for name, database := range map[string]func(testing.TB) string{"sqlite": storetest.SQLiteURL, "postgres": storetest.PostgresURL} {
		for _, transport := range []string{"socket", "http"} {
			t.Run(name+" "+transport, func(t *testing.T) {
				t.Parallel()
				w := newWorkplace(t, database(t))
				w.http = transport == "http"
				body(t, w)
			})
		}
	}
}

// eachDatabase runs body on both databases, over HTTP on SQLite and Socket Mode on Postgres.
func eachDatabase(t *testing.T, body func(t *testing.T, w *workplace)) {
	t.Helper()
	for name, database := range map[string]func(testing.TB) string{"sqlite": storetest.SQLiteURL, "postgres": storetest.PostgresURL} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorkplace(t, database(t))
			w.http = name == "sqlite"
			body(t, w)
		})
	}
}

// slowModel is the interpreter as a language model that thinks about questions that ask it to.
type slowModel struct {
	bot.Model
	think func(ctx context.Context)
}

const slowly = "take your time: "

func (m slowModel) Complete(ctx context.Context, r bot.Request) (bot.Response, error) {
	slow := false
	for i, message := range r.Messages {
		if _, question, found := strings.Cut(message.Text, slowly); found && message.Role == bot.User {
			r.Messages[i].Text = question
			slow = true
		} else if message.Role == bot.User {
			slow = false
		}
	}
	if slow {
		if m.think(ctx); ctx.Err() != nil {
			return bot.Response{}, ctx.Err()
		}
	}
	return m.Model.Complete(ctx, r)
}

// modelServer serves the interpreter of the sample company as a language model, which
// thinks for a while.
func modelServer(tb testing.TB, think time.Duration) *httptest.Server {
	tb.Helper()
	return serveModel(tb, func(ctx context.Context) {
		select {
		case <-ctx.Done():
		case <-time.After(think):
		}
	})
}

// modelUntil serves a model that thinks until something has happened, however slow the
// machine is.
func modelUntil(tb testing.TB, has func() bool) *httptest.Server {
	tb.Helper()
	return serveModel(tb, untilItHas(has))
}

func untilItHas(has func() bool) func(ctx context.Context) {
	return func(ctx context.Context) {
		for ctx.Err() == nil && !has() {
			time.Sleep(10 * time.Millisecond)
		}
	}
}

func serveModel(tb testing.TB, think func(ctx context.Context)) *httptest.Server {
	tb.Helper()
	cfg := &Config{Timezone: "Europe/Berlin", WeekStart: "monday", SprintStart: "2026-01-05", SprintWeeks: 2, FiscalYear: 1, FreePercent: 50, Now: storetest.Now.Format(time.RFC3339)}
	a, err := cfg.openSample(context.Background(), io.Discard)
	if err != nil {
		tb.Fatal(err)
	}
	interpreter, err := offline.New(a.calendar, a.company().Names, a.now)
	if err != nil {
		tb.Fatal(err)
	}
	server := httptest.NewServer(serve.Handler(slowModel{interpreter, think}, a.now))
	tb.Cleanup(func() {
		server.CloseClientConnections()
		server.Close()
		if err := a.close(context.Background()); err != nil {
			tb.Error(err)
		}
	})
	return server
}

func withModel(server *httptest.Server) []string {
	return []string{"OPENAI_BASE_URL=" + server.URL + "/v1", "OPENAI_MODEL=offline", "OPENAI_API_KEY=sk-test-secret", "MODEL_WIRE=chat"}
}

func get(tb testing.TB, url string) (status int, body string) {
	tb.Helper()
	resp, err := http.Get(url) //nolint:noctx // the test's own process
	if err != nil {
		tb.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		tb.Fatal(err)
	}
	return resp.StatusCode, string(text)
}

// front is an address that is known before the process is, and passes on to it.
type front struct {
	url string
	mu  sync.Mutex
	at  string
}

func newFront(tb testing.TB) *front {
	tb.Helper()
	f := &front{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f.mu.Lock()
		to, err := url.Parse(f.at)
		f.mu.Unlock()
		if err != nil {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		httputil.NewSingleHostReverseProxy(to).ServeHTTP(w, r)
	}))
	tb.Cleanup(server.Close)
	f.url = server.URL
	return f
}

func (f *front) to(url string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.at = url
}

func copyTo(w io.Writer, r io.Reader) (int64, error) { return io.Copy(w, io.LimitReader(r, 1<<20)) }

func (w *workplace) projectID(tb testing.TB, name string) string {
	tb.Helper()
	names, err := w.store.FindNames(context.Background())
	if err != nil {
		tb.Fatal(err)
	}
	for _, n := range names {
		if n.Kind == store.ProjectName && n.Name == name {
			return n.ID
		}
	}
	tb.Fatalf("there is no project %s", name)
	return ""
}
