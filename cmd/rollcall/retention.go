package main

import (
	"context"
	"errors"
	"time"
)

const (
	forgetEvery = time.Hour
	// keepTurns is for how many days turns are kept at least: nothing that Slack sends again
	// is older than minutes, and follow-ups are understood for as long.
	keepTurns = 30
)

// forgetDaily drops what has been kept long enough, now and every hour.
func (a *app) forgetDaily(ctx context.Context) {
	for {
		if err := a.forgetTurns(ctx); err != nil && ctx.Err() == nil {
			a.logger.WarnContext(ctx, "what is old could not be forgotten", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(forgetEvery):
		}
	}
}

func (a *app) forgetTurns(ctx context.Context) error {
	days := keepTurns
	if a.config.KeepDays > 0 {
		days = min(days, a.config.KeepDays)
	}
	_, err := a.inbox.DeleteBefore(ctx, time.Now().AddDate(0, 0, -days))
	yesterday := a.now().AddDate(0, 0, -1) // what has just expired may be written in another format
	return errors.Join(err, a.forget(ctx), a.store.DeleteVerificationsBefore(ctx, yesterday), a.store.DeleteSessionsBefore(ctx, yesterday))
}
