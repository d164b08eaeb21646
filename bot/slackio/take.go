package slackio

import (
	"context"
	"errors"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/slack-go/slack"

	"rollcall/store/inbox"
)

const (
	// takeTime is how long an event may take to be kept: Slack waits three seconds.
	takeTime = 2500 * time.Millisecond
	// takesPart is how long after somebody's last question in a thread their messages there
	// are taken as questions without a mention.
	takesPart = 24 * time.Hour
)

// take does what an event asks for. After nil it may be acknowledged: what is to be
// answered is kept. An error other than errMalformed means that Slack should send it again.
func (s *Slack) take(ctx context.Context, raw []byte) error {
	e, err := parseEnvelope(raw)
	if err == nil {
		err = s.connected()
	}
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, takeTime)
	defer cancel()
	switch e.Event.Type {
	case "app_mention":
		return s.takeMention(ctx, e)
	case "message":
		return s.takeMessage(ctx, e)
	case "app_home_opened":
		s.takeHome(ctx, e)
	case "agent_session_stopped":
		return s.config.Inbox.Stop(ctx, inbox.Thread{Team: string(e.TeamID), Channel: string(e.Event.Channel), TS: string(e.Event.ThreadTS)})
	case "user_change":
		return s.takeUserChange(ctx, e)
	case "tokens_revoked", "app_uninstalled", "app_uninstalled_team":
		s.config.Logger.ErrorContext(ctx, "Slack has taken the app's access away; install it again", "event", string(e.Event.Type))
	case "app_rate_limited":
		s.config.Logger.ErrorContext(ctx, "Slack holds events back: there are more than it delivers in an hour")
	}
	return nil
}

func (s *Slack) takeMention(ctx context.Context, e envelope) error {
	if !e.Event.isHuman() || e.Event.User.ID == s.botUser() {
		return nil
	}
	return s.ask(ctx, e, e.Event.root(), origin(e.Event))
}

// origin is a direct message's for those, and a channel's for all others: the stricter one
// where Slack does not say.
func origin(e event) string {
	if e.ChannelType == "im" || e.ChannelType == "" && len(e.Channel) > 0 && e.Channel[0] == 'D' {
		return inbox.DM
	}
	return inbox.Channel
}

func (s *Slack) takeMessage(ctx context.Context, e envelope) error {
	m := e.Event
	switch {
	case m.Metadata != nil && m.Metadata.EventType == eventType && s.isOwn(m): // another app can copy what the bot's messages are marked with
		s.echoes.put(string(m.Metadata.Payload.Turn), int(m.Metadata.Payload.Part), string(m.TS))
		return nil
	case m.Subtype == "message_changed":
		return s.takeEdit(ctx, e)
	case m.Subtype == "message_deleted":
		return s.config.Inbox.Withdraw(ctx, string(e.TeamID), string(m.Channel), string(m.DeletedTS))
	case !m.isHuman() || m.User.ID == s.botUser():
		return nil
	case origin(m) == inbox.DM, mentions(string(m.Text), s.botUser()):
		return s.ask(ctx, e, m.root(), origin(m))
	case m.ThreadTS == "" || m.ThreadTS == m.TS:
		return nil
	}
	th := inbox.Thread{Team: string(e.TeamID), Channel: string(m.Channel), TS: string(m.ThreadTS)}
	isPart, err := s.config.Inbox.TakesPart(ctx, th, m.User.ID, time.Now().Add(-takesPart))
	if err != nil || !isPart {
		return err
	}
	return s.ask(ctx, e, m.root(), inbox.Channel)
}

// isOwn reports whether the bot wrote the message.
func (s *Slack) isOwn(m event) bool {
	return m.BotID != "" && string(m.BotID) == s.botID() || m.User.ID == s.botUser()
}

// takeEdit replaces a question that nobody has begun to answer.
func (s *Slack) takeEdit(ctx context.Context, e envelope) error {
	m := e.Event.Message
	if m == nil || !m.isHuman() || m.User.ID == s.botUser() {
		return nil
	}
	_, err := s.config.Inbox.Edit(ctx, string(e.TeamID), string(e.Event.Channel), string(m.TS), question(string(m.Text), s.botUser()))
	return err
}

// ask keeps a message as a question. People of other companies, which only channels shared
// with them have, get the same refusal as any stranger: it is the turn's matter.
func (s *Slack) ask(ctx context.Context, e envelope, root, origin string) error {
	m := e.Event
	if !areIDs(string(m.Channel), string(m.TS), root, string(e.TeamID), m.User.ID) {
		return errMalformed
	}
	team := string(e.TeamID)
	if bool(e.IsShared) || m.UserTeam != "" && m.UserTeam != e.TeamID {
		team = foreignTeam
	}
	return s.config.Desk.Take(ctx, inbox.Turn{
		ID: newTurn(), Thread: inbox.Thread{Team: team, Channel: string(m.Channel), TS: root}, MessageTS: string(m.TS),
		Origin: origin, Asker: m.User.ID, Question: question(string(m.Text), s.botUser()),
	})
}

// ids are what Slack names things by: letters, digits and a few signs.
var ids = regexp.MustCompile(`^[A-Za-z0-9._-]{1,80}$`)

func areIDs(all ...string) bool {
	return !slices.ContainsFunc(all, func(s string) bool { return !ids.MatchString(s) })
}

// foreignTeam is the team of turns in channels that are shared with other companies.
const foreignTeam = "shared"

func newTurn() string { return uuid.Must(uuid.NewV7()).String() }

// takeUserChange forgets what was known of a user. Somebody who has left Slack, or has
// another address than the one they were known by, is nobody until they sign in again.
func (s *Slack) takeUserChange(ctx context.Context, e envelope) error {
	u := e.Event.User
	s.users.forget(u.ID)
	if !u.IsWhole || u.ID == "" {
		return nil
	}
	if u.Deleted {
		return s.config.Directory.Unlink(ctx, u.ID)
	}
	if u.Email == "" || len(s.config.LinkDomains) == 0 {
		return nil
	}
	p, err := s.config.Directory.GetBySlack(ctx, u.ID)
	if errors.Is(err, ErrNobody) {
		return nil
	}
	if err == nil && !strings.EqualFold(p.Email, u.Email) {
		err = s.config.Directory.Unlink(ctx, u.ID)
	}
	return err
}

func (s *Slack) takeHome(ctx context.Context, e envelope) {
	user := e.Event.User.ID
	if user == "" || string(e.TeamID) != s.team() {
		return
	}
	ctx = context.WithoutCancel(ctx)
	if e.Event.Tab == "messages" {
		s.late.Go(func() { s.suggest(ctx, user, string(e.Event.Channel)) })
		return
	}
	s.late.Go(func() { s.publishHome(ctx, user, "") })
}

// examples are questions that anybody may ask.
var examples = []string{
	"Who knows Go and is free next month?",
	"Which certificates expire this month?",
	"Who is away next week?",
	"When am I free again?",
}

const suggestEvery = time.Hour

// suggest shows examples above the empty conversation, at most once an hour. Naming a
// thread would make Slack ignore the call in agent apps.
// https://docs.slack.dev/reference/methods/assistant.threads.setSuggestedPrompts
func (s *Slack) suggest(ctx context.Context, user, channel string) {
	if channel == "" || !s.prompt.due(user, time.Now(), suggestEvery) {
		return
	}
	prompts := make([]slack.AssistantThreadsPrompt, 0, len(examples))
	for _, e := range examples {
		prompts = append(prompts, slack.AssistantThreadsPrompt{Title: cut(e, mostButton), Message: e})
	}
	s.may(ctx, methodPrompts, func(ctx context.Context) error {
		return s.api.SetAssistantThreadsSuggestedPromptsContext(ctx, slack.AssistantThreadsSetSuggestedPromptsParameters{
			Title: "Ask about people, skills, certificates and projects", ChannelID: channel, Prompts: prompts,
		})
	})
}
