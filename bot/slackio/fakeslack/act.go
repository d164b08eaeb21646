package fakeslack

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
)

// Say has somebody write a message, in a thread when root is set, and returns its ts. The
// app is told as Slack tells it: a mention comes as two events, with ids of their own and
// one ts, in either order; a direct message as one.
func (s *Server) Say(user, channel, root, text string) string {
	ts, deliveries := s.say(user, channel, root, text)
	for _, d := range deliveries {
		s.deliver(d)
	}
	return ts
}

func (s *Server) say(user, channel, root, text string) (string, []delivery) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.channels[channel]
	if c == nil {
		c = &Channel{ID: channel}
		s.channels[channel] = c
	}
	m := &Message{Channel: channel, TS: s.ts(), ThreadTS: root, User: user, Text: text}
	s.add(m)
	var all []delivery
	if s.hears(c) {
		all = append(all, s.event(s.messageEvent(c, m)))
	}
	if c.IM == "" && !c.NoBot && strings.Contains(text, "<@"+BotUser+">") {
		e := s.messageEvent(c, m)
		e["type"] = "app_mention"
		delete(e, "channel_type")
		all = append(all, s.event(e))
		if s.Shuffle && rand.IntN(2) == 0 && len(all) == 2 {
			all[0], all[1] = all[1], all[0]
		}
	}
	return m.TS, all
}

// Mention is a mention of the bot, for the text of a message.
const Mention = "<@" + BotUser + "> "

// Edit has somebody change their message, and returns the event's id.
func (s *Server) Edit(channel, ts, text string) string {
	s.mu.Lock()
	m, c := s.byTS[channel+" "+ts], s.channels[channel]
	m.Text, m.Edited = text, m.Edited+1
	e := s.messageEvent(c, m)
	e["edited"] = map[string]any{"user": m.User, "ts": s.ts()}
	d := s.event(map[string]any{"type": "message", "subtype": "message_changed", "channel": channel, "channel_type": kindOf(c), "ts": s.ts(), "message": e})
	s.mu.Unlock()
	s.deliver(d)
	return d.id
}

// Delete has somebody delete their message, and returns the event's id.
func (s *Server) Delete(channel, ts string) string {
	s.mu.Lock()
	m, c := s.byTS[channel+" "+ts], s.channels[channel]
	m.Deleted = true
	d := s.event(map[string]any{"type": "message", "subtype": "message_deleted", "channel": channel, "channel_type": kindOf(c), "ts": s.ts(), "deleted_ts": ts})
	s.mu.Unlock()
	s.deliver(d)
	return d.id
}

// Stop has somebody press the stop button of the thread's session, and returns the event's id.
// https://docs.slack.dev/reference/events/agent_session_stopped
func (s *Server) Stop(user, channel, root string) string {
	s.mu.Lock()
	var open []string
	for _, m := range s.messages[channel] {
		if m.ThreadTS == root && s.streams(m) {
			m.Stream = "stopped"
			open = append(open, m.TS)
		}
	}
	d := s.event(map[string]any{"type": "agent_session_stopped", "channel": channel, "thread_ts": root, "user": user, "streaming_message_timestamps": open})
	s.mu.Unlock()
	s.deliver(d)
	return d.id
}

// OpenTab has somebody open the app's home or messages tab, and returns the event's id.
func (s *Server) OpenTab(user, tab string) string {
	channel := s.DM(user)
	return s.Tell(map[string]any{"type": "app_home_opened", "user": user, "channel": channel, "tab": tab})
}

// Tell delivers any event and returns its id.
func (s *Server) Tell(event map[string]any) string {
	s.mu.Lock()
	d := s.event(event)
	s.mu.Unlock()
	s.deliver(d)
	return d.id
}

// Click has somebody press a button of a message, or of a page when ts is empty, and
// returns what the app acknowledged with.
func (s *Server) Click(user, channel, ts, actionID, value string) []byte {
	s.mu.Lock()
	payload := map[string]any{
		"type": "block_actions", "team": map[string]any{"id": Team}, "user": map[string]any{"id": user, "team_id": s.users[user].Team},
		"trigger_id": "trigger-" + s.ts(), "api_app_id": AppID,
	}
	var blocks []any
	if m := s.byTS[channel+" "+ts]; m != nil {
		blocks = m.Blocks
		message := map[string]any{"ts": m.TS, "text": m.Text, "blocks": m.Blocks}
		if m.ThreadTS != "" {
			message["thread_ts"] = m.ThreadTS
		}
		payload["channel"], payload["message"] = map[string]any{"id": channel}, message
	} else if home, ok := s.views[user].(map[string]any); ok {
		blocks, _ = home["blocks"].([]any)
		payload["view"] = map[string]any{"type": "home", "blocks": blocks}
	}
	payload["actions"] = []any{map[string]any{"action_id": actionID, "block_id": blockOf(blocks, actionID, value), "value": value, "action_ts": s.ts(), "type": "button"}}
	s.mu.Unlock()
	return s.ask(delivery{kind: "interactive", payload: payload})
}

// blockOf returns the id of the block that the button is in, or nothing where it is not.
func blockOf(blocks []any, actionID, value string) string {
	for _, b := range blocks {
		block, _ := b.(map[string]any)
		elements, _ := block["elements"].([]any)
		for _, e := range elements {
			if element, _ := e.(map[string]any); element["action_id"] == actionID && str(element["value"]) == value {
				return str(block["block_id"])
			}
		}
	}
	return ""
}

// Submit has somebody send a form, and returns what the app acknowledged with: nothing, or
// what is wrong with it.
func (s *Server) Submit(user, callback, metadata, field, value string) []byte {
	return s.ask(delivery{kind: "interactive", payload: map[string]any{
		"type": "view_submission", "team": map[string]any{"id": Team}, "user": map[string]any{"id": user, "team_id": Team},
		"view": map[string]any{"callback_id": callback, "private_metadata": metadata, "state": map[string]any{
			"values": map[string]any{field: map[string]any{field: map[string]any{"type": "plain_text_input", "value": value}}},
		}},
	}})
}

// Command has somebody use the slash command and returns what they read.
func (s *Server) Command(user, channel, text string) string {
	s.mu.Lock()
	trigger := "trigger-" + s.ts()
	s.mu.Unlock()
	body := s.ask(delivery{kind: "slash_commands", payload: map[string]any{
		"command": "/rollcall", "text": text, "team_id": Team, "user_id": user, "channel_id": channel, "trigger_id": trigger, "api_app_id": AppID,
	}})
	return string(body)
}

// ask delivers and waits for the acknowledgement's body.
func (s *Server) ask(d delivery) []byte {
	result := make(chan []byte, 1)
	d.result = result
	s.deliver(d)
	select {
	case body := <-result:
		return body
	case <-s.closed:
		return nil
	}
}

// Button returns the value of the message's button with the action id, and whether it is there.
func (m Message) Button(actionID string) (string, bool) { return Button(m.Blocks, actionID) }

// Button returns the value of the first button with the action id, and whether there is one.
func Button(blocks []any, actionID string) (string, bool) {
	for _, b := range blocks {
		block, _ := b.(map[string]any)
		elements, _ := block["elements"].([]any)
		for _, e := range elements {
			element, _ := e.(map[string]any)
			if element["action_id"] == actionID {
				value, _ := element["value"].(string)
				return value, true
			}
		}
	}
	return "", false
}

// Words returns all text that the message shows, or its text where it has no blocks.
func (m Message) Words() string {
	if len(m.Blocks) == 0 {
		return m.Text
	}
	text, err := json.Marshal(m.Blocks)
	if err != nil {
		return fmt.Sprint(err)
	}
	var all []string
	var v any
	_ = json.Unmarshal(text, &v)
	words(v, &all)
	return strings.Join(all, "\n")
}

func words(v any, all *[]string) {
	switch v := v.(type) {
	case []any:
		for _, e := range v {
			words(e, all)
		}
	case map[string]any:
		if text, ok := v["text"].(string); ok {
			*all = append(*all, text)
		}
		for _, name := range []string{"text", "elements", "rows", "blocks"} {
			if _, isText := v[name].(string); !isText {
				words(v[name], all)
			}
		}
	}
}
