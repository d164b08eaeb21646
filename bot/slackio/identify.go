package slackio

import (
	"context"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/slack-go/slack"
)

// Identity is who has signed in with Slack, as Slack says.
type Identity struct {
	User          string // the Slack user's id
	Ours          bool   // of the bot's own workspace
	Email         string
	EmailVerified bool
}

// canConnect reports whether people can sign in with Slack to say who they are.
func (s *Slack) canConnect() bool {
	return s.config.ClientID != "" && s.config.ClientSecret != "" && s.config.URL != ""
}

// AuthorizeURL is where a browser signs in with Slack, to come back to the redirect address
// with a code and the state. It is empty where signing in is not set up.
func (s *Slack) AuthorizeURL(state, nonce, redirect string) string {
	if !s.canConnect() {
		return ""
	}
	return s.config.siteURL() + "/openid/connect/authorize?" + url.Values{
		"response_type": {"code"}, "scope": {"openid email profile"}, "client_id": {s.config.ClientID}, "state": {state}, "team": {s.team()},
		"nonce": {nonce}, "redirect_uri": {redirect},
	}.Encode()
}

// Identify exchanges the code that a sign-in has ended with, which works once, and returns
// who signed in. The nonce and the redirect address must be those that it began with.
func (s *Slack) Identify(ctx context.Context, code, redirect, nonce string) (Identity, error) {
	api := slack.OAuthOptionAPIURL(s.config.apiURL())
	client := &http.Client{Timeout: callTimeout}
	token, err := slack.GetOpenIDConnectTokenContext(ctx, client, s.config.ClientID, s.config.ClientSecret, code, redirect, api)
	if err != nil {
		return Identity{}, err
	}
	claimed, err := s.claims(token.IdToken, nonce)
	if err != nil {
		return Identity{}, err
	}
	info, err := slack.New(token.AccessToken, slack.OptionAPIURL(s.config.apiURL()), slack.OptionHTTPClient(client)).GetOpenIDConnectUserInfoContext(ctx)
	if err != nil {
		return Identity{}, err
	}
	if info.UserID == "" || info.UserID != claimed.User {
		return Identity{}, errors.New("Slack names two different users")
	}
	return Identity{User: info.UserID, Ours: info.TeamID != "" && info.TeamID == s.team(), Email: info.Email, EmailVerified: info.EmailVerified}, nil
}

// idToken is what Slack asserts of a sign-in.
// https://docs.slack.dev/authentication/sign-in-with-slack
type idToken struct {
	Issuer   string          `json:"iss"`
	Audience json.RawMessage `json:"aud"`
	Expires  int64           `json:"exp"`
	Nonce    string          `json:"nonce"`
	User     string          `json:"https://slack.com/user_id"`
}

// claims reads the token and checks that it belongs to this sign-in. Its signature says
// nothing more than the connection to Slack by which it came (OpenID Connect Core, 3.1.3.7).
func (s *Slack) claims(token, nonce string) (t idToken, err error) {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return t, errors.New("the id token of Slack has not three parts")
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err == nil {
		err = json.Unmarshal(payload, &t)
	}
	switch {
	case err != nil:
		return t, fmt.Errorf("read the id token of Slack: %w", err)
	case t.Issuer != s.config.siteURL():
		return t, errors.New("the id token of Slack has another issuer")
	case !slices.Contains(audience(t.Audience), s.config.ClientID):
		return t, errors.New("the id token of Slack is for another app")
	case t.Expires <= time.Now().Add(-time.Minute).Unix(): // clocks differ a little
		return t, errors.New("the id token of Slack is too old")
	case nonce == "" || subtle.ConstantTimeCompare([]byte(t.Nonce), []byte(nonce)) != 1:
		return t, errors.New("the id token of Slack belongs to another sign-in")
	}
	return t, nil
}

// audience is one app's id or several.
func audience(raw json.RawMessage) (all []string) {
	var one string
	if json.Unmarshal(raw, &one) == nil {
		return []string{one}
	}
	_ = json.Unmarshal(raw, &all) // what is neither names nobody
	return all
}

// SendCode sends somebody a code to sign in with, in their direct messages. It is kept
// nowhere: a message that is lost is asked for again. Somebody without a Slack user is ErrNobody.
func (s *Slack) SendCode(ctx context.Context, person, code string) error {
	if s.team() == "" {
		return errNotConnected
	}
	user, err := s.config.Directory.GetSlackUser(ctx, person)
	if err != nil {
		return err
	}
	text := "Your code to sign in to Rollcall is *" + code + "*. It works once, for ten minutes. Nobody will ever ask you for it; if you have not asked for it, ignore it."
	return s.must(ctx, methodPost, user, func(ctx context.Context) error {
		_, _, failed := s.api.PostMessageContext(ctx, user, s.write(methodPost, map[string]string{
			"text": text, "unfurl_links": "false", "unfurl_media": "false", "link_names": "false",
		}))
		return failed
	})
}
