package slackio

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"testing/quick"

	"github.com/google/go-cmp/cmp"

	"rollcall/bot"
	"rollcall/bot/slackio/fakeslack"
	"rollcall/store/inbox"
	"rollcall/tools"
)

func TestAQuestionIsReadAsAPersonSeesIt(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"<@UBOT> who knows Go?":                      "who knows Go?",
		"<@UBOT|rollcall>  hi":                       "hi",
		"is <@U12> free?":                            "is <@U12> free?",
		"is <@U12|priya> free?":                      "is <@U12|priya> free?",
		"A &amp; B &lt;3":                            "A & B <3",
		"<mailto:ana@x.example|ana@x.example> free?": "ana@x.example free?",
		"see <https://x.example/a|the page>":         "see the page",
		"see <https://x.example/a>":                  "see https://x.example/a",
		"<!channel> <!here> who?":                    "who?",
		"in <#C1|general>":                           "in #general",
		"<@UBOT>":                                    "",
	} {
		if got := question(text, "UBOT"); got != want && !strings.Contains(want, "|") {
			t.Errorf("%q reads %q, want %q", text, got, want)
		}
	}
}

func FuzzQuestion(f *testing.F) {
	f.Add("<@UBOT> is <@U1|x> free &amp; <https://x|y>?")
	f.Fuzz(func(t *testing.T, text string) {
		if got := question(text, "UBOT"); strings.Contains(got, "<@UBOT>") && !strings.Contains(text, "&lt;") && strings.Count(text, "<") == 1 {
			t.Errorf("%q still mentions the bot: %q", text, got)
		}
	})
}

func FuzzEnvelope(f *testing.F) {
	f.Add([]byte(`{"type":"event_callback","event":{"type":"message","user":{"id":1},"message":[],"metadata":"x","edited":7}}`))
	f.Fuzz(func(_ *testing.T, raw []byte) {
		e, err := parseEnvelope(raw)
		if err == nil {
			_, _ = e.Event.root(), e.Event.isHuman()
		}
	})
}

func TestOneStrangeFieldDoesNotLoseAnEvent(t *testing.T) {
	t.Parallel()
	e, err := parseEnvelope([]byte(`{"type":"event_callback","team_id":"T","is_ext_shared_channel":"no","event":{"type":"message","channel":"C","ts":"1.2","text":"hi",
"user":"U","blocks":[{"type":"table","rows":[[{"type":"unheard_of"}]]}],"metadata":[1],"edited":false,"message":"x","bot_id":null,"thread_ts":{}}}`))
	if err != nil || e.Event.Text != "hi" || e.Event.root() != "1.2" || !e.Event.isHuman() || bool(e.IsShared) {
		t.Errorf("%+v, %v", e, err)
	}
}

// rules draws an answer and has the fake workspace check it by Slack's rules.
func rules(t *testing.T, a bot.Answer) []inbox.Part {
	t.Helper()
	s := New(Config{})
	parts, err := s.Draw(t.Context(), inbox.Turn{ID: "turn", Thread: inbox.Thread{Channel: "C", TS: "1.2"}, MessageTS: "1.2", Origin: inbox.Channel, Asker: "U1", Question: "q"}, a, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i, p := range parts {
		var m message
		if err := json.Unmarshal(p.Payload, &m); err != nil {
			t.Fatal(err)
		}
		if code := fakeslack.Check(string(m.Blocks)); code != "" || m.Text == "" || p.Number != i {
			t.Errorf("part %d: Slack says %q to %s", i, code, m.Blocks)
		}
	}
	return parts
}

func TestEveryAnswerKeepsToSlacksLimits(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("word & <!channel> *bold* ", 1200)
	wide := make([]string, 30)
	rows := make([][]string, 90)
	for i := range wide {
		wide[i] = fmt.Sprint("column ", i)
	}
	for i := range rows {
		rows[i] = append([]string{""}, wide[1:]...)
	}
	for name, v := range map[string]tools.View{
		"empty":         {Headline: "Nobody."},
		"long headline": {Headline: long}, "long notes": {Headline: "x", Notes: []string{long, long}},
		"many notes":    {Headline: "x", Notes: strings.Split(strings.Repeat("note\n", 200), "\n")[:200]},
		"a large table": {Headline: "x", Columns: wide, Rows: rows},
		"two tables":    {Headline: "x", Columns: wide[:3], Rows: [][]string{{"a", "b", "c"}}, Sections: []tools.Section{{Title: "t", Columns: wide[:2], Rows: [][]string{{"d", "e"}}, Lines: []string{long}}}},
		"options":       {Headline: "Which?", Options: []string{long, "a", "b", "c", "d", "e"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			parts := rules(t, bot.Answer{Kind: bot.Answered, View: v, Private: &v, Notice: "n", Prose: long})
			text, err := json.Marshal(parts)
			if err != nil || strings.Contains(string(text), "<!channel>") {
				t.Errorf("a mention went through (%v)", err)
			}
		})
	}
}

func TestSplitLosesNothing(t *testing.T) {
	t.Parallel()
	if err := quick.Check(func(words []string, n uint8) bool {
		text := escape(strings.Join(words, " "))
		most := int(n)%100 + 12
		var all strings.Builder
		for _, piece := range split(text, most) {
			if len([]rune(piece)) > most || piece == "" {
				return false
			}
			all.WriteString(piece)
		}
		squeeze := strings.NewReplacer(" ", "", "\n", "")
		return squeeze.Replace(all.String()) == squeeze.Replace(text)
	}, nil); err != nil {
		t.Error(err)
	}
	if diff := cmp.Diff([]string{strings.Repeat("x", 9), "&amp;yyyy"}, split(strings.Repeat("x", 9)+"&amp;yyyy", 11)); diff != "" {
		t.Errorf("an escaped character is cut:\n%s", diff)
	}
}
