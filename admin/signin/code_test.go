package signin_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"rollcall/admin/signin"
	"rollcall/store"
	"rollcall/store/storetest"
)

// ask asks for a code and returns the one that was sent, if any.
func (r *rig) ask(email string) (code string) {
	r.t.Helper()
	if got := r.do("POST", "/api/v1/sign-in/code", map1{"email": email}); got.status != http.StatusAccepted {
		r.t.Fatalf("%d %s", got.status, got.body)
	}
	r.signin.Wait(context.Background())
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.sent) == 0 {
		return ""
	}
	_, code, _ = strings.Cut(r.sent[len(r.sent)-1], " ")
	return code
}

func (r *rig) verify(email, code string) answer {
	r.t.Helper()
	return r.do("POST", "/api/v1/sign-in/code/verify", map1{"email": email, "code": code})
}

func TestACodeSignsInOnce(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, r *rig) {
		ada := r.person("Ada", store.Admin)
		code := r.ask("Ada@Example.com")
		if len(code) != 8 || strings.Trim(code, "0123456789") != "" || r.sent[0] != ada.ID+" "+code {
			t.Fatalf("sent %v", r.sent)
		}
		row := all(t, r)
		if strings.Contains(row, code) || strings.Contains(row, "ada@") {
			t.Errorf("the database holds %s", row)
		}
		a := r.verify("ada@example.com", code[:4]+" "+code[4:])
		if a.status != http.StatusOK {
			t.Fatalf("%d %s", a.status, a.body)
		}
		r.expect("the session", http.StatusOK, browser(a))
		if again := r.verify("ada@example.com", code); again.status != http.StatusUnauthorized {
			t.Errorf("again: %d", again.status)
		}
	})
}

// all is what the table of verifications holds.
func all(t *testing.T, r *rig) string {
	t.Helper()
	_, read := r.store.SQL()
	rows, err := read.QueryContext(t.Context(), `SELECT "identifier", "value" FROM "verification"`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var b strings.Builder
	for rows.Next() {
		var identifier, value string
		if err := rows.Scan(&identifier, &value); err != nil {
			t.Fatal(err)
		}
		b.WriteString(identifier + " " + value + "\n")
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestACodeHasFiveTriesAndTenMinutes(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, r *rig) {
		r.person("Ada", store.Admin)
		r.person("Bo", store.Admin)
		code := r.ask("ada@example.com")
		wrong := map[string]string{"short": code[:7], "long": code + "0", "letters": "abcdefgh", "another": flip(code)}
		for name, text := range wrong {
			if got := r.verify("ada@example.com", text); got.status != http.StatusUnauthorized {
				t.Errorf("%s: %d", name, got.status)
			}
		}
		if got := r.verify("bo@example.com", code); got.status != http.StatusUnauthorized {
			t.Errorf("for somebody else: %d", got.status)
		}
		if got := r.verify("ada@example.com", code); got.status != http.StatusOK {
			t.Errorf("the fifth try: %d", got.status)
		}
		code = r.ask("ada@example.com")
		for range 5 {
			r.verify("ada@example.com", flip(code))
		}
		if got := r.verify("ada@example.com", code); got.status != http.StatusUnauthorized {
			t.Errorf("the sixth try: %d", got.status)
		}
		r.pass(10 * time.Minute)
		old := r.ask("ada@example.com")
		code = r.ask("ada@example.com")
		if got := r.verify("ada@example.com", old); got.status != http.StatusUnauthorized {
			t.Errorf("an older code: %d", got.status)
		}
		r.pass(10*time.Minute - time.Millisecond)
		if got := r.verify("ada@example.com", code); got.status != http.StatusOK {
			t.Errorf("at the last moment: %d", got.status)
		}
		code = r.ask("ada@example.com")
		r.pass(10 * time.Minute)
		if got := r.verify("ada@example.com", code); got.status != http.StatusUnauthorized {
			t.Errorf("too late: %d", got.status)
		}
	})
}

func flip(code string) string {
	if code[0] == '0' {
		return "1" + code[1:]
	}
	return "0" + code[1:]
}

func TestOfManyWithTheSameCodeOneSignsIn(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, r *rig) {
		r.person("Ada", store.Admin)
		code := r.ask("ada@example.com")
		var in, wrong atomic.Int64
		var all sync.WaitGroup
		for range 4 {
			all.Go(func() {
				switch got := r.verify("ada@example.com", code); got.status {
				case http.StatusOK:
					in.Add(1)
				case http.StatusUnauthorized:
					wrong.Add(1)
				}
			})
		}
		if all.Wait(); in.Load() != 1 || wrong.Load() != 3 {
			t.Errorf("%d signed in, %d did not", in.Load(), wrong.Load())
		}
	})
}

func TestTriesAtTheSameTimeAreStillFive(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, r *rig) {
		r.person("Ada", store.Admin)
		code := r.ask("ada@example.com")
		var all sync.WaitGroup
		for range 9 {
			all.Go(func() { r.verify("ada@example.com", flip(code)) })
		}
		all.Wait()
		if got := r.verify("ada@example.com", code); got.status != http.StatusUnauthorized {
			t.Errorf("after nine tries: %d", got.status)
		}
	})
}

func TestAskingForACodeTellsNobodyWhoIsHere(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, r *rig) {
		r.person("Ada", store.Admin)
		gone := r.person("Gone", store.Admin)
		gone.Active = false
		bare := store.Person{Name: "Bare", Email: "bare@example.com", Access: store.Admin, Active: true}
		if err := errors.Join(r.store.UpdatePerson(context.Background(), &gone), r.store.CreatePerson(context.Background(), &bare)); err != nil {
			t.Fatal(err)
		}
		asked, tried := map[string]bool{}, map[string]bool{}
		for _, email := range []string{"ada@example.com", "gone@example.com", "bare@example.com", "nobody@example.com", "nobody\u0000@example.com", "'"} {
			got := r.do("POST", "/api/v1/sign-in/code", map1{"email": email})
			r.signin.Wait(context.Background())
			asked[got.body] = true
			tried[r.verify(email, "00000000").body] = true
			if got.status != http.StatusAccepted {
				t.Errorf("%s: %d", email, got.status)
			}
		}
		if len(asked) != 1 || len(tried) != 1 {
			t.Errorf("the answers differ: %v, %v", asked, tried)
		}
		if len(r.sent) != 1 {
			t.Errorf("sent %v", r.sent)
		}
		if rows := strings.Count(all(t, r), "\n"); rows != 6 { // a try at a code takes as long for nobody
			t.Errorf("%d rows", rows)
		}
	})
}

func TestNobodyIsFloodedWithCodes(t *testing.T) {
	t.Parallel()
	r := newRig(t, storetest.SQLiteURL(t))
	r.person("Ada", store.Admin)
	for range 3 {
		r.ask("ada@example.com")
	}
	got := r.do("POST", "/api/v1/sign-in/code", map1{"email": "ADA@example.com"})
	if got.status != http.StatusTooManyRequests || got.header.Get("Retry-After") != "300" || len(r.sent) != 3 {
		t.Errorf("%d %v, %d sent", got.status, got.header, len(r.sent))
	}
	for range 3 {
		r.do("POST", "/api/v1/sign-in/code", map1{"email": "nobody@example.com"})
	}
	if got := r.do("POST", "/api/v1/sign-in/code", map1{"email": "nobody@example.com"}); got.status != http.StatusTooManyRequests {
		t.Errorf("for nobody it is otherwise: %d", got.status)
	}
}

func TestACodeThatCannotBeSentIsInTheLogWithoutItsDigits(t *testing.T) {
	t.Parallel()
	r := newRig(t, storetest.SQLiteURL(t))
	r.person("Ada", store.Admin)
	r.serve(func(c *signin.Config) {
		c.SendCode = func(_ context.Context, _, code string) error {
			r.secrets = append(r.secrets, code)
			return errors.New("Slack is away")
		}
	})
	r.ask("ada@example.com")
	if !strings.Contains(r.logs.String(), "Slack is away") {
		t.Errorf("the log: %s", r.logs.String())
	}
	r.serve(func(c *signin.Config) { c.SendCode = nil })
	for path, body := range map[string]map1{"": {"email": "a"}, "/verify": {"email": "a", "code": "1"}} {
		if got := r.do("POST", "/api/v1/sign-in/code"+path, body); got.status != http.StatusNotFound {
			t.Errorf("without Slack: %d", got.status)
		}
	}
}
