package main

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"rollcall/admin"
	"rollcall/admin/signin"
	"rollcall/store"
	"rollcall/store/chatlog"
	"rollcall/store/inbox"
	"rollcall/store/migrations"
	"rollcall/store/storetest"
)

// reviewRoom is a database with the sample company, and the API that its admin reviews with.
type reviewRoom struct {
	t      *testing.T
	where  []string // the flags that name the databases
	app    *app
	server *httptest.Server
	admin  store.Person
}

func newReviewRoom(t *testing.T, url, mongo string) *reviewRoom {
	t.Helper()
	dir := t.TempDir()
	r := &reviewRoom{t: t, where: []string{"--database=" + url, "--mongodb-uri=" + mongo, fixedNow}}
	for _, args := range [][]string{{"export", dir, fixedNow}, append([]string{"import", dir}, r.where...)} {
		if code, out, errOut := rollcall(t, "", args...); code != 0 {
			t.Fatalf("%v: %s%s", args, out, errOut)
		}
	}
	cfg := &Config{
		DatabaseURL: url, MongoURI: mongo, Timezone: "Europe/Berlin", WeekStart: "monday", SprintStart: "2026-01-05", SprintWeeks: 2, FiscalYear: 1, FreePercent: 50,
		Now: strings.TrimPrefix(fixedNow, "--now="), Conversations: "full",
	}
	a, err := cfg.connect(t.Context(), url, io.Discard, false)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = a.close(context.Background()) })
	r.app = a
	if r.admin, err = a.store.GetPersonByEmail(t.Context(), "ruth.lindqvist@lumen.example"); err != nil {
		t.Fatal(err)
	}
	r.server = httptest.NewServer(admin.New(admin.Config{
		Store: a.store, Details: a.docs, Logger: slog.New(slog.DiscardHandler), Now: a.now, Conversations: a.conversations(nil),
		HashPassword: func(_ context.Context, p string) (string, error) { return p, nil },
		Identify: func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
				p := signin.Principal{PersonID: r.admin.ID, Name: r.admin.Name, Access: r.admin.Access}
				next.ServeHTTP(w, req.WithContext(signin.With(req.Context(), p)))
			})
		},
	}))
	t.Cleanup(r.server.Close)
	return r
}

func (r *reviewRoom) call(method, path, body string) string {
	r.t.Helper()
	req, err := http.NewRequestWithContext(r.t.Context(), method, r.server.URL+"/api/v1"+path, strings.NewReader(body))
	if err != nil {
		r.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		r.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		r.t.Fatalf("%s %s: %d, %v: %s", method, path, resp.StatusCode, err, text)
	}
	return string(text)
}

// run runs a command on the room's databases.
func (r *reviewRoom) run(args ...string) (code int, out, errOut string) {
	r.t.Helper()
	return rollcall(r.t, "", append(args, r.where...)...)
}

// ask asks as somebody and returns the exchange's id.
func (r *reviewRoom) ask(question, as string) string {
	r.t.Helper()
	_, out, errOut := r.run("ask", "--json", question, "--as="+as)
	var asked struct{ Turn string }
	if err := json.Unmarshal([]byte(out), &asked); err != nil {
		r.t.Fatalf("%v: %s%s", err, out, errOut)
	}
	eventually(r.t, "the record of "+question, func() bool {
		if r.app.queue != nil { // the command waits for it a short while only
			_ = r.app.queue.Flush(r.t.Context(), flushTime)
		}
		_, err := r.app.docs.Get(r.t.Context(), asked.Turn)
		return err == nil
	})
	return asked.Turn
}

func eachRoom(t *testing.T, body func(t *testing.T, r *reviewRoom)) {
	t.Helper()
	for name, database := range map[string]func(testing.TB) string{"sqlite": storetest.SQLiteURL, "postgres": storetest.PostgresURL} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			body(t, newReviewRoom(t, database(t), ""))
		})
	}
	t.Run("mongo", func(t *testing.T) {
		t.Parallel()
		body(t, newReviewRoom(t, storetest.SQLiteURL(t), storetest.Mongo(t)))
	})
}

func TestAReviewedConversationBecomesACaseThatTheEvaluationRuns(t *testing.T) {
	t.Parallel()
	eachRoom(t, func(t *testing.T, r *reviewRoom) {
		turn := r.ask("who knows Rust?", "sam.okafor@lumen.example")
		if list := r.call("GET", "/conversations?text=rust", ""); !strings.Contains(list, turn) {
			t.Fatalf("%s", list)
		}
		again := r.call("POST", "/conversations/"+turn+"/rerun?reason=test", "")
		if !strings.Contains(again, `"changed":false`) || !strings.Contains(again, `"new":`) {
			t.Errorf("nothing was changed, and yet: %s", again)
		}
		r.call("PUT", "/conversations/"+turn+"/review", `{"verdict":"wrong","note":"three are enough","tool":"find_people","args":{"skills":[{"name":"Rust"}],"limit":3}}`)
		line := r.call("GET", "/conversations/"+turn+"/case?reason=test", "")
		if strings.Count(line, "\n") != 1 || !strings.Contains(line, `"limit":3`) {
			t.Errorf("%q", line)
		}
		p, err := r.app.store.GetPersonByEmail(t.Context(), "sam.okafor@lumen.example")
		if err != nil {
			t.Fatal(err)
		}
		if said, failed := r.app.opened(t.Context(), p.ID); said != "In the last 30 days 1 of your conversations was opened, by Ruth Lindqvist." || failed != nil {
			t.Errorf("Sam is told %q, %v", said, failed)
		}
		if said, failed := r.app.opened(t.Context(), r.admin.ID); said != "" || failed != nil {
			t.Errorf("Ruth is told %q, %v", said, failed)
		}
		mine := filepath.Join(t.TempDir(), "mine.jsonl")
		if err = os.WriteFile(mine, []byte(line), 0o600); err != nil {
			t.Fatal(err)
		}
		if code, out, errOut := r.run("eval", "case", turn, "--id=by-hand", "--to="+mine); code != 0 {
			t.Fatalf("%s%s", out, errOut)
		}
		if text, err := os.ReadFile(mine); err != nil || strings.Count(string(text), `"limit":3`) != 2 {
			t.Errorf("the command line does not take the reviewed call: %s, %v", text, err)
		}
		code, out, errOut := rollcall(t, "", "eval", "--file="+mine, "--json")
		if code != 0 || !strings.Contains(out, `"cases": 2`) || !strings.Contains(out, `"failed": 0`) {
			t.Errorf("status %d: %s%s", code, out, errOut)
		}
	})
}

func TestForgettingAPersonLeavesNothingThatTheyAsked(t *testing.T) {
	t.Parallel()
	eachRoom(t, func(t *testing.T, r *reviewRoom) {
		const sam = "sam.okafor@lumen.example"
		r.ask("who knows Rust?", sam)
		others := r.ask("who knows Go?", r.admin.Email)
		p, err := r.app.store.GetPersonByEmail(t.Context(), sam)
		if err == nil {
			err = r.app.store.CreateAccount(t.Context(), &store.Account{UserID: p.ID, ProviderID: slackProvider, AccountID: "U-SAM"})
		}
		if err != nil && !strings.Contains(err.Error(), "exists") {
			t.Fatal(err)
		}
		write, read := r.app.store.SQL()
		b := inbox.New(write, read, r.app.store.Dialect() == migrations.Postgres)
		for _, asker := range []string{"U-SAM", "U-ELSE"} {
			if _, err = b.Add(t.Context(), inbox.Turn{ID: store.NewID(), Thread: inbox.Thread{Team: "T", Channel: "D" + asker, TS: "1.1"}, MessageTS: "1.1", Origin: inbox.DM, Asker: asker, Question: "who?"}); err != nil {
				t.Fatal(err)
			}
		}
		code, out, errOut := r.run("forget", sam)
		if code != 0 || !strings.Contains(out, "Sam Okafor") || !strings.Contains(out, "1 in the log, 1 in Slack's inbox") {
			t.Errorf("status %d: %s%s", code, out, errOut)
		}
		if code, out, _ = r.run("forget", sam); code != 0 || !strings.Contains(out, "0 in the log, 0 in") {
			t.Errorf("again: status %d: %s", code, out)
		}
		if code, _, errOut = r.run("forget", "nobody@lumen.example"); code != 1 || !strings.Contains(errOut, "nobody here") {
			t.Errorf("status %d: %s", code, errOut)
		}
		left, err := r.app.docs.Find(t.Context(), chatlog.Filter{})
		if err != nil || len(left) != 1 || left[0].ID != others {
			t.Errorf("left %+v, %v", left, err)
		}
		theirs, err := b.FindRecent(t.Context(), "T", "U-ELSE", 5)
		if err != nil || len(theirs) != 1 {
			t.Errorf("%v, %v", theirs, err)
		}
		if _, out, _ = r.run("audit"); !strings.Contains(out, `"operator"`) || !strings.Contains(out, `"origin":"cli"`) || strings.Contains(out, "Rust") {
			t.Errorf("the trail: %s", out)
		}
	})
}

func TestKeepDaysForgetsExchangesAndTurns(t *testing.T) {
	t.Parallel()
	eachRoom(t, func(t *testing.T, r *reviewRoom) {
		r.ask("who knows Rust?", "sam.okafor@lumen.example")
		r.app.config.KeepDays = 7
		r.app.now = func() time.Time { return storetest.Now.AddDate(0, 0, 8) }
		write, read := r.app.store.SQL()
		r.app.inbox = inbox.New(write, read, r.app.store.Dialect() == migrations.Postgres)
		turn := inbox.Turn{ID: store.NewID(), Thread: inbox.Thread{Team: "T", Channel: "D1", TS: "1.1"}, MessageTS: "1.1", Origin: inbox.DM, Asker: "U1", Question: "who?"}
		if _, err := r.app.inbox.Add(t.Context(), turn); err != nil {
			t.Fatal(err)
		}
		var claimed inbox.Turn
		for range 200 {
			var found bool
			var err error
			if claimed, found, err = r.app.inbox.Claim(t.Context(), turn.Thread); err != nil {
				t.Fatal(err)
			} else if found {
				break
			}
			time.Sleep(5 * time.Millisecond)
		}
		part := inbox.Part{Kind: "post", Channel: "D1", Payload: json.RawMessage(`{}`), State: inbox.Intent}
		if err := r.app.inbox.Store(t.Context(), claimed, nil, []inbox.Part{part}); err != nil {
			t.Fatal(err)
		}
		if _, err := r.app.inbox.End(t.Context(), claimed, inbox.Sent, nil, false); err != nil {
			t.Fatal(err)
		}
		old := time.Now().AddDate(0, 0, -8).UnixMicro() // turns go by the system's clock
		if _, err := write.ExecContext(t.Context(), strings.ReplaceAll(`UPDATE "turn" SET "createdAt" = AGE`, "AGE", strconv.FormatInt(old, 10))); err != nil {
			t.Fatal(err)
		}
		if err := r.app.forgetTurns(t.Context()); err != nil {
			t.Fatal(err)
		}
		for _, table := range []string{"exchange", "turn", "outbox"} {
			var n int
			if err := read.QueryRowContext(t.Context(), `SELECT COUNT(*) FROM "`+table+`"`).Scan(&n); err != nil || n != 0 {
				t.Errorf("%d left in %s, %v", n, table, err)
			}
		}
	})
}

func TestOnlyThreeModesOfConversationsAreTaken(t *testing.T) {
	t.Parallel()
	if code, _, errOut := rollcall(t, "", "ask", "who knows Go?", none(t), fixedNow, "--conversations=some"); code != 2 || !strings.Contains(errOut, "anonymised") {
		t.Errorf("status %d: %s", code, errOut)
	}
}
