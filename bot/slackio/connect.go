package slackio

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"strings"
	"time"

	"github.com/slack-go/slack"
)

const (
	// linkAge is how long a link to connect may be used, once.
	linkAge      = 10 * time.Minute
	connectPath  = "/slack/connect"
	callbackPath = connectPath + "/callback"
	cookieName   = "rollcall_connect"
)

// connectBlocks are what somebody sees whom the company does not know: a link that works
// once, for them alone.
func (s *Slack) connectBlocks(ctx context.Context, user string) ([]slack.Block, string, error) {
	const words = "I do not know yet who you are in the company, so I cannot answer you."
	if !s.canConnect() {
		const ask = words + " Please ask an administrator to enter your Slack id, "
		return []slack.Block{section(ask + escape(user) + ".")}, ask + user + ".", nil
	}
	code := secret()
	if err := s.config.Directory.PutSecret(ctx, nameOf("connect", code), user, s.config.Now().Add(linkAge)); err != nil {
		return nil, "", err
	}
	button := slack.NewButtonBlockElement("connect", "", plain("Connect"))
	button.URL, button.Style = s.config.URL+connectPath+"?code="+code, slack.StylePrimary
	return []slack.Block{
		section(words + " Connect your account: you sign in with Slack and are known from then on. The link works once, for ten minutes."),
		slack.NewActionBlock("", button),
	}, words, nil
}

func secret() string {
	var b [32]byte
	_, _ = rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}

// nameOf is under what a secret's value is kept: who reads the database learns no secret.
func nameOf(kind, secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return "slack-" + kind + ":" + hex.EncodeToString(sum[:])
}

func (s *Slack) connectRoutes(mux *http.ServeMux) {
	mux.HandleFunc("GET "+connectPath, s.showConnect)
	mux.HandleFunc("POST "+connectPath, s.startConnect)
	mux.HandleFunc("GET "+callbackPath, s.endConnect)
}

var connectPage = template.Must(template.New("connect").Parse(`<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Rollcall</title>
<style>body{font:16px/1.5 system-ui,sans-serif;max-width:32em;margin:15vh auto;padding:0 1em}button{font:inherit;padding:.6em 1.2em}</style>
<h1>Rollcall</h1><p>{{.Text}}</p>
{{if .Code}}<form method="post"><input type="hidden" name="code" value="{{.Code}}"><button>Sign in with Slack</button></form>{{end}}
</html>`))

func page(w http.ResponseWriter, status int, text, code string) {
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; form-action 'self' https:; frame-ancestors 'none'")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = connectPage.Execute(w, struct{ Text, Code string }{text, code}) // a client that is gone cannot be told
}

const (
	oldLink     = "This link has been used or is too old. Ask for a new one with /rollcall link."
	brokenLink  = "That did not work. Ask for a new link with /rollcall link."
	noConnect   = "Connecting is not set up here. Ask an administrator to enter your Slack id."
	laterPlease = "That did not work just now. Please try again in a moment."
)

// showConnect shows a button. Looking at the page uses nothing up, since mail and chat
// programs look at links before people do.
func (s *Slack) showConnect(w http.ResponseWriter, r *http.Request) {
	code := r.URL.Query().Get("code")
	_, err := s.config.Directory.GetSecret(r.Context(), nameOf("connect", code))
	switch {
	case !s.canConnect():
		page(w, http.StatusNotFound, noConnect, "")
	case errors.Is(err, ErrNobody):
		page(w, http.StatusGone, oldLink, "")
	case err != nil:
		page(w, http.StatusServiceUnavailable, laterPlease, "")
	default:
		page(w, http.StatusOK, "Sign in with Slack, and Rollcall knows who you are.", code)
	}
}

// startConnect uses the link up and sends the browser to Slack. The state that comes back
// works once, in this browser, for the Slack user whom the link was made for.
func (s *Slack) startConnect(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 4096)
	user, err := s.config.Directory.TakeSecret(r.Context(), nameOf("connect", r.PostFormValue("code")))
	if !s.canConnect() || errors.Is(err, ErrNobody) {
		page(w, http.StatusGone, oldLink, "")
		return
	}
	state, browser := secret(), secret()
	if err == nil {
		var value []byte
		value, err = json.Marshal(connecting{User: user, Browser: nameOf("browser", browser)})
		if err == nil {
			err = s.config.Directory.PutSecret(r.Context(), nameOf("state", state), string(value), s.config.Now().Add(linkAge))
		}
	}
	if err != nil {
		s.config.Logger.ErrorContext(r.Context(), "a sign-in with Slack could not begin", "error", err)
		page(w, http.StatusServiceUnavailable, laterPlease, "")
		return
	}
	http.SetCookie(w, &http.Cookie{
		Name: cookieName, Value: browser, Path: connectPath, MaxAge: int(linkAge / time.Second),
		HttpOnly: true, Secure: strings.HasPrefix(s.config.URL, "https:"), SameSite: http.SameSiteLaxMode,
	})
	http.Redirect(w, r, s.AuthorizeURL(state, nameOf("nonce", browser), s.config.URL+callbackPath), http.StatusSeeOther)
}

// connecting is a sign-in under way.
type connecting struct {
	User    string `json:"user"`
	Browser string `json:"browser"`
}

func (s *Slack) endConnect(w http.ResponseWriter, r *http.Request) {
	value, err := s.config.Directory.TakeSecret(r.Context(), nameOf("state", r.URL.Query().Get("state")))
	if err != nil {
		page(w, http.StatusGone, oldLink, "")
		return
	}
	var c connecting
	cookie, err := r.Cookie(cookieName)
	if err != nil || json.Unmarshal([]byte(value), &c) != nil ||
		subtle.ConstantTimeCompare([]byte(nameOf("browser", cookie.Value)), []byte(c.Browser)) != 1 {
		page(w, http.StatusForbidden, "Please finish in the browser in which you began. "+brokenLink, "")
		return
	}
	name, why, err := s.connect(r.Context(), c.User, r.URL.Query().Get("code"), nameOf("nonce", cookie.Value))
	switch {
	case err != nil:
		s.config.Logger.WarnContext(r.Context(), "a sign-in with Slack failed", "slack", c.User, "reason", reason(err))
		page(w, http.StatusBadGateway, brokenLink, "")
	case why != "":
		page(w, http.StatusForbidden, why, "")
	default:
		page(w, http.StatusOK, fmt.Sprintf("You are connected, %s. You can close this page and ask away in Slack.", name), "")
	}
}

// connect asks Slack who has signed in and links them with the person of that address. why
// is what they read when it cannot be.
func (s *Slack) connect(ctx context.Context, user, code, nonce string) (name, why string, err error) {
	who, err := s.Identify(ctx, code, s.config.URL+callbackPath, nonce)
	switch {
	case err != nil:
		return "", "", err
	case who.User != user || !who.Ours:
		return "", "You signed in as somebody else than the one who asked for the link. " + brokenLink, nil
	case !who.EmailVerified || who.Email == "":
		return "", "Slack has not confirmed your e-mail address, so I cannot tell who you are. Ask an administrator to enter your Slack id.", nil
	}
	p, err := s.config.Directory.GetByEmail(ctx, strings.ToLower(who.Email))
	switch {
	case errors.Is(err, ErrNobody), err == nil && !p.Active:
		return "", "Nobody in the company has the e-mail address that you have in Slack. Ask an administrator.", nil
	case err != nil:
		return "", "", err
	}
	err = s.config.Directory.Link(ctx, user, p.ID)
	if errors.Is(err, ErrLinked) {
		return "", "You, or the person with your address, are linked already. /rollcall unlink undoes that.", nil
	}
	return p.Name, "", err
}
