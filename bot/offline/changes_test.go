package offline_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"rollcall/bot"
)

// linesOf are the lines of a file that say something.
func linesOf(tb testing.TB, path string) []string {
	tb.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		tb.Fatal(err)
	}
	var all []string
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			all = append(all, line)
		}
	}
	return all
}

func TestRequestsForChangesAreReadInOrdinaryPhrasings(t *testing.T) {
	t.Parallel()
	i := interpreter(t, sampleNames(t))
	for _, line := range linesOf(t, "testdata/changes.txt") {
		text, want, found := strings.Cut(line, " => ")
		if got := ask(t, i, user(text)); !found || got != "propose_"+want {
			t.Errorf("%q\n got %s\nwant propose_%s", text, got, want)
		}
	}
}

func TestWhatAsksForNoChangeProposesNone(t *testing.T) {
	t.Parallel()
	i := interpreter(t, sampleNames(t))
	for _, text := range linesOf(t, "testdata/none.txt") {
		if got := ask(t, i, user(text)); strings.HasPrefix(got, "propose_") {
			t.Errorf("%q was read as %s", text, got)
		}
	}
}

// A word that is put into a request, wherever it stands, is explained or ends it.
func TestAWordThatIsNotUnderstoodIsNeverDroppedFromAChange(t *testing.T) {
	t.Parallel()
	i := interpreter(t, sampleNames(t))
	for _, line := range linesOf(t, "testdata/changes.txt") {
		text, _, _ := strings.Cut(line, " => ")
		if strings.ContainsAny(text, `:"`) || strings.Contains(text, "summary") || strings.Contains(text, "description") { // free text holds any word
			continue
		}
		words := strings.Fields(text)
		for at := range len(words) + 1 {
			for _, word := range []string{"not", "maybe", "trombone", "?"} {
				with := strings.Join(append(append(append([]string{}, words[:at]...), word), words[at:]...), " ")
				if word == "?" && (at < len(words) || isPolite(text)) {
					continue
				}
				if got := ask(t, i, user(with)); strings.HasPrefix(got, "propose_") {
					t.Errorf("%q was read as %s", with, got)
				}
			}
		}
	}
}

func isPolite(text string) bool {
	first, _, _ := strings.Cut(strings.ToLower(text), " ")
	return first == "can" || first == "could" || first == "kannst"
}

func TestAChangeIsCompletedByWhatIsAnsweredAndCorrectedAfterwards(t *testing.T) {
	t.Parallel()
	index := sampleNames(t)
	i := interpreter(t, index)
	for _, line := range linesOf(t, "testdata/conversations.txt") {
		said, want, found := strings.Cut(line, " => ")
		turns := strings.Split(said, " / ")
		got := strings.TrimPrefix(converse(t, i, index, turns...), "propose_")
		if !found || !strings.HasPrefix(got, want) {
			t.Errorf("%q\n got %s\nwant %s", turns, got, want)
		}
	}
}

func TestWhatSomebodyElseSaidIsNotCompleted(t *testing.T) {
	t.Parallel()
	i := interpreter(t, sampleNames(t))
	other := bot.Message{Role: bot.User, Text: "put Priya on Atlas at 50 %", From: "another", Foreign: true}
	call := bot.Message{Role: bot.Assistant, Calls: []bot.ToolCall{{ID: "1", Name: "propose_assignment", Arguments: json.RawMessage(`{"action":"assign","people":["Priya"],"project":"Atlas","percent":50}`)}}}
	asked := bot.Message{Role: bot.Assistant, Calls: []bot.ToolCall{{ID: "2", Name: "ask_user", Arguments: json.RawMessage(`{"reason":"missing","question":"From when?"}`)}}}
	for _, text := range []string{"from 1 December", "make it 80 %", "put her on Beacon at 50 % from December"} {
		if got := ask(t, i, other, call, asked, user(text)); strings.HasPrefix(got, "propose_") {
			t.Errorf("%q was read as %s", text, got)
		}
	}
}

func TestWithoutAToolForItAChangeIsNotAvailable(t *testing.T) {
	t.Parallel()
	i := interpreter(t, sampleNames(t))
	for _, text := range []string{"put Priya on Atlas at 50 % from December", "add Kotlin to my skills", "swap Priya and Jonas"} {
		r, err := i.Complete(t.Context(), bot.Request{Tools: offered("find_people"), Messages: []bot.Message{user(text)}})
		if err != nil || len(r.Calls) != 1 || !strings.Contains(string(r.Calls[0].Arguments), "not_available") {
			t.Errorf("%q: %v, %v", text, r.Calls, err)
		}
	}
}
