package signin

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"rollcall/store"
)

const (
	// slackAge is how long somebody may take to sign in with Slack.
	slackAge    = 10 * time.Minute
	stateCookie = "rollcall_sign_in"
)

type startSlackInput struct {
	ReturnTo string `query:"returnTo" maxLength:"512" doc:"The path of this service to which the browser goes afterwards."`
}

type redirectOutput struct {
	Location  string        `header:"Location"`
	SetCookie []http.Cookie `header:"Set-Cookie"`
}

// signingIn is a sign-in under way.
type signingIn struct {
	Browser  string `json:"browser"`
	ReturnTo string `json:"returnTo"`
}

func noSlack() error { return huma.Error404NotFound("Sign in with Slack is not set up here.") }

func (s *Service) hasSlack() bool {
	return s.config.AuthorizeURL != nil && s.config.Identify != nil && s.config.URL != ""
}

// startSlack sends the browser to Slack. The state that comes back works once, in this browser.
func (s *Service) startSlack(ctx context.Context, in *startSlackInput) (*redirectOutput, error) {
	if !s.hasSlack() {
		return nil, noSlack()
	}
	if err := s.admit(ctx); err != nil {
		return nil, err
	}
	state, browser := newToken(), newToken()
	value, err := json.Marshal(signingIn{Browser: s.nameOf("browser", browser), ReturnTo: s.home(in.ReturnTo)})
	if err == nil {
		err = s.store.CreateVerification(ctx, &store.Verification{Identifier: s.nameOf("state", state), Value: string(value), ExpiresAt: s.store.Now().Add(slackAge)})
	}
	if err != nil {
		return nil, s.fault(ctx, err)
	}
	to := s.config.AuthorizeURL(state, s.nameOf("nonce", browser), s.config.URL+callbackPath)
	if to == "" {
		return nil, noSlack()
	}
	return &redirectOutput{Location: to, SetCookie: []http.Cookie{s.stateCookie(browser)}}, nil
}

// home is a path of this service, whatever was asked for: nobody is sent to another website.
func (s *Service) home(asked string) string {
	u, err := url.Parse(asked)
	if err != nil || u.Scheme != "" || u.Host != "" || u.User != nil || !strings.HasPrefix(asked, "/") || strings.HasPrefix(asked, "//") || strings.ContainsAny(asked, "\\\r\n\t") {
		return s.config.Home
	}
	return asked
}

func (s *Service) stateCookie(browser string) http.Cookie {
	c := http.Cookie{
		Name: stateCookie, Value: browser, Path: slackPath, MaxAge: int(slackAge.Seconds()), HttpOnly: true, Secure: s.secure, SameSite: http.SameSiteLaxMode,
	}
	if browser == "" {
		c.MaxAge = -1
	}
	return c
}

type endSlackInput struct {
	Code    string `query:"code" maxLength:"1024"`
	State   string `query:"state" maxLength:"128"`
	Error   string `query:"error" maxLength:"256" doc:"Why Slack signed nobody in."`
	Why     string `query:"error_description" maxLength:"1024"`
	Browser string `cookie:"rollcall_sign_in"`
}

// endSlack signs in whom Slack names.
func (s *Service) endSlack(ctx context.Context, in *endSlackInput) (*redirectOutput, error) {
	if !s.hasSlack() {
		return nil, noSlack()
	}
	if err := s.admit(ctx); err != nil {
		return nil, err
	}
	to, err := s.returning(ctx, in)
	if err != nil {
		return nil, s.fault(ctx, err)
	}
	p, err := s.slackPerson(ctx, in)
	if err != nil {
		return nil, s.fault(ctx, err)
	}
	began, err := s.begin(ctx, p, "slack")
	if err != nil {
		return nil, s.fault(ctx, err)
	}
	s.addresses.giveBack(place(callerOf(ctx).address))
	return &redirectOutput{Location: to, SetCookie: append(began.SetCookie, s.stateCookie(""))}, nil
}

// returning uses the state up and returns where the browser goes afterwards.
func (s *Service) returning(ctx context.Context, in *endSlackInput) (string, error) {
	row, err := s.store.TakeVerification(ctx, s.nameOf("state", in.State))
	if errors.Is(err, store.ErrNotFound) {
		return "", huma.Error401Unauthorized("This sign-in has been used or is too old. Begin again.")
	}
	if err != nil {
		return "", err
	}
	var began signingIn
	if err := json.Unmarshal([]byte(row.Value), &began); err != nil {
		return "", err
	}
	if in.Browser == "" || !same(began.Browser, s.nameOf("browser", in.Browser)) {
		return "", huma.Error403Forbidden("Please finish in the browser in which you began.")
	}
	return began.ReturnTo, nil
}

// slackPerson returns whom Slack has signed in.
func (s *Service) slackPerson(ctx context.Context, in *endSlackInput) (p store.Person, err error) {
	if in.Code == "" {
		return p, huma.Error401Unauthorized("Slack signed nobody in.")
	}
	who, err := s.config.Identify(ctx, in.Code, s.config.URL+callbackPath, s.nameOf("nonce", in.Browser))
	if err != nil {
		s.config.Logger.WarnContext(ctx, "Slack did not say who signed in", "error", err)
		return p, huma.Error401Unauthorized("Slack did not say who you are. Begin again.")
	}
	switch {
	case !who.Ours:
		return p, huma.Error403Forbidden("That is an account of another workspace.")
	case !who.EmailVerified:
		return p, huma.Error403Forbidden("Slack has not confirmed your e-mail address.")
	}
	p, err = active(s.store.GetPersonByAccount(ctx, slackProvider, who.User))
	if errors.Is(err, store.ErrNotFound) {
		return p, huma.Error403Forbidden("Nobody here is known by your Slack account. Write /rollcall link in Slack, or ask an administrator.")
	}
	return p, err
}
