package signin_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"rollcall/admin/signin"
	"rollcall/store"
	"rollcall/store/storetest"
)

func TestSomebodySignsInAndIsKnownByTokenAndByCookie(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, r *rig) {
		ada := r.person("Ada", store.Admin)
		a := r.do("POST", "/api/v1/sign-in", map1{"email": " ADA@example.com ", "password": password}, with("User-Agent", "test\u200b/1"))
		if a.status != http.StatusOK {
			t.Fatalf("%d %s", a.status, a.body)
		}
		token := r.token(a)
		if a.header.Get("Set-Auth-Token") != r.signin.Signed(token) || a.header.Get("Set-Cookie") != r.signin.Cookie(token) || a.header.Get("Access-Control-Expose-Headers") != "set-auth-token" {
			t.Errorf("the answer has the headers %v", a.header)
		}
		for name, as := range map[string]func(*http.Request){
			"the token": bearer(token), "the signed token": bearer(r.signin.Signed(token)), "the escaped one": bearer(url.QueryEscape(r.signin.Signed(token))),
			"another spelling": with("Authorization", "bearer   "+token), "the cookie": browser(a),
		} {
			got := r.do("GET", "/api/v1/me", nil, as)
			var me struct{ ID, Name, Email, Access string }
			if got.status != http.StatusOK {
				t.Fatalf("%s: %d %s", name, got.status, got.body)
			}
			if got.into(t, &me); me.ID != ada.ID || me.Name != "Ada" || me.Email != ada.Email || me.Access != "admin" {
				t.Errorf("%s: %+v", name, me)
			}
		}
		all, err := r.store.FindSessions(context.Background(), ada.ID)
		if err != nil || len(all) != 1 {
			t.Fatalf("%+v, %v", all, err)
		}
		if s := all[0]; s.Token != token || !s.ExpiresAt.Equal(storetest.Now.Add(7*24*time.Hour)) || s.IPAddress == nil || *s.IPAddress != "127.0.0.1" || s.UserAgent == nil || *s.UserAgent != "test/1" {
			t.Errorf("the row is %+v", s)
		}
	})
}

func TestASessionMovesOnWhileItIsUsedAndEndsWhenItIsNot(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, r *rig) {
		ada := r.person("Ada", store.Admin)
		a := r.enter("Ada")
		expires := func() time.Time {
			all, err := r.store.FindSessions(context.Background(), ada.ID)
			if err != nil || len(all) != 1 {
				t.Fatalf("%+v, %v", all, err)
			}
			return all[0].ExpiresAt.UTC()
		}
		r.pass(24*time.Hour - time.Second)
		if got := r.do("GET", "/api/v1/me", nil, browser(a)); got.header.Get("Set-Cookie") != "" || !expires().Equal(storetest.Now.Add(7*24*time.Hour)) {
			t.Errorf("renewed within a day: %v, until %v", got.header, expires())
		}
		r.pass(time.Second)
		if got := r.do("GET", "/api/v1/me", nil, browser(a)); got.header.Get("Set-Cookie") != r.signin.Cookie(r.token(a)) || !expires().Equal(storetest.Now.Add(8*24*time.Hour)) {
			t.Errorf("not renewed after a day: %v, until %v", got.header, expires())
		}
		r.pass(2 * 24 * time.Hour)
		if got := r.do("GET", "/api/v1/me", nil, bearer(r.token(a))); got.status != http.StatusOK || got.header.Get("Set-Cookie") != "" || !expires().Equal(storetest.Now.Add(10*24*time.Hour)) {
			t.Errorf("a bearer: %d %v, until %v", got.status, got.header, expires())
		}
		r.pass(7*24*time.Hour - time.Millisecond)
		r.expect("at the last moment", http.StatusOK, bearer(r.token(a)))
		r.pass(7 * 24 * time.Hour)
		r.expect("afterwards", http.StatusUnauthorized, bearer(r.token(a)))
	})
}

func TestThereAreManyWaysToBeNobody(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, r *rig) {
		ada, bo := r.person("Ada", store.Admin), r.person("Bo", store.Staff)
		a, old, gone, left := r.enter("Ada"), r.enter("Ada"), r.enter("Ada"), r.enter("Bo")
		signed := r.signin.Signed(r.token(a))
		other := signin.New(signin.Config{Secret: []byte("another secret of thirty-two chars")})
		forged := signed[:len(signed)-3] + "AA="
		cookie := func(value string) func(*http.Request) { return with("Cookie", "better-auth.session_token="+value) }
		if got := r.do("POST", "/api/v1/sign-out", nil, browser(gone)); got.status != http.StatusNoContent || !strings.Contains(got.header.Get("Set-Cookie"), "better-auth.session_token=; Path=/; Max-Age=0") {
			t.Errorf("signing out: %d %v", got.status, got.header)
		}
		bo.Active = false
		if err := r.store.UpdatePerson(context.Background(), &bo); err != nil {
			t.Fatal(err)
		}
		all, err := r.store.FindSessions(context.Background(), ada.ID)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range all {
			if s.Token == r.token(old) {
				err = r.store.RenewSession(context.Background(), s.ID, r.store.Now())
			}
		}
		if err != nil {
			t.Fatal(err)
		}
		for name, as := range map[string]func(*http.Request){
			"without anything": func(*http.Request) {}, "an unknown token": bearer(signin.NewToken()), "a signed unknown token": bearer(r.signin.Signed(signin.NewToken())),
			"a forged token": bearer(forged), "a signature of another secret": bearer(other.Signed(r.token(a))), "an empty signature": bearer(r.token(a) + "."), "an empty token": bearer(""),
			"a token in upper case": bearer(strings.ToUpper(r.token(a))), "a long token": bearer(strings.Repeat("a", 5000)), "a token with SQL": bearer("' OR 1=1 --" + r.token(a)), "a zero byte": bearer(r.token(a) + "%00."),
			"basic": with("Authorization", "Basic "+r.token(a)), "an unsigned cookie": cookie(r.token(a)), "a forged cookie": cookie(url.QueryEscape(forged)), "another secret's cookie": cookie(url.QueryEscape(other.Signed(r.token(a)))),
			"the other name": with("Cookie", "__Secure-better-auth.session_token="+url.QueryEscape(signed)), "two signatures": cookie(url.QueryEscape(signed + signed[32:])), "a broken escape": cookie(signed + "%zz"),
			"an expired session": bearer(r.token(old)), "the end of a session, by cookie": browser(old), "a session that was ended": browser(gone), "a token that was ended": bearer(r.token(gone)),
			"somebody who has left": browser(left), "the token of somebody who has left": bearer(r.token(left)),
			"a bad token beside a good cookie": func(q *http.Request) { browser(a)(q); bearer("nonsense")(q) },
		} {
			r.expect(name, http.StatusUnauthorized, as)
		}
		r.expect("the one that is left", http.StatusOK, browser(a))
		if got := r.do("POST", "/api/v1/sign-in", map1{"email": bo.Email, "password": password}); got.status != http.StatusUnauthorized {
			t.Errorf("somebody who has left signs in: %d", got.status)
		}
	})
}

func TestByHTTPSTheCookieHasTheOtherNameAndNoOtherCounts(t *testing.T) {
	t.Parallel()
	r := newRig(t, storetest.SQLiteURL(t), func(c *signin.Config) { c.URL = "https://rollcall.example.com" })
	r.person("Ada", store.Admin)
	a := r.enter("Ada")
	r.expect("the cookie", http.StatusOK, browser(a))
	r.expect("the plain name", http.StatusUnauthorized, with("Cookie", "better-auth.session_token="+url.QueryEscape(r.signin.Signed(r.token(a)))))
	if got := r.do("GET", "/api/v1/me", nil, browser(a)); got.header.Get("Strict-Transport-Security") == "" {
		t.Errorf("no HSTS: %v", got.header)
	}
}

func TestWrongAndUnknownAreTheSameAnswer(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, r *rig) {
		r.person("Ada", store.Admin)
		bare := store.Person{Name: "Bare", Email: "bare@example.com", Access: store.Staff, Active: true}
		if err := r.store.CreatePerson(context.Background(), &bare); err != nil {
			t.Fatal(err)
		}
		bodies := map[string]bool{}
		for _, email := range []string{"ada@example.com", "bare@example.com", "nobody@example.com", "nobody\u0000@example.com", "' OR 1=1 --", "a"} {
			got := r.do("POST", "/api/v1/sign-in", map1{"email": email, "password": "wrong"})
			bodies[got.body] = true
			if got.status != http.StatusUnauthorized {
				t.Errorf("%q: %d %s", email, got.status, got.body)
			}
		}
		if len(bodies) != 1 {
			t.Errorf("the answers differ: %v", bodies)
		}
	})
}

func TestABrokenBodyIsRefusedWithoutRepeatingIt(t *testing.T) {
	t.Parallel()
	r := newRig(t, storetest.SQLiteURL(t))
	for name, body := range map[string]string{
		"no JSON": "password=" + password, "a list": `["` + password + `"]`, "a number": `{"email":"a","password":12345678901}`, "something more": `{"email":"a","password":"` + password + `","x":"` + password + `"}`,
		"nothing in it": `{}`, "null": `null`, "an empty one": `{"email":"","password":""}`, "two": `{"email":"a","password":"b"}{}`, "too long": `{"email":"` + strings.Repeat("a", 255) + `","password":"` + password + `"}`,
		"deep": strings.Repeat("[", 4000), "not UTF-8": "{\"email\":\"\xff\",\"password\":3}",
	} {
		if a := r.do("POST", "/api/v1/sign-in", body); a.status != http.StatusUnprocessableEntity || !strings.Contains(a.header.Get("Content-Type"), "problem+json") || strings.Contains(a.body, "12345678901") {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
	}
	if a := r.do("POST", "/api/v1/sign-in", nil); a.status != http.StatusBadRequest {
		t.Errorf("no body: %d %s", a.status, a.body)
	}
	if a := r.do("POST", "/api/v1/sign-in", `{"email":"`+strings.Repeat("a", 10000)+`"}`); a.status != http.StatusRequestEntityTooLarge {
		t.Errorf("a large body: %d %s", a.status, a.body)
	}
}

func TestADatabaseThatIsAwayIsNotNobody(t *testing.T) {
	t.Parallel()
	r := newRig(t, storetest.SQLiteURL(t))
	r.person("Ada", store.Admin)
	a := r.enter("Ada")
	write, _ := r.store.SQL()
	if _, err := write.ExecContext(t.Context(), `ALTER TABLE "session" RENAME TO "elsewhere"`); err != nil {
		t.Fatal(err)
	}
	for _, as := range []func(*http.Request){browser(a), bearer(r.token(a))} {
		if got := r.do("GET", "/api/v1/me", nil, as); got.status != http.StatusServiceUnavailable || strings.Contains(got.body, "session") {
			t.Errorf("%d %s", got.status, got.body)
		}
	}
	if got := r.do("POST", "/api/v1/sign-in", map1{"email": "ada@example.com", "password": password}); got.status != http.StatusInternalServerError || strings.Contains(got.body, "SQL") {
		t.Errorf("%d %s", got.status, got.body)
	}
}

func TestEverybodyIsOnePrincipalInADemonstration(t *testing.T) {
	t.Parallel()
	r := newRig(t, storetest.SQLiteURL(t))
	ada := r.person("Ada", store.Admin)
	r.serve(func(c *signin.Config) {
		c.Everybody = &signin.Principal{PersonID: ada.ID, Name: ada.Name, Email: ada.Email, Access: ada.Access}
	})
	r.expect("anybody", http.StatusOK)
	r.expect("by another name", http.StatusForbidden, func(q *http.Request) { q.Host = "evil.example" })
	for path, body := range map[string]any{"": map1{"email": ada.Email, "password": password}, "/code": map1{"email": ada.Email}} {
		if got := r.do("POST", "/api/v1/sign-in"+path, body); got.status != http.StatusForbidden {
			t.Errorf("signing in%s: %d %s", path, got.status, got.body)
		}
	}
	if got := r.do("PUT", "/api/v1/me/password", map1{"new": "a long enough one"}); got.status != http.StatusForbidden {
		t.Errorf("a password: %d %s", got.status, got.body)
	}
	if got := r.do("POST", "/api/v1/sign-out", nil, with("Origin", "https://evil.example")); got.status != http.StatusForbidden {
		t.Errorf("another website: %d %s", got.status, got.body)
	}
}

func TestNobodysPasswordIsHashedAsSomebodysIs(t *testing.T) {
	t.Parallel()
	r := newRig(t, storetest.SQLiteURL(t))
	r.person("Ada", store.Admin)
	var held sync.WaitGroup
	release := make(chan struct{})
	for range 4 { // all places for hashing are taken
		held.Go(func() {
			if err := r.signin.Hashing(context.Background(), func() { <-release }); err != nil {
				t.Error(err)
			}
		})
	}
	answers := make(chan string, 2)
	for _, email := range []string{"ada@example.com", "nobody@example.com"} {
		go func() {
			r.do("POST", "/api/v1/sign-in", map1{"email": email, "password": "wrong"})
			answers <- email
		}()
	}
	select {
	case email := <-answers:
		t.Errorf("%s is answered without a hash", email)
	case <-time.After(300 * time.Millisecond):
	}
	close(release)
	held.Wait()
	<-answers
	<-answers
}
