package slackio

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"rollcall/bot"
	"rollcall/bot/slackio/fakeslack"
	"rollcall/proposal"
	"rollcall/store"
	"rollcall/store/civil"
	"rollcall/tools"
)

func day(s string) civil.Date {
	var d civil.Date
	if err := d.UnmarshalText([]byte(s)); err != nil {
		panic(err)
	}
	return d
}

// booking is a card as the core makes it.
func booking() proposal.Card {
	return proposal.Card{
		ID: "abc234", Kind: proposal.Assignment, State: store.ProposalOpen, Title: "Book Priya Sharma on Atlas at 50 % from 1 Dec 2026 to 31 Jan 2027.",
		Lines:    []proposal.Line{{Subject: "Priya Sharma on Atlas", Action: "create", Fields: []proposal.Field{{Name: "percent", After: "50 %"}, {Name: "until", After: "31 Jan 2027"}}}},
		Warnings: []string{"Priya is overbooked on 4 days.", "Priya has no Kubernetes."},
		Load: []proposal.Load{
			{Person: "Priya Sharma", From: day("2026-11-30"), To: day("2026-12-04"), Before: 60, After: 110, Tentative: 20, Over: true},
			{Person: "Priya Sharma", From: day("2026-12-07"), To: day("2026-12-11"), Before: 0, After: 50, DaysOff: 2},
		},
		Notes: []string{"Priya is told."}, ExpiresAt: time.Date(2026, 11, 24, 12, 15, 0, 0, time.UTC),
	}
}

// drawn draws a card in answer to a question in a channel and returns its words and buttons.
func drawn(t *testing.T, c proposal.Card) (words string, buttons []string) {
	t.Helper()
	parts := rules(t, bot.Answer{Kind: bot.Proposed, View: tools.View{Headline: c.Title + "?", Card: &c}})
	if len(parts) != 1 {
		t.Fatalf("%d messages", len(parts))
	}
	var m message
	if err := json.Unmarshal(parts[0].Payload, &m); err != nil {
		t.Fatal(err)
	}
	shown := fakeslack.Message{}
	if err := json.Unmarshal(m.Blocks, &shown.Blocks); err != nil {
		t.Fatal(err)
	}
	for _, action := range []string{actionConfirm, actionCancel, actionUndo} {
		if value, found := shown.Button(action); found {
			buttons = append(buttons, action+" "+value)
		}
	}
	return shown.Words(), buttons
}

func TestACardSaysWarningsFirstThenWhatChangesAndTheLoad(t *testing.T) {
	t.Parallel()
	words, buttons := drawn(t, booking())
	want := strings.Join([]string{
		"*Book Priya Sharma on Atlas at 50 % from 1 Dec 2026 to 31 Jan 2027.*",
		"⚠ Priya is overbooked on 4 days.", "⚠ Priya has no Kubernetes.",
		"*Priya Sharma on Atlas* (new)", "• percent: 50 %", "• until: 31 Jan 2027",
		"Person", "Weeks", "Load", "Tentative", "Days off",
		"Priya Sharma", "30 Nov – 4 Dec 2026", "60 % → 110 % ⚠ overbooked", "20 %", " ",
		"Priya Sharma", "7–11 Dec 2026", "0 % → 50 %", " ", "2",
		"Priya is told.",
		"Only <@U1> can confirm this, until <!date^1795522500^{date_short_pretty} at {time}|24 Nov 12:15 UTC>.",
		"Confirm", "Cancel",
	}, "\n")
	if diff := cmp.Diff(want, words); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"proposal_confirm abc234", "proposal_cancel abc234"}, buttons); diff != "" {
		t.Error(diff)
	}
}

func TestACardThatIsDecidedSaysWhatBecameOfIt(t *testing.T) {
	t.Parallel()
	for state, want := range map[store.ProposalState]struct {
		undo    bool
		buttons string
		load    bool
	}{
		store.ProposalCommitted: {true, "proposal_undo abc234", true}, store.ProposalCommitting: {false, "", true}, store.ProposalCancelled: {}, store.ProposalSuperseded: {},
		store.ProposalExpired: {}, store.ProposalUndone: {},
	} {
		c := booking()
		c.State, c.Outcome, c.CanUndo = state, "This is the outcome.", want.undo
		words, buttons := drawn(t, c)
		if strings.Join(buttons, ",") != want.buttons || !strings.Contains(words, "This is the outcome.") || strings.Contains(words, "can confirm") || strings.Contains(words, "overbooked") != want.load {
			t.Errorf("%s: %v\n%s", state, buttons, words)
		}
	}
}

func TestAChangeShowsEachValueBeforeAndAfter(t *testing.T) {
	t.Parallel()
	c := booking()
	c.Lines = []proposal.Line{
		{Subject: "A", Action: "update", Fields: []proposal.Field{{Name: "percent", Before: "50 %", After: "80 %"}, {Name: "until", After: "3 Jan"}}},
		{Subject: "B", Action: "delete", Fields: []proposal.Field{{Name: "percent", Before: "50 %"}}},
	}
	words, _ := drawn(t, c)
	for _, want := range []string{"*A*\n• percent: 50 % → 80 %\n• until: – → 3 Jan\n", "*B* (goes)\n• percent: 50 %\n"} {
		if !strings.Contains(words, want) {
			t.Errorf("%q is not in\n%s", want, words)
		}
	}
	to := cardText(c)
	if !strings.Contains(to, "• A percent: 50 % → 80 %, until: – → 3 Jan") || !strings.Contains(to, "⚠ Priya is overbooked") {
		t.Errorf("without blocks: %s", to)
	}
}

func TestEveryRowThatIsConfirmedIsShown(t *testing.T) {
	t.Parallel()
	c := booking()
	for n := range proposal.MaxRows {
		c.Lines = append(c.Lines[:n], proposal.Line{Subject: fmt.Sprintf("Row %d.", n), Action: "create"})
	}
	words, _ := drawn(t, c)
	if want := fmt.Sprintf("Row %d.", proposal.MaxRows-1); !strings.Contains(words, want) {
		t.Errorf("%s is not in\n%s", want, words)
	}
}

func TestEveryCardFitsOneMessageAndHoldsNobodysMarkUp(t *testing.T) {
	t.Parallel()
	hostile := strings.Repeat(`<!channel> <@U2> & *bold* "quoted" <https://evil.example|click>`+"\u202e\n", 200)
	for name, s := range map[string]string{"hostile": hostile, "only ands": strings.Repeat("&", 5000), "empty": "", "blank": " \n\u200b"} {
		c := proposal.Card{ID: strings.Repeat("x", 26), State: store.ProposalOpen, Title: s, ExpiresAt: time.Unix(1, 0)}
		for range 40 {
			c.Warnings, c.Notes = append(c.Warnings, s), append(c.Notes, s)
		}
		for range proposal.MaxRows {
			l := proposal.Line{Subject: s, Action: "update"}
			for range 20 {
				l.Fields = append(l.Fields, proposal.Field{Name: s, Before: s, After: s})
			}
			c.Lines = append(c.Lines, l)
		}
		for range 260 {
			c.Load = append(c.Load, proposal.Load{Person: s, From: day("2026-12-28"), To: day("2027-01-01"), Before: 100, After: 200, Tentative: 100, DaysOff: 5, Over: true})
		}
		for _, state := range []store.ProposalState{store.ProposalOpen, store.ProposalCommitted} {
			c.State, c.CanUndo = state, state == store.ProposalCommitted
			words, buttons := drawn(t, c)
			if len(buttons) == 0 || strings.Contains(words, "<!channel>") || strings.Contains(words, "<@U2>") || strings.Contains(words, "*bold*") || strings.Contains(words, "\u202e") || strings.Contains(words, "<https") {
				t.Errorf("%s: %v\n%.2000s", name, buttons, words)
			}
		}
	}
}

func TestACardIsAMessageOfItsOwnBelowWhatElseIsSaid(t *testing.T) {
	t.Parallel()
	c := booking()
	parts := rules(t, bot.Answer{Kind: bot.Proposed, Notice: "Without the model.", View: tools.View{Headline: c.Title + "?", Card: &c, Sections: []tools.Section{{Title: "Also looked up: 3 people."}}}})
	if len(parts) != 2 || strings.Contains(string(parts[0].Payload), actionConfirm) || !strings.Contains(string(parts[1].Payload), actionConfirm) {
		t.Errorf("%d messages: %v", len(parts), parts)
	}
	if len(parts) == 2 && strings.Contains(string(parts[1].Payload), "Also looked up") {
		t.Errorf("the card's message says more: %s", parts[1].Payload)
	}
}

func TestANoticeHasButtonsOnlyWhereThereIsSomethingToAnswer(t *testing.T) {
	t.Parallel()
	for handshake, want := range map[string]int{"": 0, "h1": 3} {
		blocks := noticeBlocks(proposal.Notice{Title: "Grace <!here> would book you.", Lines: []string{"Atlas, 50 %"}, Handshake: handshake}, "turn")
		text, err := json.Marshal(blocks)
		if code := fakeslack.Check(string(text)); err != nil || code != "" {
			t.Errorf("Slack says %q to %s", code, text)
		}
		if n := strings.Count(string(text), `"action_id"`); n != want || strings.Contains(string(text), "!here>") {
			t.Errorf("%d buttons in %s", n, text)
		}
	}
}

func TestWhatSomebodySaidStandsOnTheNoticeAboveTheButtonsThatStay(t *testing.T) {
	t.Parallel()
	over := json.RawMessage(`[{"type":"section","text":{"type":"mrkdwn","text":"title"}},{"type":"actions","elements":[]}]`)
	for _, stay := range []bool{true, false} {
		payload, err := withBlocks(json.RawMessage(`{"text":"x","blocks":[{"type":"section","block_id":"said"}]}`), over, stay)
		var m struct {
			Blocks []struct{ Type, BlockID string }
		}
		if err == nil {
			err = json.Unmarshal(payload, &m)
		}
		var kinds []string
		for _, b := range m.Blocks {
			kinds = append(kinds, b.Type)
		}
		want := map[bool][]string{true: {"section", "section", "actions"}, false: {"section", "section"}}[stay]
		if diff := cmp.Diff(want, kinds); diff != "" || err != nil {
			t.Errorf("%v %s", err, diff)
		}
	}
}

func TestInDirectMessagesACardIsTheReadersOwn(t *testing.T) {
	t.Parallel()
	for channel, want := range map[string]string{"D1": "Only you", "U1": "Only you", "C1": "Only <@U1>", "G1": "Only <@U1>"} {
		if got := whoMay(channel, "U1"); got != want {
			t.Errorf("%s: %s", channel, got)
		}
	}
}
