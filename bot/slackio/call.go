package slackio

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"time"

	"github.com/slack-go/slack"

	"rollcall/bot"
	"rollcall/store/inbox"
)

const (
	// noRetryAfter is the wait when Slack says to slow down and not for how long.
	noRetryAfter = 10 * time.Second
	// deadAppWait is the wait when the app's token is refused: somebody has to do something.
	deadAppWait = time.Minute
	// inHand is how long a call waits for its turn itself; beyond that the caller comes back.
	inHand = 10 * time.Second
)

// must makes a call that has to be made, when its turn comes. The error is one of those
// that bot.Poster's Send may return.
func (s *Slack) must(ctx context.Context, method, channel string, call func(ctx context.Context) error) error {
	wait := s.limits.take(method, channel, inHand)
	if wait > 0 {
		s.waited(method, wait)
	}
	if wait > inHand {
		return &inbox.LaterError{After: wait}
	}
	if wait > 0 {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(wait):
		}
	}
	return s.timed(ctx, method, channel, call)
}

// timed makes a call, says what is known after it and has it counted.
func (s *Slack) timed(ctx context.Context, method, channel string, call func(ctx context.Context) error) error {
	start := time.Now()
	err := s.classify(ctx, method, channel, call(ctx))
	if s.config.Observe != nil {
		s.config.Observe(method, outcome(err), time.Since(start))
	}
	return err
}

func (s *Slack) waited(method string, d time.Duration) {
	if s.config.Waited != nil {
		s.config.Waited(method, d)
	}
}

// The outcomes of calls, as they are counted.
const (
	OutcomeOK          = "ok"
	OutcomeLater       = "later"       // Slack asks to wait
	OutcomeRejected    = "rejected"    // it never will be carried out
	OutcomeUnknown     = "unknown"     // Slack did not say what became of it
	OutcomeUnreachable = "unreachable" // Slack could not be reached
)

func outcome(err error) string {
	var later *inbox.LaterError
	switch {
	case err == nil:
		return OutcomeOK
	case errors.As(err, &later):
		return OutcomeLater
	case errors.Is(err, bot.ErrRejected):
		return OutcomeRejected
	case errors.Is(err, bot.ErrUnknown):
		return OutcomeUnknown
	}
	return OutcomeUnreachable
}

// may makes a call that is only nice to have, if there is room for it.
func (s *Slack) may(ctx context.Context, method string, call func(ctx context.Context) error) {
	if s.limits.try(1, method) {
		s.nice(ctx, method, call)
	}
}

// niceTimeout is how long a call that is only nice to have may take.
const niceTimeout = 2 * time.Second

// nice makes a call that is booked already and whose failure changes nothing.
func (s *Slack) nice(ctx context.Context, method string, call func(ctx context.Context) error) {
	ctx, cancel := context.WithTimeout(ctx, niceTimeout)
	defer cancel()
	if err := s.timed(ctx, method, "", call); err != nil {
		s.config.Logger.DebugContext(ctx, "a call to Slack failed that is not needed", "method", method, "error", err)
	}
}

// classify says what is known after a call: that it was not carried out and when to come
// back, that it never will be, or that nobody knows.
func (s *Slack) classify(ctx context.Context, method, channel string, err error) error {
	if err == nil {
		return nil
	}
	var limited *slack.RateLimitedError
	var status slack.StatusCodeError
	var refused slack.SlackErrorResponse
	switch {
	case errors.As(err, &limited):
		return s.limited(ctx, method, channel, limited.RetryAfter)
	case errors.As(err, &status) && status.Code == http.StatusTooManyRequests:
		return s.limited(ctx, method, channel, noRetryAfter)
	case errors.As(err, &refused):
		return s.refused(ctx, method, channel, refused)
	case isDial(err):
		return fmt.Errorf("%s: Slack could not be reached: %w", method, err)
	}
	return fmt.Errorf("%s: %w: %w", method, bot.ErrUnknown, err)
}

func isDial(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && op.Op == "dial"
}

// limited holds the method back. The pauses of several processes should not end together.
func (s *Slack) limited(ctx context.Context, method, channel string, after time.Duration) error {
	after += time.Duration(rand.Int64N(int64(500 * time.Millisecond))) //nolint:gosec // no secret depends on it
	s.config.Logger.InfoContext(ctx, "Slack asks to wait", "method", method, "channel", channel, "wait", after)
	s.limits.hold(method, channel, after)
	return &inbox.LaterError{After: after}
}

// refused sorts Slack's error codes.
func (s *Slack) refused(ctx context.Context, method, channel string, e slack.SlackErrorResponse) error {
	switch e.Err {
	case "ratelimited", "rate_limited":
		return s.limited(ctx, method, channel, noRetryAfter)
	case "internal_error", "fatal_error", "service_unavailable", "request_timeout", "team_added_to_org":
		return fmt.Errorf("%s: %w: Slack says %s", method, bot.ErrUnknown, e.Err)
	case "invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired":
		s.config.Logger.ErrorContext(ctx, "Slack refuses the bot's token; answers wait until it is renewed", "reason", e.Err)
		return &inbox.LaterError{After: deadAppWait}
	}
	return fmt.Errorf("%s: %w: %w", method, bot.ErrRejected, codeError(e.Err))
}

// codeError is Slack's word for why it refuses.
type codeError string

// Error is the word.
func (e codeError) Error() string { return "Slack says " + string(e) }

// code returns Slack's word for why it refused, or nothing.
func code(err error) string {
	var e codeError
	if errors.As(err, &e) {
		return string(e)
	}
	return ""
}
