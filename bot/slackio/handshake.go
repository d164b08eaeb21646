package slackio

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"rollcall/proposal"
	"rollcall/store/inbox"
)

// The names of what somebody who is to be booked can click. The value is the handshake's id.
const (
	actionAccept    = "handshake_accept"
	actionDecline   = "handshake_decline"
	actionSuggest   = "handshake_suggest"
	callbackSuggest = "handshake_days"
	noticeBlock     = "notice:" // the block of the buttons: with the notice's turn
	mostNote        = 1000
	noticeTime      = 5 * time.Second
)

// answers are what the buttons of a notice say to a booking.
var answers = map[string]proposal.Answer{actionAccept: proposal.Accept, actionDecline: proposal.Decline, actionSuggest: proposal.Suggest}

// Notify brings somebody a message that they did not ask for, once however often its key
// comes, in their direct messages. Somebody without a Slack user is ErrNobody. It does not
// end with ctx: what it tells of has happened, however long that took.
func (s *Slack) Notify(ctx context.Context, n proposal.Notice) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), noticeTime)
	defer cancel()
	team := s.team()
	if team == "" {
		return errNotConnected
	}
	user, err := s.config.Directory.GetSlackUser(ctx, n.PersonID)
	if err != nil {
		return err
	}
	t := inbox.Turn{ID: newTurn(), Thread: inbox.Thread{Team: team, Channel: user, TS: n.Key}, MessageTS: n.Key, Asker: user, Question: n.Title}
	part, err := partOf(noticeBlocks(n, t.ID), noticeText(n), inbox.Part{Kind: kindPost, Channel: user, Payload: json.RawMessage(`{}`)})
	if err != nil {
		return err
	}
	return s.config.Desk.Notify(ctx, t, []inbox.Part{part})
}

var errNotConnected = errors.New("Slack has not said who the bot is")

func noticeBlocks(n proposal.Notice, turn string) []slack.Block {
	size := cardSizes[1]
	blocks := []slack.Block{section("*" + cardSizes[0].datum(n.Title) + "*")}
	if len(n.Lines) > 0 {
		blocks = append(blocks, section(size.list("", n.Lines)))
	}
	if n.Handshake != "" {
		accept := slack.NewButtonBlockElement(actionAccept, n.Handshake, plain("Accept"))
		accept.Style = slack.StylePrimary
		blocks = append(blocks, slack.NewActionBlock(noticeBlock+turn, accept,
			slack.NewButtonBlockElement(actionDecline, n.Handshake, plain("Decline")), slack.NewButtonBlockElement(actionSuggest, n.Handshake, plain("Suggest dates"))))
	}
	return blocks
}

func noticeText(n proposal.Notice) string {
	lines := make([]string, 0, len(n.Lines)+1)
	for _, l := range append([]string{n.Title}, n.Lines...) {
		lines = append(lines, cardSizes[0].words(l))
	}
	return split(escape(strings.Join(lines, "\n")), mostText)[0]
}

// answerBooking says to a booking what somebody clicked; other days are asked for in a form.
func (s *Slack) answerBooking(ctx context.Context, i interaction, a action, answer proposal.Answer) {
	id := string(a.Value)
	if !areIDs(id, string(i.User.ID)) {
		s.whisper(ctx, i, said{text: forgedSentence})
		return
	}
	at, turn := i.place(), strings.TrimPrefix(string(a.Block), noticeBlock)
	if answer == proposal.Suggest {
		ctx = context.WithoutCancel(ctx)
		s.late.Go(func() { s.openSuggest(ctx, i, asking{id, turn, at.thread.Channel, at.thread.TS, at.ts}) })
		return
	}
	heard, no, err := s.tell(ctx, string(i.User.ID), id, answer, "")
	switch {
	case err != nil:
		s.whisper(ctx, i, said{text: notNowSentence})
	case no.text != "":
		s.whisper(ctx, i, no)
	default:
		s.settle(ctx, i, at, turn, heard, false)
	}
}

// tell has the clerk take an answer. no is what somebody reads who may give none.
func (s *Slack) tell(ctx context.Context, user, handshake string, a proposal.Answer, note string) (heard string, no said, err error) {
	p, no, err := s.clicker(ctx, user)
	if err == nil && no.text != "" {
		return "", no, nil
	}
	if err == nil {
		heard, err = s.config.Clerk.Respond(ctx, p, handshake, a, note)
	}
	if err != nil {
		s.config.Logger.ErrorContext(ctx, "an answer to a booking could not be taken", "handshake", handshake, "answer", string(a), "slack", user, "error", err)
	}
	return heard, said{}, err
}

// asking is what a form has to remember of the notice that it belongs to.
type asking struct {
	Handshake string `json:"handshake"`
	Turn      string `json:"turn"`
	Channel   string `json:"channel"`
	Root      string `json:"root"`
	TS        string `json:"ts"`
}

func (s *Slack) openSuggest(ctx context.Context, i interaction, about asking) {
	ctx, cancel := context.WithTimeout(ctx, takeTime) // Slack's own limit for it
	defer cancel()
	metadata, err := json.Marshal(about)
	if err == nil {
		err = s.must(ctx, methodOpen, "", func(ctx context.Context) error {
			_, failed := s.api.OpenViewContext(ctx, string(i.Trigger), suggestForm(string(metadata)))
			return failed
		})
	}
	if err != nil {
		s.config.Logger.WarnContext(ctx, "a form could not be opened", "handshake", about.Handshake, "error", err)
		s.whisper(ctx, i, said{text: "The form could not be opened just now. Press the button again."})
	}
}

func suggestForm(metadata string) slack.ModalViewRequest {
	input := slack.NewPlainTextInputBlockElement(plain("From 7 December, or only Mondays …"), fieldNote)
	input.Multiline, input.MaxLength = true, mostNote
	return slack.ModalViewRequest{
		Type: slack.VTModal, CallbackID: callbackSuggest, PrivateMetadata: metadata, Title: plain("Suggest dates"), Submit: plain("Send"), Close: plain("Close"),
		Blocks: slack.Blocks{BlockSet: []slack.Block{slack.NewInputBlock(fieldNote, plain("Which days would be better?"), nil, input)}},
	}
}

// suggested takes the form with other days, and returns what keeps it open when that could
// not be.
func (s *Slack) suggested(ctx context.Context, i interaction) any {
	var about asking
	note := strings.TrimSpace(cut(string(i.View.State.Values[fieldNote][fieldNote].Value), mostNote))
	if json.Unmarshal([]byte(i.View.Metadata), &about) != nil || !areIDs(about.Handshake, string(i.User.ID)) {
		return formError(forgedSentence)
	}
	if note == "" {
		return formError("Please say which days would be better.")
	}
	heard, no, err := s.tell(ctx, string(i.User.ID), about.Handshake, proposal.Suggest, note)
	switch {
	case err != nil:
		return formError("That could not be kept just now. Please send it again.")
	case no.text != "":
		return formError(no.text)
	}
	at := place{inbox.Thread{Team: string(i.Team.ID), Channel: about.Channel, TS: about.Root}, about.TS, string(i.User.ID)}
	s.settle(ctx, i, at, about.Turn, heard, true)
	return nil
}

// formError is shown in the form, which stays open.
func formError(why string) any {
	return map[string]any{"response_action": "errors", "errors": map[string]string{fieldNote: why}}
}

// settle shows on a notice what became of it. Its buttons go, unless it may still be
// answered. On a message that is no notice to the person nothing is changed.
func (s *Slack) settle(ctx context.Context, i interaction, at place, turn, heard string, isOpen bool) {
	heard = cutMarkup(escape(visible(heard)))
	was, found := s.noticeOf(ctx, turn, at.user)
	if !found {
		i.Channel.ID, i.Message.TS = text(at.thread.Channel), text(at.ts)
		s.whisper(ctx, i, said{text: heard})
		return
	}
	part, err := partOf([]slack.Block{section(heard)}, split(strings.TrimSpace(was.Text+"\n"+heard), mostText)[0], inbox.Part{Payload: json.RawMessage(`{}`)})
	if err == nil {
		part.Payload, err = withBlocks(part.Payload, was.Blocks, isOpen)
	}
	if err != nil {
		s.config.Logger.ErrorContext(ctx, "an answer to a booking could not be drawn", "turn", turn, "error", err)
		return
	}
	s.replace(ctx, at, part, heard)
}

// withBlocks puts a message under the blocks of another, and over its buttons if they are kept.
func withBlocks(payload, over json.RawMessage, buttons bool) (json.RawMessage, error) {
	var m message
	var own, before, after []json.RawMessage
	if err := errors.Join(json.Unmarshal(payload, &m), json.Unmarshal(m.Blocks, &own)); err != nil {
		return nil, err
	}
	if err := json.Unmarshal(over, &before); err != nil {
		return nil, err
	}
	before = slices.DeleteFunc(before, func(b json.RawMessage) bool {
		var kind struct {
			Type string `json:"type"`
		}
		isButtons := json.Unmarshal(b, &kind) == nil && kind.Type == "actions"
		if isButtons && buttons {
			after = append(after, b)
		}
		return isButtons
	})
	var err error
	if m.Blocks, err = json.Marshal(slices.Concat(before, own, after)); err != nil {
		return nil, err
	}
	return json.Marshal(m)
}

// noticeOf is the message that a notice to the person was, as it was sent, if it is kept.
func (s *Slack) noticeOf(ctx context.Context, turn, user string) (m message, found bool) {
	t, err := s.config.Inbox.Get(ctx, turn)
	if errors.Is(err, inbox.ErrNotFound) || err == nil && (t.Origin != inbox.Notice || t.Asker != user) {
		return m, false
	}
	var parts []inbox.Part
	if err == nil {
		parts, err = s.config.Inbox.FindParts(ctx, turn)
	}
	if err == nil && len(parts) > 0 {
		err = json.Unmarshal(parts[0].Payload, &m)
	}
	if err != nil {
		s.config.Logger.WarnContext(ctx, "a notice could not be read", "turn", turn, "error", err)
	}
	return m, err == nil && len(parts) > 0
}
