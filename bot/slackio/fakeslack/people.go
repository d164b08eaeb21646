package fakeslack

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"strings"
	"time"
)

func (s *Server) userInfo(a args) (answer, []delivery) {
	u, found := s.users[a["user"]]
	if !found {
		return refuse("user_not_found"), nil
	}
	profile := map[string]any{"real_name": u.Name, "display_name": u.Name}
	if s.may("users:read.email") {
		profile["email"] = u.Email
	}
	return answer{"ok": true, "user": map[string]any{
		"id": u.ID, "team_id": u.Team, "name": u.Name, "deleted": u.Deleted, "is_bot": u.IsBot, "is_restricted": u.Guest, "is_ultra_restricted": u.OneGuest,
		"is_stranger": u.Alien, "is_email_confirmed": !u.Unconfirmed && u.Email != "", "profile": profile,
	}}, nil
}

func (s *Server) openDM(a args) (answer, []delivery) {
	if _, found := s.users[a["users"]]; !found {
		return refuse("user_not_found"), nil
	}
	return answer{"ok": true, "channel": map[string]any{"id": s.dm(a["users"])}}, nil
}

func readView(text string) (map[string]any, string) {
	var view map[string]any
	if json.Unmarshal([]byte(text), &view) != nil {
		return nil, "invalid_arguments"
	}
	blocks, _ := view["blocks"].([]any)
	return view, lint(blocks, 100, viewBlocks)
}

func (s *Server) publish(a args) (answer, []delivery) {
	view, code := readView(a["view"])
	if code != "" {
		return refuse(code), nil
	}
	s.views[a["user_id"]] = view
	return answer{"ok": true, "view": map[string]any{"id": "V" + a["user_id"], "hash": s.ts()}}, nil
}

func (s *Server) openView(a args) (answer, []delivery) {
	view, code := readView(a["view"])
	if code != "" {
		return refuse(code), nil
	}
	switch {
	case a["trigger_id"] == "":
		return refuse("invalid_trigger_id"), nil
	case !lintForm(view):
		return refuse("invalid_arguments"), nil
	}
	s.modals = append(s.modals, view)
	return answer{"ok": true, "view": map[string]any{"id": fmt.Sprintf("V%d", len(s.modals))}}, nil
}

// lintForm holds a form to the limits of
// https://docs.slack.dev/reference/views/modal-views
func lintForm(view map[string]any) bool {
	return textWithin(view["title"], 24) && textWithin(view["submit"], 24) && textWithin(view["close"], 24) &&
		len(str(view["private_metadata"])) <= 3000 && len(str(view["callback_id"])) <= 255
}

var authorizePage = template.Must(template.New("authorize").Parse(`<!doctype html><title>Sign in with Slack (fake)</title><h1>Who are you?</h1>
{{range .}}<p><a href="{{.Href}}">{{.Name}}</a></p>{{end}}`))

// serveAuthorize asks who signs in, where the real one knows.
// https://docs.slack.dev/authentication/sign-in-with-slack
func (s *Server) serveAuthorize(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	if q.Get("client_id") != ClientID || q.Get("response_type") != "code" || q.Get("scope") != "openid email profile" {
		http.Error(w, "invalid request", http.StatusBadRequest)
		return
	}
	type choice struct{ Name, Href string }
	var all []choice
	s.mu.Lock()
	for id, u := range s.users {
		code := "code-" + id + "-" + s.ts()
		s.codes[code] = signIn{id, q.Get("nonce")}
		if !u.IsBot {
			all = append(all, choice{u.Name, q.Get("redirect_uri") + "?" + url.Values{"code": {code}, "state": {q.Get("state")}}.Encode()})
		}
	}
	s.mu.Unlock()
	_ = authorizePage.Execute(w, all)
}

// signIn is a code that waits to be exchanged.
type signIn struct{ user, nonce string }

// SignIn returns the code that a person's sign-in ends with which began with the nonce.
func (s *Server) SignIn(user, nonce string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	code := "code-" + user + "-" + s.ts()
	s.codes[code] = signIn{user, nonce}
	return code
}

func (s *Server) token(a args) (answer, []delivery) {
	began, found := s.codes[a["code"]]
	switch {
	case a["client_id"] != ClientID || a["client_secret"] != ClientSecret:
		return refuse("bad_client_secret"), nil
	case !found:
		return refuse("invalid_code"), nil
	}
	delete(s.codes, a["code"])
	return answer{"ok": true, "access_token": "xoxp-" + began.user, "token_type": "Bearer", "id_token": s.idToken(began)}, nil
}

// idToken has the claims of a real one; nobody checks the signature of what comes from
// Slack itself.
func (s *Server) idToken(of signIn) string {
	u, now := s.users[of.user], time.Now()
	claims, _ := json.Marshal(map[string]any{
		"iss": strings.TrimSuffix(s.URL, "/api/"), "sub": u.ID, "aud": ClientID, "exp": now.Add(5 * time.Minute).Unix(), "iat": now.Unix(), "nonce": of.nonce,
		"https://slack.com/user_id": u.ID, "https://slack.com/team_id": u.Team, "email": u.Email, "email_verified": !u.Unconfirmed,
	})
	encode := base64.RawURLEncoding.EncodeToString
	return encode([]byte(`{"alg":"none"}`)) + "." + encode(claims) + "." + encode([]byte("unsigned"))
}

func (s *Server) signedIn(a args) (answer, []delivery) {
	if len(a["token"]) < 6 {
		return refuse("invalid_auth"), nil
	}
	u, found := s.users[a["token"][5:]]
	if !found {
		return refuse("invalid_auth"), nil
	}
	return answer{
		"ok": true, "sub": u.ID, "https://slack.com/user_id": u.ID, "https://slack.com/team_id": u.Team,
		"email": u.Email, "email_verified": !u.Unconfirmed, "name": u.Name,
	}, nil
}
