package slackio

import (
	"context"
	"encoding/json"
	"slices"

	"rollcall/proposal"
	"rollcall/store/inbox"
)

// replaced draws the older card of the conversation anew that the card took the place of:
// its buttons decide nothing any more. One that cannot be found keeps them, and whoever
// clicks is told.
func (s *Slack) replaced(ctx context.Context, t inbox.Turn, card string) []inbox.Part {
	if s.config.Clerk == nil { // nobody decides on cards
		return nil
	}
	older, err := s.config.Clerk.FindReplaced(ctx, card)
	for _, c := range older {
		var was inbox.Part
		var found bool
		if was, found, err = s.cardOf(ctx, c.Turn); err != nil {
			break
		}
		if !found { // it was never shown: the one before it was
			continue
		}
		var p inbox.Part
		p, err = cardPart(c.Card, "", c.Turn, inbox.Part{Kind: kindUpdate, Channel: was.Channel, MessageTS: was.MessageTS, Payload: json.RawMessage(`{}`)})
		if err == nil {
			return []inbox.Part{p}
		}
	}
	if err != nil {
		s.config.Logger.WarnContext(ctx, "an older card keeps its buttons until somebody clicks them", "turn", t.ID, "error", err)
	}
	return nil
}

// redrawInThread has a card that was decided on somebody's page take the place of its
// message in the conversation, whose buttons would wait for ever.
func (s *Slack) redrawInThread(ctx context.Context, id, user string, c proposal.Card) {
	turn, err := s.config.Clerk.QuestionOf(ctx, id)
	var was, part inbox.Part
	var found bool
	if err == nil {
		was, found, err = s.cardOf(ctx, turn)
	}
	var t inbox.Turn
	if found && err == nil {
		t, err = s.config.Inbox.Get(ctx, turn)
	}
	if found && err == nil {
		part, err = cardPart(c, whoMay(t.Thread.Channel, user), turn, inbox.Part{Payload: json.RawMessage(`{}`)})
	}
	if err != nil {
		s.config.Logger.WarnContext(ctx, "a card that was decided elsewhere shows what is no longer so until somebody clicks it", "proposal", id, "error", err)
	} else if found {
		s.replace(ctx, place{t.Thread, was.MessageTS, user}, part, c.Title)
	}
}

// cardOf returns the message that the turn's card is.
func (s *Slack) cardOf(ctx context.Context, turn string) (inbox.Part, bool, error) {
	parts, err := s.config.Inbox.FindParts(ctx, turn)
	for _, p := range parts {
		if p.Kind != kindUpdate && p.State == inbox.Done && p.MessageTS != "" && isCard(p, turn) {
			return p, true, nil
		}
	}
	return inbox.Part{}, false, err
}

// isCard reports whether a message has a card's buttons.
func isCard(p inbox.Part, turn string) bool {
	type named struct {
		ID string `json:"block_id"`
	}
	var m message
	var blocks []named
	if json.Unmarshal(p.Payload, &m) != nil || json.Unmarshal(m.Blocks, &blocks) != nil {
		return false
	}
	return slices.Contains(blocks, named{cardBlock + turn})
}
