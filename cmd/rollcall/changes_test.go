package main

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"rollcall/bot/slackio/fakeslack"
	"rollcall/store"
	"rollcall/store/storetest"
)

const (
	tomasz = "U0LF002" // another manager

	bookPriya     = "put Priya on Atlas at 50 % from 1 December until 31 January"
	bookPriyaLess = "put Priya on Atlas at 40 % from 1 December until 31 January"
	priyaMail     = "priya.natarajan@lumen.example"
	samMail       = "sam.okafor@lumen.example"
	graceMail     = "grace.adeyemi@lumen.example"
)

// eachChange runs body in a company of which Grace and Tomasz are managers.
func eachChange(t *testing.T, body func(t *testing.T, w *workplace)) {
	t.Helper()
	eachDatabase(t, func(t *testing.T, w *workplace) {
		w.slack.AddUser(fakeslack.User{ID: tomasz, Name: "Tomasz", Email: "tomasz.nowak@lumen.example"})
		w.env = append(w.env, withModel(bookingModel(t))...)
		body(t, w)
	})
}

// card is a message with a change to decide on.
type card struct {
	channel, root, ts, id string
}

// propose asks for a change and returns the card that comes.
func (w *workplace) propose(user, channel, root, text string) card {
	w.tb.Helper()
	c := card{channel: channel, root: root}
	before := len(w.public(c))
	ts := w.slack.Say(user, channel, root, text)
	if root == "" {
		c.root, before = ts, 0
	}
	eventually(w.tb, "an answer to "+text, func() bool { return len(w.public(c)) > before })
	w.settled()
	all := w.public(c)
	m := all[len(all)-1]
	id, found := m.Button("proposal_confirm")
	if !found {
		w.tb.Fatalf("no card came of %q:\n%s", text, m.Words())
	}
	c.ts, c.id = m.TS, id
	return c
}

// public returns the bot's messages in the card's thread that everybody there sees.
func (w *workplace) public(c card) []fakeslack.Message {
	return slices.DeleteFunc(w.slack.Replies(c.channel, c.root), func(m fakeslack.Message) bool { return m.OnlyFor != "" })
}

// click presses a button of the card, as it was when it was drawn.
func (w *workplace) click(user string, c card, action string) {
	w.slack.Click(user, c.channel, c.ts, "proposal_"+action, c.id)
}

// message returns the card's message as it is now.
func (w *workplace) message(c card) fakeslack.Message {
	w.tb.Helper()
	for _, m := range w.slack.Messages(c.channel) {
		if m.TS == c.ts && m.OnlyFor == "" {
			return m
		}
	}
	w.tb.Fatalf("the card is gone from %s", c.channel)
	return fakeslack.Message{}
}

// shows waits until the card's message says the words.
func (w *workplace) shows(c card, words string) fakeslack.Message {
	w.tb.Helper()
	eventually(w.tb, fmt.Sprintf("a card that says %q instead of\n%s", words, w.message(c).Words()), func() bool { return strings.Contains(w.message(c).Words(), words) })
	w.settled()
	return w.message(c)
}

// told waits until the user alone was told the words in the channel.
func (w *workplace) told(user, channel, words string) {
	w.tb.Helper()
	eventually(w.tb, fmt.Sprintf("words to %s alone: %q", user, words), func() bool {
		for _, m := range w.only(user, channel) {
			if strings.Contains(m.Words(), words) {
				return true
			}
		}
		return false
	})
}

// booked returns the person's bookings on the project.
func (w *workplace) booked(email, project string) []store.Booking {
	w.tb.Helper()
	p, err := w.store.GetPersonByEmail(context.Background(), email)
	if err != nil {
		w.tb.Fatal(err)
	}
	found, err := w.store.FindBookings(context.Background(), store.BookingFilter{UserIDs: []string{p.ID}, ProjectIDs: []string{w.projectID(w.tb, project)}})
	if err != nil {
		w.tb.Fatal(err)
	}
	var all []store.Booking
	for _, b := range found {
		row, err := w.store.GetBooking(context.Background(), b.ID)
		if err != nil {
			w.tb.Fatal(err)
		}
		all = append(all, row)
	}
	return all
}

// isBooked fails the test unless Priya has so many bookings on Atlas.
func (w *workplace) isBooked(times int) {
	w.tb.Helper()
	if all := w.booked(priyaMail, "Atlas"); len(all) != times {
		w.tb.Errorf("Priya has %d bookings on Atlas, not %d", len(all), times)
	}
}

// trail counts what the audit keeps of the proposal.
func (w *workplace) trail(c card) (n int) {
	w.tb.Helper()
	_, read := w.store.SQL()
	query := `SELECT COUNT(*) FROM "audit" WHERE "proposalId" = '` + c.id + `'`
	if err := read.QueryRowContext(context.Background(), query).Scan(&n); err != nil {
		w.tb.Fatal(err)
	}
	return n
}

func (w *workplace) change(t *testing.T, email string, how func(p *store.Person)) {
	t.Helper()
	p := personByEmail(t, w, email)
	how(&p)
	if err := w.store.UpdatePerson(context.Background(), &p); err != nil {
		t.Fatal(err)
	}
}

func TestAChangeIsWrittenOnceOnTheAskersClickAndTakenBackOnAnother(t *testing.T) {
	t.Parallel()
	eachTransport(t, func(t *testing.T, w *workplace) {
		w.env = append(w.env, withModel(bookingModel(t))...)
		w.start()
		dm := w.slack.DM(grace)
		c := w.propose(grace, dm, "", bookPriya)
		words := w.message(c).Words()
		for _, want := range []string{"Priya Natarajan", "Atlas", "50 %", "Only you can confirm", "Confirm", "Cancel", "→"} {
			if !strings.Contains(words, want) {
				t.Errorf("the card lacks %q:\n%s", want, words)
			}
		}
		w.isBooked(0)
		w.click(grace, c, "confirm")
		m := w.shows(c, "Undo")
		if _, open := m.Button("proposal_confirm"); open || !strings.Contains(m.Words(), "Done") || m.Edited != 1 {
			t.Errorf("afterwards, after %d edits:\n%s", m.Edited, m.Words())
		}
		w.isBooked(1)
		for range 3 {
			w.click(grace, c, "confirm")
		}
		w.told(grace, dm, "decided before")
		w.isBooked(1)
		if n := w.trail(c); n != 1 {
			t.Errorf("%d entries in the trail", n)
		}
		w.click(grace, c, "undo")
		w.shows(c, "Undone by Grace Adeyemi")
		w.isBooked(0)
		if n := len(w.public(c)); n != 1 {
			t.Errorf("%d messages in the thread", n)
		}
		if words := strings.Join(w.recent(grace), "\n"); strings.Count(words, "•") != 1 || !strings.Contains(words, bookPriya) {
			t.Errorf("the last questions are\n%s", words)
		}
	})
}

// recent returns the lines of somebody's last questions.
func (w *workplace) recent(user string) (lines []string) {
	var said struct{ Text string }
	if err := json.Unmarshal([]byte(w.slack.Command(user, "C0GENERAL", "status")), &said); err != nil {
		w.tb.Fatal(err)
	}
	for line := range strings.SplitSeq(said.Text, "\n") {
		if strings.HasPrefix(line, "•") {
			lines = append(lines, line)
		}
	}
	return lines
}

func TestACardThatCameAfterItsStepsIsReplacedAsWell(t *testing.T) {
	t.Parallel()
	eachChange(t, func(t *testing.T, w *workplace) {
		w.start(withModel(bookingModelUntil(t, w.hasCalled("chat.startStream")))...)
		c := w.propose(grace, w.slack.DM(grace), "", slowly+bookPriya)
		if w.slack.Calls("chat.startStream") == 0 || w.message(c).Stream == "" {
			t.Errorf("no steps were shown: %+v", w.message(c))
		}
		w.click(grace, c, "confirm")
		w.shows(c, "Undo")
		w.isBooked(1)
		if n := len(w.public(c)); n != 1 {
			t.Errorf("%d messages in the thread", n)
		}
	})
}

func TestTwentyClicksAtOnceAreOneChange(t *testing.T) {
	t.Parallel()
	eachChange(t, func(t *testing.T, w *workplace) {
		w.start()
		c := w.propose(grace, w.slack.DM(grace), "", bookPriya)
		var all sync.WaitGroup
		for range 20 {
			all.Go(func() { w.click(grace, c, "confirm") })
		}
		all.Wait()
		w.shows(c, "Undo")
		w.isBooked(1)
		if n := w.trail(c); n != 1 {
			t.Errorf("%d entries in the trail", n)
		}
	})
}

func TestACancelledChangeStaysUndone(t *testing.T) {
	t.Parallel()
	eachChange(t, func(t *testing.T, w *workplace) {
		w.start()
		c := w.propose(grace, w.slack.DM(grace), "", bookPriya)
		w.click(grace, c, "cancel")
		m := w.shows(c, "Cancelled")
		if strings.Contains(m.Words(), "Confirm") {
			t.Errorf("there are buttons left:\n%s", m.Words())
		}
		w.click(grace, c, "confirm")
		w.told(grace, c.channel, "cancelled before")
		w.isBooked(0)
	})
}

func TestOnlyTheAskerDecidesThoughTheWholeThreadSeesTheCard(t *testing.T) {
	t.Parallel()
	eachChange(t, func(t *testing.T, w *workplace) {
		w.start()
		c := w.propose(grace, "C0GENERAL", "", fakeslack.Mention+bookPriya)
		m := w.message(c)
		if m.ThreadTS != c.root || m.OnlyFor != "" || !strings.Contains(m.Words(), "Only <@"+grace+"> can confirm") {
			t.Errorf("the card: %+v", m)
		}
		for _, user := range []string{tomasz, sam} {
			for _, action := range []string{"confirm", "cancel", "undo"} {
				w.click(user, c, action)
			}
			w.told(user, "C0GENERAL", "Only Grace Adeyemi")
		}
		w.isBooked(0)
		if w.message(c).Edited != 0 {
			t.Error("somebody else has changed the card")
		}
		w.click(grace, c, "confirm")
		w.shows(c, "Undo")
		w.isBooked(1)
		// What was clicked is no question: Tomasz takes no part in the thread by it.
		w.slack.Say(tomasz, "C0GENERAL", c.root, "well done")
		eventually(t, "his words to be heard", w.slack.IsHeard)
		w.settled()
		if n := len(w.public(c)); n != 1 {
			t.Errorf("%d messages in the thread", n)
		}
	})
}

func TestACardWorksAfterTheProcessWasStartedAnew(t *testing.T) {
	t.Parallel()
	eachChange(t, func(t *testing.T, w *workplace) {
		p := w.start()
		c := w.propose(grace, w.slack.DM(grace), "", bookPriya)
		p.stop(t)
		w.start()
		w.click(grace, c, "confirm")
		w.shows(c, "Undo")
		w.isBooked(1)
	})
}

func later(d time.Duration) string {
	return "ROLLCALL_NOW=" + storetest.Now.Add(d).Format(time.RFC3339)
}

func TestACardIsGoodForAQuarterOfAnHourAndItsUndoForADay(t *testing.T) {
	t.Parallel()
	eachChange(t, func(t *testing.T, w *workplace) {
		p := w.start()
		c := w.propose(grace, w.slack.DM(grace), "", bookPriya)
		p.stop(t)
		p = w.start(later(16 * time.Minute))
		w.click(grace, c, "confirm")
		m := w.shows(c, "not confirmed in time")
		if _, open := m.Button("proposal_confirm"); open {
			t.Errorf("there are buttons left:\n%s", m.Words())
		}
		w.told(grace, c.channel, "not confirmed in time")
		w.isBooked(0)
		done := w.propose(grace, w.slack.DM(grace), "", bookPriya)
		w.click(grace, done, "confirm")
		w.shows(done, "Undo")
		p.stop(t)
		w.start(later(25 * time.Hour))
		w.click(grace, done, "undo")
		w.told(grace, done.channel, "more than a day ago")
		eventually(t, "the end of the button", func() bool { _, open := w.message(done).Button("proposal_undo"); return !open })
		w.isBooked(1)
	})
}

func TestWhoHasLostTheRightOrLeftChangesNothing(t *testing.T) {
	t.Parallel()
	eachChange(t, func(t *testing.T, w *workplace) {
		w.start()
		dm := w.slack.DM(grace)
		left := w.propose(grace, dm, "", bookPriya)
		w.change(t, graceMail, func(p *store.Person) { p.Active = false })
		w.click(grace, left, "confirm")
		w.told(grace, dm, "not active")
		w.change(t, graceMail, func(p *store.Person) { p.Active, p.Access = true, store.Staff })
		w.click(grace, left, "confirm")
		eventually(t, "the end of the button", func() bool { _, open := w.message(left).Button("proposal_confirm"); return !open })
		w.isBooked(0)
	})
}

func TestANewerProposalOfTheThreadTakesTheOldersPlace(t *testing.T) {
	t.Parallel()
	eachChange(t, func(t *testing.T, w *workplace) {
		w.start()
		dm := w.slack.DM(grace)
		old := w.propose(grace, dm, "", bookPriya)
		now := w.propose(grace, dm, old.root, bookPriyaLess)
		if m := w.message(old); !strings.Contains(m.Words(), "newer proposal") || hasButtons(m) {
			t.Errorf("the older card says\n%s", m.Words())
		}
		w.click(grace, old, "confirm") // as somebody may who still sees it as it was
		w.told(grace, dm, "newer proposal")
		w.isBooked(0)
		w.click(grace, now, "confirm")
		w.shows(now, "Undo")
		if all := w.booked(priyaMail, "Atlas"); len(all) != 1 || all[0].Percent != 40 {
			t.Errorf("booked: %+v", all)
		}
	})
}

// hasButtons reports whether a card can be clicked.
func hasButtons(m fakeslack.Message) bool {
	return slices.ContainsFunc([]string{"confirm", "cancel", "undo"}, func(action string) bool {
		_, found := m.Button("proposal_" + action)
		return found
	})
}

func TestOfManyProposalsOfAThreadTheNewestAloneCanBeClicked(t *testing.T) {
	t.Parallel()
	eachChange(t, func(t *testing.T, w *workplace) {
		w.start()
		all := []card{w.propose(grace, "C0GENERAL", "", fakeslack.Mention+bookPriya)}
		for _, wish := range []string{bookPriyaLess, slowly + bookPriya, bookPriyaLess} {
			all = append(all, w.propose(grace, "C0GENERAL", all[0].root, fakeslack.Mention+wish))
		}
		others := w.propose(tomasz, "C0GENERAL", all[0].root, fakeslack.Mention+bookPriya) // it is not his to replace hers
		for i, c := range append(all, others) {
			if m := w.message(c); hasButtons(m) != (i >= 3) || m.Edited != map[bool]int{false: 1}[i >= 3] {
				t.Errorf("card %d, after %d edits:\n%s", i+1, m.Edited, m.Words())
			}
		}
		if n := len(w.public(all[0])); n != 5 {
			t.Errorf("%d messages in the thread", n)
		}
	})
}

func TestAnOlderCardIsReplacedThoughTheProcessDiesAndSlackIsInTrouble(t *testing.T) {
	t.Parallel()
	for _, point := range []string{"model", "answer_ready", "intent", "sent"} {
		t.Run(point, func(t *testing.T) {
			t.Parallel()
			eachChange(t, func(t *testing.T, w *workplace) {
				p := w.start()
				old := w.propose(grace, w.slack.DM(grace), "", bookPriya)
				p.stop(t)
				faults := []fakeslack.Fault{{Kind: fakeslack.Limited, After: 1}, {Kind: fakeslack.CommitCut}, {Kind: fakeslack.Broken}}
				w.slack.SetFault(func(method string, n int) fakeslack.Fault {
					if method == "chat.update" && n < len(faults) {
						return faults[n]
					}
					return fakeslack.Fault{}
				})
				p = w.start("ROLLCALL_FAIL=" + point + ":1")
				w.slack.Say(grace, old.channel, old.root, bookPriyaLess)
				<-p.ended
				w.start()
				if m := w.shows(old, "newer proposal"); hasButtons(m) {
					t.Errorf("the older card says\n%s", m.Words())
				}
				all := w.public(old)
				if len(all) != 2 || !hasButtons(all[1]) {
					t.Errorf("in the thread are %+v", all)
				}
			})
		})
	}
}

func TestACardThatIsOutOfDateIsDrawnAnew(t *testing.T) {
	t.Parallel()
	eachChange(t, func(t *testing.T, w *workplace) {
		w.start()
		mine := w.propose(grace, w.slack.DM(grace), "", bookPriya)
		theirs := w.propose(tomasz, w.slack.DM(tomasz), "", "put Priya on Beacon at 80 % from 1 December until 11 December")
		w.click(tomasz, theirs, "confirm")
		w.shows(theirs, "Undo")
		w.click(grace, mine, "confirm")
		w.told(grace, mine.channel, "Something changed")
		w.isBooked(0)
		var now card
		eventually(t, "a new card", func() bool {
			id, found := w.message(mine).Button("proposal_confirm")
			now = card{mine.channel, mine.root, mine.ts, id}
			return found && id != mine.id
		})
		w.click(grace, now, "confirm")
		w.shows(now, "Undo")
		w.isBooked(1)
	})
}

func TestHomeHasWhatWaitsForAClick(t *testing.T) {
	t.Parallel()
	eachChange(t, func(t *testing.T, w *workplace) {
		w.start()
		dm := w.slack.DM(grace)
		first := w.propose(grace, dm, "", bookPriya)
		second := w.propose(grace, dm, "", "put Priya on Beacon at 20 % from 1 December until 11 December")
		page := func() string { return wordsOf(t, w.slack.Home(grace)) }
		w.slack.OpenTab(grace, "home")
		eventually(t, "the page", func() bool {
			return strings.Contains(page(), "Waiting for your click") && strings.Contains(page(), first.id) && strings.Contains(page(), second.id)
		})
		w.slack.Click(grace, "", "", "proposal_confirm", first.id)
		eventually(t, "the page without what was confirmed", func() bool { return !strings.Contains(page(), first.id) && strings.Contains(page(), second.id) })
		w.isBooked(1)
		w.shows(first, "Undo") // in the conversation as well
		w.slack.Click(grace, "", "", "proposal_cancel", second.id)
		eventually(t, "the page with nothing that waits", func() bool { return !strings.Contains(page(), "Waiting for your click") })
		w.slack.Click(grace, "", "", "proposal_confirm", second.id)
		eventually(t, "the truth", func() bool { return strings.Contains(page(), "cancelled before") })
		if m := w.shows(second, "Cancelled"); hasButtons(m) {
			t.Errorf("the card in the conversation says\n%s", m.Words())
		}
		w.click(grace, first, "confirm") // as somebody may who still sees it as it was
		w.told(grace, dm, "decided before")
		w.isBooked(1)
	})
}
