package bot

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"go.opentelemetry.io/otel/attribute"

	"rollcall/store/chatlog"
	"rollcall/store/inbox"
	"rollcall/tools"
)

// Desk works on the questions of a messenger: it keeps each in the inbox, answers them one
// at a time in each thread, stores an answer before any of it is sent, and never asks for
// it again. It is safe for concurrent use. Run must run beside it.
type Desk struct {
	Bot    *Bot
	Inbox  *inbox.Inbox
	Poster Poster
	// Wake has a thread worked on, by calling Drain in one of the processes.
	Wake   func(ctx context.Context, th inbox.Thread) error
	Logger *slog.Logger
	// Checkpoint is told where a turn is; nil is nobody. Tests end the process there.
	Checkpoint func(name string)

	mu      sync.Mutex
	running map[string]context.CancelCauseFunc // by turn
}

// Poster is a messenger: it knows people and brings them messages.
type Poster interface {
	// Welcome says who asks. Someone who gets no answer gets the refusal's messages instead;
	// the asker is then empty. An error means that it could not be found out now.
	Welcome(ctx context.Context, t inbox.Turn) (asker tools.Asker, refusal []inbox.Part, err error)
	// Begin shows that the turn is worked on, and its steps. left is what an earlier attempt
	// at the turn has sent already. The person's wait must not grow by it.
	Begin(ctx context.Context, t inbox.Turn, left []inbox.Part) Progress
	// Draw makes the messages of an answer, in order, as they are to be stored and sent.
	// shown is what Progress.End returned.
	Draw(ctx context.Context, t inbox.Turn, a Answer, shown *inbox.Part) ([]inbox.Part, error)
	// Send brings one message to the person and sets its MessageTS. A part whose state is
	// not known, or that is not fresh from Draw, is looked for first. The errors are
	// ErrUnknown, ErrRejected, an *inbox.LaterError, or others after which it was not sent.
	Send(ctx context.Context, t inbox.Turn, p *inbox.Part, fresh bool) error
	// Finish is told that everything was sent.
	Finish(ctx context.Context, t inbox.Turn)
	// Withdraw takes away what was shown while a turn ran that nobody wants answered any
	// more. left is what was sent for it.
	Withdraw(ctx context.Context, t inbox.Turn, left []inbox.Part)
}

// Progress is what a person sees while a turn runs.
type Progress interface {
	// Step is told each tool that is called. It does not block.
	Step(tool string)
	// End returns the message that shows the steps, to be completed by the answer, or nil.
	End(ctx context.Context) *inbox.Part
}

var (
	// ErrUnknown means that a message may or may not have been sent.
	ErrUnknown = errors.New("the messenger did not say whether the message arrived")
	// ErrRejected means that a message will never be sent.
	ErrRejected = errors.New("the messenger refuses the message")
)

var (
	errStopped = errors.New("stopped by the person")
	errDeleted = errors.New("the question was deleted")
)

// messenger is the channel of questions that a desk takes.
const messenger = "slack"

// maxAttempts is how often a turn whose process died in it is begun again. A question that
// takes the process down with it must not do so for ever.
const maxAttempts = 5

// kept is what the inbox keeps with an answer, for the thread's next turn.
type kept struct {
	Kind    Kind      `json:"kind"`
	Person  string    `json:"person,omitempty"`
	Text    string    `json:"text,omitempty"`
	History []Message `json:"history,omitempty"`
}

func (d *Desk) at(checkpoint string) {
	if d.Checkpoint != nil {
		d.Checkpoint(checkpoint)
	}
}

// Take keeps a question, once however often it comes, and has its thread worked on. After
// nil it will be answered, whatever happens to the process.
func (d *Desk) Take(ctx context.Context, t inbox.Turn) error {
	if _, err := d.Inbox.Add(ctx, t); err != nil {
		return err
	}
	d.at("inbox")
	return d.Wake(ctx, t.Thread)
}

// Drain works on the thread's turns in order until none is left.
func (d *Desk) Drain(ctx context.Context, th inbox.Thread) error {
	for {
		t, found, err := d.Inbox.Claim(ctx, th)
		if err != nil || !found {
			return err
		}
		more, err := d.work(withTurn(ctx, t.ID), t)
		if err != nil && !errors.Is(err, inbox.ErrLost) {
			return fmt.Errorf("turn %s: %w", t.ID, err)
		}
		if err == nil && !more {
			return nil
		}
	}
}

// work brings one claimed turn to its end and reports whether more is open in its thread.
func (d *Desk) work(ctx context.Context, t inbox.Turn) (more bool, err error) {
	ctx, span := d.Bot.span(ctx, "turn", turnAttributes(t)...)
	defer func() { endSpan(span, err) }()
	return d.bring(ctx, t)
}

func (d *Desk) bring(ctx context.Context, t inbox.Turn) (bool, error) {
	if t.State != inbox.Running {
		parts, err := d.Inbox.FindParts(ctx, t.ID)
		if err != nil {
			return false, err
		}
		isFresh := t.Origin == inbox.Notice && t.Attempt == 1 // nobody can have sent it
		return d.deliver(ctx, t, delivery{parts: parts, fresh: isFresh})
	}
	if t.Cancel == inbox.Deleted {
		return d.withdraw(ctx, t)
	}
	out, err := d.answer(ctx, &t)
	if errors.Is(err, errDeleted) {
		return d.withdraw(context.WithoutCancel(ctx), t)
	}
	if err != nil {
		return false, err
	}
	return d.deliver(ctx, t, out)
}

// withdraw ends the turn of a question that was deleted, without a word.
func (d *Desk) withdraw(ctx context.Context, t inbox.Turn) (bool, error) {
	left, err := d.Inbox.FindParts(ctx, t.ID)
	if err != nil {
		return false, err
	}
	d.Poster.Withdraw(ctx, t, left)
	return d.Inbox.End(ctx, t, inbox.Cancelled, nil, false)
}

// answer finds the answer and stores it. What keeps it from being begun, such as a messenger
// that does not say who asks, is not counted among the attempts at it.
func (d *Desk) answer(ctx context.Context, t *inbox.Turn) (delivery, error) {
	asker, refusal, err := d.Poster.Welcome(ctx, *t)
	if err != nil {
		return delivery{}, errors.Join(err, d.Inbox.GiveBack(context.WithoutCancel(ctx), *t))
	}
	q, err := d.question(ctx, *t, asker)
	if err != nil {
		return delivery{}, errors.Join(err, d.Inbox.GiveBack(context.WithoutCancel(ctx), *t))
	}
	if refusal != nil {
		return d.refuse(ctx, t, q, refusal)
	}
	a, shown, err := d.ask(ctx, t, q)
	if err != nil {
		return delivery{}, err
	}
	parts, err := d.Poster.Draw(ctx, *t, a, shown)
	if err != nil {
		return delivery{}, fmt.Errorf("draw the answer: %w", err)
	}
	exchange := d.Bot.Exchange(q, a)
	record, err := exchange.Document()
	if err != nil {
		return delivery{}, err
	}
	if t.Answer, err = json.Marshal(kept{Kind: a.Kind, Person: asker.ID, Text: a.View.Headline, History: a.History}); err != nil {
		return delivery{}, fmt.Errorf("keep the answer: %w", err)
	}
	if a.Err != nil {
		t.Error = a.Err.Error()
	}
	return delivery{parts: parts, fresh: true, exchange: &exchange}, d.store(ctx, *t, record, parts)
}

// refuse stores a refusal. The others in the thread go on where they were.
func (d *Desk) refuse(ctx context.Context, t *inbox.Turn, q Question, refusal []inbox.Part) (_ delivery, err error) {
	if t.Answer, err = json.Marshal(kept{Kind: Declined, History: q.History}); err != nil {
		return delivery{}, fmt.Errorf("keep the refusal: %w", err)
	}
	d.Bot.observe(Question{Turn: t.ID, Channel: messenger}, Answer{Turn: t.ID, Kind: Declined})
	return delivery{parts: refusal, fresh: true}, d.store(ctx, *t, nil, refusal)
}

// question is the turn's question with what was said before it.
func (d *Desk) question(ctx context.Context, t inbox.Turn, asker tools.Asker) (Question, error) {
	asker.Public = t.Origin == inbox.Channel
	q := Question{Turn: t.ID, Asker: asker, Channel: messenger, Conversation: t.Thread.Channel + "/" + t.Thread.TS, Text: t.Question}
	if t.MessageTS == t.Thread.TS {
		return q, nil
	}
	last, err := d.Inbox.GetLastAnswer(ctx, t.Thread, t.MessageTS)
	if err != nil || last == nil {
		return q, err
	}
	var before kept
	if err := json.Unmarshal(last, &before); err != nil {
		return q, fmt.Errorf("read the last answer: %w", err)
	}
	q.History = before.History
	return q, nil
}

// ask has the bot answer while the person sees that it works.
func (d *Desk) ask(ctx context.Context, t *inbox.Turn, q Question) (Answer, *inbox.Part, error) {
	var left []inbox.Part
	var err error
	if t.Attempt > 1 {
		if left, err = d.Inbox.FindParts(ctx, t.ID); err != nil {
			return Answer{}, nil, err
		}
	}
	progress := d.Poster.Begin(ctx, *t, left)
	q.Step = func(tool string) {
		d.at("model")
		progress.Step(tool)
	}
	running, end := d.begin(ctx, *t)
	a, err := d.try(running, *t, q)
	cause := context.Cause(running)
	end()
	shown := progress.End(context.WithoutCancel(ctx))
	switch {
	case errors.Is(cause, errDeleted):
		return a, nil, errDeleted
	case errors.Is(cause, errStopped):
		t.Cancel = inbox.Stopped
		return d.stopped(q), shown, nil
	case ctx.Err() != nil: // the process is to end: another one answers
		return a, nil, ctx.Err()
	}
	return a, shown, err
}

func (d *Desk) try(ctx context.Context, t inbox.Turn, q Question) (Answer, error) {
	if t.Cancel == inbox.Stopped {
		return d.stopped(q), nil
	}
	if t.Attempt > maxAttempts {
		return Answer{
			History: q.History, Turn: t.ID, Kind: Failed, Model: d.Bot.Model.Name(), Err: fmt.Errorf("begun %d times and never ended", t.Attempt-1),
			View: tools.View{Headline: "I was interrupted too often while answering this. Please ask again."},
		}, nil
	}
	a, err := d.Bot.Answer(ctx, q)
	if errors.Is(err, ErrQuestion) {
		return d.unasked(q, sentence(err.Error())), nil
	}
	return a, err
}

func (d *Desk) stopped(q Question) Answer { return d.unasked(q, "Stopped.") }

// unasked is the answer to what nothing was looked up for. The conversation stays as it was.
func (d *Desk) unasked(q Question, says string) Answer {
	return Answer{Turn: q.Turn, Kind: Declined, Model: d.Bot.Model.Name(), View: tools.View{Headline: says}, History: q.History}
}

// begin makes the turn one that Run can end early.
func (d *Desk) begin(ctx context.Context, t inbox.Turn) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.running == nil {
		d.running = map[string]context.CancelCauseFunc{}
	}
	d.running[t.ID] = cancel
	return ctx, func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		delete(d.running, t.ID)
		cancel(nil)
	}
}

const (
	// storeTime is how long an answer waits in memory for a database that is away.
	storeTime      = 2 * time.Minute
	storeFirstWait = 100 * time.Millisecond
	storeMostWait  = 2 * time.Second
)

// store keeps the answer, also while the database is away for a moment: asking the model
// again would cost more than waiting.
func (d *Desk) store(ctx context.Context, t inbox.Turn, record json.RawMessage, parts []inbox.Part) (err error) {
	ctx, span := d.Bot.span(ctx, "store", attribute.Int("rollcall.messages", len(parts)))
	defer func() { endSpan(span, err) }()
	return d.storeSoon(ctx, t, record, parts)
}

func (d *Desk) storeSoon(ctx context.Context, t inbox.Turn, record json.RawMessage, parts []inbox.Part) error {
	wait, end := storeFirstWait, time.Now().Add(storeTime)
	for {
		err := d.Inbox.Store(ctx, t, record, parts)
		if err == nil {
			d.at("answer_ready")
			return nil
		}
		if errors.Is(err, inbox.ErrLost) || ctx.Err() != nil || time.Now().After(end) {
			return err
		}
		d.Logger.WarnContext(ctx, "an answer is not stored yet", "turn", t.ID, "error", err)
		pause(ctx, wait)
		wait = min(2*wait, storeMostWait)
	}
}

func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}

// delivery is an answer on its way.
type delivery struct {
	parts    []inbox.Part
	fresh    bool              // drawn just now, so that nothing of it was sent
	exchange *chatlog.Exchange // to be recorded; nil where the sweep of records does it
}
