package main

import (
	"fmt"
	"strings"
	"testing"

	"rollcall/bot/slackio/fakeslack"
)

// press clicks the option of the newest message in the thread and returns the message that
// comes next.
func (w *workplace) press(user string, c card, option string) fakeslack.Message {
	w.tb.Helper()
	all := w.public(c)
	m := all[len(all)-1]
	for _, action := range []string{"choose0", "choose1", "choose2", "choose3"} {
		if value, found := m.Button(action); found && value == option {
			w.slack.Click(user, c.channel, m.TS, action, value)
			eventually(w.tb, "what follows "+option, func() bool { return len(w.public(c)) > len(all) })
			w.settled()
			after := w.public(c)
			return after[len(after)-1]
		}
	}
	w.tb.Fatalf("no button says %q:\n%s", option, m.Words())
	return fakeslack.Message{}
}

func TestAChangeIsCompletedWithButtonsAndNeedsNoModel(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, w *workplace) {
		w.start()
		c := card{channel: w.slack.DM(grace)}
		c.root = w.slack.Say(grace, c.channel, "", "put Sam on Atlas")
		eventually(t, "a question back", func() bool { return len(w.public(c)) == 1 })
		w.settled()
		if m := w.press(grace, c, "Sam Tremblay"); !strings.Contains(m.Words(), "From when?") {
			t.Fatalf("after the name:\n%s", m.Words())
		}
		if m := w.press(grace, c, "from next Monday"); !strings.Contains(m.Words(), "How many percent?") {
			t.Fatalf("after the day:\n%s", m.Words())
		}
		m := w.press(grace, c, "50 %")
		id, found := m.Button("proposal_confirm")
		if !found || !strings.Contains(m.Words(), "Put Sam Tremblay on Atlas at 50 %") {
			t.Fatalf("after the percent:\n%s", m.Words())
		}
		if n := len(w.booked("sam.tremblay@lumen.example", "Atlas")); n != 0 {
			t.Errorf("%d bookings before the click", n)
		}
		c.ts, c.id = m.TS, id
		w.click(grace, c, "confirm")
		w.shows(c, "Done, confirmed by Grace Adeyemi")
		if all := w.booked("sam.tremblay@lumen.example", "Atlas"); len(all) != 1 || all[0].Percent != 50 || all[0].StartsAt.String() != "2026-11-30" {
			t.Errorf("%+v", all)
		}
		why := card{channel: c.channel}
		why.root = w.slack.Say(grace, c.channel, "", "why is Sam Tremblay on Atlas?")
		eventually(t, "an explanation", func() bool { return len(w.public(why)) == 1 })
		blocks := fmt.Sprint(w.public(why)[0].Blocks)
		for _, want := range []string{"1 change (Sam Tremblay, Atlas)", "Grace Adeyemi", "added: 50 %, from 30 Nov", "/archives/" + c.channel + "/p" + strings.ReplaceAll(c.root, ".", "")} {
			if !strings.Contains(blocks, want) {
				t.Errorf("why lacks %q:\n%s", want, blocks)
			}
		}
	})
}
