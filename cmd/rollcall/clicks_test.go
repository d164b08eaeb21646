package main

import (
	"fmt"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"rollcall/bot/slackio/fakeslack"
	"rollcall/store/storetest"
)

func TestAProcessThatDiesInACommitHasMadeAllOfItOrNothing(t *testing.T) {
	t.Parallel()
	for point, booked := range map[string]int{"proposal_checked": 0, "proposal_committed": 1, "notice": 1, "intent": 1} {
		t.Run(point, func(t *testing.T) {
			t.Parallel()
			eachChange(t, func(t *testing.T, w *workplace) {
				p := w.start()
				c := w.propose(grace, w.slack.DM(grace), "", bookPriya)
				p.stop(t)
				p = w.start("ROLLCALL_FAIL=" + point + ":1")
				w.click(grace, c, "confirm")
				<-p.ended
				w.isBooked(booked)
				w.start()
				if point == "proposal_checked" || point == "proposal_committed" { // nobody knows of the click any more
					w.click(grace, c, "confirm")
				}
				w.shows(c, "Undo")
				w.isBooked(1)
				if n := w.trail(c); n != 1 {
					t.Errorf("%d entries in the trail", n)
				}
			})
		})
	}
}

func TestTheCardTellsTheTruthThoughSlackIsInTrouble(t *testing.T) {
	t.Parallel()
	eachChange(t, func(t *testing.T, w *workplace) {
		w.start()
		c := w.propose(grace, w.slack.DM(grace), "", bookPriya)
		faults := []fakeslack.Fault{{Kind: fakeslack.Limited, After: 1}, {Kind: fakeslack.CommitCut}, {Kind: fakeslack.Broken}, {Kind: fakeslack.Cut}, {Kind: fakeslack.Empty}}
		w.slack.SetFault(func(method string, n int) fakeslack.Fault {
			if method == "chat.update" && n < len(faults) {
				return faults[n]
			}
			return fakeslack.Fault{}
		})
		w.click(grace, c, "confirm")
		w.shows(c, "Undo")
		w.isBooked(1)
		eventually(t, "all tries", func() bool { return w.slack.Calls("chat.update") > len(faults) })
		gone := w.propose(grace, c.channel, "", "put Priya on Beacon at 20 % from 1 December until 11 December")
		w.slack.Delete(gone.channel, gone.ts)
		w.click(grace, gone, "confirm")
		eventually(t, "the booking", func() bool { return len(w.booked(priyaMail, "Beacon")) == 2 })                // she has one already
		eventually(t, "word that the message is gone", func() bool { return strings.Contains(w.log(), "is gone") }) // told once the booking stands
		w.settled()
	})
}

func TestAClickWhileTheDatabaseIsAwayIsAnsweredAndMayBeRepeated(t *testing.T) {
	t.Parallel()
	w := newWorkplace(t, storetest.PostgresURL(t))
	w.http = true
	direct, err := url.Parse(w.url)
	if err != nil {
		t.Fatal(err)
	}
	board, address := between(t, direct.Host)
	through := *direct
	through.Host = address
	w.start(append(withModel(bookingModel(t)), "DATABASE_URL="+through.String())...)
	c := w.propose(grace, w.slack.DM(grace), "", bookPriya)
	board.cut(true)
	w.click(grace, c, "confirm")
	w.told(grace, c.channel, "Nothing was changed as far as I know")
	w.isBooked(0)
	board.on()
	eventually(t, "the card's end", func() bool {
		w.click(grace, c, "confirm")
		return strings.Contains(w.message(c).Words(), "Undo")
	})
	w.settled()
	w.isBooked(1)
}

func TestAClickIsAnsweredAtOnceThoughTheThreadIsBusy(t *testing.T) {
	t.Parallel()
	eachChange(t, func(t *testing.T, w *workplace) {
		var told atomic.Bool
		w.start(withModel(bookingModelUntil(t, told.Load))...)
		c := w.propose(grace, w.slack.DM(grace), "", bookPriya)
		w.slack.Say(grace, c.channel, c.root, slowly+"and who else?")
		eventually(t, "the question", func() bool { return len(w.recent(grace)) == 2 })
		w.click(grace, c, "confirm")
		w.told(grace, c.channel, "done")
		told.Store(true)
		w.isBooked(1)
		w.shows(c, "Undo")
	})
}

func TestForgedClicksChangeNothingAndAreAnswered(t *testing.T) {
	t.Parallel()
	eachChange(t, func(t *testing.T, w *workplace) {
		w.slack.AddUser(fakeslack.User{ID: "U0GUEST", Name: "Guest", Guest: true})
		w.slack.AddUser(fakeslack.User{ID: "U0NEW", Name: "New"})
		w.slack.AddUser(fakeslack.User{ID: "U0OTHER", Name: "Other", Team: "T0OTHER"})
		w.start()
		c := w.propose(grace, "C0GENERAL", "", fakeslack.Mention+bookPriya)
		for user, words := range map[string]string{"U0GUEST": "guests", "U0NEW": "do not know yet who you are"} {
			w.click(user, c, "confirm")
			w.told(user, "C0GENERAL", words)
		}
		w.click("U0OTHER", c, "confirm") // gets no answer at all
		for _, id := range []string{"", "x", "'; drop table \"user\"; --", strings.Repeat("y", 1900), "\x00", "<!channel>", strings.Repeat("a", 26)} {
			for _, action := range []string{"proposal_confirm", "proposal_cancel", "proposal_undo", "handshake_accept", "handshake_decline"} {
				before := len(w.only(grace, "C0GENERAL"))
				w.slack.Click(grace, "C0GENERAL", c.ts, action, id)
				eventually(t, fmt.Sprintf("an answer to %s with %q", action, id), func() bool { return len(w.only(grace, "C0GENERAL")) > before })
			}
		}
		if all := w.only("U0OTHER", "C0GENERAL"); len(all) != 0 {
			t.Errorf("another company's people are told %+v", all)
		}
		for _, metadata := range []string{"", "{", "{}", `{"handshake":"x y"}`} {
			if said := string(w.slack.Submit(grace, "handshake_days", metadata, "note", "Mondays")); !strings.Contains(said, `"response_action":"errors"`) {
				t.Errorf("a forged form with %q is answered with %s", metadata, said)
			}
		}
		w.isBooked(0)
		m := w.message(c)
		if _, open := m.Button("proposal_confirm"); !open || m.Edited != 0 {
			t.Errorf("the card was changed:\n%s", m.Words())
		}
	})
}
