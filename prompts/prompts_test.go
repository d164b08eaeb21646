package prompts_test

import (
	"strings"
	"testing"
	"time"

	"rollcall/prompts"
)

func TestTheGlossaryFollowsTheInstructionsAndHoldsTheSettings(t *testing.T) {
	t.Parallel()
	text, err := prompts.Instructions{Organisation: "Lumen", Glossary: prompts.Glossary{FreePercent: 60, WeekStart: time.Sunday, SprintWeeks: 3, FiscalYearStart: time.April}}.Text()
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(text, "You are Rollcall, which answers staffing questions of Lumen:") {
		t.Errorf("it begins %.80q", text)
	}
	for _, want := range []string{"at least 60 %", "a sprint has 3 weeks", "starts in April", "Weeks start on Sunday"} {
		if strings.Index(text, want) < strings.Index(text, "Call decline") {
			t.Errorf("%q is not after the instructions", want)
		}
	}
}

func TestTodaysLineComesOffAgain(t *testing.T) {
	t.Parallel()
	today, err := prompts.Today{Date: "Wednesday 25 November 2026", Zone: "UTC", Asker: "Grace Adeyemi"}.Text()
	if err != nil || today != `Today is Wednesday 25 November 2026, UTC. The user is Grace Adeyemi; "me" and "my" mean them.` {
		t.Fatalf("%q, %v", today, err)
	}
	for message, want := range map[string]string{
		today + "\n\nwho?\n\nnow": "who?\n\nnow",
		"who?\n\nnow":             "who?\n\nnow",
		"Today is a day.":         "Today is a day.",
		"Today is\nnot\n\nit":     "Today is\nnot\n\nit",
	} {
		if got := prompts.AfterToday(message); got != want {
			t.Errorf("%q became %q", message, got)
		}
	}
}

func TestTheVersionIsThatOfTheWords(t *testing.T) {
	t.Parallel()
	a, err := prompts.Version()
	b, again := prompts.Version()
	if err != nil || again != nil || a != b || len(a) != 12 {
		t.Errorf("%q %q %v %v", a, b, err, again)
	}
}
