package admin_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"rollcall/admin"
	"rollcall/store"
	"rollcall/store/chatlog"
	"rollcall/store/migrations"
	"rollcall/store/storetest"
	"rollcall/tools"
	"rollcall/tools/period"
)

// talk is the API with a log of conversations.
type talk struct {
	*rig
	log    chatlog.Log
	ana    string // the staff who asks
	forgot []string
}

func docsOf(s *store.Store) *chatlog.SQL {
	write, read := s.SQL()
	return chatlog.NewSQL(write, read, s.Dialect() == migrations.Postgres, storetest.Clock)
}

func newTalk(t *testing.T, s *store.Store, mode admin.Mode) *talk {
	t.Helper()
	docs := docsOf(s)
	k := &talk{log: docs}
	calendar := period.Calendar{Location: time.FixedZone("CET", 3600), WeekStart: time.Monday, SprintWeeks: 2, FiscalYearStart: time.January}
	company := &tools.Company{Store: s, Details: docs, Calendar: calendar, FreePercent: 50, Now: storetest.Clock}
	k.rig = newRig(t, s, func(c *admin.Config) {
		c.Conversations = &admin.Conversations{
			Log: docs, Tools: tools.All(company), Mode: mode, Location: calendar.Location,
			Permalink: func(conversation string) string { return "https://lumen.slack.example/archives/" + conversation },
			CaseOf: func(id string, before []chatlog.Exchange, e chatlog.Exchange) (json.RawMessage, error) {
				if e.Kind == "failed" {
					return nil, errors.New("it failed")
				}
				return json.RawMessage(fmt.Sprintf(`{"id":%q,"before":%d,"question":%q}`, id, len(before), e.Question)), nil
			},
			Turns: func(_ context.Context, personID string, slackIDs []string) (int, error) {
				k.forgot = append(k.forgot, personID+" "+strings.Join(slackIDs, ","))
				return len(slackIDs), nil
			},
		}
	})
	k.ana = k.people["staff"].ID
	return k
}

func eachTalk(t *testing.T, mode admin.Mode, body func(k *talk)) {
	t.Helper()
	storetest.Each(t, func(t *testing.T, s *store.Store) { body(newTalk(t, s, mode)) })
}

func at(n int) time.Time { return storetest.Now.Add(time.Duration(n) * time.Minute) }

// exchange is the n-th of somebody's.
func (k *talk) exchange(n int, person string) chatlog.Exchange {
	p := k.people[person]
	return chatlog.Exchange{
		ID: fmt.Sprintf("turn-%02d", n), At: at(n), AskerID: p.ID, Asker: p.Name, Access: person, Channel: "slack", Conversation: "D1/100.1", Question: "who knows Go?", Kind: "answer", Answer: "3 people.",
		Tools: []chatlog.ToolCall{{Name: "find_people", Arguments: json.RawMessage(`{"skills":[{"name":"Go"}]}`), Result: json.RawMessage(`{"total":3}`), Duration: time.Millisecond}},
		Model: "gpt", Usage: chatlog.Usage{Calls: 1, In: 10, Out: 3, Cost: 1500}, Duration: 5 * time.Millisecond,
	}
}

func (k *talk) append(all ...chatlog.Exchange) {
	k.t.Helper()
	for _, e := range all {
		k.must(k.log.Append(k.t.Context(), e))
	}
}

// talkIDs are the ends of the ids in a list.
func talkIDs(a answer) string {
	var all []string
	items, _ := a.body["items"].([]any)
	for _, i := range items {
		id, _ := i.(map[string]any)["id"].(string)
		all = append(all, strings.TrimPrefix(id, "turn-"))
	}
	return strings.Join(all, " ")
}

const talks = "/api/v1/conversations"

func TestConversationsAreFoundByEveryFilter(t *testing.T) {
	t.Parallel()
	eachTalk(t, admin.Full, func(k *talk) {
		for n := range 8 {
			e := k.exchange(n, []string{"staff", "manager"}[n%2])
			switch n {
			case 2:
				e.Kind, e.Error, e.Model = "failed", "boom", "offline"
			case 3:
				e.Question, e.Channel, e.Conversation = "Wer kennt 100% PÖSTGRES?", "terminal", "run-1"
			case 4:
				e.Tools = []chatlog.ToolCall{{Name: "get_person"}}
			case 5:
				e.At = storetest.Now.AddDate(0, 0, -3)
			}
			k.append(e)
		}
		k.must(k.log.SetFeedback(t.Context(), "turn-06", chatlog.Feedback{Value: chatlog.Bad, By: k.ana, At: at(9)}))
		k.must(k.log.SetReview(t.Context(), "turn-07", chatlog.Review{Verdict: chatlog.Right, By: "x", At: at(9)}))
		for query, want := range map[string]string{
			"": "07 06 04 03 02 01 00 05", "person=" + k.ana: "06 04 02 00", "person=manager@example.com": "07 03 01 05", "person=nobody": "",
			"from=2026-11-25": "07 06 04 03 02 01 00", "to=2026-11-24": "05", "from=2026-11-22&to=2026-11-22": "05", "to=2026-11-25T09:02:00Z": "01 00 05",
			"from=2026-11-25T09:06:00Z": "07 06", "channel=terminal": "03", "conversation=run-1": "03", "tool=get_person": "04", "tool=person": "", "kind=failed": "02", "failed=true": "02",
			"feedback=bad": "06", "review=right": "07", "review=wrong": "", "review=none&failed=true": "02", "model=offline": "02",
			"text=" + url.QueryEscape("pöstgres"): "03", "text=100%25": "03", "text=_": "", "kind=answer&person=" + k.ana + "&limit=1": "06",
		} {
			a := k.expect(200, "GET", talks+"?total=true&"+query, "")
			if got := talkIDs(a); got != want || a.body["total"] != float64(len(strings.Fields(want))) && !strings.Contains(query, "limit") {
				k.t.Errorf("%s: got %q of %v, want %q", query, got, a.body["total"], want)
			}
			if strings.Contains(a.text, "3 people.") {
				k.t.Errorf("a list tells answers: %s", a.text)
			}
		}
		for query, where := range map[string]string{
			"from=tomorrow": "query.from", "to=2026-13-01": "query.to", "kind=meh": "query.kind", "person=nobody@x.example": "query.person", "limit=0": "query.limit", "limit=201": "query.limit",
			"cursor=x": "query.cursor", "review=meh": "query.review", "failed=perhaps": "query.failed", "colour=red": "query.colour",
		} {
			if a := k.expect(422, "GET", talks+"?"+query, ""); !strings.Contains(a.text, where) {
				k.t.Errorf("%s: %s", query, a.text)
			}
		}
		line := k.expect(200, "GET", talks+"?text=p%C3%B6stgres", "").body["items"].([]any)[0].(map[string]any)
		if line["asker"] != "The manager" || line["question"] != "Wer kennt 100% PÖSTGRES?" || line["costMicros"] != 1500.0 || line["durationMs"] != 5.0 || fmt.Sprint(line["tools"]) != "[find_people]" {
			k.t.Errorf("%v", line)
		}
	})
}

func TestPagesGoOnWhereTheLastOneEndedWhateverComesMeanwhile(t *testing.T) {
	t.Parallel()
	eachTalk(t, admin.Full, func(k *talk) {
		for n := range 7 {
			e := k.exchange(n, "staff")
			e.At = at(n / 3) // some at the same time
			k.append(e)
		}
		var seen []string
		next := ""
		for page := 0; page < 10; page++ {
			a := k.expect(200, "GET", talks+"?limit=2&cursor="+next, "")
			seen = append(seen, strings.Fields(talkIDs(a))...)
			k.append(k.exchange(20+page, "staff"))
			var more bool
			if next, more = a.body["next"].(string); !more {
				break
			}
		}
		if got := strings.Join(seen, " "); got != "06 05 04 03 02 01 00" {
			k.t.Errorf("got %s", got)
		}
	})
}

func TestOpeningSomebodyElsesConversationAsksForAReasonThatTheyCanRead(t *testing.T) {
	t.Parallel()
	eachTalk(t, admin.Full, func(k *talk) {
		k.append(k.exchange(1, "staff"), k.exchange(2, "admin"), k.exchange(3, "manager"))
		if a := k.expect(422, "GET", talks+"/turn-01", ""); !strings.Contains(a.text, "query.reason") || strings.Contains(a.text, "Go?") {
			k.t.Errorf("%s", a.text)
		}
		k.expect(422, "GET", talks+"/turn-01?reason=%20%00%E2%80%AE", "")
		k.expect(404, "GET", talks+"/turn-99?reason=x", "")
		k.expect(200, "GET", talks+"/turn-02", "")
		whole := k.expect(200, "GET", talks+"/turn-01?reason=A+complaint", "")
		if whole.body["answer"] != "3 people." || whole.body["link"] != "https://lumen.slack.example/archives/D1/100.1" || whole.body["tokensIn"] != 10.0 || !strings.Contains(whole.text, `"result":{"total":3}`) {
			k.t.Errorf("%s", whole.text)
		}
		k.expect(200, "GET", talks+"/turn-01", "") // within the hour it is known why
		k.expect(200, "GET", talks+"/turn-03", "", "X-Reason", "The audit of <November>")
		audits, err := k.store.FindAudits(k.t.Context(), store.AuditFilter{Entities: []string{"exchange"}})
		k.must(err)
		if len(audits) != 2 {
			k.t.Fatalf("%d entries: %+v", len(audits), audits)
		}
		mine := k.expect(200, "GET", "/api/v1/me/openings", "", "Authorization", "Bearer staff").body["items"].([]any)
		if len(mine) != 1 {
			k.t.Fatalf("%v", mine)
		}
		if o := mine[0].(map[string]any); o["by"] != "The admin" || o["reason"] != "A complaint" || o["conversation"] != "turn-01" || o["at"] != "2026-11-25T09:00:00Z" {
			k.t.Errorf("%v", o)
		}
		for _, entry := range audits {
			if entry.Action != "read" || entry.Origin != "api" || entry.Actor != k.people["admin"].ID || strings.Contains(string(entry.After), "Go?") {
				k.t.Errorf("%+v %s", entry, entry.After)
			}
		}
		k.expect(200, "GET", "/api/v1/me/openings", "") // an admin's own look at their own is none
		if other := k.expect(200, "GET", "/api/v1/me/openings", "", "Authorization", "Bearer admin"); len(other.body["items"].([]any)) != 0 {
			k.t.Errorf("%s", other.text)
		}
	})
}

func TestLookUpsAreCalledAgainWithTheAskersRightsAndCompared(t *testing.T) {
	t.Parallel()
	eachTalk(t, admin.Full, func(k *talk) {
		ctx := k.t.Context()
		golang := store.Skill{Name: "Go"}
		k.must(k.store.CreateSkill(ctx, &golang))
		k.must(k.store.CreatePersonSkill(ctx, &store.PersonSkill{UserID: k.ana, SkillID: golang.ID}))
		off := store.TimeOff{UserID: k.people["manager"].ID, Kind: "sick", StartsOn: 20782, EndsOn: 20783} // 25 November 2026
		k.must(k.store.CreateTimeOff(ctx, &off))
		e := k.exchange(1, "staff")
		e.Tools = []chatlog.ToolCall{
			{Name: "find_people", Arguments: json.RawMessage(`{"skills":[{"name":"Go"}]}`), Result: json.RawMessage(`{"total":1,"people":[{"name":"Zed","capacity":100},{"name":"The staff","capacity":80,"skills":[{"name":"Rust"}]}]}`)},
			{Name: "list_time_off", Arguments: json.RawMessage(`{"period":"this week"}`)},
			{Name: "propose_skill", Arguments: json.RawMessage(`{"person":"me","skill":"Go"}`)},
			{Name: "no_such_tool", Arguments: json.RawMessage(`{}`)},
		}
		k.append(e)
		k.expect(422, "POST", talks+"/turn-01/rerun", "")
		k.expect(404, "POST", talks+"/turn-09/rerun?reason=x", "")
		a := k.expect(200, "POST", talks+"/turn-01/rerun?reason=x", "")
		calls := a.body["calls"].([]any)
		rows := fmt.Sprint(calls[0].(map[string]any)["difference"].(map[string]any)["rows"])
		for _, want := range []string{"map[change:removed list:people name:Zed]", "map[field:capacity new:100 old:80]", "field:skills[Rust]", "field:skills[Go]"} {
			if !strings.Contains(rows, want) {
				k.t.Errorf("no %q in %s", want, rows)
			}
		}
		if a.body["access"] != "staff" || a.body["changed"] != true || strings.Contains(fmt.Sprint(calls[1]), "sick") || !strings.Contains(fmt.Sprint(calls[1]), "The manager") {
			k.t.Errorf("%s", a.text)
		}
		for _, skipped := range calls[2:] {
			if c := skipped.(map[string]any); c["skipped"] == nil || c["new"] != nil {
				k.t.Errorf("%v", c)
			}
		}
		mine := k.exchange(2, "admin") // an admin may know why somebody is away
		mine.Tools = e.Tools[1:2]
		k.append(mine)
		if a = k.expect(200, "POST", talks+"/turn-02/rerun", ""); !strings.Contains(a.text, "sick") {
			k.t.Errorf("%s", a.text)
		}
		again := k.exchange(3, "staff")
		again.AskerID, again.Access = "left", "admin" // who has left has the rights of staff
		again.Tools = e.Tools[1:2]
		k.append(again)
		if a = k.expect(200, "POST", talks+"/turn-03/rerun?reason=x", ""); a.body["access"] != "staff" || strings.Contains(a.text, "sick") {
			k.t.Errorf("%s", a.text)
		}
		proposals, err := k.store.FindProposals(ctx, store.ProposalFilter{})
		if err != nil || len(proposals) > 0 {
			k.t.Errorf("something was proposed: %v, %v", proposals, err)
		}
	})
}

func TestAReviewIsHeldToTheToolsAndMakesACase(t *testing.T) {
	t.Parallel()
	eachTalk(t, admin.Full, func(k *talk) {
		k.append(k.exchange(0, "staff"), k.exchange(1, "manager"), k.exchange(2, "staff"))
		for body, where := range map[string]string{
			`{"verdict":"meh"}`: "body.verdict", `{}`: "verdict", `{"verdict":"wrong","tool":"no_such"}`: "body.tool", `{"verdict":"wrong","args":{}}`: "body.tool",
			`{"verdict":"wrong","tool":"find_people","args":{"colour":1}}`: "body.args", `{"verdict":"wrong","tool":"find_people","args":[]}`: "body.args",
			`{"verdict":"wrong","tool":"get_project"}`: "body.args", `{"verdict":"right","tool":"find_people","args":{}}`: "body.tool", `{"verdict":"wrong","tool":"find_people","args":null,"x":1}`: "body.x",
			`{"verdict":"right","note":null}`: "body.note", `{"verdict":"right","note":"a\u0000"}`: "body.note",
		} {
			if a := k.expect(422, "PUT", talks+"/turn-02/review", body); !strings.Contains(a.text, where) {
				k.t.Errorf("%s: %s", body, a.text)
			}
		}
		k.expect(404, "PUT", talks+"/turn-09/review", `{"verdict":"right"}`)
		a := k.expect(200, "PUT", talks+"/turn-02/review", `{"verdict":"wrong","note":"the level","tool":"find_people","args":{"skills":[{"name":"Go","min_level":4}]}}`)
		if a.body["by"] != k.people["admin"].ID || a.body["at"] != "2026-11-25T09:00:00Z" {
			k.t.Errorf("%s", a.text)
		}
		whole := k.expect(200, "GET", talks+"/turn-02?reason=x", "")
		if r, _ := whole.body["reviewed"].(map[string]any); whole.body["review"] != "wrong" || r["note"] != "the level" || !strings.Contains(fmt.Sprint(r["args"]), "min_level:4") {
			k.t.Errorf("%s", whole.text)
		}
		line := k.expect(200, "GET", talks+"/turn-02/case", "")
		if line.text != `{"id":"turn-02","before":1,"question":"who knows Go?"}`+"\n" { // another's question in the thread stays theirs
			k.t.Errorf("%q", line.text)
		}
		k.expect(422, "GET", talks+"/turn-01/case", "")
		failed := k.exchange(4, "admin")
		failed.Kind = "failed"
		k.append(failed)
		k.expect(422, "GET", talks+"/turn-04/case", "")
	})
}

func TestStatisticsAreToldApartByDayPersonToolKindModelAndChannel(t *testing.T) {
	t.Parallel()
	eachTalk(t, admin.Full, func(k *talk) {
		k.append(k.exchange(0, "staff"), k.exchange(1, "manager"), k.exchange(2, "staff"))
		k.must(k.log.SetFeedback(t.Context(), "turn-01", chatlog.Feedback{Value: chatlog.Good, By: "x", At: at(1)}))
		for by, want := range map[string]string{"day": "2026-11-25", "tool": "find_people", "kind": "answer", "model": "gpt", "channel": "slack"} {
			items := k.expect(200, "GET", talks+"/statistics?by="+by, "").body["items"].([]any)
			if one := items[0].(map[string]any); len(items) != 1 || one["key"] != want || one["exchanges"] != 3.0 || one["tokensIn"] != 30.0 || one["costMicros"] != 4500.0 || one["good"] != 1.0 || one["durationMs"] != 15.0 {
				k.t.Errorf("by %s: %v", by, items)
			}
		}
		people := k.expect(200, "GET", talks+"/statistics?by=person", "").body["items"].([]any)
		named := map[any]any{}
		for _, p := range people {
			named[p.(map[string]any)["name"]] = p.(map[string]any)["exchanges"]
		}
		if len(named) != 2 || named["The staff"] != 2.0 || named["The manager"] != 1.0 {
			k.t.Errorf("%v", people)
		}
		k.expect(422, "GET", talks+"/statistics?by=colour", "")
		if none := k.expect(200, "GET", talks+"/statistics?from=2027-01-01", ""); len(none.body["items"].([]any)) != 0 {
			k.t.Errorf("%s", none.text)
		}
	})
}

func TestUnmetDemandIsSummedUpBySkillLevelAndMonth(t *testing.T) {
	t.Parallel()
	eachTalk(t, admin.Full, func(k *talk) {
		k.must(k.store.CreateSkill(k.t.Context(), &store.Skill{Name: "Go", Aliases: []string{"golang"}}))
		call := func(tool, args, result string) chatlog.ToolCall {
			return chatlog.ToolCall{Name: tool, Arguments: json.RawMessage(args), Result: json.RawMessage(result)}
		}
		const nobody = `{"total":0,"condition":"free","period":{"label":"1–31 Dec 2026"}}`
		for n, calls := range [][]chatlog.ToolCall{
			{call("find_people", `{"skills":[{"name":"golang","min_level":4}]}`, nobody), call("find_people", `{"skills":[{"name":"GO","min_level":4}]}`, nobody)},
			{call("find_people", `{"skills":[{"name":"Go","min_level":4}]}`, `{"total":0,"condition":"any","period":{"label":"January"}}`)},
			{call("find_people", `{"skills":[{"name":"COBOL"}]}`, nobody), call("suggest_staffing", `{"project":"Atlas"}`, `{"total":0,"needs":["Go ≥ 3"]}`)},
			{call("suggest_staffing", `{"project":"Atlas","skills":null}`, `{"total":0,"needs":["Rust"]}`)},
			{call("find_people", `{"role":"Designer"}`, `{"total":0}`)},
			{call("find_people", `{"skills":[{"name":"Go"}]}`, `{"total":2}`)},                                                               // somebody
			{call("find_people", `{"skills":[{"name":"Go"}]}`, `{"total":0,"condition":"overbooked"}`)},                                      // good news
			{call("find_people", `{"skills":[{"name":"Go"}]}`, `{"error":{"code":"unavailable"}}`), call("get_person", `{}`, `{"total":0}`)}, // no answer at all
			{call("find_people", `not JSON`, `[]`)},
		} {
			e := k.exchange(n, []string{"staff", "manager"}[n%2])
			e.Tools = calls
			if n == 8 {
				e.Tools[0].Arguments = json.RawMessage(`"text"`)
			}
			if n == 4 {
				e.At = storetest.Now.AddDate(0, -1, 0)
			}
			k.append(e)
		}
		var got []string
		for _, i := range k.expect(200, "GET", "/api/v1/demand", "").body["items"].([]any) {
			l := i.(map[string]any)
			got = append(got, fmt.Sprint(l["month"], " ", l["skill"], l["other"], " ", l["minLevel"], " ", l["count"], " ", l["people"], " ", l["periods"], " ", l["examples"]))
		}
		want := []string{
			"2026-11 Go<nil> 4 2 2 [January 1–31 Dec 2026] [turn-01 turn-00]",
			"2026-11 Go<nil> 3 1 1 <nil> [turn-02]",
			"2026-11 cobol<nil> <nil> 1 1 [1–31 Dec 2026] [turn-02]",
			"2026-11 rust<nil> <nil> 1 1 <nil> [turn-03]",
			"2026-10 <nil>Designer <nil> 1 1 <nil> [turn-04]",
		}
		if strings.Join(got, "\n") != strings.Join(want, "\n") {
			k.t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
		if a := k.expect(200, "GET", "/api/v1/demand?to=2026-10-31", ""); len(a.body["items"].([]any)) != 1 {
			k.t.Errorf("%s", a.text)
		}
	})
}
