package main

import (
	"strings"
	"testing"
	"time"

	"rollcall/bot/slackio/fakeslack"
	"rollcall/store"
)

const bookSam = "put Sam Okafor on Atlas at 50 % from 1 December until 31 January"

// eachHandshake runs body where people are asked before they are booked, once Grace has
// confirmed a booking of Sam. asked is the message that asks him.
func eachHandshake(t *testing.T, body func(t *testing.T, w *workplace, asked card)) {
	t.Helper()
	eachChange(t, func(t *testing.T, w *workplace) {
		w.env = append(w.env, "ROLLCALL_HANDSHAKE=true")
		w.start()
		c := w.propose(grace, w.slack.DM(grace), "", bookSam)
		if words := w.message(c).Words(); !strings.Contains(words, "is asked first") {
			t.Errorf("the card does not say that Sam is asked:\n%s", words)
		}
		w.click(grace, c, "confirm")
		w.shows(c, "Undo")
		body(t, w, w.notice(sam, "would like to book you"))
	})
}

// notice waits for a message in somebody's direct messages that they did not ask for.
func (w *workplace) notice(user, words string) card {
	w.tb.Helper()
	dm := w.slack.DM(user)
	var c card
	eventually(w.tb, "a notice to "+user+" that says "+words, func() bool {
		for _, m := range w.slack.Messages(dm) {
			if m.User == fakeslack.BotUser && m.OnlyFor == "" && strings.Contains(m.Words(), words) {
				id, _ := m.Button("handshake_accept")
				c = card{dm, m.TS, m.TS, id}
				return true
			}
		}
		return false
	})
	w.settled()
	return c
}

func (w *workplace) answer(user string, c card, action string) {
	w.slack.Click(user, c.channel, c.ts, "handshake_"+action, c.id)
}

func (w *workplace) hasStatus(t *testing.T, status store.BookingStatus) {
	t.Helper()
	if all := w.booked(samMail, "Atlas"); len(all) != 1 || all[0].Status != status {
		t.Errorf("booked: %+v, not one that is %s", all, status)
	}
}

func TestABookingIsConfirmedByWhoIsBooked(t *testing.T) {
	t.Parallel()
	eachHandshake(t, func(t *testing.T, w *workplace, asked card) {
		w.hasStatus(t, store.Tentative)
		if _, liked := w.message(asked).Button("feedback"); liked || asked.id == "" {
			t.Errorf("the notice:\n%s", w.message(asked).Words())
		}
		w.answer(grace, asked, "accept") // it is not hers to say
		w.told(grace, asked.channel, "Only the person who is asked")
		w.hasStatus(t, store.Tentative)
		w.answer(sam, asked, "accept")
		m := w.shows(asked, "the booking is confirmed")
		if _, open := m.Button("handshake_accept"); open || !strings.Contains(m.Words(), "would like to book you") {
			t.Errorf("afterwards:\n%s", m.Words())
		}
		w.hasStatus(t, store.Confirmed)
		w.notice(grace, "Sam Okafor has accepted")
		w.answer(sam, asked, "decline")
		w.told(sam, asked.channel, "accepted this before")
		w.hasStatus(t, store.Confirmed)
		if lines := w.recent(sam); len(lines) != 0 {
			t.Errorf("Sam has asked %v", lines)
		}
	})
}

func TestABookingThatIsDeclinedIsNoMore(t *testing.T) {
	t.Parallel()
	eachHandshake(t, func(t *testing.T, w *workplace, asked card) {
		w.answer(sam, asked, "decline")
		w.shows(asked, "You are not booked")
		if all := w.booked(samMail, "Atlas"); len(all) != 0 {
			t.Errorf("booked: %+v", all)
		}
		w.notice(grace, "Sam Okafor has declined")
	})
}

func TestOtherDaysArePassedOnAndTheBookingMayStillBeAccepted(t *testing.T) {
	t.Parallel()
	eachHandshake(t, func(t *testing.T, w *workplace, asked card) {
		w.answer(sam, asked, "suggest")
		eventually(t, "the form", func() bool { return len(w.slack.Modals()) == 1 })
		form := w.slack.Modals()[0].(map[string]any)
		metadata, _ := form["private_metadata"].(string)
		if said := string(w.slack.Submit(sam, "handshake_days", metadata, "note", "  ")); !strings.Contains(said, "errors") {
			t.Errorf("an empty form is answered with %q", said)
		}
		if said := string(w.slack.Submit(sam, "handshake_days", metadata, "note", "from 7 <!channel> December")); strings.Contains(said, "errors") {
			t.Errorf("the form is answered with %s", said)
		}
		m := w.shows(asked, "passed your suggestion on")
		if _, open := m.Button("handshake_accept"); !open {
			t.Errorf("it cannot be accepted any more:\n%s", m.Words())
		}
		w.hasStatus(t, store.Tentative)
		to := w.notice(grace, "suggests other days")
		if words := w.message(to).Words(); !strings.Contains(words, "from 7 ‹!channel› December") {
			t.Errorf("Grace reads:\n%s", words)
		}
		w.answer(sam, asked, "accept")
		w.shows(asked, "the booking is confirmed")
		w.hasStatus(t, store.Confirmed)
	})
}

func TestANoticeIsSaidOnceThoughSlackAndTheProcessFail(t *testing.T) {
	t.Parallel()
	for _, point := range []string{"notice", "intent", "sent"} {
		t.Run(point, func(t *testing.T) {
			t.Parallel()
			eachChange(t, func(t *testing.T, w *workplace) {
				w.env = append(w.env, "ROLLCALL_HANDSHAKE=true")
				p := w.start()
				c := w.propose(grace, w.slack.DM(grace), "", bookSam)
				p.stop(t)
				dm := w.slack.DM(sam)
				w.slack.SetFault(func(method string, _ int) fakeslack.Fault {
					if method == "chat.postMessage" && len(w.slack.Messages(dm)) == 0 {
						return fakeslack.Fault{Kind: fakeslack.CommitCut}
					}
					return fakeslack.Fault{}
				})
				p = w.start("ROLLCALL_FAIL=" + point + ":1")
				w.click(grace, c, "confirm")
				<-p.ended
				w.start()
				w.click(grace, c, "confirm")
				w.shows(c, "Undo")
				w.notice(sam, "would like to book you")
				time.Sleep(300 * time.Millisecond)
				w.settled()
				if all := w.slack.Messages(dm); len(all) != 1 {
					t.Errorf("Sam has %d messages", len(all))
				}
			})
		})
	}
}
