package tools_test

import (
	"encoding/json"
	"errors"
	"testing"

	"rollcall/store/storetest"
	"rollcall/tools"
)

func TestACallIsCheckedWithoutBeingMade(t *testing.T) {
	t.Parallel()
	set := tools.All(&tools.Company{Store: storetest.SQLite(t)})
	for _, c := range []struct {
		tool, arguments string
		code            tools.Code
	}{
		{"find_people", `{"skills":[{"name":"Go","min_level":null}],"match":"all"}`, ""},
		{"find_people", ``, ""},
		{"propose_skill", `{"person":"me","skill":"Go"}`, tools.Invalid},
		{"get_project", `{}`, tools.Invalid},
		{"find_people", `{"colour":"red"}`, tools.Invalid},
		{"find_people", `{"match":"some"}`, tools.Invalid},
		{"find_people", `null`, tools.Invalid},
		{"find_people", `{`, tools.Invalid},
		{"find_peopl", `{}`, tools.UnknownTool},
	} {
		err := set.Check(c.tool, json.RawMessage(c.arguments))
		var wrong *tools.Error
		if c.code == "" && err != nil || c.code != "" && (!errors.As(err, &wrong) || wrong.Code != c.code) {
			t.Errorf("%s %s: %v, not %q", c.tool, c.arguments, err, c.code)
		}
	}
}
