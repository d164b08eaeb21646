package slackio

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"rollcall/bot"
	"rollcall/store/inbox"
)

const (
	// streamAfter is how long an answer may take before its steps are shown: most need less,
	// and are one message that comes whole.
	streamAfter = 1500 * time.Millisecond
	// appendEvery keeps the steps within what Slack allows.
	appendEvery = time.Second
	mostTitle   = 80
)

// progress shows that a turn is worked on. One goroutine makes its calls in order; it ends
// with End.
type progress struct {
	slack *Slack
	turn  inbox.Turn
	shown *inbox.Part // the message with the steps; nil while there is none
	steps chan string
	end   context.CancelFunc
	done  chan struct{}
	left  bool // an earlier attempt has begun to show steps
}

// Begin shows that the turn is worked on; see bot.Poster.
func (s *Slack) Begin(ctx context.Context, t inbox.Turn, left []inbox.Part) bot.Progress {
	ctx, cancel := context.WithCancel(ctx)
	p := &progress{slack: s, turn: t, steps: make(chan string, 16), end: cancel, done: make(chan struct{})}
	for i := range left {
		if left[i].Kind == kindStream {
			p.shown, p.left = &left[i], true
		}
	}
	go p.run(ctx)
	return p
}

// Step is told each tool that is called.
func (p *progress) Step(tool string) {
	select {
	case p.steps <- tool:
	default: // nobody needs every step
	}
}

// End returns the message with the steps, or nil.
func (p *progress) End(context.Context) *inbox.Part {
	p.end()
	<-p.done
	return p.shown
}

func (p *progress) run(ctx context.Context) {
	defer close(p.done)
	t := p.turn
	if t.Origin == inbox.Command {
		return
	}
	p.slack.showBusy(ctx, t)
	if t.Origin != inbox.DM || p.left || p.slack.noStreams.Load() {
		<-ctx.Done()
		return
	}
	select {
	case <-ctx.Done():
		return
	case <-time.After(streamAfter - time.Since(t.UpdatedAt)):
	}
	if ctx.Err() == nil && p.slack.limits.try(1, methodStart, methodStop) && p.start(context.WithoutCancel(ctx)) {
		p.follow(ctx)
	}
}

// showBusy sets the sign that something is being done, beside everything else. Setting it
// and taking it away are booked together: one that stays is a lie.
func (s *Slack) showBusy(ctx context.Context, t inbox.Turn) {
	if !s.limits.try(2, methodStatus) {
		return
	}
	set := make(chan struct{})
	s.busy.Store(t.ID, set)
	s.late.Go(func() {
		defer close(set)
		s.setStatus(context.WithoutCancel(ctx), t, "processing")
	})
}

// Finish takes the sign away; see bot.Poster.
func (s *Slack) Finish(ctx context.Context, t inbox.Turn) {
	was, found := s.busy.LoadAndDelete(t.ID)
	set, isSet := was.(chan struct{})
	if !found && t.Attempt == 1 || t.Origin == inbox.Command || t.Origin == inbox.Notice { // an earlier attempt may have set it
		return
	}
	s.late.Go(func() {
		if isSet {
			<-set
		}
		s.setStatus(context.WithoutCancel(ctx), t, "active")
	})
}

// Withdraw takes the sign and the steps away; see bot.Poster. Steps that are lost end by
// themselves.
func (s *Slack) Withdraw(ctx context.Context, t inbox.Turn, left []inbox.Part) {
	s.Finish(ctx, t)
	for _, p := range left {
		if p.Kind == kindStream && p.MessageTS != "" {
			s.late.Go(func() { s.removeSteps(context.WithoutCancel(ctx), t, p) })
		}
	}
}

func (s *Slack) removeSteps(ctx context.Context, t inbox.Turn, p inbox.Part) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	err := s.stopStream(ctx, t, &p, message{})
	if err == nil || errors.Is(err, bot.ErrRejected) { // it had ended
		err = s.must(ctx, methodDelete, p.Channel, func(ctx context.Context) error {
			_, _, failed := s.api.DeleteMessageContext(ctx, p.Channel, p.MessageTS)
			return failed
		})
	}
	if err != nil {
		s.config.Logger.InfoContext(ctx, "the steps of a deleted question are left", "turn", t.ID, "error", err)
	}
}

// setStatus shows or takes away the sign that something is being done.
func (s *Slack) setStatus(ctx context.Context, t inbox.Turn, status string) {
	s.nice(ctx, methodStatus, func(ctx context.Context) error {
		params := slack.AgentSessionSetStatusParameters{Status: status, ChannelID: t.Thread.Channel, ThreadTS: t.Thread.TS, InitiatorUserID: t.Asker}
		if status == "processing" {
			params.Title = cut(t.Question, mostTitle)
		}
		_, err := s.api.SetAgentSessionStatusContext(ctx, params)
		return err
	})
}

func (s *Slack) startStream(ctx context.Context, t inbox.Turn) (ts string, err error) {
	err = s.timed(ctx, methodStart, t.Thread.Channel, func(ctx context.Context) (err error) {
		_, ts, err = s.api.StartStreamContext(ctx, t.Thread.Channel, s.write(methodStart, map[string]string{
			"thread_ts": t.Thread.TS, "recipient_user_id": t.Asker, "recipient_team_id": t.Thread.Team, "task_display_mode": "timeline",
			"chunks": step("understand", "Reading the question", "in_progress"),
		}))
		if err == nil && ts == "" {
			err = errNothing
		}
		return err
	})
	return ts, err
}

// start opens the message with the steps. What it intends is stored first, so that after
// a crash the message is completed and not left behind.
func (p *progress) start(ctx context.Context) bool {
	s, t := p.slack, p.turn
	part := inbox.Part{Kind: kindStream, Channel: t.Thread.Channel, Payload: json.RawMessage(`{}`), State: inbox.Intent}
	if err := s.config.Inbox.AddParts(ctx, t, part); err != nil {
		return false
	}
	p.shown = &part
	ts, err := s.startStream(ctx, t)
	s.at("stream_start")
	switch {
	case err == nil:
		part.MessageTS = ts
		if lost := s.config.Inbox.AddParts(ctx, t, part); lost != nil { // found again by looking
			s.config.Logger.WarnContext(ctx, "the steps' message is not stored", "turn", t.ID, "error", lost)
		}
		return true
	case errors.Is(err, bot.ErrRejected):
		s.config.Logger.InfoContext(ctx, "steps are not shown while answering", "reason", code(err))
		s.noStreams.Store(isForGood(code(err)))
		p.shown = nil
	case !errors.Is(err, bot.ErrUnknown):
		p.shown = nil
	}
	return false
}

// isForGood reports whether asking again for a stream is in vain.
func isForGood(code string) bool {
	return code == "missing_scope" || code == "not_allowed_token_type" || code == "unknown_method" || strings.HasPrefix(code, "feature")
}

func step(id, title, status string) string {
	text, err := json.Marshal([]any{map[string]string{"type": "task_update", "id": id, "title": title, "status": status}})
	if err != nil {
		return "[]"
	}
	return string(text)
}

// follow shows the steps as they are made, at most one a second.
func (p *progress) follow(ctx context.Context) {
	titles := map[string]string{
		"find_people": "Looking for people", "get_person": "Looking up a person", "find_projects": "Looking for projects", "get_project": "Looking up a project",
		"find_certifications": "Looking up certificates", "suggest_staffing": "Comparing candidates", "get_capacity": "Adding up capacity",
		"list_time_off": "Looking up time off", "count_skills": "Counting skills",
	}
	p.append(ctx, step("understand", "Reading the question", "complete"))
	for {
		select {
		case <-ctx.Done():
			return
		case tool := <-p.steps:
			if title := titles[tool]; title != "" {
				p.append(ctx, step(tool, title, "in_progress"))
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(appendEvery):
		}
	}
}

func (p *progress) append(ctx context.Context, chunks string) {
	p.slack.may(ctx, methodAppend, func(ctx context.Context) error {
		_, _, err := p.slack.api.AppendStreamContext(ctx, p.turn.Thread.Channel, p.shown.MessageTS, p.slack.write(methodAppend, map[string]string{"ts": p.shown.MessageTS, "chunks": chunks}))
		return err
	})
}
