package slackio

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"rollcall/bot"
	"rollcall/store/inbox"
)

// eventType marks the bot's answers, so that one whose fate is not known can be found.
// Everybody in the workspace can read it: it holds ids only.
const eventType = "rollcall_answer"

// Send brings one message to the person; see bot.Poster.
func (s *Slack) Send(ctx context.Context, t inbox.Turn, p *inbox.Part, fresh bool) error {
	var m message
	if err := json.Unmarshal(p.Payload, &m); err != nil {
		return fmt.Errorf("%w: read the message: %w", bot.ErrRejected, err)
	}
	channel, err := s.channel(ctx, p.Channel)
	if err != nil {
		return err
	}
	p.Channel = channel
	switch {
	case p.Kind == kindPrivate:
		return s.sendPrivate(ctx, channel, m)
	case p.Kind == kindStream:
		return s.sendStream(ctx, t, p, m)
	case p.Kind == kindUpdate:
		return s.sendUpdate(ctx, t, p, m)
	case !fresh:
		found, err := s.look(ctx, t, p, m)
		if err != nil || found {
			return err
		}
	}
	return s.post(ctx, t, p, m)
}

// channel returns the channel to post in: a person's direct messages for a user's id.
func (s *Slack) channel(ctx context.Context, id string) (string, error) {
	if !strings.HasPrefix(id, "U") && !strings.HasPrefix(id, "W") {
		return id, nil
	}
	if dm, found := s.dms.Load(id); found {
		return dm.(string), nil
	}
	var dm string
	err := s.must(ctx, methodIM, "", func(ctx context.Context) error {
		c, _, _, err := s.api.OpenConversationContext(ctx, &slack.OpenConversationParameters{Users: []string{id}, ReturnIM: true})
		if err == nil {
			dm = c.ID
		}
		return err
	})
	if err == nil && dm == "" {
		err = fmt.Errorf("%s: Slack named no channel", methodIM)
	}
	if err == nil {
		s.dms.Store(id, dm)
	}
	return dm, err
}

// write sets what the library has no or no exact option for.
func (s *Slack) write(method string, set map[string]string) slack.MsgOption {
	return slack.UnsafeMsgOptionEndpoint(s.config.apiURL()+method, func(v url.Values) {
		for name, value := range set {
			if value == "" {
				v.Del(name)
			} else {
				v.Set(name, value)
			}
		}
	})
}

func (m message) fields(t inbox.Turn, part int) map[string]string {
	meta := fmt.Sprintf(`{"event_type":%q,"event_payload":{"turn_id":%q,"part":%d}}`, eventType, t.ID, part)
	return map[string]string{
		"text": m.Text, "blocks": string(m.Blocks), "thread_ts": m.Thread, "metadata": meta,
		"unfurl_links": "false", "unfurl_media": "false", "link_names": "false", "parse": "none",
	}
}

func (s *Slack) post(ctx context.Context, t inbox.Turn, p *inbox.Part, m message) error {
	err := s.postOnce(ctx, t, p, m)
	if isTooMuch(err) { // its words arrive, if not its form
		m.Text, m.Blocks = wordsOf(m), nil
		err = s.postOnce(ctx, t, p, m)
	}
	if err == nil && t.Origin == inbox.Command && p.Number == 0 {
		s.rooted(ctx, t, p)
	}
	return err
}

// isTooMuch reports whether Slack refused a message for its blocks.
func isTooMuch(err error) bool {
	switch code(err) {
	case "invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long", "msg_too_long", "invalid_attachments":
		return true
	}
	return false
}

// wordsOf is a message without its form.
func wordsOf(m message) string {
	var blocks any
	if json.Unmarshal(m.Blocks, &blocks) != nil {
		return m.Text
	}
	return cut(strings.Join(wordsIn(blocks), "\n"), mostWords)
}

const mostWords = 35_000 // of 40,000 that a message's text may have

func wordsIn(v any) (words []string) {
	switch v := v.(type) {
	case []any:
		for _, e := range v {
			words = append(words, wordsIn(e)...)
		}
	case map[string]any:
		if v["type"] == "actions" || v["type"] == "context_actions" {
			return nil
		}
		if s, ok := v["text"].(string); ok {
			return []string{s}
		}
		for _, name := range []string{"text", "elements", "rows"} {
			words = append(words, wordsIn(v[name])...)
		}
	}
	return words
}

func (s *Slack) postOnce(ctx context.Context, t inbox.Turn, p *inbox.Part, m message) error {
	return s.must(ctx, methodPost, p.Channel, func(ctx context.Context) error {
		_, ts, err := s.api.PostMessageContext(ctx, p.Channel, s.write(methodPost, m.fields(t, p.Number)))
		if err == nil && ts == "" {
			err = errNothing
		}
		if err == nil {
			p.MessageTS = ts
		}
		return err
	})
}

// rooted moves a command's turn under its answer, so that what is asked there is
// understood as a follow-up.
func (s *Slack) rooted(ctx context.Context, t inbox.Turn, p *inbox.Part) {
	if err := s.config.Inbox.SetThread(ctx, t.ID, inbox.Thread{Team: t.Thread.Team, Channel: p.Channel, TS: p.MessageTS}); err != nil {
		s.config.Logger.WarnContext(ctx, "follow-ups will not be understood as such", "turn", t.ID, "error", err)
	}
}

func (s *Slack) sendPrivate(ctx context.Context, channel string, m message) error {
	return s.must(ctx, methodPrivate, channel, func(ctx context.Context) error {
		_, err := s.api.PostEphemeralContext(ctx, channel, m.User, s.write(methodPrivate, map[string]string{
			"text": m.Text, "blocks": string(m.Blocks), "thread_ts": m.Thread, "user": m.User, "link_names": "false", "parse": "none",
		}))
		return err
	})
}

// sendStream completes the message that showed the steps. One that may still be open is
// ended first, since nothing else can change it until then. A stream that has ended, by
// itself, by the person or by an attempt whose outcome was lost, is given its final form:
// doing that twice changes nothing.
func (s *Slack) sendStream(ctx context.Context, t inbox.Turn, p *inbox.Part, m message) error {
	if p.MessageTS == "" { // the start's outcome was lost
		found, err := s.lookFor(ctx, t, p, m, func(msg slack.Message) bool { // the steps, or the answer that an attempt posted for want of them
			return msg.Metadata.EventType == "" || isPart(msg, t, p)
		})
		if err != nil {
			return err
		}
		if !found {
			p.Kind = kindPost
			return s.post(ctx, t, p, m)
		}
	}
	s.at("before_stop")
	err := s.stopStream(ctx, t, p, m)
	if isTooMuch(err) { // it ends without its form, and is given as much of that as Slack takes
		if bare := s.stopStream(ctx, t, p, message{}); bare != nil && !errors.Is(bare, bot.ErrRejected) {
			return bare
		}
	}
	if err == nil || !errors.Is(err, bot.ErrRejected) {
		return err
	}
	err = s.update(ctx, p, m, m.fields(t, p.Number)["metadata"])
	if errors.Is(err, bot.ErrRejected) { // the message is gone: it is said anew
		p.Kind, p.MessageTS = kindPost, ""
		return s.post(ctx, t, p, m)
	}
	return err
}

func (s *Slack) stopStream(ctx context.Context, t inbox.Turn, p *inbox.Part, m message) error {
	fields := m.fields(t, p.Number)
	set := map[string]string{"ts": p.MessageTS, "metadata": fields["metadata"], "blocks": fields["blocks"], "session_status": "active"}
	call := s.timed // booked when it was started
	if p.Attempt > 1 {
		call = s.must
	}
	return call(ctx, methodStop, p.Channel, func(ctx context.Context) error {
		_, got, err := s.api.StopStreamContext(ctx, p.Channel, p.MessageTS, s.write(methodStop, set))
		if err == nil && got == "" {
			err = errNothing
		}
		return err
	})
}

var errNothing = errors.New("Slack answered without saying anything")

// sendUpdate gives a message that is there another form: doing that twice changes nothing.
// Its metadata stay those of the answer that it is, by which that may still be looked for.
// One that is gone is nobody's loss, and an answer is none the worse for an older card that
// Slack does not let change: whoever clicks it is told.
func (s *Slack) sendUpdate(ctx context.Context, t inbox.Turn, p *inbox.Part, m message) error {
	err := s.update(ctx, p, m, "")
	if code(err) == "message_not_found" {
		s.config.Logger.InfoContext(ctx, "a message that was to change is gone", "turn", t.ID, "channel", p.Channel, "message", p.MessageTS)
		return nil
	}
	if t.Origin != inbox.Notice && errors.Is(err, bot.ErrRejected) {
		s.config.Logger.WarnContext(ctx, "an older card keeps its buttons until somebody clicks them", "turn", t.ID, "message", p.MessageTS, "error", err)
		return nil
	}
	return err
}

// update changes a message; what Slack finds too much arrives in words.
func (s *Slack) update(ctx context.Context, p *inbox.Part, m message, metadata string) error {
	err := s.updateOnce(ctx, p, m, metadata)
	if isTooMuch(err) {
		m.Text, m.Blocks = cut(wordsOf(m), mostText), nil
		err = s.updateOnce(ctx, p, m, metadata)
	}
	return err
}

func (s *Slack) updateOnce(ctx context.Context, p *inbox.Part, m message, metadata string) error {
	set := map[string]string{"text": m.Text, "blocks": string(m.Blocks), "metadata": metadata, "ts": p.MessageTS, "link_names": "false", "parse": "none"}
	return s.must(ctx, methodUpdate, p.Channel, func(ctx context.Context) error {
		_, got, _, err := s.api.UpdateMessageContext(ctx, p.Channel, p.MessageTS, s.write(methodUpdate, set))
		if err == nil && got == "" {
			err = errNothing
		}
		return err
	})
}

const (
	// echoWait is how long the bot's own message may take to come back as an event.
	echoWait  = 5 * time.Second
	lookLimit = 100
)

// look searches for a message whose sending had no known outcome.
func (s *Slack) look(ctx context.Context, t inbox.Turn, p *inbox.Part, m message) (bool, error) {
	return s.lookFor(ctx, t, p, m, func(msg slack.Message) bool { return isPart(msg, t, p) })
}

// isPart reports whether the message is marked as this part of this turn's answer.
func isPart(msg slack.Message, t inbox.Turn, p *inbox.Part) bool {
	meta := msg.Metadata
	part, _ := strconv.Atoi(fmt.Sprint(meta.EventPayload["part"]))
	return meta.EventType == eventType && meta.EventPayload["turn_id"] == t.ID && part == p.Number
}

// lookFor searches the bot's own messages in the thread. Where it may not read the thread
// it waits for the message to come back as an event; what never comes is sent again, at
// the risk of saying it twice.
func (s *Slack) lookFor(ctx context.Context, t inbox.Turn, p *inbox.Part, m message, is func(slack.Message) bool) (bool, error) {
	if ts, found := s.echoes.get(t.ID, p.Number); found {
		p.MessageTS = ts
		return true, nil
	}
	messages, err := s.messages(ctx, t, p.Channel, m.Thread)
	if errors.Is(err, bot.ErrRejected) || isUnreadable(err) {
		s.config.Logger.WarnContext(ctx, "cannot look for a message whose fate is not known", "turn", t.ID, "error", err)
		return s.waitForEcho(ctx, t, p), nil
	}
	if err != nil { // looking changes nothing, so that it was not sent by it
		return false, notSent(err)
	}
	for _, msg := range messages {
		if (msg.User == s.botUser() || msg.BotID != "" && msg.BotID == s.botID()) && is(msg) {
			p.MessageTS = msg.Timestamp
			return true, nil
		}
	}
	return false, nil
}

// isUnreadable reports whether the library could not read Slack's answer: asking again
// brings the same.
func isUnreadable(err error) bool {
	var kind *json.UnmarshalTypeError
	var syntax *json.SyntaxError
	return errors.As(err, &kind) || errors.As(err, &syntax)
}

// notSent is the error of a look: what it does not know is not whether a message was sent.
func notSent(err error) error {
	var later *inbox.LaterError
	if errors.As(err, &later) {
		return err
	}
	return fmt.Errorf("look for the message: %s", err) //nolint:errorlint // ErrUnknown must not be in the chain
}

func (s *Slack) waitForEcho(ctx context.Context, t inbox.Turn, p *inbox.Part) bool {
	for end := time.Now().Add(echoWait); time.Now().Before(end) && ctx.Err() == nil; time.Sleep(echoWait / 50) {
		if ts, found := s.echoes.get(t.ID, p.Number); found {
			p.MessageTS = ts
			return true
		}
	}
	return false
}

// messages returns what was said since the question, in its thread or in direct messages.
// An empty page is asked for again: Slack has been seen to answer with nothing at all, and
// a thread has at least its root.
func (s *Slack) messages(ctx context.Context, t inbox.Turn, channel, thread string) ([]slack.Message, error) {
	read := s.thread
	if thread == "" {
		read = s.direct
	}
	all, err := read(ctx, t, channel, thread)
	if err == nil && len(all) == 0 {
		all, err = read(ctx, t, channel, thread)
	}
	if err == nil && len(all) == 0 && thread != "" {
		err = errNothing
	}
	return all, err
}

func (s *Slack) direct(ctx context.Context, t inbox.Turn, channel, _ string) (all []slack.Message, err error) {
	oldest := strconv.FormatInt(t.CreatedAt.Add(-time.Minute).Unix(), 10)
	err = s.must(ctx, methodReplies, "", func(ctx context.Context) error {
		r, failed := s.api.GetConversationHistoryContext(ctx, &slack.GetConversationHistoryParameters{ChannelID: channel, Oldest: oldest, Limit: lookLimit, IncludeAllMetadata: true})
		if failed == nil {
			all = r.Messages
		}
		return failed
	})
	return all, err
}

func (s *Slack) thread(ctx context.Context, t inbox.Turn, channel, thread string) (all []slack.Message, err error) {
	for cursor, more := "", true; more && err == nil; {
		err = s.must(ctx, methodReplies, "", func(ctx context.Context) error {
			page, hasMore, next, failed := s.api.GetConversationRepliesContext(ctx, &slack.GetConversationRepliesParameters{
				ChannelID: channel, Timestamp: thread, Oldest: oldestOf(t), Limit: lookLimit, Cursor: cursor, IncludeAllMetadata: true,
			})
			all, more, cursor = append(all, page...), hasMore && next != "", next
			return failed
		})
	}
	return all, err
}

// oldestOf is the question's time; a click's key has more than the time of its message.
func oldestOf(t inbox.Turn) string {
	ts, _, _ := strings.Cut(t.MessageTS, "-")
	return ts
}
