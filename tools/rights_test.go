package tools_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"rollcall/store"
	"rollcall/store/storetest"
	"rollcall/tools"
)

// deed is a change of one's own or of somebody else, whose name stands for WHO.
type deed struct {
	tool, arguments string
	staffOwn        bool // staff may do it for themselves
	own             bool // it is about a person at all
}

var allDeeds = map[string]deed{
	"assign":             {"propose_assignment", `{"action":"assign","people":["WHO"],"project":"Lantern","percent":20,"period":"in March"}`, false, true},
	"hold":               {"propose_assignment", `{"action":"hold","people":["WHO"],"project":"Lantern","percent":20,"period":"in March","release":"until Friday"}`, false, true},
	"know":               {"propose_skill", `{"action":"set","person":"WHO","skills":[{"name":"Swift","level":2}]}`, true, true},
	"certify":            {"propose_certification", `{"action":"add","person":"WHO","certification":"CKA","issued":"on 2 November 2026"}`, true, true},
	"be away":            {"propose_time_off", `{"action":"add","people":["WHO"],"period":"in March"}`, true, true},
	"create a project":   {"propose_project", `{"action":"create","project":"Zephyr","period":"in March"}`, false, false},
	"move a project":     {"propose_project", `{"action":"dates","project":"Lantern","edge":"end","period":"in March"}`, false, false},
	"describe a project": {"propose_project", `{"action":"details","project":"Lantern","notes":"hello"}`, false, false},
	"open a role":        {"propose_project", `{"action":"open_role","project":"Lantern","role":"Designer"}`, false, false},
}

func TestTheWholeTableOfRights(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		set := company(t, s)
		askers := map[string]tools.Asker{
			"staff": asker(t, s, staff), "manager": asker(t, s, manager), "admin": asker(t, s, "ruth.lindqvist@lumen.example"), "operator": {Access: store.Admin},
		}
		for what, d := range allDeeds {
			for role, who := range askers {
				for _, other := range []bool{false, true} {
					if !other && (who.ID == "" || !d.own) {
						continue
					}
					name := who.Name
					if other {
						name = "Yuki Tanaka"
					}
					arguments := strings.ReplaceAll(d.arguments, "WHO", name)
					who.Words, who.Thread = []string{arguments, "20 2 hello Friday Zephyr"}, fmt.Sprint(what, role, other)
					o := set.Call(t.Context(), who, d.tool, json.RawMessage(arguments))
					allowed := role != "staff" || d.staffOwn && !other
					switch {
					case allowed && o.Err != nil:
						t.Errorf("%s may not %s (other: %v): %v", role, what, other, o.Err)
					case !allowed && (o.Err == nil || o.Err.Code != tools.NotPermitted):
						t.Errorf("%s may %s (other: %v): %v", role, what, other, o.Err)
					case !allowed && (!strings.Contains(o.Err.Message, "You may not") || !strings.Contains(o.Err.Message, "Grace Adeyemi")):
						t.Errorf("%s is not told who may: %s", role, o.Err.Message)
					}
				}
			}
		}
	})
}

func TestNobodyConfirmsASkillOfTheirOwn(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		set := company(t, s)
		who := asker(t, s, manager)
		who.Words = []string{"confirm my Swift, set it to level 2", "confirm Yuki Tanaka's"}
		o := set.Call(t.Context(), who, "propose_skill", json.RawMessage(`{"action":"set","skills":[{"name":"Swift","level":2}]}`))
		if o.Err != nil || strings.Contains(string(o.JSON), `"name":"Confirmed","after":"yes"`) {
			t.Errorf("a manager's own skill: %v %s", o.Err, o.JSON)
		}
	})
}

func TestAPublicCardHidesWhySomebodyIsAway(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		set := company(t, s)
		for _, public := range []bool{false, true} {
			who := asker(t, s, manager)
			who.Words, who.Public = []string{"Yuki Tanaka is sick tomorrow"}, public
			o := set.Call(t.Context(), who, "propose_time_off", json.RawMessage(`{"action":"add","people":["Yuki Tanaka"],"kind":"sick","period":"tomorrow"}`))
			if o.Err != nil {
				t.Fatal(o.Err)
			}
			if strings.Contains(string(o.JSON), "sick") == public {
				t.Errorf("public %v: %s", public, o.JSON)
			}
		}
	})
}
