package main

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"rollcall/bot/slackio/fakeslack"
)

const (
	goQuestion = "who knows Go and is free next month?"
	goAnswer   = "4 people with Go: at least 50 % free."
)

func TestTheBotAnswersInItsThreadOnBothTransportsAndDatabases(t *testing.T) {
	t.Parallel()
	eachTransport(t, func(t *testing.T, w *workplace) {
		p := w.start()
		dm := w.slack.DM(sam)
		alone := w.slack.Say(sam, dm, "", goQuestion)
		mention := w.slack.Say(grace, "C0GENERAL", "", fakeslack.Mention+goQuestion)
		for channel, root := range map[string]string{dm: alone, "C0GENERAL": mention} {
			all := w.answers(channel, root, 1)
			if len(all) != 1 || !strings.Contains(all[0].Words(), goAnswer) || !strings.Contains(all[0].Words(), "Ana Ferreira") || all[0].ThreadTS != root {
				t.Errorf("in %s: %d answers: %+v", channel, len(all), all)
			}
		}
		w.slack.Say(grace, "C0GENERAL", mention, "and in Berlin?")
		all := w.answers("C0GENERAL", mention, 2)
		if len(all) != 2 || !strings.Contains(all[1].Words(), "Berlin") || strings.Contains(all[1].Words(), "Ana Ferreira") {
			t.Errorf("the follow-up: %+v", all)
		}
		if status, _ := get(t, p.url+"/readyz"); status != 200 {
			t.Errorf("readyz says %d", status)
		}
		p.stop(t)
	})
}

func TestDoubledEventsMeetOneTurn(t *testing.T) {
	t.Parallel()
	eachTransport(t, func(t *testing.T, w *workplace) {
		w.slack.Shuffle, w.slack.Unit = true, 100*time.Millisecond
		w.start()
		roots := map[string]string{}
		for i := range 20 {
			channel := fmt.Sprintf("C0%d", i)
			roots[channel] = w.slack.Say(sam, channel, "", fakeslack.Mention+goQuestion)
		}
		for channel, root := range roots {
			w.answers(channel, root, 1)
		}
		for channel, root := range roots {
			if all := w.slack.Replies(channel, root); len(all) != 1 {
				t.Errorf("%s has %d answers", channel, len(all))
			}
		}
	})
}
