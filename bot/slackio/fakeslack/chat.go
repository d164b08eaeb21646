package fakeslack

import (
	"encoding/json"
	"slices"
	"strconv"
)

// place finds the channel to write in, or says why not.
func (s *Server) place(a args) (*Channel, answer) {
	id := a["channel"]
	if id != "" && (id[0] == 'U' || id[0] == 'W') { // a user's id stands for their direct messages
		id = s.dm(id)
	}
	c := s.channels[id]
	switch {
	case c == nil:
		return nil, refuse("channel_not_found")
	case c.Archived:
		return nil, refuse("is_archived")
	case c.NoBot:
		return nil, refuse("not_in_channel")
	}
	return c, nil
}

func (s *Server) newMessage(c *Channel, a args) (*Message, answer) {
	blocks, code := s.readBlocks(a["blocks"])
	if code != "" {
		return nil, refuse(code)
	}
	switch {
	case a["markdown_text"] != "" && (a["text"] != "" || len(blocks) > 0):
		return nil, refuse("markdown_text_conflict")
	case a["text"] == "" && len(blocks) == 0 && a["markdown_text"] == "":
		return nil, refuse("no_text")
	case len([]rune(a["text"])) > 40_000: // longer text is cut; none of ours should be
		return nil, refuse("msg_too_long")
	}
	m := &Message{Channel: c.ID, TS: s.ts(), User: BotUser, BotID: BotID, Text: a["text"], Blocks: blocks}
	if a["metadata"] != "" {
		if json.Unmarshal([]byte(a["metadata"]), &m.Metadata) != nil {
			return nil, refuse("invalid_metadata_format")
		}
	}
	// An answer to a message that is not there any more is posted outside of any thread.
	if root := s.byTS[c.ID+" "+a["thread_ts"]]; root != nil && !root.Deleted {
		m.ThreadTS = a["thread_ts"]
	}
	return m, nil
}

func (s *Server) postMessage(a args) (answer, []delivery) {
	c, no := s.place(a)
	if no != nil {
		return no, nil
	}
	m, no := s.newMessage(c, a)
	if no != nil {
		return no, nil
	}
	s.add(m)
	return answer{"ok": true, "channel": c.ID, "ts": m.TS, "message": m}, s.echo(c, m)
}

func (s *Server) postEphemeral(a args) (answer, []delivery) {
	c, no := s.place(a)
	if no != nil {
		return no, nil
	}
	if _, found := s.users[a["user"]]; !found {
		return refuse("user_not_in_channel"), nil
	}
	m, no := s.newMessage(c, a)
	if no != nil {
		return no, nil
	}
	m.OnlyFor = a["user"]
	s.messages[c.ID] = append(s.messages[c.ID], m) // nobody can find it again
	return answer{"ok": true, "message_ts": m.TS}, nil
}

// update changes a message. Its text may have 4,000 characters. Metadata that are not named
// stay, blocks go.
// https://docs.slack.dev/reference/methods/chat.update
func (s *Server) update(a args) (answer, []delivery) {
	c, no := s.place(a)
	if no != nil {
		return no, nil
	}
	m := s.byTS[c.ID+" "+a["ts"]]
	blocks, code := s.readBlocks(a["blocks"])
	switch {
	case m == nil || m.Deleted:
		return refuse("message_not_found"), nil
	case m.User != BotUser:
		return refuse("cant_update_message"), nil
	case s.streams(m):
		return refuse("streaming_state_conflict"), nil
	case len([]rune(a["text"])) > 4_000:
		return refuse("msg_too_long"), nil
	case code != "":
		return refuse(code), nil
	}
	m.Text, m.Blocks, m.Edited = a["text"], blocks, m.Edited+1
	if a["metadata"] != "" {
		_ = json.Unmarshal([]byte(a["metadata"]), &m.Metadata)
	}
	return answer{"ok": true, "channel": c.ID, "ts": m.TS, "text": m.Text}, s.changed(c, m)
}

func (s *Server) remove(a args) (answer, []delivery) {
	m := s.byTS[a["channel"]+" "+a["ts"]]
	if m == nil || m.Deleted {
		return refuse("message_not_found"), nil
	}
	m.Deleted = true
	return answer{"ok": true, "channel": m.Channel, "ts": m.TS}, nil
}

// readable says whether the app may read the channel.
func (s *Server) readable(c *Channel) answer {
	scope := "channels:history"
	if c.Private {
		scope = "groups:history"
	}
	if c.IM != "" {
		scope = "im:history"
	}
	if !s.may(scope) {
		return missing(scope)
	}
	return nil
}

func (s *Server) replies(a args) (answer, []delivery) {
	c, no := s.place(a)
	if no == nil {
		no = s.readable(c)
	}
	if no != nil {
		return no, nil
	}
	if s.byTS[c.ID+" "+a["ts"]] == nil {
		return refuse("thread_not_found"), nil
	}
	return s.page(c, a, func(m *Message) bool { return m.TS == a["ts"] || m.ThreadTS == a["ts"] }), nil
}

func (s *Server) history(a args) (answer, []delivery) {
	c, no := s.place(a)
	if no == nil {
		no = s.readable(c)
	}
	if no != nil {
		return no, nil
	}
	return s.page(c, a, func(m *Message) bool { return m.ThreadTS == "" }), nil
}

// page returns messages of a channel. Metadata is only shown on request.
func (s *Server) page(c *Channel, a args, is func(*Message) bool) answer {
	limit, err := strconv.Atoi(a["limit"])
	if err != nil || limit <= 0 {
		limit = 100
	}
	found := []Message{}
	for _, m := range s.messages[c.ID] {
		if !m.Deleted && m.OnlyFor == "" && is(m) && m.TS >= a["oldest"] && m.TS > a["cursor"] {
			shown := *m
			if a["include_all_metadata"] != "1" && a["include_all_metadata"] != "true" {
				shown.Metadata = nil
			}
			found = append(found, shown)
		}
	}
	more := len(found) > limit
	found = found[:min(len(found), limit)]
	next := ""
	if more {
		next = found[len(found)-1].TS
	}
	return answer{"ok": true, "messages": found, "has_more": more, "response_metadata": map[string]string{"next_cursor": next}}
}

// The limits of blocks: 50 of them (views 100), 3,000 characters in a section, 10 elements
// in a context, 25 in actions, 100 rows of 20 cells in a table and one table in a message
// (https://docs.slack.dev/reference/block-kit/blocks), about 13,200 characters in all
// (bolt-js issue 2509).
const (
	mostBlocks = 50
	mostChars  = 13_200
)

func (s *Server) readBlocks(text string) ([]any, string) {
	if text == "" {
		return nil, ""
	}
	var blocks []any
	if json.Unmarshal([]byte(text), &blocks) != nil {
		return nil, "invalid_blocks_format"
	}
	if len([]rune(text)) > mostChars {
		return nil, "msg_blocks_too_long"
	}
	if code := lint(blocks, mostBlocks, messageBlocks); code != "" {
		return nil, code
	}
	return blocks, ""
}

var (
	messageBlocks = []string{"section", "context", "actions", "context_actions", "table", "header", "divider", "markdown", "rich_text", "image"}
	viewBlocks    = []string{"section", "context", "actions", "header", "divider", "input", "rich_text", "image"}
)

func lint(blocks []any, most int, allowed []string) string {
	if len(blocks) > most {
		return "invalid_blocks"
	}
	tables, names := 0, map[string]bool{}
	for _, b := range blocks {
		block, _ := b.(map[string]any)
		kind, _ := block["type"].(string)
		name := str(block["block_id"]) // of at most 255 characters, and nobody else's
		if len(name) > 255 || name != "" && names[name] {
			return "invalid_blocks"
		}
		names[name] = true
		if !slices.Contains(allowed, kind) || !lintBlock(kind, block) {
			return "invalid_blocks"
		}
		if kind == "table" {
			tables++
		}
	}
	if tables > 1 {
		return "invalid_attachments"
	}
	return ""
}

func lintBlock(kind string, block map[string]any) bool {
	elements, _ := block["elements"].([]any)
	switch kind {
	case "section":
		return textWithin(block["text"], 3000)
	case "header":
		return textWithin(block["text"], 150)
	case "markdown":
		text, _ := block["text"].(string)
		return text != "" && len([]rune(text)) <= 12_000
	case "context":
		return len(elements) > 0 && len(elements) <= 10
	case "actions", "context_actions":
		return len(elements) > 0 && len(elements) <= 25 && lintButtons(elements)
	case "table":
		return lintTable(block)
	}
	return true
}

func textWithin(v any, most int) bool {
	t, _ := v.(map[string]any)
	text, _ := t["text"].(string)
	return text != "" && len([]rune(text)) <= most
}

func lintButtons(elements []any) bool {
	seen := map[any]bool{}
	for _, e := range elements {
		b, _ := e.(map[string]any)
		if b["type"] == "button" {
			value, _ := b["value"].(string)
			if !textWithin(b["text"], 75) || len([]rune(value)) > 2000 || seen[b["action_id"]] || !lintDialog(b["confirm"]) {
				return false
			}
		}
		seen[b["action_id"]] = true
	}
	return true
}

// lintDialog holds a question before a click to its limits.
// https://docs.slack.dev/reference/block-kit/composition-objects/confirmation-dialog-object
func lintDialog(v any) bool {
	d, isThere := v.(map[string]any)
	return !isThere || textWithin(d["title"], 100) && textWithin(d["text"], 300) && textWithin(d["confirm"], 30) && textWithin(d["deny"], 30)
}

func lintTable(block map[string]any) bool {
	rows, _ := block["rows"].([]any)
	if len(rows) == 0 || len(rows) > 100 {
		return false
	}
	for _, r := range rows {
		cells, _ := r.([]any)
		if len(cells) == 0 || len(cells) > 20 {
			return false
		}
		for _, c := range cells {
			cell, _ := c.(map[string]any)
			if text, _ := cell["text"].(string); cell["type"] == "raw_text" && text == "" {
				return false
			}
		}
	}
	return true
}

// Check returns what Slack says to a message's blocks, or nothing when they are in order.
func Check(blocks string) string {
	_, code := (*Server)(nil).readBlocks(blocks)
	return code
}
