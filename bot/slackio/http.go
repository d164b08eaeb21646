package slackio

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/slack-go/slack"
)

const (
	largestRequest = 1 << 20
	// signatureAge is how old a request may be; slack.SecretsVerifier checks it.
	// https://docs.slack.dev/authentication/verifying-requests-from-slack
	signatureAge = 5 * time.Minute
)

// Handler serves what Slack sends over HTTP: POST /slack/events, /slack/interactions and
// /slack/commands, each only with Slack's signature. Without a signing secret there is
// none of them. GET and POST /slack/connect link a Slack user with a person.
func (s *Slack) Handler() http.Handler {
	mux := http.NewServeMux()
	if s.config.SigningSecret != "" {
		mux.HandleFunc("POST /slack/events", s.signed(s.serveEvent))
		mux.HandleFunc("POST /slack/interactions", s.signed(s.serveInteraction))
		mux.HandleFunc("POST /slack/commands", s.signed(s.serveCommand))
	}
	s.connectRoutes(mux)
	return mux
}

// reply is what a request is answered with; empty is 200 and nothing.
type reply struct {
	json any
	text string
}

// signed lets only requests through that Slack has signed, not long ago, and that were not
// carried out before.
func (s *Slack) signed(do func(ctx context.Context, body []byte) (reply, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, largestRequest))
		var large *http.MaxBytesError
		if errors.As(err, &large) {
			http.Error(w, "too large", http.StatusRequestEntityTooLarge)
			return
		}
		if err != nil {
			http.Error(w, "not readable", http.StatusBadRequest)
			return
		}
		signature := r.Header.Get("X-Slack-Signature")
		if s.verify(r.Header, body) != nil || s.replay.seen(signature) {
			http.Error(w, "not signed by Slack", http.StatusUnauthorized)
			return
		}
		answer, err := do(r.Context(), body)
		s.respond(r.Context(), w, answer, err)
		if err == nil {
			s.replay.add(signature, time.Now())
		}
	}
}

func (s *Slack) verify(h http.Header, body []byte) error {
	v, err := slack.NewSecretsVerifier(h, s.config.SigningSecret)
	if err != nil {
		return err
	}
	if _, err := v.Write(body); err != nil {
		return err
	}
	return v.Ensure()
}

func (s *Slack) respond(ctx context.Context, w http.ResponseWriter, answer reply, err error) {
	switch {
	case errors.Is(err, errMalformed):
		s.config.Logger.WarnContext(ctx, "Slack sent what cannot be read", "error", err)
		http.Error(w, "malformed", http.StatusBadRequest)
	case err != nil: // Slack sends it again
		s.config.Logger.ErrorContext(ctx, "an event was not kept; Slack will send it again", "error", err)
		http.Error(w, "not kept", http.StatusServiceUnavailable)
	case answer.json != nil:
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(answer.json) // a client that is gone cannot be told
	default:
		w.WriteHeader(http.StatusOK)
		_, _ = io.WriteString(w, answer.text)
	}
	if err == nil {
		s.at("ack")
	}
}

func (s *Slack) serveEvent(ctx context.Context, body []byte) (reply, error) {
	e, err := parseEnvelope(body)
	if err != nil {
		return reply{}, err
	}
	if e.Type == "url_verification" {
		return reply{text: string(e.Challenge)}, nil
	}
	return reply{}, s.take(ctx, body)
}

// serveInteraction reads the form's field and never the address: what stands there is not
// what was signed.
func (s *Slack) serveInteraction(ctx context.Context, body []byte) (reply, error) {
	form, err := url.ParseQuery(string(body))
	if err != nil || form.Get("payload") == "" {
		return reply{}, errMalformed
	}
	answer, err := s.act(ctx, []byte(form.Get("payload")))
	return reply{json: answer}, err
}

func (s *Slack) serveCommand(ctx context.Context, body []byte) (reply, error) {
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return reply{}, errMalformed
	}
	answer, err := s.command(ctx, command{
		Team: storable(form.Get("team_id")), User: storable(form.Get("user_id")), Text: storable(form.Get("text")), Trigger: storable(form.Get("trigger_id")),
	})
	return reply{json: answer}, err
}
