package admin_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// leastRequests is how many the contract is tried with, on each database.
const leastRequests = 5000

// inner are words that say how the program is made; no answer has them.
var inner = regexp.MustCompile(`(?i)\bsql|sqlite|pgx|sqlstate|constraint|strconv|json:|unmarshal|\bbun\b|goroutine|go value|go struct|reflect\.|\*?store\.|chatlog|civil\.|runtime error|panic`)

// attempt is one request of the contract test.
type attempt struct {
	op       *operation
	path     string
	body     string
	headers  []string
	faultyAt string // the name of what is wrong, if that is known
}

func TestEveryOperationKeepsItsContractWhateverIsSent(t *testing.T) {
	t.Parallel()
	eachWhole(t, func(r *rig) {
		doc := describe(r.t, r)
		g := &generator{Rand: rand.New(rand.NewPCG(6, 6)), doc: doc, ids: map[string][]string{}, tags: map[string]string{}}
		for _, p := range r.people {
			g.ids["people"] = append(g.ids["people"], p.ID)
		}
		slices.Sort(g.ids["people"])
		g.ids["conversations"] = []string{"turn-00", "turn-01", "turn-02", "turn-03"}
		sent, statuses := 0, map[int]int{}
		for sent < leastRequests {
			for _, op := range doc.operations {
				try := g.attempt(op)
				got := r.call(op.Method, try.path, try.body, try.headers...)
				checkContract(r.t, doc, try, got)
				g.learn(op, try, got)
				statuses[got.status]++
				sent++
			}
			if r.t.Failed() {
				break
			}
		}
		if strings.Contains(r.logged(), "panic") {
			r.t.Errorf("the log tells of a panic: %.3000s", r.logged())
		}
		r.t.Logf("%d requests to %d operations: %v", sent, len(doc.operations), statuses)
	})
}

func (g *generator) attempt(op *operation) attempt {
	a := attempt{op: op, path: op.at(url.PathEscape(g.idOf(op.collection()))), headers: []string{"Content-Type", "application/json"}}
	if g.IntN(20) == 0 {
		a.path = op.at(pick(g, "%00", "%FF", strings.Repeat("i", 300), "a%20b", "%F0%9F%98%80", "'"))
	}
	if schema := op.jsonBody(); schema != nil {
		g.write(&a, schema)
	} else if op.Body != nil {
		a.body, a.headers[1] = g.strange(), slices.Sorted(maps.Keys(op.Body.Content))[0]
	}
	if g.IntN(40) == 0 {
		a.headers[1] = pick(g, "text/plain", "application/xml", "", "application/json; charset=utf-8", "nonsense/", "multipart/form-data")
		a.faultyAt = ""
	}
	g.addParameters(&a)
	return a
}

func (g *generator) write(a *attempt, schema map[string]any) {
	mood := g.IntN(10)
	if mood == 0 {
		a.body = g.noise()
		return
	}
	body, _ := g.good("", schema).(map[string]any)
	g.order(body)
	if mood > 5 {
		a.faultyAt = g.spoil(body, schema)
	}
	if doomed, some := body["delete"].([]any); some {
		for _, d := range doomed {
			if one, isObject := d.(map[string]any); isObject && one["id"] != nil {
				one["id"] = g.idOf(a.op.collection())
				delete(one, "etag")
			}
		}
	}
	text, err := json.Marshal(body)
	if err != nil {
		panic(err)
	}
	a.body = string(text)
}

// order puts days in order, which a schema cannot ask for, in most bodies.
func (g *generator) order(body map[string]any) {
	for _, pair := range [][2]string{{"startsAt", "endsAt"}, {"startsOn", "endsOn"}, {"issuedAt", "expiresAt"}, {"startedAt", "endedAt"}, {"from", "to"}} {
		first, _ := body[pair[0]].(string)
		last, _ := body[pair[1]].(string)
		if first != "" && last != "" && last < first && g.IntN(4) > 0 {
			body[pair[0]], body[pair[1]] = last, first
		}
	}
	for _, v := range body {
		if inner, isObject := v.(map[string]any); isObject {
			g.order(inner)
		}
		list, _ := v.([]any)
		for _, one := range list {
			if inner, isObject := one.(map[string]any); isObject {
				g.order(inner)
			}
		}
	}
}

func (g *generator) addParameters(a *attempt) {
	query := url.Values{}
	for _, p := range a.op.Parameters {
		switch {
		case p.In == "query" && g.IntN(6) == 0:
			query.Add(p.Name, pick(g, g.strange(), fmt.Sprint(g.good(p.Name, p.Schema)), "2026-01-01", "5", "null"))
		case p.Name == "If-Match" && g.IntN(10) > 0:
			a.headers = append(a.headers, p.Name, pick(g, "*", "*", g.tags[a.path], `W/"x"`, `"x", *`, strings.Repeat("e", 3000)))
		case p.In == "header" && g.IntN(4) == 0:
			a.headers = append(a.headers, p.Name, pick(g, "k"+strconv.Itoa(g.IntN(50)), strings.Repeat("k", 300), "é"))
		}
	}
	if g.IntN(60) == 0 {
		query.Add("unheardOf", "1")
	}
	if len(query) > 0 {
		a.path += "?" + query.Encode()
	}
	if g.IntN(60) == 0 && a.op.Method == http.MethodGet {
		a.path += "?limit=%zz;&&="
	}
}

// learn keeps the names of rows that are there for later requests.
func (g *generator) learn(op *operation, try attempt, got answer) {
	id, _ := got.body["id"].(string)
	path, _, _ := strings.Cut(try.path, "?")
	switch {
	case got.status == 204:
		gone := path[strings.LastIndex(path, "/")+1:]
		g.ids[op.collection()] = slices.DeleteFunc(g.ids[op.collection()], func(id string) bool { return id == gone })
	case got.status == 201 && id != "":
		all := g.ids[op.collection()]
		g.ids[op.collection()] = append(all[max(0, len(all)-29):], id)
	case got.status == 200 && got.header.Get("ETag") != "":
		g.tags[path] = got.header.Get("ETag")
	}
}

func checkContract(t testing.TB, doc *description, try attempt, got answer) {
	t.Helper()
	wrong := func(why string) {
		t.Errorf("%s\n%s %s %q\n%.500s\n→ %d %s: %.800s", why, try.op.Method, try.path, try.headers, try.body, got.status, got.header.Get("Content-Type"), got.text)
	}
	response, documented := try.op.Responses[strconv.Itoa(got.status)]
	kind, _, _ := strings.Cut(got.header.Get("Content-Type"), ";")
	switch {
	case got.status >= 500:
		wrong("it failed")
	case !documented:
		wrong("the status is not documented")
	case got.status >= 400:
		if why := checkProblem(try, got); why != "" {
			wrong(why)
		}
	case kind == "application/json":
		if err := doc.validate(response.Content[kind].Schema, any(got.body)); err != nil {
			wrong("not as its schema says: " + err.Error())
		}
	case got.status == 204 && got.text != "":
		wrong("an answer without content has some")
	case got.status == 200 && response.Content[kind].Schema == nil && got.text != "":
		wrong("an undocumented kind of content")
	}
}

// checkProblem holds an error to RFC 9457 and its words to what outsiders may read.
func checkProblem(try attempt, got answer) string {
	title, _ := got.body["title"].(string)
	detail, _ := got.body["detail"].(string)
	status, _ := got.body["status"].(float64)
	if got.header.Get("Content-Type") != "application/problem+json" || title == "" || detail == "" || int(status) != got.status {
		return "no problem document"
	}
	if word := inner.FindString(got.text); word != "" && !strings.Contains(try.body+try.path, word) {
		return "it tells outsiders of " + word
	}
	details, _ := got.body["errors"].([]any)
	var all strings.Builder
	for _, d := range details {
		one, _ := d.(map[string]any)
		at, _ := one["location"].(string)
		message, _ := one["message"].(string)
		if !regexp.MustCompile(`^(body|query|path|header)\b`).MatchString(at) || message == "" {
			return "an error without a place or words"
		}
		all.WriteString(at + " " + message + "\n")
	}
	elsewhere := regexp.MustCompile(`query|header|path`).MatchString(all.String())
	if got.status == 422 && try.faultyAt != "" && !elsewhere && !strings.Contains(all.String(), try.faultyAt) {
		return "it does not name " + try.faultyAt
	}
	return ""
}

func TestAnAddressThatCanNameNothingIsDocumentedWhereverOneIsTaken(t *testing.T) {
	t.Parallel()
	eachWhole(t, func(r *rig) {
		doc := describe(r.t, r)
		for _, op := range doc.operations {
			for _, id := range []string{"%00", "%FF"} {
				if path := op.at(id); path != op.Path {
					headers := []string{"Content-Type", "application/json"}
					checkContract(r.t, doc, attempt{op: op, path: path, headers: headers}, r.call(op.Method, path, "", headers...))
				}
			}
		}
	})
}

func TestWhatIsNotThereIsAProblemDocumentToo(t *testing.T) {
	t.Parallel()
	each(t, func(r *rig) {
		for _, path := range []string{"/", "/api", "/api/v1", "/api/v1/", "/api/v1/nothing", "/api/v1/people/x/y/z", "/api/v1/people/%2F", "/api/v2/people"} {
			if got := r.expect(404, "GET", path, ""); checkProblem(attempt{}, got) != "" {
				r.t.Errorf("%s: %s", path, got.text)
			}
		}
		for _, method := range []string{"PUT", "DELETE", "TRACE", "HEAD", "OPTIONS"} {
			got := r.expect(405, method, "/api/v1/people", "")
			if method != "HEAD" && checkProblem(attempt{}, got) != "" || got.header.Get("Allow") != "GET, POST" {
				r.t.Errorf("%s: %q %s", method, got.header.Get("Allow"), got.text)
			}
		}
	})
}

func TestABodyThatIsTooLargeOrOfAnotherKindIsRefused(t *testing.T) {
	t.Parallel()
	each(t, func(r *rig) {
		large := `{"name":"` + strings.Repeat("x", 1<<20) + `"}`
		got := r.expect(413, "POST", "/api/v1/roles", large)
		if checkProblem(attempt{}, got) != "" {
			r.t.Errorf("%s", got.text)
		}
		r.expect(422, "POST", "/api/v1/roles", large[:1<<20-12]+`"}`)
		r.expect(415, "POST", "/api/v1/roles", `{"name":"x"}`, "Content-Type", "text/plain")
		r.expect(415, "POST", "/api/v1/roles", `{"name":"x"}`, "Content-Type", "")
		r.expect(201, "POST", "/api/v1/roles", `{"name":"x"}`, "Content-Type", "application/json; charset=utf-8")
	})
}
