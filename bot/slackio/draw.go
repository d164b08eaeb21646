package slackio

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/slack-go/slack"

	"rollcall/bot"
	"rollcall/store/inbox"
	"rollcall/tools"
)

// How a message is sent.
const (
	kindPost    = "post"    // a message of its own
	kindStream  = "stream"  // completes the message that showed the steps
	kindPrivate = "private" // shown to one person in a channel, and not kept by Slack
	kindUpdate  = "update"  // takes the place of a message that is there
)

// message is what is stored of a message to send.
type message struct {
	Thread string          `json:"thread,omitempty"`
	User   string          `json:"user,omitempty"` // who alone sees it
	Text   string          `json:"text"`           // for notifications, screen readers, and when the blocks are refused
	Blocks json.RawMessage `json:"blocks"`
}

// The limits of one message, with room to spare: Slack refuses about 13,200 characters of
// blocks (bolt-js issue 2509), more than 50 blocks, a second table
// (https://docs.slack.dev/reference/block-kit/blocks/table-block), and 3,000 characters in
// a section.
const (
	mostChars   = 9_000
	mostBlocks  = 40
	mostSection = 2_900
	mostCell    = 300
	mostColumns = 20
	mostText    = 3_900
	mostButton  = 75
	mostValue   = 1_900
)

// Draw makes the messages of an answer; see bot.Poster. In a channel, what only the asker
// may know goes to them alone. An older card that a new one takes the place of is among
// them, so that its end is kept with the answer.
func (s *Slack) Draw(ctx context.Context, t inbox.Turn, a bot.Answer, shown *inbox.Part) ([]inbox.Part, error) {
	pieces := answerPieces(t, a)
	pieces = append(pieces, s.threadPieces(a.View.Threads)...)
	if a.Private != nil {
		pieces = append(pieces, block(quiet("You may know more than everybody here: I sent it to you alone.")))
	}
	card := a.View.Card
	if a.Kind != bot.Failed && card == nil { // a card has it below its buttons
		pieces = append(pieces, block(feedbackBlock(t.ID)))
	}
	parts, err := pack(pieces, fallback(a.View), target(t))
	if err == nil && card != nil { // a message of its own: what becomes of it takes the message's place
		to := target(t)
		var p inbox.Part
		p, err = cardPart(*card, whoMay(to.Channel, t.Asker), t.ID, to)
		parts = append(parts, p)
	}
	if err != nil {
		return nil, err
	}
	if shown != nil {
		parts[0].Kind, parts[0].MessageTS, parts[0].State = kindStream, shown.MessageTS, shown.State
	}
	if a.Private != nil {
		head := []piece{block(section("For you alone, on “" + escape(cut(t.Question, 200)) + "”:"))}
		alone, err := pack(append(head, viewPieces(*a.Private)...), fallback(*a.Private), inbox.Part{Kind: kindPost, Channel: t.Asker, Payload: json.RawMessage(`{}`)})
		if err != nil {
			return nil, err
		}
		parts = append(parts, alone...)
	}
	if card != nil {
		parts = append(parts, s.replaced(ctx, t, card.ID)...)
	}
	for i := range parts {
		parts[i].Number = i
	}
	return parts, nil
}

const mostThreads = 5

// threadPieces link to the conversations that an answer speaks of, where they were here.
func (s *Slack) threadPieces(threads []string) []piece {
	var links []string
	for _, th := range threads {
		place, here := strings.CutPrefix(th, "slack:")
		channel, _, _ := strings.Cut(place, "/")
		if !here || !areIDs(channel) || len(links) == mostThreads {
			continue
		}
		if link := s.Permalink(place); link != "" {
			links = append(links, fmt.Sprintf("<%s|conversation %d>", link, len(links)+1))
		}
	}
	if len(links) == 0 {
		return nil
	}
	return []piece{block(quiet("Where it was asked for: " + strings.Join(links, ", ")))}
}

// target is where a turn is answered: in its thread, or, for what was asked by a command,
// in the asker's direct messages.
func target(t inbox.Turn) inbox.Part {
	if t.Origin == inbox.Command {
		return inbox.Part{Kind: kindPost, Channel: t.Asker, Payload: json.RawMessage(`{}`)}
	}
	return inbox.Part{Kind: kindPost, Channel: t.Thread.Channel, Payload: json.RawMessage(fmt.Sprintf(`{"thread":%q}`, t.Thread.TS))}
}

// piece is blocks that stay together in one message.
type piece struct {
	blocks []slack.Block
	chars  int
	table  bool
}

func block(b slack.Block) piece { return piece{blocks: []slack.Block{b}, chars: sizeOf(b)} }

func sizeOf(b slack.Block) int {
	text, err := json.Marshal(b)
	if err != nil {
		return mostChars
	}
	return len([]rune(string(text)))
}

func answerPieces(t inbox.Turn, a bot.Answer) []piece {
	var all []piece
	if t.Origin == inbox.Command {
		all = append(all, block(quiet("You asked: "+escape(cut(t.Question, 500)))))
	}
	if a.Notice != "" {
		all = append(all, block(quiet(escape(a.Notice))))
	}
	if a.Prose != "" {
		all = append(all, sections(escape(a.Prose))...)
	}
	all = append(all, viewPieces(a.View)...)
	if len(a.View.Options) > 0 {
		all = append(all, block(options(t, a.View.Options)))
	}
	return all
}

// viewPieces draws what a tool has found.
func viewPieces(v tools.View) []piece {
	var all []piece
	if v.Card == nil { // a card says it itself
		all = sections("*" + escape(v.Headline) + "*")
	}
	if v.Period != "" {
		all = append(all, block(quiet(escape(v.Period))))
	}
	all = append(all, tables(v.Columns, v.Rows)...)
	for _, s := range v.Sections {
		lines := escapeAll(s.Lines)
		if s.Title != "" {
			lines = append([]string{"*" + escape(s.Title) + "*"}, lines...)
		}
		for _, row := range s.Rows {
			lines = append(lines, "• "+escape(rowLine(s.Columns, row)))
		}
		all = append(all, sections(strings.Join(lines, "\n"))...)
	}
	for _, n := range v.Notes {
		all = append(all, quietly(escape(n))...)
	}
	return all
}

// rowLine writes a row as a line, for the tables that a message has no room for.
func rowLine(columns, row []string) string {
	var cells []string
	for i, cell := range row {
		switch {
		case cell == "":
		case i == 0 || i >= len(columns):
			cells = append(cells, cell)
		default:
			cells = append(cells, columns[i]+": "+cell)
		}
	}
	return strings.Join(cells, " · ")
}

func escapeAll(all []string) []string {
	out := make([]string, len(all))
	for i, s := range all {
		out[i] = escape(s)
	}
	return out
}

// section is a paragraph. Names, channels and addresses in it stay text.
func section(mrkdwn string) *slack.SectionBlock {
	return slack.NewSectionBlock(verbatim(mrkdwn), nil, nil)
}

func verbatim(mrkdwn string) *slack.TextBlockObject {
	return &slack.TextBlockObject{Type: slack.MarkdownType, Text: mrkdwn, Verbatim: true}
}

func quiet(mrkdwn string) *slack.ContextBlock {
	return slack.NewContextBlock("", verbatim(mrkdwn))
}

func sections(mrkdwn string) []piece {
	var all []piece
	for _, s := range split(mrkdwn, mostSection) {
		all = append(all, block(section(s)))
	}
	return all
}

func quietly(mrkdwn string) []piece {
	var all []piece
	for _, s := range split(mrkdwn, mostSection) {
		all = append(all, block(quiet(s)))
	}
	return all
}

// split cuts text into pieces of at most n characters, at lines, else at spaces, else
// anywhere but inside an escaped character.
func split(s string, n int) []string {
	var all []string
	for runes := []rune(s); len(runes) > 0; {
		if len(runes) <= n {
			return append(all, string(runes))
		}
		end := cutAt(runes[:n+1])
		all = append(all, string(runes[:end]))
		runes = runes[end:]
		for len(runes) > 0 && (runes[0] == '\n' || runes[0] == ' ') {
			runes = runes[1:]
		}
	}
	return all
}

func cutAt(runes []rune) int {
	for _, at := range "\n " {
		for i := len(runes) - 1; i > len(runes)/2; i-- {
			if runes[i] == at {
				return i
			}
		}
	}
	end := len(runes) - 1
	for i := end; i > end-6 && i > 0; i-- { // &amp; is the longest that escape writes
		if runes[i] == '&' {
			return i
		}
	}
	return end
}

// tables draws rows as table blocks that fit a message each, the header in every one.
func tables(columns []string, rows [][]string) []piece {
	if len(columns) == 0 || len(rows) == 0 {
		return nil
	}
	var all []piece
	t, size := newTable(columns)
	for _, row := range rows {
		cells, n := cellsOf(row)
		if len(t.Rows) > 1 && size+n > mostChars-1000 {
			all = append(all, piece{blocks: []slack.Block{t}, chars: size, table: true})
			t, size = newTable(columns)
		}
		t.AddRow(cells...)
		size += n
	}
	return append(all, piece{blocks: []slack.Block{t}, chars: size, table: true})
}

func newTable(columns []string) (*slack.TableBlock, int) {
	t := slack.NewTableBlock("")
	cells, n := cellsOf(columns)
	t.AddRow(cells...)
	for range cells {
		t.ColumnSettings = append(t.ColumnSettings, slack.ColumnSetting{Align: slack.ColumnAlignmentLeft, IsWrapped: true})
	}
	return t, n
}

const cellFrame = 32 // characters of JSON around a cell's text

func cellsOf(row []string) ([]slack.TableCell, int) {
	size := 0
	var cells []slack.TableCell
	for _, text := range row[:min(len(row), mostColumns)] {
		text = cut(text, mostCell)
		if text == "" {
			text = " " // an empty cell is refused
		}
		cells = append(cells, slack.NewTableRawTextCell(text))
		size += len([]rune(text)) + cellFrame
	}
	return cells, size
}

func plain(s string) *slack.TextBlockObject {
	return slack.NewTextBlockObject(slack.PlainTextType, s, false, false)
}

func options(t inbox.Turn, all []string) *slack.ActionBlock {
	var buttons []slack.BlockElement
	for i, o := range all[:min(len(all), 5)] {
		buttons = append(buttons, slack.NewButtonBlockElement(fmt.Sprintf("%s%d", actionChoose, i), cut(o, mostValue), plain(cut(o, mostButton))))
	}
	return slack.NewActionBlock("choose:"+t.ID, buttons...)
}

func feedbackBlock(turn string) *slack.ContextActionsBlock {
	return slack.NewContextActionsBlock("feedback:"+turn, slack.NewFeedbackButtonsBlockElement(actionFeedback,
		slack.NewFeedbackButton(plain("Good answer"), "good:"+turn), slack.NewFeedbackButton(plain("Bad answer"), "bad:"+turn)))
}

// pack puts the pieces into as few messages as their limits allow. Only the first has the
// text for notifications; the others are its continuation.
func pack(pieces []piece, text string, to inbox.Part) ([]inbox.Part, error) {
	var parts []inbox.Part
	var now piece
	flush := func() error {
		if len(now.blocks) == 0 {
			return nil
		}
		if len(parts) > 0 {
			text = fmt.Sprintf("(continued, %d)", len(parts)+1)
		}
		p, err := partOf(now.blocks, text, to)
		parts, now = append(parts, p), piece{}
		return err
	}
	for _, p := range pieces {
		if len(now.blocks)+len(p.blocks) > mostBlocks || now.chars+p.chars > mostChars || now.table && p.table {
			if err := flush(); err != nil {
				return nil, err
			}
		}
		now.blocks, now.chars, now.table = append(now.blocks, p.blocks...), now.chars+p.chars, now.table || p.table
	}
	return parts, flush()
}

func partOf(blocks []slack.Block, text string, to inbox.Part) (inbox.Part, error) {
	var m message
	err := json.Unmarshal(to.Payload, &m)
	if err == nil {
		m.Text = text
		m.Blocks, err = json.Marshal(blocks)
	}
	to.State = inbox.Intent
	if err == nil {
		to.Payload, err = json.Marshal(m)
	}
	return to, err
}

// fallback is the answer as text, for notifications and readers that draw no blocks.
func fallback(v tools.View) string {
	lines := []string{v.Headline}
	if v.Period != "" {
		lines = append(lines, v.Period)
	}
	for _, row := range v.Rows {
		lines = append(lines, "• "+rowLine(v.Columns, row))
	}
	return cut(escape(strings.Join(lines, "\n")), mostText)
}

// private is a message that the asker alone sees: in a channel one that Slack does not
// keep, elsewhere an ordinary one.
func private(t inbox.Turn, blocks []slack.Block, text string) inbox.Part {
	to := target(t)
	if t.Origin == inbox.Channel {
		to.Kind, to.Payload = kindPrivate, json.RawMessage(fmt.Sprintf(`{"user":%q}`, t.Asker))
		if t.Thread.TS != t.MessageTS { // in a thread that is there already
			to.Payload = json.RawMessage(fmt.Sprintf(`{"user":%q,"thread":%q}`, t.Asker, t.Thread.TS))
		}
	}
	p, err := partOf(blocks, text, to)
	if err != nil { // blocks of our own are always JSON
		p.Payload = json.RawMessage(`{"text":"I cannot answer this."}`)
	}
	return p
}
