package fakeslack

import (
	"encoding/json"
	"time"
)

// The rules of streams are those of
// https://docs.slack.dev/reference/methods/chat.startStream and its two siblings. A stream
// ends by itself after about five minutes (node-slack-sdk issue 2702) and holds about
// 12,000 characters (CopilotKit issue 6064).
const (
	streamLife  = 300 // seconds
	streamChars = 12_000
)

// streams reports whether the message can still be added to.
func (s *Server) streams(m *Message) bool {
	if m.Stream == "open" && time.Since(m.started) > streamLife*s.Unit {
		m.Stream = "ended"
	}
	return m.Stream == "open"
}

func (s *Server) startStream(a args) (answer, []delivery) {
	c, no := s.place(a)
	if no != nil {
		return no, nil
	}
	switch {
	case a["thread_ts"] == "":
		return refuse("invalid_thread_ts"), nil
	case c.IM == "" && a["recipient_user_id"] == "":
		return refuse("missing_recipient_user_id"), nil
	case c.IM == "" && a["recipient_team_id"] == "":
		return refuse("missing_recipient_team_id"), nil
	}
	m := &Message{Channel: c.ID, TS: s.ts(), ThreadTS: a["thread_ts"], User: BotUser, BotID: BotID, Stream: "open", started: time.Now()}
	if code := m.take(a); code != "" {
		return refuse(code), nil
	}
	s.add(m)
	s.statuses[c.ID+" "+m.ThreadTS] = "processing"
	return answer{"ok": true, "channel": c.ID, "ts": m.TS}, nil
}

// take adds chunks or text.
func (m *Message) take(a args) string {
	m.chars += len([]rune(a["chunks"])) + len([]rune(a["markdown_text"]))
	if m.chars > streamChars {
		return "msg_too_long"
	}
	if a["chunks"] == "" {
		m.Text += a["markdown_text"]
		return ""
	}
	var chunks []map[string]any
	if json.Unmarshal([]byte(a["chunks"]), &chunks) != nil {
		return "invalid_chunks"
	}
	for _, c := range chunks {
		text, _ := c["text"].(string)
		m.Text += text
	}
	return ""
}

func (s *Server) open(a args) (*Message, answer) {
	m := s.byTS[a["channel"]+" "+a["ts"]]
	switch {
	case m == nil || m.Deleted:
		return nil, refuse("message_not_found")
	case m.Stream == "stopped":
		return nil, refuse("stopped_by_user")
	case !s.streams(m):
		return nil, refuse("message_not_in_streaming_state")
	}
	return m, nil
}

func (s *Server) appendStream(a args) (answer, []delivery) {
	m, no := s.open(a)
	if no != nil {
		return no, nil
	}
	if code := m.take(a); code != "" {
		return refuse(code), nil
	}
	return answer{"ok": true, "channel": m.Channel, "ts": m.TS}, nil
}

func (s *Server) stopStream(a args) (answer, []delivery) {
	m, no := s.open(a)
	if no != nil {
		return no, nil
	}
	blocks, code := s.readBlocks(a["blocks"])
	if code == "" {
		code = m.take(a)
	}
	if code != "" {
		return refuse(code), nil
	}
	m.Stream, m.Blocks = "ended", blocks
	if a["metadata"] != "" {
		_ = json.Unmarshal([]byte(a["metadata"]), &m.Metadata)
	}
	s.statuses[m.Channel+" "+m.ThreadTS] = a["session_status"]
	return answer{"ok": true, "channel": m.Channel, "ts": m.TS, "message": m}, s.echo(s.channels[m.Channel], m)
}

func (s *Server) setStatus(a args) (answer, []delivery) {
	if a["thread_ts"] == "" || s.channels[a["channel_id"]] == nil {
		return refuse("invalid_arguments"), nil
	}
	s.statuses[a["channel_id"]+" "+a["thread_ts"]] = a["status"]
	return answer{"ok": true, "status": a["status"]}, nil
}

// setPrompts does nothing in an agent app when a thread is named, and says that all is well.
// https://docs.slack.dev/reference/methods/assistant.threads.setSuggestedPrompts
func (s *Server) setPrompts(a args) (answer, []delivery) {
	if a["thread_ts"] == "" {
		var prompts any
		_ = json.Unmarshal([]byte(a["prompts"]), &prompts)
		s.prompts[a["channel_id"]] = prompts
	}
	return answer{"ok": true}, nil
}
