package signin_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"rollcall/admin/signin"
	"rollcall/store"
)

type listed struct {
	Sessions []struct {
		ID      string `json:"id"`
		Current bool   `json:"current"`
	} `json:"sessions"`
}

func TestPeopleSeeAndEndTheirOwnSessionsAndNobodyElses(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, r *rig) {
		r.person("Ada", store.Staff)
		r.person("Bo", store.Admin)
		one, two, three, other := r.enter("Ada"), r.enter("Ada"), r.enter("Ada"), r.enter("Bo")
		var all, others listed
		r.do("GET", "/api/v1/me/sessions", nil, browser(one)).into(t, &all)
		r.do("GET", "/api/v1/me/sessions", nil, browser(other)).into(t, &others)
		current := 0
		var second string
		for _, s := range all.Sessions {
			if s.Current {
				current++
			} else {
				second = s.ID
			}
		}
		if len(all.Sessions) != 3 || current != 1 || len(others.Sessions) != 1 {
			t.Fatalf("listed %+v and %+v", all, others)
		}
		for name, path := range map[string]string{"another's": others.Sessions[0].ID, "none": store.NewID(), "a zero byte": "%00", "not UTF-8": "%ff"} {
			if got := r.do("DELETE", "/api/v1/me/sessions/"+path, nil, browser(one)); got.status != http.StatusNotFound {
				t.Errorf("%s: %d %s", name, got.status, got.body)
			}
		}
		if got := r.do("DELETE", "/api/v1/me/sessions/"+second, nil, browser(one)); got.status != http.StatusNoContent {
			t.Errorf("one's own: %d %s", got.status, got.body)
		}
		if got := r.do("DELETE", "/api/v1/me/sessions", nil, browser(one)); got.status != http.StatusOK || !strings.Contains(got.body, `"ended":1`) {
			t.Errorf("all others: %d %s", got.status, got.body)
		}
		r.expect("this one", http.StatusOK, browser(one))
		r.expect("the second", http.StatusUnauthorized, browser(two))
		r.expect("the third", http.StatusUnauthorized, browser(three))
		r.expect("another's", http.StatusOK, browser(other))
	})
}

func TestNobodyGetsNothing(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, r *rig) {
		for _, op := range []string{"GET /me", "GET /me/sessions", "DELETE /me/sessions", "DELETE /me/sessions/x", "PUT /me/password"} {
			method, path, _ := strings.Cut(op, " ")
			var body any
			if method == "PUT" {
				body = "no JSON"
			}
			if got := r.do(method, "/api/v1"+path, body); got.status != http.StatusUnauthorized || got.header.Get("WWW-Authenticate") != `Bearer realm="rollcall"` {
				t.Errorf("%s: %d %s %v", op, got.status, got.body, got.header)
			}
		}
		if got := r.do("POST", "/api/v1/sign-out", nil); got.status != http.StatusNoContent {
			t.Errorf("signing out: %d %s", got.status, got.body)
		}
	})
}

func TestANewPasswordTakesTheOldOneAndEndsTheOtherSessions(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, r *rig) {
		ada := r.person("Ada", store.Admin)
		one, two := r.enter("Ada"), r.enter("Ada")
		const next = "another ünïcode one"
		r.secrets = append(r.secrets, next)
		for name, c := range map[string]struct {
			body   map1
			status int
		}{
			"short": {map1{"current": password, "new": "eleven char"}, 422}, "long": {map1{"current": password, "new": strings.Repeat("x", 129)}, 422},
			"the wrong one": {map1{"current": "wrong", "new": next}, 403}, "without the old one": {map1{"new": next}, 403},
		} {
			if got := r.do("PUT", "/api/v1/me/password", c.body, browser(one)); got.status != c.status {
				t.Errorf("%s: %d %s", name, got.status, got.body)
			}
		}
		if got := r.do("PUT", "/api/v1/me/password", map1{"current": password, "new": next}, browser(one)); got.status != http.StatusNoContent {
			t.Fatalf("%d %s", got.status, got.body)
		}
		r.expect("this session", http.StatusOK, browser(one))
		r.expect("the other one", http.StatusUnauthorized, browser(two))
		if got := r.do("POST", "/api/v1/sign-in", map1{"email": ada.Email, "password": password}); got.status != http.StatusUnauthorized {
			t.Errorf("the old password: %d", got.status)
		}
		if got := r.do("POST", "/api/v1/sign-in", map1{"email": ada.Email, "password": next}); got.status != http.StatusOK {
			t.Errorf("the new password: %d %s", got.status, got.body)
		}
		trail, err := r.store.FindAudits(context.Background(), store.AuditFilter{UserID: ada.ID})
		if err != nil || len(trail) != 1 || trail[0].Actor != ada.ID || trail[0].Entity != "account" || strings.Contains(string(trail[0].After), ":"+oldHash[33:40]) {
			t.Errorf("the trail has %+v, %v", trail, err)
		}
	})
}

func TestAFirstPasswordIsSetShortlyAfterSigningIn(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, r *rig) {
		ada := store.Person{Name: "Ada", Email: "ada@example.com", Access: store.Admin, Active: true}
		if err := r.store.CreatePerson(context.Background(), &ada); err != nil {
			t.Fatal(err)
		}
		session := store.Session{UserID: ada.ID, Token: signin.NewToken(), ExpiresAt: r.now().Add(time.Hour)}
		if err := r.store.CreateSession(context.Background(), &session); err != nil {
			t.Fatal(err)
		}
		r.pass(16 * time.Minute)
		if got := r.do("PUT", "/api/v1/me/password", map1{"new": password}, bearer(session.Token)); got.status != http.StatusForbidden {
			t.Errorf("later: %d %s", got.status, got.body)
		}
		r.pass(-2 * time.Minute)
		if got := r.do("PUT", "/api/v1/me/password", map1{"new": password}, bearer(session.Token)); got.status != http.StatusNoContent {
			t.Errorf("soon: %d %s", got.status, got.body)
		}
		r.enter("Ada")
	})
}
