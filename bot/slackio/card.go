package slackio

import (
	"fmt"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"rollcall/plaintext"
	"rollcall/proposal"
	"rollcall/store/inbox"
)

// The names of a card's buttons. Their value is the card's id.
const (
	actionConfirm = "proposal_confirm"
	actionCancel  = "proposal_cancel"
	actionUndo    = "proposal_undo"
	cardBlock     = "card:" // the block of the buttons: with the turn that drew the card
)

// States of a proposal that are drawn differently; the store has their types.
const (
	stateOpen       = "open"
	stateCommitting = "committing"
	stateCommitted  = "committed"
)

// cardSize is how much of a card's texts is shown.
type cardSize struct{ chars, rows, sentences int }

// cardSizes are tried in order until a card fits one message. It must: what became of it
// takes that message's place. No card of a real company needs more than the first.
var cardSizes = []cardSize{{300, 30, 12}, {120, 15, 10}, {40, 8, 6}, {8, 3, 3}}

// cardBlocks draws a card. who may click it, in Slack's mark-up; turn is that of the
// question, and empty where nobody is asked what they think of the answer.
func cardBlocks(c proposal.Card, who, turn string) []slack.Block {
	var all []slack.Block
	for _, size := range cardSizes {
		all = size.draw(c, who, turn)
		chars := 0
		for _, b := range all {
			chars += sizeOf(b)
		}
		if chars <= mostChars {
			break
		}
	}
	return all
}

func (n cardSize) draw(c proposal.Card, who, turn string) []slack.Block {
	all := n.content(c)
	if c.State == stateOpen {
		all = append(all, quiet(fmt.Sprintf("%s can confirm this, until %s.", who, moment(c.ExpiresAt))))
	}
	if buttons := cardButtons(c); len(buttons) > 0 {
		all = append(all, slack.NewActionBlock(cardBlock+turn, buttons...))
	}
	if turn != "" {
		all = append(all, feedbackBlock(turn))
	}
	return all
}

// content is what a card says: what became of it, what to know first, what changes, and
// the load. Of what did not come to be, what it would have changed is enough.
func (n cardSize) content(c proposal.Card) []slack.Block {
	if c.State != stateOpen && c.State != stateCommitted && c.State != stateCommitting {
		c.Warnings, c.Notes, c.Load = nil, nil, nil
	}
	all := []slack.Block{section("*" + n.datum(c.Title) + "*")}
	if c.Outcome != "" {
		all = append(all, section(n.datum(c.Outcome)))
	}
	if len(c.Warnings) > 0 {
		all = append(all, section(n.list("⚠ ", c.Warnings)))
	}
	for _, l := range c.Lines[:min(len(c.Lines), proposal.MaxRows)] {
		all = append(all, section(n.line(l)))
	}
	if len(c.Load) > 0 {
		all = append(all, n.load(c.Load)...)
	}
	if len(c.Notes) > 0 {
		all = append(all, quiet(n.list("", c.Notes)))
	}
	return all
}

// datum makes text of what the database holds: one line, nothing hidden, no mark-up. It is
// never empty, since Slack refuses that.
func (n cardSize) datum(s string) string { return escape(n.words(s)) }

func (n cardSize) words(s string) string {
	s = strings.TrimSpace(visible(s))
	if s == "" {
		return "–"
	}
	return cut(s, n.chars)
}

// visible is harmless text in one line.
func visible(s string) string { return strings.ReplaceAll(plaintext.Of(s), "\n", " ") }

// list is sentences, a line each.
func (n cardSize) list(sign string, sentences []string) string {
	shown := sentences[:min(len(sentences), n.sentences)]
	lines := make([]string, 0, len(shown)+1)
	for _, s := range shown {
		lines = append(lines, sign+n.datum(s))
	}
	if more := len(sentences) - len(shown); more > 0 {
		lines = append(lines, fmt.Sprintf("%s%d more", sign, more))
	}
	return cutMarkup(strings.Join(lines, "\n"))
}

// cutMarkup keeps escaped text within a block.
func cutMarkup(s string) string {
	all := split(s, mostSection)
	if len(all) > 1 {
		return all[0] + " …"
	}
	return s
}

var actionWords = map[string]string{"create": " (new)", "delete": " (goes)"}

// line is what happens to one row: the subject, and each value before and after.
func (n cardSize) line(l proposal.Line) string {
	lines := []string{"*" + n.datum(l.Subject) + "*" + actionWords[l.Action]}
	for _, f := range l.Fields[:min(len(l.Fields), n.sentences)] {
		lines = append(lines, "• "+n.datum(f.Name)+": "+escape(n.change(l.Action, f)))
	}
	return cutMarkup(strings.Join(lines, "\n"))
}

func (n cardSize) change(action string, f proposal.Field) string {
	switch {
	case action == "create" && f.Before == "":
		return n.words(f.After)
	case action == "delete" && f.After == "":
		return n.words(f.Before)
	}
	return n.words(f.Before) + " → " + n.words(f.After)
}

// load is each stretch of weeks before and after, as a table.
func (n cardSize) load(all []proposal.Load) []slack.Block {
	shown := all[:min(len(all), n.rows)]
	hasTentative, hasDaysOff := false, false
	for _, l := range shown {
		hasTentative, hasDaysOff = hasTentative || l.Tentative > 0, hasDaysOff || l.DaysOff > 0
	}
	t, _ := newTable(loadRow("Person", "Weeks", "Load", "Tentative", "Days off", hasTentative, hasDaysOff))
	for _, l := range shown {
		load := fmt.Sprintf("%d %% → %d %%", l.Before, l.After)
		if l.Over {
			load += " ⚠ overbooked"
		}
		cells, _ := cellsOf(loadRow(n.words(l.Person), stretch(l), load, orNothing("%d %%", l.Tentative), orNothing("%d", l.DaysOff), hasTentative, hasDaysOff))
		t.AddRow(cells...)
	}
	blocks := []slack.Block{t}
	if more := len(all) - len(shown); more > 0 {
		blocks = append(blocks, quiet(fmt.Sprintf("%d more stretches of time are not shown.", more)))
	}
	return blocks
}

func loadRow(person, week, load, tentative, daysOff string, hasTentative, hasDaysOff bool) []string {
	row := []string{person, week, load}
	if hasTentative {
		row = append(row, tentative)
	}
	if hasDaysOff {
		row = append(row, daysOff)
	}
	return row
}

func orNothing(format string, n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf(format, n)
}

// stretch is the days of a load: "30 Nov – 4 Dec 2026".
func stretch(l proposal.Load) string {
	from, to := l.From.Time(), l.To.Time()
	switch {
	case l.From == l.To:
		return to.Format("2 Jan 2006")
	case from.Year() != to.Year():
		return from.Format("2 Jan 2006") + " – " + to.Format("2 Jan 2006")
	case from.Month() != to.Month():
		return from.Format("2 Jan") + " – " + to.Format("2 Jan 2006")
	}
	return fmt.Sprintf("%d–%s", from.Day(), to.Format("2 Jan 2006"))
}

// moment is a time as each reader's own clock shows it.
// https://docs.slack.dev/messaging/formatting-message-text#date-formatting
func moment(t time.Time) string {
	return fmt.Sprintf("<!date^%d^{date_short_pretty} at {time}|%s>", t.Unix(), t.UTC().Format("2 Jan 15:04 UTC"))
}

func cardButtons(c proposal.Card) []slack.BlockElement {
	if len(c.ID) > mostValue {
		return nil
	}
	if c.State == stateOpen {
		confirm := slack.NewButtonBlockElement(actionConfirm, c.ID, plain("Confirm"))
		confirm.Style = slack.StylePrimary
		for _, l := range c.Lines {
			if l.Action == "delete" {
				confirm.Confirm = dialog("Really?", "Something goes with this change. The card says what.", "Confirm", "Back")
			}
		}
		return []slack.BlockElement{confirm, slack.NewButtonBlockElement(actionCancel, c.ID, plain("Cancel"))}
	}
	if c.CanUndo {
		undo := slack.NewButtonBlockElement(actionUndo, c.ID, plain("Undo"))
		undo.Confirm = dialog("Undo this?", "Everything becomes as it was before, unless somebody has changed it since.", "Undo", "Keep")
		return []slack.BlockElement{undo}
	}
	return nil
}

func dialog(title, text, yes, no string) *slack.ConfirmationBlockObject {
	return slack.NewConfirmationBlockObject(plain(title), plain(text), plain(yes), plain(no))
}

// cardText is a card for notifications and readers that draw no blocks.
func cardText(c proposal.Card) string {
	n := cardSizes[0]
	lines := []string{n.words(c.Title)}
	if c.Outcome != "" {
		lines = append(lines, n.words(c.Outcome))
	} else {
		for _, w := range c.Warnings {
			lines = append(lines, "⚠ "+n.words(w))
		}
	}
	for _, l := range c.Lines {
		var fields []string
		for _, f := range l.Fields {
			fields = append(fields, n.words(f.Name)+": "+n.change(l.Action, f))
		}
		lines = append(lines, "• "+n.words(l.Subject)+" "+strings.Join(fields, ", "))
	}
	return split(escape(strings.Join(lines, "\n")), mostText)[0]
}

// cardPart is the message of a card.
func cardPart(c proposal.Card, who, turn string, to inbox.Part) (inbox.Part, error) {
	return partOf(cardBlocks(c, who, turn), cardText(c), to)
}

// whoMay says in Slack's mark-up who may click.
func whoMay(channel, user string) string {
	if strings.HasPrefix(channel, "D") || channel == user {
		return "Only you"
	}
	return "Only <@" + user + ">"
}
