package bot_test

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode"

	"rollcall/bot"
	"rollcall/tools"
)

func FuzzFencedResultsStayJSONWithoutHiddenCharacters(f *testing.F) {
	for _, s := range []string{`{"a":"b","c":[1,"x\u202ey",null]}`, `"\"\\"`, `{"<a>":"<b>"}`, `"\ud800"`, `{"n":1.50,"t":true}`, `["` + strings.Repeat("é", 300) + `"]`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if !json.Valid([]byte(text)) {
			t.Skip()
		}
		got := bot.FencedForTest(json.RawMessage(text))
		var v any
		if err := json.Unmarshal([]byte(got), &v); err != nil {
			t.Fatalf("%q became %q: %v", text, got, err)
		}
		checkTexts(t, v)
	})
}

func checkTexts(t *testing.T, v any) {
	t.Helper()
	switch v := v.(type) {
	case map[string]any:
		for _, value := range v {
			checkTexts(t, value)
		}
	case []any:
		for _, item := range v {
			checkTexts(t, item)
		}
	case string:
		if strings.ContainsFunc(v, func(r rune) bool { return unicode.IsControl(r) || unicode.Is(unicode.Cf, r) }) || strings.ContainsAny(v, "<>`") {
			t.Errorf("%q was left", v)
		}
	}
}

func FuzzPrintedCallsAreOfKnownTools(f *testing.F) {
	for _, s := range []string{`{"name":"a","arguments":{}}`, `<tool_call>{"name":"a"}</tool_call>`, `[TOOL_CALLS][{"name":"a","arguments":"{}"}]`, `<function=a>{"x":1}</function>`, `{"name":"b"}`, "{}", "[1]"} {
		f.Add(s)
	}
	known := []tools.Definition{{Name: "a"}}
	f.Fuzz(func(t *testing.T, text string) {
		for _, c := range bot.PrintedForTest(text, known) {
			if c.Name != "a" || c.ID == "" || c.Arguments == nil {
				t.Errorf("%q gave %+v", text, c)
			}
		}
	})
}
