package llm

import (
	"cmp"
	"context"
	"errors"
	"time"

	"github.com/failsafe-go/failsafe-go"
	"github.com/failsafe-go/failsafe-go/circuitbreaker"
	"github.com/failsafe-go/failsafe-go/retrypolicy"

	"rollcall/bot"
)

// How a failing server is treated: two retries, and after five failures in a minute a
// minute of peace.
const (
	retries       = 2
	firstDelay    = 500 * time.Millisecond
	longestDelay  = 8 * time.Second
	jitter        = 0.2
	failures      = 5
	failureWindow = time.Minute
	pause         = time.Minute
)

// guard tries calls again that may succeed, after as long as the server asks for where it
// does, and not at all when the deadline comes first. Nothing was shown to anybody
// before a call returns, so that trying again is always safe.
func guard(c Config) failsafe.Executor[bot.Response] {
	first := cmp.Or(c.RetryDelay, firstDelay)
	retry := retrypolicy.NewBuilder[bot.Response]().
		HandleIf(func(_ bot.Response, err error) bool { return err != nil }).
		AbortIf(func(_ bot.Response, err error) bool { return !again(err) }).
		WithMaxRetries(retries).WithBackoff(first, max(longestDelay, 2*first)).WithJitterFactor(jitter).
		WithDelayFunc(func(e failsafe.ExecutionAttempt[bot.Response]) time.Duration {
			var failed *Error
			if errors.As(e.LastError(), &failed) && failed.after > 0 {
				return failed.after
			}
			return -1 // the backoff
		}).
		ReturnLastFailure().Build()
	breaker := circuitbreaker.NewBuilder[bot.Response]().
		HandleIf(func(_ bot.Response, err error) bool { return counts(err) }).
		WithFailureThresholdPeriod(failures, failureWindow).WithSuccessThreshold(1).WithDelay(cmp.Or(c.BreakerPause, pause)).Build()
	return failsafe.With(retry, breaker)
}

// again reports whether the call may succeed when it is made once more in time.
func again(err error) bool {
	var failed *Error
	return errors.As(err, &failed) && failed.retry && failed.after <= longestDelay
}

// counts reports whether an error says that the server is in trouble. A caller that went
// away says nothing about the server.
func counts(err error) bool {
	var failed *Error
	return errors.Is(err, context.DeadlineExceeded) || errors.As(err, &failed) && failed.retry
}

// guarded gives the guard's own errors our shape.
func guarded(ctx context.Context, err error) error {
	var failed *Error
	switch {
	case errors.Is(err, circuitbreaker.ErrOpen):
		return &Error{Reason: "it failed too often and is left alone for a while", err: err}
	case errors.As(err, &failed):
		return err
	case ctx.Err() != nil:
		return &Error{Reason: "no answer in time", err: ctx.Err()}
	}
	return &Error{Reason: "the call was given up", err: err}
}
