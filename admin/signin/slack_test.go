package signin_test

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"rollcall/admin/signin"
	"rollcall/bot/slackio"
	"rollcall/bot/slackio/fakeslack"
	"rollcall/store"
	"rollcall/store/storetest"
)

// withSlack has the service use a workspace in which there are some people.
func withSlack(t *testing.T, r *rig) *fakeslack.Server {
	t.Helper()
	fake, err := fakeslack.New("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(fake.Close)
	fake.AddUser(fakeslack.User{ID: "U0ADA", Name: "Ada", Email: "ada@example.com"})
	fake.AddUser(fakeslack.User{ID: "U0GONE", Name: "Gone", Email: "gone@example.com"})
	fake.AddUser(fakeslack.User{ID: "U0EVE", Name: "Eve", Email: "eve@elsewhere.example"})
	fake.AddUser(fakeslack.User{ID: "U0FAR", Name: "Far", Email: "far@example.com", Team: "T0OTHER"})
	fake.AddUser(fakeslack.User{ID: "U0NEW", Name: "New", Email: "new@example.com", Unconfirmed: true})
	fake.Serve()
	const public = "https://rollcall.example.com"
	slack := slackio.New(slackio.Config{
		BotToken: fakeslack.BotToken, APIURL: fake.URL, ClientID: fakeslack.ClientID, ClientSecret: fakeslack.ClientSecret, URL: public,
		Now: time.Now, Logger: slog.New(slog.DiscardHandler),
	})
	if err := slack.Connect(t.Context()); err != nil {
		t.Fatal(err)
	}
	r.secrets = append(r.secrets, fakeslack.ClientSecret, fakeslack.BotToken)
	r.serve(func(c *signin.Config) {
		c.URL, c.AuthorizeURL = public, slack.AuthorizeURL
		c.Identify = func(ctx context.Context, code, redirect, nonce string) (signin.Identity, error) {
			who, err := slack.Identify(ctx, code, redirect, nonce)
			return signin.Identity{User: who.User, Ours: who.Ours, EmailVerified: who.EmailVerified}, err
		}
	})
	return fake
}

// begun is a sign-in with Slack under way.
type begun struct {
	cookie string
	query  url.Values // of Slack's page
}

func (r *rig) begin(path string) begun {
	r.t.Helper()
	got := r.do("GET", "/api/v1/sign-in/slack"+path, nil)
	to, err := url.Parse(got.header.Get("Location"))
	if err != nil || got.status != http.StatusSeeOther || to.Path != "/openid/connect/authorize" {
		r.t.Fatalf("%d to %q", got.status, got.header.Get("Location"))
	}
	full := got.header.Get("Set-Cookie")
	for _, part := range []string{"HttpOnly", "Secure", "SameSite=Lax", "Path=/api/v1/sign-in/slack;", "Max-Age=600"} {
		if !strings.Contains(full, part) {
			r.t.Errorf("the cookie %s is not %s", full, part)
		}
	}
	cookie, _, _ := strings.Cut(full, ";")
	return begun{cookie, to.Query()}
}

// end comes back from Slack.
func (r *rig) end(b begun, code string, change ...func(*http.Request)) answer {
	r.t.Helper()
	q := url.Values{"code": {code}, "state": {b.query.Get("state")}}
	return r.do("GET", "/api/v1/sign-in/slack/callback?"+q.Encode(), nil, append([]func(*http.Request){with("Cookie", b.cookie), with("Sec-Fetch-Site", "cross-site")}, change...)...)
}

func TestSomebodySignsInWithSlack(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, r *rig) {
		r.person("Ada", store.Admin)
		fake := withSlack(t, r)
		for path, home := range map[string]string{
			"": "/console", "?returnTo=/console/people%3Fpage=2": "/console/people?page=2", "?returnTo=https://evil.example": "/console", "?returnTo=//evil.example": "/console",
			"?returnTo=/%5Cevil.example": "/console", "?returnTo=javascript:alert(1)": "/console", "?returnTo=/%09/evil.example": "/console", "?returnTo=console": "/console",
		} {
			b := r.begin(path)
			if b.query.Get("redirect_uri") != "https://rollcall.example.com/api/v1/sign-in/slack/callback" || b.query.Get("nonce") == "" || b.query.Get("team") == "" {
				t.Errorf("Slack is asked %v", b.query)
			}
			got := r.end(b, fake.SignIn("U0ADA", b.query.Get("nonce")))
			cookies := got.header.Values("Set-Cookie")
			if got.status != http.StatusSeeOther || got.header.Get("Location") != home || len(cookies) != 2 || !strings.HasPrefix(cookies[0], "__Secure-better-auth.session_token=") || !strings.Contains(cookies[1], "Max-Age=0") {
				t.Fatalf("%s: %d to %s with %v: %s", path, got.status, got.header.Get("Location"), cookies, got.body)
			}
			r.expect("the session", http.StatusOK, browser(got))
		}
	})
}

func TestSlackSignsInNobodyElse(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, r *rig) {
		r.person("Ada", store.Admin)
		r.person("Far", store.Admin)
		r.person("New", store.Admin)
		gone := r.person("Gone", store.Admin)
		gone.Active = false
		if err := r.store.UpdatePerson(context.Background(), &gone); err != nil {
			t.Fatal(err)
		}
		fake := withSlack(t, r)
		refused := func(what string, status int, got answer) {
			t.Helper()
			if got.status != status || len(got.header.Values("Set-Cookie")) > 0 {
				t.Errorf("%s: %d %s %v, want %d", what, got.status, got.body, got.header, status)
			}
		}
		for user, words := range map[string]string{"U0EVE": "Nobody here", "U0GONE": "Nobody here", "U0FAR": "another workspace", "U0NEW": "not confirmed"} {
			b := r.begin("")
			got := r.end(b, fake.SignIn(user, b.query.Get("nonce")))
			refused(user, http.StatusForbidden, got)
			if !strings.Contains(got.body, words) {
				t.Errorf("%s reads %s", user, got.body)
			}
		}
		b := r.begin("")
		refused("another browser", http.StatusForbidden, r.end(b, fake.SignIn("U0ADA", b.query.Get("nonce")), with("Cookie", r.begin("").cookie)))
		refused("again", http.StatusUnauthorized, r.end(b, fake.SignIn("U0ADA", b.query.Get("nonce"))))
		refused("no browser", http.StatusForbidden, r.end(r.begin(""), "x", with("Cookie", "")))
		refused("another sign-in's code", http.StatusUnauthorized, r.end(r.begin(""), fake.SignIn("U0ADA", r.begin("").query.Get("nonce"))))
		refused("a code without a nonce", http.StatusUnauthorized, r.end(r.begin(""), fake.SignIn("U0ADA", "")))
		refused("no such code", http.StatusUnauthorized, r.end(r.begin(""), "nonsense"))
		refused("a refusal", http.StatusUnauthorized, r.end(r.begin(""), ""))
		b = r.begin("")
		r.pass(10 * time.Minute)
		refused("too late", http.StatusUnauthorized, r.end(b, fake.SignIn("U0ADA", b.query.Get("nonce"))))
		refused("no state", http.StatusUnauthorized, r.end(begun{b.cookie, url.Values{}}, fake.SignIn("U0ADA", b.query.Get("nonce"))))
	})
}

func TestWithoutSlackNobodySignsInWithIt(t *testing.T) {
	t.Parallel()
	r := newRig(t, storetest.SQLiteURL(t))
	for _, path := range []string{"", "/callback"} {
		if got := r.do("GET", "/api/v1/sign-in/slack"+path, nil); got.status != http.StatusNotFound {
			t.Errorf("%s: %d", path, got.status)
		}
	}
	r.serve(func(c *signin.Config) {
		c.URL, c.AuthorizeURL = "https://rollcall.example.com", func(state, _, _ string) string {
			return "https://slack.com/openid/connect/authorize?state=" + state
		}
		c.Identify = func(context.Context, string, string, string) (signin.Identity, error) {
			return signin.Identity{}, errors.New("Slack is away")
		}
	})
	b := r.begin("")
	if got := r.end(b, "x"); got.status != http.StatusUnauthorized || !strings.Contains(r.logs.String(), "Slack is away") {
		t.Errorf("%d %s", got.status, got.body)
	}
}
