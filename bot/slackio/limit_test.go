package slackio

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"testing"
	"time"

	"github.com/slack-go/slack"

	"rollcall/bot"
	"rollcall/store/inbox"
)

// clock is a time that tests move.
type clock struct{ at time.Time }

func (c *clock) now() time.Time { return c.at }

func TestAPauseInOneChannelDoesNotHoldUpAnother(t *testing.T) {
	t.Parallel()
	c := &clock{at: time.Now()}
	l := newLimits(c.now)
	l.hold(methodPost, "C1", 30*time.Second)
	if wait := l.take(methodPost, "C1", time.Hour); wait < 29*time.Second {
		t.Errorf("the paused channel waits %s", wait)
	}
	if wait := l.take(methodPost, "C2", time.Hour); wait != 0 {
		t.Errorf("another channel waits %s", wait)
	}
	l.hold(methodPost, "C2", 30*time.Second) // a second one: it is the workspace
	if wait := l.take(methodPost, "C3", time.Hour); wait < 29*time.Second {
		t.Errorf("with two channels paused a third waits %s", wait)
	}
	c.at = c.at.Add(31 * time.Second)
	if wait := l.take(methodPost, "C3", time.Hour); wait != 0 {
		t.Errorf("after the pause %s", wait)
	}
}

func TestPausesThatAreOverAreForgotten(t *testing.T) {
	t.Parallel()
	c := &clock{at: time.Now()}
	l := newLimits(c.now)
	for i := range 1000 {
		l.hold(methodPost, fmt.Sprintf("C%d", i), time.Second)
		c.at = c.at.Add(2 * time.Second)
	}
	if len(l.paused) > 2 {
		t.Errorf("%d pauses are remembered", len(l.paused))
	}
}

func TestACallThatComesBackLaterBooksNothing(t *testing.T) {
	t.Parallel()
	c := &clock{at: time.Now()}
	l := newLimits(c.now)
	for range postBurst {
		if wait := l.take(methodPost, "C", 0); wait != 0 {
			t.Fatalf("the burst waits %s", wait)
		}
	}
	for range 50 {
		if wait := l.take(methodPost, "C", 0); wait > postEvery {
			t.Fatalf("it waits %s for calls that were never made", wait)
		}
	}
}

func TestAStreamIsOnlyStartedWhenItsEndIsBookedToo(t *testing.T) {
	t.Parallel()
	c := &clock{at: time.Now()}
	l := newLimits(c.now)
	n := 0
	for l.try(1, methodStart, methodStop) {
		n++
	}
	if n != perMinute[methodStart] {
		t.Errorf("%d streams in a minute", n)
	}
	l.hold(methodStop, "", time.Minute)
	c.at = c.at.Add(30 * time.Second)
	if l.try(1, methodStart, methodStop) {
		t.Error("a stream was started that cannot be ended")
	}
}

func TestSlacksRefusalsAreToldApart(t *testing.T) {
	t.Parallel()
	s := New(Config{Logger: slog.New(slog.NewTextHandler(io.Discard, nil))})
	dial := &net.OpError{Op: "dial", Err: errors.New("refused")}
	for name, c := range map[string]struct {
		err     error
		later   time.Duration
		is      error
		notSent bool
	}{
		"429 with Retry-After":    {err: &slack.RateLimitedError{RetryAfter: 7 * time.Second}, later: 7 * time.Second},
		"429 without":             {err: slack.StatusCodeError{Code: 429}, later: noRetryAfter},
		"ratelimited in a 200":    {err: slack.SlackErrorResponse{Err: "ratelimited"}, later: noRetryAfter},
		"a token that is refused": {err: slack.SlackErrorResponse{Err: "token_revoked"}, later: deadAppWait},
		"503":                     {err: slack.StatusCodeError{Code: 503}, is: bot.ErrUnknown},
		"a cut connection":        {err: io.EOF, is: bot.ErrUnknown},
		"a time-out":              {err: context.DeadlineExceeded, is: bot.ErrUnknown},
		"Slack's own trouble":     {err: slack.SlackErrorResponse{Err: "internal_error"}, is: bot.ErrUnknown},
		"nothing said":            {err: errNothing, is: bot.ErrUnknown},
		"no such channel":         {err: slack.SlackErrorResponse{Err: "channel_not_found"}, is: bot.ErrRejected},
		"nobody there":            {err: fmt.Errorf("post: %w", dial), notSent: true},
	} {
		got := s.classify(t.Context(), methodUpdate, "", c.err)
		var later *inbox.LaterError
		switch {
		case c.later > 0:
			if !errors.As(got, &later) || later.After < c.later || later.After > c.later+time.Second {
				t.Errorf("%s: %v", name, got)
			}
		case c.is != nil && !errors.Is(got, c.is):
			t.Errorf("%s: %v", name, got)
		case c.notSent && (errors.Is(got, bot.ErrUnknown) || errors.Is(got, bot.ErrRejected) || got == nil):
			t.Errorf("%s: %v", name, got)
		}
	}
}
