package signin_test

import (
	"net/http"
	"strings"
	"testing"

	"rollcall/admin/signin"
	"rollcall/store"
	"rollcall/store/storetest"
)

func TestAnotherWebsiteCannotUseTheCookie(t *testing.T) {
	t.Parallel()
	r := newRig(t, storetest.SQLiteURL(t))
	r.serve(func(c *signin.Config) { c.URL = "http://rollcall.example.com:8080" })
	r.person("Ada", store.Admin)
	a := r.enter("Ada")
	cookie, _, _ := strings.Cut(a.header.Get("Set-Cookie"), ";")
	for name, c := range map[string]struct {
		headers map1
		status  int
	}{
		"our page":                           {map1{"Cookie": cookie, "Sec-Fetch-Site": "same-origin"}, 200},
		"typed by a person":                  {map1{"Cookie": cookie, "Sec-Fetch-Site": "none"}, 200},
		"our page, by Origin":                {map1{"Cookie": cookie, "Origin": r.url}, 200},
		"our page behind a proxy":            {map1{"Cookie": cookie, "Origin": "http://rollcall.example.com:8080"}, 200},
		"the same, told to be another":       {map1{"Cookie": cookie, "Origin": "http://rollcall.example.com:8080", "Sec-Fetch-Site": "cross-site"}, 200},
		"another website":                    {map1{"Cookie": cookie, "Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"}, 403},
		"another subdomain":                  {map1{"Cookie": cookie, "Sec-Fetch-Site": "same-site", "Origin": "http://evil.example.com"}, 403},
		"another website in an old browser":  {map1{"Cookie": cookie, "Origin": "https://evil.example"}, 403},
		"another port":                       {map1{"Cookie": cookie, "Origin": "http://rollcall.example.com:9090"}, 403},
		"nowhere":                            {map1{"Cookie": cookie, "Origin": "null"}, 403},
		"silence":                            {map1{"Cookie": cookie}, 403},
		"a token":                            {map1{"Authorization": "Bearer " + r.token(a)}, 200},
		"a token from anywhere":              {map1{"Authorization": "Bearer " + r.token(a), "Origin": "https://app.example", "Sec-Fetch-Site": "cross-site"}, 200},
		"a bad token beside a cookie":        {map1{"Authorization": "Bearer x", "Cookie": cookie, "Origin": "https://evil.example"}, 401},
		"nobody, by a program":               {map1{}, 401},
		"nobody, on another website's order": {map1{"Origin": "https://evil.example"}, 403},
	} {
		got := r.do("DELETE", "/api/v1/me/sessions", nil, func(q *http.Request) {
			for name, value := range c.headers {
				q.Header.Set(name, value)
			}
		})
		if got.status != c.status {
			t.Errorf("%s: %d %s, want %d", name, got.status, got.body, c.status)
		}
		if got.status == 403 && got.header.Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s: an error of the type %s", name, got.header.Get("Content-Type"))
		}
	}
	r.expect("reading on another website's order, which cannot see it", http.StatusOK, with("Cookie", cookie), with("Sec-Fetch-Site", "cross-site"))
	if got := r.do("POST", "/api/v1/sign-in", map1{"email": "ada@example.com", "password": password}, with("Origin", "https://evil.example")); got.status != http.StatusForbidden {
		t.Errorf("another website signs somebody in: %d", got.status)
	}
}

func TestEveryAnswerHasTheHeadersThatKeepItToItself(t *testing.T) {
	t.Parallel()
	r := newRig(t, storetest.SQLiteURL(t))
	for name, got := range map[string]answer{"an error": r.do("GET", "/api/v1/me", nil), "nothing there": r.do("GET", "/x", nil), "a refusal": r.do("POST", "/api/v1/sign-out", nil, with("Origin", "https://evil.example"))} {
		for header, want := range map[string]string{
			"Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "Cache-Control": "no-store", "X-Frame-Options": "DENY",
		} {
			if !strings.HasPrefix(got.header.Get(header), want) {
				t.Errorf("%s: %s is %q", name, header, got.header.Get(header))
			}
		}
		if got.header.Get("Strict-Transport-Security") != "" {
			t.Errorf("%s: HSTS without https", name)
		}
	}
}
