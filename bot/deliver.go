package bot

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"go.opentelemetry.io/otel/attribute"

	"rollcall/store/chatlog"
	"rollcall/store/inbox"
)

const (
	// shortWait is how long a worker waits itself; for longer the thread is given back.
	shortWait     = 3 * time.Second
	firstSendWait = 250 * time.Millisecond
	mostSendWait  = 30 * time.Second
	// giveUpAfter is when an answer that cannot be brought is given up: a late answer is
	// worth more than none, a day-old one is not.
	giveUpAfter = 12 * time.Hour
)

// deliver sends what is not sent, records the exchange, ends the turn and reports whether
// more is open in its thread.
func (d *Desk) deliver(ctx context.Context, t inbox.Turn, out delivery) (bool, error) {
	state := inbox.Sent
	var sent []inbox.Part
	for i := range out.parts {
		p := &out.parts[i]
		if p.State != inbox.Done && p.State != inbox.Rejected {
			err := d.send(ctx, t, p, out.fresh)
			if err != nil {
				return false, errors.Join(err, d.keepSent(ctx, t, sent))
			}
			sent = append(sent, *p)
			if out.fresh && i < len(out.parts)-1 { // the last one is kept with the turn's end
				if err := d.keepSent(ctx, t, sent); err != nil {
					return false, err
				}
				sent = nil
			}
		}
		if p.State == inbox.Rejected {
			state = inbox.Failed
			t.Error = ErrRejected.Error()
		}
	}
	if t.Cancel == inbox.Stopped && state == inbox.Sent {
		state = inbox.Cancelled
	}
	d.Poster.Finish(ctx, t)
	recorded := out.exchange != nil && d.Bot.append(context.WithoutCancel(ctx), *out.exchange) == nil
	return d.Inbox.End(context.WithoutCancel(ctx), t, state, sent, recorded)
}

func (d *Desk) keepSent(ctx context.Context, t inbox.Turn, sent []inbox.Part) error {
	var err error
	for _, p := range sent {
		err = errors.Join(err, d.Inbox.SetPart(context.WithoutCancel(ctx), t, p))
	}
	return err
}

// send brings one message to the person, or says with an *inbox.LaterError when to go on.
func (d *Desk) send(ctx context.Context, t inbox.Turn, p *inbox.Part, fresh bool) (err error) {
	ctx, span := d.Bot.span(ctx, "send", attribute.String("rollcall.message", p.Kind))
	defer func() {
		span.SetAttributes(attribute.String("rollcall.state", string(p.State)), attribute.Int("rollcall.attempt", p.Attempt))
		endSpan(span, err)
	}()
	return d.sendUntil(ctx, t, p, fresh)
}

func (d *Desk) sendUntil(ctx context.Context, t inbox.Turn, p *inbox.Part, fresh bool) error {
	fresh = fresh && p.Attempt == 0
	wait := firstSendWait << min(p.Attempt, 8)
	for {
		d.at("intent")
		p.Attempt++
		err := d.Poster.Send(ctx, t, p, fresh)
		if err == nil {
			d.at("sent")
			p.State = inbox.Done
			return nil
		}
		var later *inbox.LaterError
		pauseFor := min(wait, mostSendWait)
		switch {
		case errors.Is(err, ErrRejected):
			d.Logger.ErrorContext(ctx, "a message was refused", "turn", t.ID, "part", p.Number, "error", err)
			p.State = inbox.Rejected
			return nil
		case errors.As(err, &later):
			pauseFor = later.After
		case errors.Is(err, ErrUnknown):
			p.State, fresh = inbox.Unknown, false
		}
		if time.Since(t.CreatedAt) > giveUpAfter {
			d.Logger.ErrorContext(ctx, "an answer was given up", "turn", t.ID, "error", err)
			p.State = inbox.Rejected
			return nil
		}
		if stop := d.putOff(ctx, t, *p, pauseFor, err); stop != nil {
			return stop
		}
		wait *= 2
	}
}

// putOff waits a little, or gives the thread back for as long as there is to wait.
func (d *Desk) putOff(ctx context.Context, t inbox.Turn, p inbox.Part, after time.Duration, why error) error {
	if p.Attempt == 1 || after > shortWait {
		d.Logger.WarnContext(ctx, "a message is not sent yet", "turn", t.ID, "part", p.Number, "wait", after, "error", why)
	}
	if p.State == inbox.Unknown || after > shortWait {
		if err := d.Inbox.SetPart(context.WithoutCancel(ctx), t, p); err != nil {
			return err
		}
	}
	if after > shortWait {
		return &inbox.LaterError{After: after}
	}
	pause(ctx, after)
	return ctx.Err()
}

const (
	watchEvery = 500 * time.Millisecond
	// recordAge is how old a record is before it is looked after: until then the turn's own
	// worker writes it.
	recordAge   = 20 * time.Second
	recordEvery = 10 * time.Second
	recordMost  = 100
)

// Run ends turns that people have stopped or withdrawn, in whichever process they run, and
// writes records that were left, until ctx ends.
func (d *Desk) Run(ctx context.Context) {
	watch, records := time.NewTicker(watchEvery), time.NewTicker(recordEvery)
	defer watch.Stop()
	defer records.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-watch.C:
			d.endCancelled(ctx)
		case <-records.C:
			if err := d.RecordLeft(ctx, recordAge); err != nil && ctx.Err() == nil {
				d.Logger.WarnContext(ctx, "exchanges are not recorded yet", "error", err)
			}
		}
	}
}

func (d *Desk) endCancelled(ctx context.Context) {
	ids := d.runningIDs()
	if len(ids) == 0 {
		return
	}
	found, err := d.Inbox.FindCancelled(ctx, ids)
	if err != nil {
		return // the next look finds it
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	for id, why := range found {
		if cancel := d.running[id]; cancel != nil {
			cancel(map[string]error{inbox.Stopped: errStopped, inbox.Deleted: errDeleted}[why])
		}
	}
}

func (d *Desk) runningIDs() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	ids := make([]string, 0, len(d.running))
	for id := range d.running {
		ids = append(ids, id)
	}
	return ids
}

// RecordLeft writes the records of turns that nobody has touched for the time: their
// process died before it could, or the log was away.
func (d *Desk) RecordLeft(ctx context.Context, age time.Duration) error {
	left, err := d.Inbox.FindUnrecorded(ctx, time.Now().Add(-age), recordMost)
	for _, r := range left {
		if err == nil {
			err = d.recordOne(ctx, r)
		}
	}
	return err
}

func (d *Desk) recordOne(ctx context.Context, r inbox.Record) error {
	var e chatlog.Exchange
	if err := json.Unmarshal(r.Document, &e); err != nil {
		return fmt.Errorf("read the record of turn %s: %w", r.Turn, err)
	}
	if err := d.Bot.append(ctx, e); err != nil {
		return err
	}
	return d.Inbox.SetRecorded(ctx, r.Turn)
}
