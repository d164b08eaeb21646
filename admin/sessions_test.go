package admin_test

import (
	"context"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"rollcall/admin"
	"rollcall/admin/signin"
	"rollcall/store"
	"rollcall/store/storetest"
)

// signedRig is the API behind the real way of knowing who asks.
func signedRig(t *testing.T, s *store.Store) *rig {
	t.Helper()
	who := signin.New(signin.Config{
		Store: s, Secret: []byte("a secret of thirty-two characters"), Logger: slog.New(slog.DiscardHandler), SendCode: func(context.Context, string, string) error { return nil },
	})
	return newRig(t, s, func(c *admin.Config) {
		c.Identify, c.Register = who.Protect, who.Register
		c.HashPassword = who.HashPassword
	})
}

// session signs the person in until the time, and returns the token.
func (r *rig) session(person string, until time.Time) string {
	r.t.Helper()
	row := store.Session{UserID: person, Token: strings.ReplaceAll(store.NewID(), "-", ""), ExpiresAt: until}
	r.must(r.store.CreateSession(r.t.Context(), &row))
	return row.Token
}

// sessions are the ways to come, by what the operations for admins must say to them.
func (r *rig) sessions() map[string]struct {
	token string
	want  int
} {
	r.t.Helper()
	later := storetest.Now.Add(time.Hour)
	gone := store.Person{Name: "Gone", Email: "gone@example.com", Access: store.Admin, Capacity: 100}
	r.must(r.store.CreatePerson(r.t.Context(), &gone))
	revoked := r.session(r.people["admin"].ID, later)
	row, err := r.store.GetSignedIn(r.t.Context(), revoked)
	r.must(err)
	r.must(r.store.DeleteSession(r.t.Context(), row.ID))
	admins := r.session(r.people["admin"].ID, later)
	type way = struct {
		token string
		want  int
	}
	return map[string]way{
		"nobody": {"", 401}, "staff": {r.session(r.people["staff"].ID, later), 403}, "a manager": {r.session(r.people["manager"].ID, later), 403},
		"an admin": {admins, 0}, "an admin whose session has expired": {r.session(r.people["admin"].ID, storetest.Now.Add(-time.Second)), 401},
		"an admin whose session was revoked": {revoked, 401}, "an admin who is not active": {r.session(gone.ID, later), 401},
		"a forged token": {strings.Repeat("x", 32), 401}, "a forged signature": {admins + ".AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", 401},
	}
}

// isOpen reports whether an operation is there to sign in, and isOwn whether it is about
// whoever asks.
func isOpen(op *operation) bool { return strings.HasPrefix(op.Path, "/api/v1/sign-") }

func isOwn(op *operation) bool {
	return op.Path == "/api/v1/me" || strings.HasPrefix(op.Path, "/api/v1/me/")
}

func TestEveryOperationIsHeldToRealSessions(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		r := signedRig(t, s)
		tried, open := 0, 0
		operations := describe(r.t, r).operations
		for what, way := range r.sessions() {
			for _, op := range operations {
				if isOpen(op) {
					open++
					continue
				}
				want := way.want
				if isOwn(op) && want == 403 {
					want = 0
				}
				if op.Path == "/api/v1/me/sessions" && op.Method == http.MethodDelete {
					continue // it would end the session that the others are tried with
				}
				got := r.call(op.Method, op.at("nobody"), "", "Authorization", strings.TrimSuffix("Bearer "+way.token, "Bearer "))
				if refused := got.status == 401 || got.status == 403; want == 0 && (refused || got.status >= 500) || want != 0 && got.status != want {
					t.Errorf("%s %s by %s: %d, not %d: %s", op.Method, op.Path, what, got.status, want, got.text)
				}
				tried++
			}
		}
		if open == 0 || tried < 9*80 {
			t.Errorf("only %d requests, %d to sign in", tried, open)
		}
	})
}

func TestNobodySeesOrEndsTheSessionsOfSomebodyElse(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		r := signedRig(t, s)
		later := storetest.Now.Add(time.Hour)
		mine, theirs := r.session(r.people["staff"].ID, later), r.session(r.people["manager"].ID, later)
		other, err := s.GetSignedIn(t.Context(), theirs)
		r.must(err)
		as := []string{"Authorization", "Bearer " + mine}
		if list := r.expect(200, "GET", "/api/v1/me/sessions", "", as...); strings.Contains(list.text, other.ID) {
			t.Errorf("somebody else's session: %s", list.text)
		}
		if a := r.call("DELETE", "/api/v1/me/sessions/"+other.ID, "", as...); a.status < 400 || a.status >= 500 {
			t.Errorf("%d %s", a.status, a.text)
		}
		r.expect(200, "GET", "/api/v1/me", "", "Authorization", "Bearer "+theirs)
	})
}
