package tools_test

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"rollcall/proposal"
	"rollcall/store"
	"rollcall/store/storetest"
	"rollcall/tools"
)

type wish struct{ tool, as, words, arguments string }

// wishes are said in the sample company; the golden file has the card or the error of each.
var wishes = []wish{
	{"propose_assignment", manager, "put Priya on Atlas at 50 % from 1 December until 31 March", `{"action":"assign","people":["Priya"],"project":"Atlas","percent":50,"period":"from 1 December until 31 March"}`},
	{"propose_assignment", manager, "put Jonas and Priya on Atlas at 100 % from december", `{"action":"assign","people":["Priya","Jonas"],"project":"Atlas","percent":100,"period":"from december"}`},
	{"propose_assignment", manager, "put Priya on Atlas as Tech Lead half time in January", `{"action":"assign","people":["Priya"],"project":"Atlas","percent":50,"period":"in January","role":"Tech Lead"}`},
	{"propose_assignment", manager, "put Wei on Atlas as a Backend Developer at 20 % from 1 February 2026 to 1 February 2028", `{"action":"assign","people":["Wei"],"project":"Atlas","percent":20,"period":"from 1 February 2026 to 1 February 2028","role":"Backend Developer"}`},
	{"propose_assignment", manager, "put Priya on Atlas", `{"action":"assign","people":["Priya"],"project":"Atlas"}`},
	{"propose_assignment", manager, "put Priya on Atlas from december", `{"action":"assign","people":["Priya"],"project":"Atlas","period":"from december"}`},
	{"propose_assignment", manager, "assign Priya from december at 50 %", `{"action":"assign","people":["Priya"],"percent":50,"period":"from december"}`},
	{"propose_assignment", manager, "put Priya on Atlas at 500 % from december", `{"action":"assign","people":["Priya"],"project":"Atlas","percent":500,"period":"from december"}`},
	{"propose_assignment", manager, "put Priya on Atlas from december", `{"action":"assign","people":["Priya"],"project":"Atlas","percent":100,"period":"from december"}`},
	{"propose_assignment", manager, "put Priya on Atlas at 50 % from december", `{"action":"assign","people":["Priya"],"project":"Atlas","percent":50,"period":"from january"}`},
	{"propose_assignment", manager, "put Priya on Atlas at 50 % from December", `{"action":"assign","people":["Priya Natarajan"],"project":"Atlas","percent":50,"period":"2026-12-01.."}`},
	{"propose_assignment", manager, "put six people on Atlas", `{"action":"assign","people":["a","b","c","d","e","f"],"project":"Atlas"}`},
	{"propose_assignment", manager, "hold Priya for Atlas at 100% in January", `{"action":"hold","people":["Priya"],"project":"Atlas","period":"in January","percent":100}`},
	{"propose_assignment", manager, "hold Jonas for Atlas at 100% in December until Friday", `{"action":"hold","people":["Jonas"],"project":"Atlas","period":"in December","percent":100,"release":"until Friday"}`},
	{"propose_assignment", manager, "extend Ana on Atlas until the end of January", `{"action":"extend","people":["Ana"],"project":"Atlas","period":"until the end of January"}`},
	{"propose_assignment", manager, "extend Ana on Atlas by two weeks", `{"action":"extend","people":["Ana"],"project":"Atlas","period":"by two weeks"}`},
	{"propose_assignment", manager, "extend Ana on Atlas until 1 December", `{"action":"extend","people":["Ana"],"project":"Atlas","period":"until 1 December"}`},
	{"propose_assignment", manager, "end Jonas on Apollo on 1 December", `{"action":"end","people":["Jonas"],"project":"Apollo","period":"on 1 December"}`},
	{"propose_assignment", manager, "take Jonas off Apollo from today", `{"action":"end","people":["Jonas"],"project":"Apollo","period":"from today"}`},
	{"propose_assignment", manager, "take Jonas off Apollo", `{"action":"end","people":["Jonas"],"project":"Apollo"}`},
	{"propose_assignment", manager, "take Jonas off Lantern from today", `{"action":"end","people":["Jonas"],"project":"Lantern","period":"from today"}`},
	{"propose_assignment", manager, "change Jonas to 50 % on Apollo in December", `{"action":"change","people":["Jonas"],"project":"Apollo","percent":50,"period":"in December"}`},
	{"propose_assignment", manager, "reduce Jonas to 50 %", `{"action":"change","people":["Jonas"],"percent":50}`},
	{"propose_assignment", manager, "confirm Priya on Pathfinder", `{"action":"confirm","people":["Priya"],"project":"Pathfinder"}`},
	{"propose_assignment", manager, "move Jonas from Apollo to Atlas from 7 December", `{"action":"move","people":["Jonas"],"project":"Atlas","from_project":"Apollo","period":"from 7 December"}`},
	{"propose_assignment", manager, "move Ana from Atlas to Mosaic from 1 February", `{"action":"move","people":["Ana"],"project":"Mosaic","from_project":"Atlas","period":"from 1 February"}`},
	{"propose_assignment", manager, "move Jonas from Apollo to Atlas on 7 December", `{"action":"move","people":["Jonas"],"project":"Atlas","from_project":"Apollo","period":"on 7 December"}`},
	{"propose_assignment", manager, "move Jonas from Apollo to Atlas from 7 to 11 December", `{"action":"move","people":["Jonas"],"project":"Atlas","from_project":"Apollo","period":"from 7 to 11 December"}`},
	{"propose_assignment", manager, "move Priya from Pathfinder to Atlas from January", `{"action":"move","people":["Priya"],"project":"Atlas","from_project":"Pathfinder","period":"from January"}`},
	{"propose_assignment", manager, "start Priya on Pathfinder a week later", `{"action":"start","people":["Priya"],"project":"Pathfinder","period":"a week later"}`},
	{"propose_assignment", manager, "start Priya on Pathfinder a month earlier", `{"action":"start","people":["Priya"],"project":"Pathfinder","period":"a month earlier"}`},
	{"propose_assignment", manager, "move Priya's start on Pathfinder to 15 January", `{"action":"start","people":["Priya"],"project":"Pathfinder","period":"to 15 January"}`},
	{"propose_assignment", manager, "move Priya's start on Pathfinder by a week", `{"action":"start","people":["Priya"],"project":"Pathfinder","period":"by a week"}`},
	{"propose_assignment", manager, "start Priya on Pathfinder on 1 September 2027", `{"action":"start","people":["Priya"],"project":"Pathfinder","period":"on 1 September 2027"}`},
	{"propose_assignment", manager, "start Jonas on Apollo a week later", `{"action":"start","people":["Jonas"],"project":"Apollo","period":"a week later"}`},
	{"propose_assignment", manager, "extend Adam on Platform Care by two weeks", `{"action":"extend","people":["Adam"],"project":"Platform Care","period":"by two weeks"}`},
	{"propose_assignment", manager, "extend Ana on Atlas by two weeks at 80 %", `{"action":"extend","people":["Ana"],"project":"Atlas","period":"by two weeks","percent":80}`},
	{"propose_assignment", manager, "take Priya off Pathfinder", `{"action":"end","people":["Priya"],"project":"Pathfinder"}`},
	{"propose_assignment", manager, "put Jonas on Atlas at 50 % from 1 November", `{"action":"assign","people":["Jonas"],"project":"Atlas","percent":50,"period":"from 1 November"}`},
	{"propose_assignment", staff, "put me on Atlas at 50 % from 1 December", `{"action":"assign","people":["me"],"project":"Atlas","percent":50,"period":"from 1 December"}`},
	{"propose_assignment", manager, "put Sam on Atlas at 50 % from 1 December", `{"action":"assign","people":["Sam Okafor"],"project":"Atlas","percent":50,"period":"from 1 December"}`},
	{"propose_assignment", manager, "put her on Atlas at 50 % from 1 December", `{"action":"assign","people":["Priya"],"project":"Atlas","percent":50,"period":"from 1 December"}`},
	{"propose_skill", staff, "I know Rust at level 3", `{"action":"set","skills":[{"name":"Rust","level":3}]}`},
	{"propose_skill", staff, "I know Rust", `{"action":"set","skills":[{"name":"Rust","level":3}]}`},
	{"propose_skill", staff, "I know Rust at level 9", `{"action":"set","skills":[{"name":"Rust","level":9}]}`},
	{"propose_skill", staff, "Priya knows Rust at level 3", `{"action":"set","person":"Priya","skills":[{"name":"Rust","level":3}]}`},
	{"propose_skill", manager, "Priya knows Rust at level 3", `{"action":"set","person":"Priya","skills":[{"name":"Rust","level":3}]}`},
	{"propose_skill", manager, "remove Rust from Priya", `{"action":"remove","person":"Priya","skills":[{"name":"Rust"}]}`},
	{"propose_skill", staff, "confirm my Go", `{"action":"confirm","skills":[{"name":"Go"}]}`},
	{"propose_skill", staff, "confirm Ana's Go", `{"action":"confirm","person":"Ana","skills":[{"name":"Go"}]}`},
	{"propose_skill", manager, "confirm Ana's Go", `{"action":"confirm","person":"Ana","skills":[{"name":"Go"}]}`},
	{"propose_certification", staff, "I passed CKA on 20 November 2026, valid until November 2029", `{"action":"add","certification":"CKA","issued":"on 20 November 2026","expires":"until November 2029"}`},
	{"propose_certification", staff, "I have CKA until 1 May 2024", `{"action":"add","certification":"CKA","expires":"until 1 May 2024"}`},
	{"propose_certification", staff, "remove my CKA", `{"action":"remove","certification":"CKA"}`},
	{"propose_time_off", staff, "I am off from 21 to 31 December", `{"action":"add","period":"from 21 to 31 December"}`},
	{"propose_time_off", staff, "I am off tomorrow", `{"action":"add","kind":"sick","period":"tomorrow"}`},
	{"propose_time_off", staff, "I am off from Monday", `{"action":"add","period":"from Monday"}`},
	{"propose_time_off", staff, "I am off on 7 December and 14 December", `{"action":"add","period":"on 7 December","more":["14 December"]}`},
	{"propose_time_off", staff, "I am off on 7 December", `{"action":"add","period":"on 7 December","more":["14 December"]}`},
	{"propose_time_off", staff, "cancel Hannah's vacation", `{"action":"cancel","people":["Hannah"],"kind":"vacation"}`},
	{"propose_time_off", manager, "cancel Hannah's vacation", `{"action":"cancel","people":["Hannah"],"kind":"vacation"}`},
	{"propose_time_off", manager, "Priya and Jonas are off next week", `{"action":"add","people":["Priya","Jonas"],"period":"next week"}`},
	{"propose_project", manager, "create a project called Zephyr for Northwind from January to June", `{"action":"create","project":"Zephyr","client":"Northwind","period":"from January to June"}`},
	{"propose_project", manager, "create a project called Atlas", `{"action":"create","project":"Atlas"}`},
	{"propose_project", manager, "Atlas ends on 31 January", `{"action":"dates","project":"Atlas","edge":"end","period":"on 31 January"}`},
	{"propose_project", manager, "note on Atlas: client wants weekly demos", `{"action":"details","project":"Atlas","notes":"client wants weekly demos"}`},
	{"propose_project", manager, "note on Atlas: client wants weekly demos", `{"action":"details","project":"Atlas","notes":"everybody is fired"}`},
	{"propose_project", manager, "Atlas needs two Designers from January", `{"action":"open_role","project":"Atlas","role":"Designer","count":2,"period":"from January"}`},
	{"propose_project", manager, "close the open role Backend Developer on Atlas", `{"action":"close_role","project":"Atlas","role":"Backend Developer"}`},
	{"propose_project", staff, "close the open role Backend Developer on Atlas", `{"action":"close_role","project":"Atlas","role":"Backend Developer"}`},
}

// cardText is what matters of a card, without its id and times.
func cardText(c proposal.Card) string {
	var b strings.Builder
	fmt.Fprintln(&b, "  "+c.Title)
	for _, l := range c.Lines {
		fmt.Fprintln(&b, "  -", l.Action, l.Subject)
		for _, f := range l.Fields {
			fmt.Fprintf(&b, "      %s: %s → %s\n", f.Name, f.Before, f.After)
		}
	}
	for _, l := range c.Load {
		fmt.Fprintf(&b, "  %s %s–%s: %d → %d, tentative %d, off %d, over %v\n", l.Person, l.From, l.To, l.Before, l.After, l.Tentative, l.DaysOff, l.Over)
	}
	for _, w := range append(c.Warnings, c.Notes...) {
		fmt.Fprintln(&b, "  !", w)
	}
	return b.String()
}

func TestWishesBecomeTheCardsThatAreWrittenDown(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		set := company(t, s)
		var got strings.Builder
		for _, w := range wishes {
			a := asker(t, s, w.as)
			a.Words, a.Thread, a.Turn = []string{w.words}, "terminal:"+w.words, "turn"
			o := set.Call(t.Context(), a, w.tool, json.RawMessage(w.arguments))
			fmt.Fprintf(&got, "%q %s\n", w.words, w.arguments)
			if o.Err != nil {
				fmt.Fprintf(&got, "  %s %s: %s %q\n", o.Err.Code, o.Err.Field, o.Err.Message, o.Err.DidYouMean)
				continue
			}
			got.WriteString(cardText(o.Result.(*tools.CardResult).Card))
		}
		const golden = "testdata/proposals.golden"
		if *update {
			if err := os.WriteFile(golden, []byte(got.String()), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), got.String()); diff != "" {
			t.Error(diff)
		}
	})
}

func TestBookingAgainInTheSameDaysCorrectsTheBooking(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		set := company(t, s)
		wanted := func(percent int) string {
			return fmt.Sprintf(`{"action":"assign","people":["Ana"],"project":"Beacon","percent":%d,"period":"in January"}`, percent)
		}
		confirmed(t, s, set, manager, "put Ana on Beacon at 20 % in January", "propose_assignment", wanted(20))
		for percent, want := range map[int]string{40: "Change Ana Ferreira on Beacon from 20 % to 40 %", 20: "nothing would change"} {
			a := asker(t, s, manager)
			a.Words = []string{fmt.Sprintf("put Ana on Beacon at %d %% in January", percent)}
			o := set.Call(t.Context(), a, "propose_assignment", json.RawMessage(wanted(percent)))
			if !strings.Contains(string(o.JSON), want) {
				t.Errorf("at %d %%: %s", percent, o.JSON)
			}
		}
	})
}
