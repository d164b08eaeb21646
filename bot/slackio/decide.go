package slackio

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"rollcall/bot"
	"rollcall/proposal"
	"rollcall/store/inbox"
)

// verbs are what the buttons of a card ask for.
var verbs = map[string]proposal.Verb{actionConfirm: proposal.Confirm, actionCancel: proposal.Cancel, actionUndo: proposal.Undo}

const (
	notNowSentence = "I could not do that just now. Nothing was changed as far as I know; press the button again."
	forgedSentence = "I do not know what that button is for, so I did nothing."
)

// decide has the clerk do what a click on a card asks for, before Slack is answered, and
// shows what came of it.
func (s *Slack) decide(ctx context.Context, i interaction, a action, verb proposal.Verb) {
	id, user := string(a.Value), string(i.User.ID)
	if !areIDs(id, user) {
		s.whisper(ctx, i, said{text: forgedSentence})
		return
	}
	p, no, err := s.clicker(ctx, user)
	if err == nil && no.text != "" {
		s.whisper(ctx, i, no)
		return
	}
	var out proposal.Outcome
	if err == nil {
		out, err = s.config.Clerk.Decide(ctx, p, id, verb)
	}
	if err != nil {
		s.config.Logger.ErrorContext(ctx, "a click could not be carried out", "proposal", id, "verb", string(verb), "slack", user, "error", err)
		s.whisper(ctx, i, said{text: notNowSentence})
		return
	}
	if out.Result != proposal.Refused {
		s.redraw(ctx, i, a, out.Card)
	}
	if out.Result != proposal.Done || i.Message.TS == "" || s.isAnswering(ctx, i.place().thread) {
		s.whisper(ctx, i, said{text: escape(visible(out.Said))})
	}
}

// isAnswering reports whether a question waits or is answered in the thread: until it is,
// a card there stays as it was, and the clicker should not have to wait to know.
func (s *Slack) isAnswering(ctx context.Context, th inbox.Thread) bool {
	n, err := s.config.Inbox.CountOpen(ctx, th)
	return err == nil && n > 0
}

// clicker finds who clicks, or what they are told instead of being obeyed: nobody but the
// company's own people may, whatever button it is.
func (s *Slack) clicker(ctx context.Context, user string) (proposal.Person, said, error) {
	u, err := s.user(ctx, user)
	switch {
	case errors.Is(err, bot.ErrRejected):
		return proposal.Person{}, said{text: unknownSentence}, nil
	case err != nil:
		return proposal.Person{}, said{}, err
	case u.refusal != "":
		return proposal.Person{}, said{text: u.refusal}, nil
	}
	p, err := s.config.Directory.GetBySlack(ctx, user)
	switch {
	case errors.Is(err, ErrNobody):
		blocks, words, failed := s.connectBlocks(ctx, user)
		return proposal.Person{}, said{words, blocks}, failed
	case err != nil:
		return proposal.Person{}, said{}, err
	case !p.Active:
		return proposal.Person{}, said{text: inactiveSentence}, nil
	}
	return clicking(p), said{}, nil
}

func clicking(p Person) proposal.Person {
	return proposal.Person{ID: p.ID, Name: p.Name, Access: p.Asker.Access}
}

// redraw has a card take the place of the message that was clicked. It waits until that is
// kept, so that it survives the process, or until Slack has to be answered.
func (s *Slack) redraw(ctx context.Context, i interaction, a action, c proposal.Card) {
	if i.Message.TS == "" { // a page, which is drawn anew
		s.redrawInThread(ctx, string(a.Value), string(i.User.ID), c)
		return
	}
	turn := strings.TrimPrefix(string(a.Block), cardBlock)
	if !areIDs(turn) {
		turn = ""
	}
	part, err := cardPart(c, whoMay(string(i.Channel.ID), string(i.User.ID)), turn, inbox.Part{Payload: json.RawMessage(`{}`)})
	if err != nil {
		s.config.Logger.ErrorContext(ctx, "what became of a proposal could not be drawn", "proposal", c.ID, "error", err)
		return
	}
	s.replace(ctx, i.place(), part, c.Title)
}

// place is a message that is there, the thread that it is in, and who has clicked it.
type place struct {
	thread inbox.Thread
	ts     string
	user   string
}

func (i interaction) place() place {
	root := i.Message.ThreadTS
	if root == "" {
		root = i.Message.TS
	}
	return place{inbox.Thread{Team: string(i.Team.ID), Channel: string(i.Channel.ID), TS: string(root)}, string(i.Message.TS), string(i.User.ID)}
}

// replace has a message take another's place. It is a notice in the message's own thread:
// it comes after the answer that the message was, should that still be under way, and the
// later of two after the earlier.
func (s *Slack) replace(ctx context.Context, at place, part inbox.Part, about string) {
	if !areIDs(at.thread.Team, at.thread.Channel, at.thread.TS, at.ts, at.user) {
		return
	}
	t := inbox.Turn{ID: newTurn(), Thread: at.thread, Asker: at.user, Question: about}
	t.MessageTS = at.ts + "-" + t.ID
	part.Kind, part.Channel, part.MessageTS = kindUpdate, at.thread.Channel, at.ts
	kept := make(chan struct{})
	s.late.Go(func() {
		defer close(kept)
		keeping, cancel := context.WithTimeout(context.WithoutCancel(ctx), callTimeout)
		defer cancel()
		if err := s.config.Desk.Notify(keeping, t, []inbox.Part{part}); err != nil {
			s.config.Logger.ErrorContext(ctx, "a message shows what is no longer so until somebody clicks it", "channel", at.thread.Channel, "message", at.ts, "error", err)
		}
	})
	select {
	case <-kept:
	case <-ctx.Done():
	}
}

// said is what one person is told: in words of Slack's mark-up, and blocks or nothing.
type said struct {
	text   string
	blocks []slack.Block
}

const (
	whisperTries = 3
	whisperTime  = 30 * time.Second
)

// whisper tells the clicker alone, where they clicked, and on their page where that was.
// Nobody waits for it.
func (s *Slack) whisper(ctx context.Context, i interaction, w said) {
	user, channel := string(i.User.ID), string(i.Channel.ID)
	ctx = context.WithoutCancel(ctx)
	if i.Message.TS == "" {
		s.late.Go(func() { s.publishHome(ctx, user, w.text) })
		return
	}
	options := []slack.MsgOption{slack.MsgOptionText(w.text, false), slack.MsgOptionTS(string(i.Message.ThreadTS))}
	if len(w.blocks) > 0 {
		options = append(options, slack.MsgOptionBlocks(w.blocks...))
	}
	s.late.Go(func() {
		whispering, cancel := context.WithTimeout(ctx, whisperTime)
		defer cancel()
		s.whisperUntilHeard(whispering, channel, user, options)
	})
}

// whisperUntilHeard tries again what was not said. What may have been is not repeated.
func (s *Slack) whisperUntilHeard(ctx context.Context, channel, user string, options []slack.MsgOption) {
	for range whisperTries {
		err := s.must(ctx, methodPrivate, channel, func(ctx context.Context) error {
			_, err := s.api.PostEphemeralContext(ctx, channel, user, options...)
			return err
		})
		var later *inbox.LaterError
		if !errors.As(err, &later) {
			if err != nil {
				s.config.Logger.WarnContext(ctx, "somebody was not told what their click came to", "channel", channel, "slack", user, "error", err)
			}
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(later.After):
		}
	}
}
