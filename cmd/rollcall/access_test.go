package main

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humachi"
	"github.com/go-chi/chi/v5"

	"rollcall/bot/slackio"
	"rollcall/bot/slackio/fakeslack"
	"rollcall/store"
	"rollcall/store/storetest"
)

const typed = "a long enough password"

func eachDatabaseURL(t *testing.T, body func(t *testing.T, url string)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { t.Parallel(); body(t, storetest.SQLiteURL(t)) })
	t.Run("postgres", func(t *testing.T) { t.Parallel(); body(t, storetest.PostgresURL(t)) })
}

func TestTheFirstAdminIsMadeWithAPasswordFromStandardInput(t *testing.T) {
	t.Parallel()
	eachDatabaseURL(t, func(t *testing.T, url string) {
		database := "--database=" + url
		code, out, errOut := rollcall(t, typed+"\r\n", "admin", "create", "Ada@Example.com", "--name=Ada", database)
		if code != 0 || !strings.Contains(out, "Ada (ada@example.com) is new here, an admin, and has a password.") {
			t.Fatalf("%d\n%s\n%s", code, out, errOut)
		}
		code, out, errOut = rollcall(t, typed+" 2", "admin", "create", "ada@example.com", database)
		if code != 0 || !strings.Contains(out, "has a new password") {
			t.Errorf("again: %d\n%s\n%s", code, out, errOut)
		}
		_, trail, _ := rollcall(t, "", "audit", database)
		lines := strings.Split(strings.TrimSpace(trail), "\n")
		if len(lines) != 3 || strings.Count(trail, `"actor":"operator"`) != 3 || strings.Count(trail, `"origin":"cli"`) != 3 || strings.Contains(trail, typed) || strings.Contains(trail, `"password"`) {
			t.Errorf("the trail:\n%s", trail)
		}
		if got := signInAt(t, url, typed+" 2"); got != http.StatusOK {
			t.Errorf("signing in: %d", got)
		}
		if got := signInAt(t, url, typed); got != http.StatusUnauthorized {
			t.Errorf("with the first password: %d", got)
		}
	})
}

// signInAt signs Ada in where signing in is wired as serve does.
func signInAt(t *testing.T, url, password string) int {
	t.Helper()
	cfg := &Config{DatabaseURL: url, Timezone: "UTC", SprintStart: "2026-01-05", SprintWeeks: 2, FiscalYear: 1, FreePercent: 50, TrustedProxies: []string{"10.0.0.1", " fd00::/8"}}
	a, err := cfg.open(t.Context(), t.Output(), false)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if closed := a.close(t.Context()); closed != nil {
			t.Error(closed)
		}
	}()
	service, err := a.signIn(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	router := chi.NewMux()
	router.Use(service.Protect)
	service.Register(humachi.New(router, huma.DefaultConfig("test", "1")))
	w := httptest.NewRecorder()
	router.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/api/v1/sign-in", strings.NewReader(`{"email":"ada@example.com","password":"`+password+`"}`)))
	return w.Code
}

func TestNobodyBecomesAnAdminByMistake(t *testing.T) {
	t.Parallel()
	url := storetest.SQLiteURL(t)
	s := storetest.Open(t, url)
	gone := store.Person{Name: "Gone", Email: "gone@example.com", Access: store.Staff}
	if err := s.CreatePerson(t.Context(), &gone); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ in, email, want string }{
		"a short password": {"short\n", "ada@example.com", "12 to 128 characters"}, "none": {"", "ada@example.com", "12 to 128 characters"}, "a long one": {strings.Repeat("x", 5000), "ada@example.com", "12 to 128"},
		"no address": {typed, "ada", `"ada" is not an e-mail address`}, "a name and an address": {typed, "Ada <ada@example.com>", "is not an e-mail address"}, "somebody who has left": {typed, "gone@example.com", "Gone (gone@example.com) is not active"},
	} {
		code, out, errOut := rollcall(t, c.in, "admin", "create", c.email, "--database="+url)
		if code != 1 || !strings.Contains(errOut, c.want) || out != "" {
			t.Errorf("%s: %d\n%s\n%s", name, code, out, errOut)
		}
	}
	if all, err := s.FindAudits(t.Context(), store.AuditFilter{}); err != nil || len(all) != 0 {
		t.Errorf("changed: %+v, %v", all, err)
	}
}

func TestGrantSaysWhatItChangedAndKeepsATrail(t *testing.T) {
	t.Parallel()
	eachDatabaseURL(t, func(t *testing.T, url string) {
		s := storetest.Open(t, url)
		ada := store.Person{Name: "Ada", Email: "ada@example.com", Access: store.Staff, Active: true, Capacity: 80}
		if err := s.CreatePerson(t.Context(), &ada); err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct {
			email, access string
			code          int
			want          string
		}{
			{"ADA@example.com", "manager", 0, "Ada (ada@example.com) has the access manager now; it was staff."},
			{"ada@example.com", "manager", 0, "has the access manager already"},
			{"nobody@example.com", "admin", 1, `nobody here has the e-mail address "nobody@example.com"`},
			{"ada@example.com", "king", 2, `must be one of "staff","manager","admin"`},
		} {
			code, out, errOut := rollcall(t, "", "grant", c.email, c.access, "--database="+url)
			if code != c.code || !strings.Contains(out+errOut, c.want) {
				t.Errorf("grant %s %s: %d\n%s%s", c.email, c.access, code, out, errOut)
			}
		}
		p, err := s.GetPerson(t.Context(), ada.ID)
		if err != nil || p.Access != store.Manager || p.Capacity != 80 {
			t.Errorf("%+v, %v", p, err)
		}
		all, err := s.FindAudits(t.Context(), store.AuditFilter{})
		if err != nil || len(all) != 1 || all[0].Actor != "operator" || all[0].Origin != "cli" || all[0].Entity != "user" || !strings.Contains(string(all[0].After), "manager") {
			t.Errorf("the trail: %+v, %v", all, err)
		}
	})
}

func TestSettingsOfSigningInAreChecked(t *testing.T) {
	t.Parallel()
	for flag, want := range map[string]string{"--secret=hunter2-is-short": "ROLLCALL_SECRET has 16 characters and needs 32", "--trusted-proxies=10.0.0.0/99": "ROLLCALL_TRUSTED_PROXIES", "--trusted-proxies=proxy": "ROLLCALL_TRUSTED_PROXIES"} {
		code, _, errOut := rollcall(t, "", "migrate", "status", none(t), flag)
		if code != 2 || !strings.Contains(errOut, want) || strings.Contains(errOut, "hunter2") {
			t.Errorf("%s: %d\n%s", flag, code, errOut)
		}
	}
}

func TestACodeComesInTheDirectMessagesAndIsKeptNowhere(t *testing.T) {
	t.Parallel()
	fake, err := fakeslack.New("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(fake.Close)
	fake.AddUser(fakeslack.User{ID: "U0ADA", Name: "Ada", Email: "ada@example.com"})
	fake.Serve()
	s := storetest.SQLite(t)
	ada, bare := store.Person{Name: "Ada", Email: "ada@example.com", Access: store.Admin, Active: true}, store.Person{Name: "Bare", Email: "bare@example.com", Access: store.Admin, Active: true}
	for _, p := range []*store.Person{&ada, &bare} {
		if err := s.CreatePerson(t.Context(), p); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.CreateAccount(t.Context(), &store.Account{ProviderID: slackProvider, AccountID: "U0ADA", UserID: ada.ID}); err != nil {
		t.Fatal(err)
	}
	slack := slackio.New(slackio.Config{BotToken: fakeslack.BotToken, APIURL: fake.URL, Directory: directory{s}, Now: time.Now, Logger: slog.New(slog.DiscardHandler)})
	if err := slack.SendCode(t.Context(), ada.ID, "12345678"); err == nil {
		t.Error("sent before Slack has said who the bot is")
	}
	if err := slack.Connect(context.Background()); err != nil {
		t.Fatal(err)
	}
	if err := slack.SendCode(t.Context(), ada.ID, "12345678"); err != nil {
		t.Fatal(err)
	}
	all := fake.Messages(fake.DM("U0ADA"))
	if len(all) != 1 || !strings.Contains(all[0].Text, "*12345678*") {
		t.Errorf("Ada reads %+v", all)
	}
	if err := slack.SendCode(t.Context(), bare.ID, "12345678"); err == nil {
		t.Error("sent to somebody who is not in Slack")
	}
}
