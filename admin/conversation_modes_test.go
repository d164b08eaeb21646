package admin_test

import (
	"encoding/json"
	"math/rand/v2"
	"net/url"
	"strings"
	"testing"

	"rollcall/admin"
	"rollcall/store"
	"rollcall/store/chatlog"
)

func TestAnonymisedConversationsDoNotSayWhoseTheyAre(t *testing.T) {
	t.Parallel()
	eachTalk(t, admin.Anonymised, func(k *talk) {
		e := k.exchange(1, "staff")
		e.Asker, e.Question, e.Answer = "Zoë Ó Brien", "when is ZOË free? I am Zoë Brien's twin, obrien", "Zoë Ó Brien is free; so is Brienne."
		e.Tools = []chatlog.ToolCall{{Name: "get_person", Arguments: json.RawMessage(`{"person":"zoë"}`), Result: json.RawMessage(`{"name":"Zoë Ó Brien","n":1.50,"Brien":[true]}`)}}
		e.Feedback = &chatlog.Feedback{Value: chatlog.Good, By: k.ana, Note: "thanks, Zoë", At: at(2)}
		k.append(e)
		k.must(k.log.SetReview(k.t.Context(), e.ID, chatlog.Review{Verdict: chatlog.Wrong, Tool: "get_person", Args: json.RawMessage(`{"person":"Zoë"}`), By: "a", At: at(3)}))
		for _, path := range []string{talks, talks + "/turn-01?reason=x", talks + "/export.csv?reason=x", talks + "/export.ndjson?reason=x", talks + "/turn-01/case?reason=x", talks + "/statistics?by=day"} {
			a := k.expect(200, "GET", path, "")
			for _, secret := range []string{k.ana, "Zoë", "ZOË", "zoë", "Brien ", "D1/100.1", "slack.example", `"staff"`} {
				if strings.Contains(a.text, secret) {
					k.t.Errorf("%s tells %q: %s", path, secret, a.text)
				}
			}
		}
		whole := k.expect(200, "GET", talks+"/turn-01?reason=complaint", "")
		if whole.body["question"] != "when is [asker] free? I am [asker]'s twin, obrien" || !strings.Contains(whole.text, "Brienne") || !strings.Contains(whole.text, "1.50") {
			k.t.Errorf("%s", whole.text)
		}
		if a := k.expect(200, "POST", talks+"/turn-01/rerun?reason=x", ""); strings.Contains(a.text, "Zoë") || a.body["access"] != "" {
			k.t.Errorf("%s", a.text)
		}
		k.expect(403, "GET", talks+"?person="+k.ana, "")
		k.expect(403, "GET", talks+"/export.csv?reason=x&person="+k.ana, "")
		k.expect(403, "GET", talks+"/statistics?by=person", "")
		k.expect(403, "GET", talks+"/statistics?text=zo", "")
		k.expect(403, "GET", talks+"?conversation=D1%2F100.1", "")
		k.expect(403, "GET", talks+"?total=true&text=zo", "")
		others := k.exchange(2, "manager") // asks about somebody else
		others.Question = "is Zoë free?"
		k.append(others)
		for _, path := range []string{talks + "?text=zo%C3%AB", talks + "?text=zo%C3%AB&limit=1", talks + "/export.ndjson?reason=x&text=zo%C3%AB"} {
			if a := k.expect(200, "GET", path, ""); !strings.Contains(a.text, "turn-02") || strings.Contains(a.text, "turn-01") || strings.Contains(a.text, "next") {
				k.t.Errorf("a name finds what its owner asked: %s", a.text)
			}
		}
		if got := talkIDs(k.expect(200, "GET", talks+"?text=twin", "")); got != "01" {
			k.t.Errorf("got %q", got)
		}
		k.expect(200, "GET", talks+"/statistics?by=tool", "")
		audits, err := k.store.FindAudits(k.t.Context(), store.AuditFilter{Entities: []string{"exchange"}})
		k.must(err)
		for _, a := range audits {
			if strings.Contains(string(a.After), k.ana) {
				k.t.Errorf("the trail says whose it is: %s", a.After)
			}
		}
		mine := k.expect(200, "GET", "/api/v1/me/openings", "", "Authorization", "Bearer staff")
		if !strings.Contains(mine.text, "complaint") || !strings.Contains(mine.text, "The admin") {
			k.t.Errorf("%s", mine.text)
		}
		if others := k.expect(200, "GET", "/api/v1/me/openings", "", "Authorization", "Bearer manager"); strings.Contains(others.text, "complaint") {
			k.t.Errorf("%s", others.text)
		}
		if own := k.expect(200, "GET", "/api/v1/me/conversations/turn-01", "", "Authorization", "Bearer staff"); !strings.Contains(own.text, "ZOË") {
			k.t.Errorf("%s", own.text)
		}
	})
}

func TestWhatServersAndReviewersWroteIsAnonymisedToo(t *testing.T) {
	t.Parallel()
	eachTalk(t, admin.Anonymised, func(k *talk) {
		e := k.exchange(1, "staff")
		e.Asker, e.ModelCalls = "Zoë Brien", []chatlog.ModelCall{{Model: "gpt", Error: `400: cannot read "I am Zoë"`}}
		k.append(e)
		k.must(k.log.SetReview(k.t.Context(), e.ID, chatlog.Review{Verdict: chatlog.Wrong, Note: "Brien asked before", By: "a", At: at(3)}))
		for _, path := range []string{"/turn-01?reason=x", "/export.csv?reason=x", "/export.ndjson?reason=x"} {
			if a := k.expect(200, "GET", talks+path, ""); strings.Contains(a.text, "Zoë") || strings.Contains(a.text, "Brien") || !strings.Contains(a.text, "[asker] asked before") {
				k.t.Errorf("%s: %s", path, a.text)
			}
		}
	})
}

func TestWhereReviewIsOffPeopleStillSeeTheirOwn(t *testing.T) {
	t.Parallel()
	eachTalk(t, admin.Off, func(k *talk) {
		k.append(k.exchange(1, "staff"), k.exchange(2, "admin"))
		for _, path := range []string{"", "/turn-01?reason=x", "/turn-02", "/turn-01/case?reason=x", "/statistics", "/export.csv?reason=x", "/export.ndjson?reason=x"} {
			if a := k.expect(403, "GET", talks+path, ""); !strings.Contains(a.text, "switched off") {
				k.t.Errorf("%s", a.text)
			}
		}
		k.expect(403, "GET", "/api/v1/demand", "")
		k.expect(403, "POST", talks+"/turn-01/rerun?reason=x", "")
		k.expect(403, "PUT", talks+"/turn-01/review", `{"verdict":"right"}`)
		if got := talkIDs(k.expect(200, "GET", "/api/v1/me/conversations", "", "Authorization", "Bearer staff")); got != "01" {
			k.t.Errorf("got %q", got)
		}
		k.expect(200, "DELETE", "/api/v1/people/"+k.ana+"/conversations", "")
	})
}

func TestEverybodySeesTheirOwnLogAndNobodyElses(t *testing.T) {
	t.Parallel()
	eachTalk(t, admin.Full, func(k *talk) {
		e := k.exchange(1, "staff")
		e.Kind, e.Error = "failed", "pq: secret of the operator"
		e.ModelCalls = []chatlog.ModelCall{{Model: "gpt", Error: "401 at https://internal"}}
		k.append(e, k.exchange(2, "manager"), k.exchange(3, "staff"))
		k.must(k.log.SetReview(k.t.Context(), "turn-01", chatlog.Review{Verdict: chatlog.Wrong, Note: "for reviewers", By: "a", At: at(3)}))
		as := []string{"Authorization", "Bearer staff"}
		if got := talkIDs(k.expect(200, "GET", "/api/v1/me/conversations", "", as...)); got != "03 01" {
			k.t.Errorf("got %q", got)
		}
		if got := talkIDs(k.expect(200, "GET", "/api/v1/me/conversations?failed=true&total=true&limit=1", "", as...)); got != "01" {
			k.t.Errorf("got %q", got)
		}
		k.expect(422, "GET", "/api/v1/me/conversations?person="+k.people["manager"].ID, "", as...)
		k.expect(404, "GET", "/api/v1/me/conversations/turn-02", "", as...)
		k.expect(404, "GET", "/api/v1/me/conversations/turn-09", "", as...)
		whole := k.expect(200, "GET", "/api/v1/me/conversations/turn-01", "", as...)
		for _, secret := range []string{"pq:", "internal", "for reviewers"} {
			if strings.Contains(whole.text, secret) {
				k.t.Errorf("tells %q: %s", secret, whole.text)
			}
		}
		audits, err := k.store.FindAudits(k.t.Context(), store.AuditFilter{Entities: []string{"exchange"}})
		if err != nil || len(audits) > 0 {
			k.t.Errorf("%v, %v", audits, err)
		}
	})
}

func TestOnlyAdminsReviewConversations(t *testing.T) {
	t.Parallel()
	eachTalk(t, admin.Full, func(k *talk) {
		k.append(k.exchange(1, "staff"))
		for _, op := range []struct{ method, path, body string }{
			{"GET", talks, ""},
			{"GET", talks + "/turn-01?reason=x", ""},
			{"POST", talks + "/turn-01/rerun?reason=x", ""},
			{"PUT", talks + "/turn-01/review", `{"verdict":"right"}`},
			{"GET", talks + "/turn-01/case?reason=x", ""},
			{"GET", talks + "/statistics", ""},
			{"GET", "/api/v1/demand", ""},
			{"GET", talks + "/export.csv?reason=x", ""},
			{"GET", talks + "/export.ndjson?reason=x", ""},
			{"DELETE", "/api/v1/people/" + k.ana + "/conversations", ""},
		} {
			k.expect(401, op.method, op.path, op.body, "Authorization", "Bearer forged")
			for _, access := range []string{"staff", "manager"} {
				if a := k.expect(403, op.method, op.path, op.body, "Authorization", "Bearer "+access); strings.Contains(a.text, "Go?") {
					k.t.Errorf("%s", a.text)
				}
			}
		}
		for _, path := range []string{"/me/conversations", "/me/conversations/turn-01", "/me/openings"} {
			k.expect(401, "GET", "/api/v1"+path, "", "Authorization", "Bearer forged")
		}
		if n, err := k.log.Count(k.t.Context(), chatlog.Filter{}); n != 1 || err != nil {
			k.t.Errorf("%d left, %v", n, err)
		}
	})
}

func TestAPersonIsForgottenWhollyAndOnlyTheFactIsTold(t *testing.T) {
	t.Parallel()
	eachTalk(t, admin.Full, func(k *talk) {
		k.must(k.store.CreateAccount(k.t.Context(), &store.Account{UserID: k.ana, ProviderID: "slack", AccountID: "U1"}))
		k.append(k.exchange(1, "staff"), k.exchange(2, "manager"), k.exchange(3, "staff"))
		k.must(k.log.SetFeedback(k.t.Context(), "turn-02", chatlog.Feedback{Value: chatlog.Bad, By: k.ana, Note: "mine", At: at(3)}))
		a := k.expect(200, "DELETE", "/api/v1/people/"+k.ana+"/conversations", "")
		if a.body["exchanges"] != 2.0 || a.body["turns"] != 1.0 || len(k.forgot) != 1 || k.forgot[0] != k.ana+" U1" {
			k.t.Errorf("%s, %v", a.text, k.forgot)
		}
		if again := k.expect(200, "DELETE", "/api/v1/people/"+k.ana+"/conversations", ""); again.body["exchanges"] != 0.0 {
			k.t.Errorf("%s", again.text)
		}
		k.expect(200, "DELETE", "/api/v1/people/who-has-left/conversations", "")
		left := k.expect(200, "GET", talks+"/turn-02?reason=x", "")
		if left.body["feedback"] != "bad" || strings.Contains(left.text, k.ana) || strings.Contains(left.text, "mine") {
			k.t.Errorf("%s", left.text)
		}
		if got := talkIDs(k.expect(200, "GET", talks, "")); got != "02" {
			k.t.Errorf("left %q", got)
		}
		audits, err := k.store.FindAudits(k.t.Context(), store.AuditFilter{Entities: []string{"exchange"}, EntityID: k.ana, Action: "delete"})
		if err != nil || len(audits) != 2 || strings.Contains(string(audits[1].After), "Go") || !strings.Contains(string(audits[1].After), `2`) {
			k.t.Errorf("%+v, %v", audits, err)
		}
	})
}

// odd is what filters, ids and cursors are not.
var odd = []string{
	"", "'", `"`, "' OR 1=1 --", "%00", "%ff%fe", "%F0%9F%98%80", "$ne", "{}", "[]", "null", "..%2F", "%25", "_", "%5C", "-1", "0", "9999999999999999999", "NaN", "2026-11-25", "2026-02-31", "0000-01-01",
	"9999-12-31", "9999-12-31T23:59:59Z", "0000-01-01T00:00:00Z", "true", "answer", "good", "right", "none", "find_people", "turn-01", "MTc2NDA2MTIwMDAwMDAwMCB0dXJuLTAx", "OTIyMzM3MjAzNjg1NDc3NTgwNyB4",
	"LTkyMjMzNzIwMzY4NTQ3NzU4MDggAP8", "a%0Ab", "%E2%80%AE", strings.Repeat("x", 199), strings.Repeat("%C3%A9", 150),
}

func TestStrangeFiltersCursorsAndBodiesAreNeverAFailure(t *testing.T) {
	t.Parallel()
	eachTalk(t, admin.Full, func(k *talk) {
		k.append(k.exchange(1, "staff"), k.exchange(2, "admin"))
		r := rand.New(rand.NewPCG(6, 3))
		pick := func(from []string) string { return from[r.IntN(len(from))] }
		params := []string{"from", "to", "channel", "conversation", "tool", "kind", "feedback", "review", "failed", "model", "text", "person", "limit", "cursor", "total", "by", "reason", "days"}
		bodies := []string{"", "{}", "null", "[]", "{", `{"verdict":"right"}`, `{"verdict":"wrong","tool":"find_people","args":{"skills":[{"name":"\u0000"}]}}`, `{"verdict":"wrong","tool":"get_person","args":"\ud800"}`, `{"verdict":1}`, `{"verdict":"right","note":"\ud800\u0000"}`, strings.Repeat("[", 20000)}
		paths := []struct{ method, path string }{
			{"GET", ""},
			{"GET", "/ID"},
			{"POST", "/ID/rerun"},
			{"PUT", "/ID/review"},
			{"GET", "/ID/case"},
			{"GET", "/statistics"},
			{"GET", "/export.csv"},
			{"GET", "/export.ndjson"},
			{"GET", "/../demand"},
			{"GET", "/../me/conversations"},
			{"GET", "/../me/conversations/ID"},
			{"GET", "/../me/openings"},
			{"DELETE", "/../people/ID/conversations"},
		}
		counts := map[int]int{}
		for range 3000 {
			op := paths[r.IntN(len(paths))]
			path := strings.ReplaceAll(strings.Replace(talks+op.path, "/conversations/..", "", 1), "ID", pick(append(odd[1:], "turn-02", "turn-02")))
			var query []string
			for range r.IntN(4) {
				query = append(query, pick(params)+"="+pick(odd))
			}
			body := ""
			if op.method == "PUT" {
				body = pick(bodies)
			}
			path += "?" + strings.Join(query, "&")
			if _, err := url.Parse(path); err != nil {
				continue
			}
			a := k.call(op.method, path, body)
			counts[a.status]++
			lower := strings.ToLower(a.text)
			if a.status >= 500 || strings.Contains(lower, "sqlstate") || strings.Contains(lower, "select ") || strings.Contains(lower, "syntax error") || strings.Contains(lower, "pgx") {
				k.t.Errorf("%s %s %.100s: %d %.300s", op.method, path, body, a.status, a.text)
			}
		}
		if counts[200] < 100 || counts[422] < 100 || counts[404] < 20 {
			k.t.Errorf("little was tried: %v", counts)
		}
	})
}
