package tools_test

import (
	"encoding/json"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"rollcall/proposal"
	"rollcall/store"
	"rollcall/store/chatlog"
	"rollcall/store/civil"
	"rollcall/store/migrations"
	"rollcall/store/storetest"
	"rollcall/tools"
)

// confirmed has a wish drawn and its button pressed.
func confirmed(t *testing.T, s *store.Store, set *tools.Set, as, words, tool, arguments string) {
	t.Helper()
	who := asker(t, s, as)
	who.Words, who.Thread, who.Turn = []string{words}, "slack:C1/17.5", "turn-9"
	o := set.Call(t.Context(), who, tool, json.RawMessage(arguments))
	if o.Err != nil {
		t.Fatal(o.Err)
	}
	write, read := s.SQL()
	clerk := proposal.NewClerk(proposal.Config{
		Store: s, Details: chatlog.NewSQL(write, read, s.Dialect() == migrations.Postgres, storetest.Clock), Today: func() civil.Date { return civil.FromTime(storetest.Now) },
	}, slog.New(slog.DiscardHandler))
	out, err := clerk.Decide(t.Context(), proposal.Person{ID: who.ID, Name: who.Name, Access: who.Access}, o.Result.(*tools.CardResult).Card.ID, proposal.Confirm)
	if err != nil || out.Result != proposal.Done && out.Result != proposal.Redrawn {
		t.Fatalf("%+v, %v", out, err)
	}
	if out.Result == proposal.Redrawn { // the week starts on another day here
		if out, err = clerk.Decide(t.Context(), proposal.Person{ID: who.ID, Name: who.Name, Access: who.Access}, out.Card.ID, proposal.Confirm); err != nil || out.Result != proposal.Done {
			t.Fatalf("%+v, %v", out, err)
		}
	}
}

func TestWhyAnaIsOnAtlasIsAnsweredFromTheTrail(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		set := company(t, s)
		confirmed(t, s, set, manager, "put Ana on Beacon at 20 % in January", "propose_assignment", `{"action":"assign","people":["Ana"],"project":"Beacon","percent":20,"period":"in January"}`)
		confirmed(t, s, set, manager, "change Ana to 40 % on Beacon", "propose_assignment", `{"action":"change","people":["Ana"],"project":"Beacon","percent":40,"period":null}`)
		confirmed(t, s, set, manager, "Ana is sick tomorrow", "propose_time_off", `{"action":"add","people":["Ana"],"kind":"sick","period":"tomorrow"}`)
		look := func(as, arguments string) *tools.ChangesResult {
			o := set.Call(t.Context(), asker(t, s, as), "find_changes", json.RawMessage(arguments))
			if o.Err != nil {
				t.Fatal(o.Err)
			}
			return o.Result.(*tools.ChangesResult)
		}
		r := look(staff, `{"person":"Ana","project":"Beacon"}`)
		if r.Total != 2 || r.Changes[0].Change != "changed: 20 % → 40 %" || r.Changes[1].Change != "added: 20 %, from 1 Jan 2027, until 31 Jan 2027, confirmed" {
			t.Fatalf("%+v", r)
		}
		if c := r.Changes[1]; c.AskedBy != "Grace Adeyemi" || c.ApprovedBy != "Grace Adeyemi" || c.Thread != "slack:C1/17.5" || c.About != "Ana Ferreira, Beacon" || c.At != "25 Nov 2026 09:00" {
			t.Errorf("%+v", c)
		}
		if v := r.View(); len(v.Rows) != 2 || !slices.Equal(v.Threads, []string{"slack:C1/17.5"}) || v.Headline != "2 changes (Ana Ferreira, Beacon)." {
			t.Errorf("%+v", v)
		}
		if n := look(manager, `{"person":"Ana"}`).Total; n != 3 {
			t.Errorf("a manager sees %d changes", n)
		}
		if r := look(staff, `{"person":"Ana"}`); r.Total != 2 {
			t.Errorf("staff see %+v", r)
		}
		if r := look(manager, `{"person":"Ana","period":"last week"}`); r.Total != 0 || !strings.Contains(strings.Join(r.View().Notes, " "), "no history") {
			t.Errorf("in another week: %+v", r)
		}
	})
}
