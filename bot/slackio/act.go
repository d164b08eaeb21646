package slackio

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/slack-go/slack"

	"rollcall/store/chatlog"
	"rollcall/store/inbox"
)

// The names of what can be clicked.
const (
	actionFeedback = "feedback"
	actionChoose   = "choose" // with the number of the option
	actionExample  = "example"
	actionUnlink   = "unlink"
	callbackNote   = "feedback_note"
	fieldNote      = "note"
)

// interaction is what is read of a click or a filled form.
type interaction struct {
	Type text `json:"type"`
	Team struct {
		ID text `json:"id"`
	} `json:"team"`
	User struct {
		ID     text `json:"id"`
		TeamID text `json:"team_id"`
	} `json:"user"`
	Channel struct {
		ID text `json:"id"`
	} `json:"channel"`
	Message struct {
		TS       text `json:"ts"`
		ThreadTS text `json:"thread_ts"`
	} `json:"message"`
	Trigger text     `json:"trigger_id"`
	Actions []action `json:"actions"`
	View    struct {
		Callback text `json:"callback_id"`
		Metadata text `json:"private_metadata"`
		State    struct {
			Values map[string]map[string]struct {
				Value text `json:"value"`
			} `json:"values"`
		} `json:"state"`
	} `json:"view"`
}

type action struct {
	ID    text `json:"action_id"`
	Value text `json:"value"`
	Block text `json:"block_id"`
}

// act does what a click or a form asks for and returns what it is acknowledged with.
func (s *Slack) act(ctx context.Context, raw []byte) (any, error) {
	var i interaction
	if err := json.Unmarshal(raw, &i); err != nil {
		return nil, fmt.Errorf("%w interaction: %w", errMalformed, err)
	}
	if err := s.connected(); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, takeTime)
	defer cancel()
	if string(i.Team.ID) != s.team() || i.User.TeamID != "" && i.User.TeamID != i.Team.ID {
		return nil, nil // somebody of another company, in a shared channel
	}
	switch i.Type {
	case "block_actions":
		for _, a := range i.Actions {
			if err := s.click(ctx, i, a); err != nil {
				return nil, err
			}
		}
	case "view_submission":
		switch i.View.Callback {
		case callbackNote:
			return nil, s.note(ctx, i)
		case callbackSuggest:
			return s.suggested(ctx, i), nil
		}
	}
	return nil, nil
}

func (s *Slack) click(ctx context.Context, i interaction, a action) error {
	id := string(a.ID)
	switch {
	case id == actionFeedback:
		return s.feedback(ctx, i, string(a.Value))
	case strings.HasPrefix(id, actionChoose):
		return s.choose(ctx, i, a)
	case strings.HasPrefix(id, actionExample):
		return s.askPrivately(ctx, string(i.Team.ID), string(i.User.ID), string(i.Trigger), string(a.Value))
	case verbs[id] != "":
		s.decide(ctx, i, a, verbs[id])
	case answers[id] != "":
		s.answerBooking(ctx, i, a, answers[id])
	case id == actionUnlink:
		if err := s.config.Directory.Unlink(ctx, string(i.User.ID)); err != nil {
			return err
		}
		s.late.Go(func() { s.publishHome(context.WithoutCancel(ctx), string(i.User.ID), "") })
	}
	return nil
}

// choose takes an option as the asker's next words in the thread. Its key is the message
// and the option, so that a second click changes nothing.
func (s *Slack) choose(ctx context.Context, i interaction, a action) error {
	root := i.Message.ThreadTS
	if root == "" {
		root = i.Message.TS
	}
	if !areIDs(string(root), string(i.Message.TS), string(i.Channel.ID), string(i.User.ID), string(a.ID)) {
		return errMalformed
	}
	return s.config.Desk.Take(ctx, inbox.Turn{
		ID: newTurn(), Thread: inbox.Thread{Team: string(i.Team.ID), Channel: string(i.Channel.ID), TS: string(root)},
		MessageTS: fmt.Sprintf("%s-%s-%s", i.Message.TS, i.User.ID, strings.TrimPrefix(string(a.ID), actionChoose)),
		Origin:    origin(event{Channel: i.Channel.ID}), Asker: string(i.User.ID), Question: string(a.Value),
	})
}

// askPrivately keeps a question that is answered in the asker's direct messages.
func (s *Slack) askPrivately(ctx context.Context, team, user, trigger, words string) error {
	if !areIDs(team, user, trigger) {
		return errMalformed
	}
	return s.config.Desk.Take(ctx, inbox.Turn{
		ID: newTurn(), Thread: inbox.Thread{Team: team, Channel: user, TS: trigger}, MessageTS: trigger,
		Origin: inbox.Command, Asker: user, Question: question(words, s.botUser()),
	})
}

// feedback keeps what somebody thinks of an answer and asks what was wrong with a bad one.
func (s *Slack) feedback(ctx context.Context, i interaction, value string) error {
	opinion, turn, _ := strings.Cut(value, ":")
	if opinion != chatlog.Good && opinion != chatlog.Bad || turn == "" {
		return errMalformed
	}
	p, err := s.config.Directory.GetBySlack(ctx, string(i.User.ID))
	if errors.Is(err, ErrNobody) {
		return nil
	}
	if err == nil {
		err = s.config.Feedback.SetFeedback(ctx, turn, chatlog.Feedback{Value: opinion, By: p.ID, At: s.config.Now().UTC()})
	}
	if err != nil {
		return err
	}
	ctx = context.WithoutCancel(ctx)
	s.late.Go(func() {
		if opinion == chatlog.Bad && i.Trigger != "" {
			s.openNote(ctx, string(i.Trigger), turn)
			return
		}
		s.may(ctx, methodPrivate, func(ctx context.Context) error {
			_, err := s.api.PostEphemeralContext(ctx, string(i.Channel.ID), string(i.User.ID), slack.MsgOptionText("Thank you.", false), slack.MsgOptionTS(string(i.Message.ThreadTS)))
			return err
		})
	})
	return nil
}

func (s *Slack) openNote(ctx context.Context, trigger, turn string) {
	input := slack.NewPlainTextInputBlockElement(plain("A name, a date, a misunderstanding …"), fieldNote)
	input.Multiline, input.MaxLength = true, 1000
	s.may(ctx, methodOpen, func(ctx context.Context) error {
		_, err := s.api.OpenViewContext(ctx, trigger, slack.ModalViewRequest{
			Type: slack.VTModal, CallbackID: callbackNote, PrivateMetadata: turn, Title: plain("What was wrong?"), Submit: plain("Send"), Close: plain("Close"),
			Blocks: slack.Blocks{BlockSet: []slack.Block{slack.NewInputBlock(fieldNote, plain("What should the answer have been?"), nil, input)}},
		})
		return err
	})
}

func (s *Slack) note(ctx context.Context, i interaction) error {
	p, err := s.config.Directory.GetBySlack(ctx, string(i.User.ID))
	if errors.Is(err, ErrNobody) || i.View.Metadata == "" {
		return nil
	}
	if err != nil {
		return err
	}
	return s.config.Feedback.SetFeedback(ctx, string(i.View.Metadata), chatlog.Feedback{
		Value: chatlog.Bad, By: p.ID, Note: cut(string(i.View.State.Values[fieldNote][fieldNote].Value), 1000), At: s.config.Now().UTC(),
	})
}

// command is a /rollcall.
type command struct {
	Team    text `json:"team_id"`
	User    text `json:"user_id"`
	Text    text `json:"text"`
	Trigger text `json:"trigger_id"`
}

// command does what a slash command asks for and returns what the person alone reads.
func (s *Slack) command(ctx context.Context, c command) (any, error) {
	if err := s.connected(); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, takeTime)
	defer cancel()
	if string(c.Team) != s.team() || c.User == "" {
		return ephemeral(foreignSentence), nil
	}
	verb, rest, _ := strings.Cut(strings.TrimSpace(string(c.Text)), " ")
	switch strings.ToLower(verb) {
	case "ask":
		if strings.TrimSpace(rest) == "" {
			return ephemeral("Ask something, as in: /rollcall ask " + examples[0]), nil
		}
		if err := s.askPrivately(ctx, string(c.Team), string(c.User), string(c.Trigger), rest); err != nil {
			return nil, err
		}
		return ephemeral("The answer comes in our direct messages."), nil
	case "link", "connect":
		return s.commandLink(ctx, string(c.User))
	case "unlink":
		if err := s.config.Directory.Unlink(ctx, string(c.User)); err != nil {
			return nil, err
		}
		return ephemeral("I no longer know who you are here."), nil
	case "status":
		return s.commandStatus(ctx, string(c.User))
	}
	return ephemeralBlocks(helpSentence, helpBlocks()), nil
}

func ephemeral(text string) any {
	return map[string]any{"response_type": "ephemeral", "text": text}
}

func ephemeralBlocks(text string, blocks []slack.Block) any {
	return map[string]any{"response_type": "ephemeral", "text": text, "blocks": blocks}
}

func (s *Slack) commandLink(ctx context.Context, user string) (any, error) {
	p, err := s.config.Directory.GetBySlack(ctx, user)
	if err == nil {
		return ephemeral("I know you as " + escape(p.Name) + ". /rollcall unlink undoes that."), nil
	}
	if !errors.Is(err, ErrNobody) {
		return nil, err
	}
	blocks, words, err := s.connectBlocks(ctx, user)
	return ephemeralBlocks(words, blocks), err
}

func (s *Slack) commandStatus(ctx context.Context, user string) (any, error) {
	p, err := s.config.Directory.GetBySlack(ctx, user)
	if errors.Is(err, ErrNobody) {
		return ephemeral("I do not know who you are. /rollcall link changes that."), nil
	}
	if err != nil {
		return nil, err
	}
	recent, err := s.config.Inbox.FindRecent(ctx, s.team(), user, recentTurns)
	if err != nil {
		return nil, err
	}
	lines := []string{fmt.Sprintf("You are %s, with the rights of %s.", escape(p.Name), p.Asker.Access)}
	for _, t := range recent {
		lines = append(lines, "• "+s.recentLine(t))
	}
	return ephemeral(strings.Join(lines, "\n")), nil
}

const (
	recentTurns  = 5
	helpSentence = "Ask me who knows something, who is free when, which certificates run out, or who is on a project."
)

func helpBlocks() []slack.Block {
	lines := []string{helpSentence, "Mention me in a channel, write to me directly, or use /rollcall ask. For example:"}
	for _, e := range examples {
		lines = append(lines, "• "+escape(e))
	}
	lines = append(lines, "/rollcall link tells me who you are, /rollcall status what I am doing for you.")
	return []slack.Block{section(strings.Join(lines, "\n"))}
}

// recentLine is one of somebody's last questions, with its state.
func (s *Slack) recentLine(t inbox.Turn) string {
	state := map[inbox.State]string{
		inbox.Received: "waiting", inbox.Running: "being answered", inbox.Ready: "answered, on its way", inbox.Sending: "answered, on its way",
		inbox.Sent: "answered", inbox.Failed: "could not be delivered", inbox.Cancelled: "stopped",
	}[t.State]
	line := fmt.Sprintf("“%s”, %s, %s", escape(cut(t.Question, 120)), t.CreatedAt.UTC().Format("2 Jan 15:04 UTC"), state)
	if link := s.permalink(t); link != "" {
		line += " (<" + link + "|open>)"
	}
	return line
}

// messageTS is the form of a message's own id; that of a command is none.
var messageTS = regexp.MustCompile(`^\d+\.\d+$`)

// Permalink is the address of a conversation as an exchange names it, such as
// "C0STAFF/1700000000.000100"; empty where there is no such message, and before Connect.
func (s *Slack) Permalink(conversation string) string {
	channel, ts, _ := strings.Cut(conversation, "/")
	if !messageTS.MatchString(ts) {
		return ""
	}
	return s.permalink(inbox.Turn{Thread: inbox.Thread{Team: s.team(), Channel: channel, TS: ts}, MessageTS: ts})
}

// permalink is the address of a message in the workspace, as chat.getPermalink writes it.
func (s *Slack) permalink(t inbox.Turn) string {
	base := strings.TrimSuffix(s.who().URL, "/")
	if base == "" || t.Origin == inbox.Command || t.Thread.Team == foreignTeam {
		return ""
	}
	ts, _, _ := strings.Cut(t.MessageTS, "-")
	link := fmt.Sprintf("%s/archives/%s/p%s", base, t.Thread.Channel, strings.ReplaceAll(ts, ".", ""))
	if ts != t.Thread.TS {
		link += "?thread_ts=" + t.Thread.TS
	}
	return link
}

// stranger is what somebody reads whom the company does not know.
func (s *Slack) stranger(ctx context.Context, t inbox.Turn) ([]inbox.Part, error) {
	blocks, words, err := s.connectBlocks(ctx, t.Asker)
	if err != nil {
		return nil, err
	}
	return []inbox.Part{private(t, blocks, words)}, nil
}

// sinceLine is for how long what people ask is kept.
func (s *Slack) sinceLine() string {
	said := "Every question and answer is recorded with what was looked up"
	if !s.config.Unreviewed {
		said += ", so that administrators can check them"
	}
	if s.config.KeepDays > 0 {
		said += fmt.Sprintf(", and forgotten after %d days", s.config.KeepDays)
	}
	return said + "."
}
