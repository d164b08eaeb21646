package admin_test

import (
	"cmp"
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"net/url"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"rollcall/store"
)

// perList is how many random rows each list is tried with.
const perList = 45

// filled is a rig in which every collection has random rows.
type filled struct {
	*rig

	doc *description
	g   *generator
}

// fill makes rows, those first that others name.
func fill(r *rig) *filled {
	r.t.Helper()
	f := &filled{rig: r, doc: describe(r.t, r)}
	f.g = &generator{Rand: rand.New(rand.NewPCG(7, 7)), doc: f.doc, ids: map[string][]string{}}
	creates := map[string]*operation{}
	for _, op := range f.doc.operations {
		if strings.HasPrefix(op.ID, "create-") && op.jsonBody() != nil {
			creates[op.collection()] = op
		}
	}
	for _, first := range []string{"roles", "people", "skills", "certifications", "clients", "projects"} {
		f.make(creates[first])
		delete(creates, first)
	}
	for _, op := range creates {
		f.make(op)
	}
	return f
}

func (f *filled) make(op *operation) {
	f.t.Helper()
	for range perList {
		body := f.g.object(f.doc.resolve(op.jsonBody()))
		f.g.order(body)
		got := f.call("POST", op.Path, f.text(body))
		if id, made := got.body["id"].(string); made {
			f.g.ids[op.collection()] = append(f.g.ids[op.collection()], id)
		} else if got.status != 409 && got.status != 422 {
			f.t.Errorf("create in %s: %d %s", op.Path, got.status, got.text)
		}
	}
	if len(f.g.ids[op.collection()]) < perList/2 {
		f.t.Errorf("only %d rows could be made in %s", len(f.g.ids[op.collection()]), op.Path)
	}
}

// lists are the operations that list rows with ids in cursor pages.
func (f *filled) lists() []*operation {
	var all []*operation
	for _, op := range f.doc.operations {
		if strings.HasPrefix(op.ID, "list-") && slices.ContainsFunc(op.Parameters, func(p parameter) bool { return p.Name == "total" }) {
			all = append(all, op)
		}
	}
	return all
}

func items(a answer) []map[string]any {
	list, _ := a.body["items"].([]any)
	rows := make([]map[string]any, 0, len(list))
	for _, one := range list {
		row, _ := one.(map[string]any)
		rows = append(rows, row)
	}
	return rows
}

// ids are the rows' ids.
func ids(rows []map[string]any) []string {
	all := make([]string, 0, len(rows))
	for _, row := range rows {
		id, _ := row["id"].(string)
		all = append(all, id)
	}
	return all
}

// pages reads all pages of a query; between is called after each.
func (r *rig) pages(path string, query url.Values, between func()) []map[string]any {
	r.t.Helper()
	var all []map[string]any
	for {
		got := r.expect(200, "GET", path+"?"+query.Encode(), "")
		all = append(all, items(got)...)
		next, more := got.body["next"].(string)
		if !more || len(all) > 5000 {
			return all
		}
		query.Set("cursor", next)
		between()
	}
}

func TestEveryFilterFindsWhatACountByHandFinds(t *testing.T) {
	t.Parallel()
	each(t, func(r *rig) {
		f := fill(r)
		for _, op := range f.lists() {
			rows := f.pages(op.Path, url.Values{"limit": {"200"}}, func() {})
			for _, p := range op.Parameters {
				f.checkFilter(op, p, rows)
			}
		}
	})
}

func (f *filled) checkFilter(op *operation, p parameter, rows []map[string]any) {
	f.t.Helper()
	name := strings.TrimSuffix(strings.TrimSuffix(p.Name, ".min"), ".max")
	if p.Name == "q" {
		f.checkSearch(op, p, rows)
		return
	}
	if _, isField := rows[0][name]; !isField {
		return
	}
	for try := range 6 {
		var values []any
		for range 1 + min(try, 3)*map[bool]int{true: 1}[name == p.Name] {
			values = append(values, pick(f.g, rows...)[name])
		}
		if values[0] == nil && name != p.Name {
			continue
		}
		query := url.Values{"limit": {"200"}, "total": {"true"}}
		for _, v := range values {
			query.Add(p.Name, written(v))
		}
		f.compare(op, query, rows, func(row map[string]any) bool {
			return slices.ContainsFunc(values, func(v any) bool { return fits(strings.TrimPrefix(p.Name, name), row[name], v) })
		})
	}
}

func written(v any) string {
	if v == nil {
		return "null"
	}
	return fmt.Sprint(v)
}

func fits(op string, has, asked any) bool {
	switch op {
	case ".min":
		return has != nil && compareValues(has, asked) >= 0
	case ".max":
		return has != nil && compareValues(has, asked) <= 0
	}
	return has == asked
}

// compareValues compares values of JSON; days and times are texts that sort.
func compareValues(a, b any) int {
	if x, isNumber := a.(float64); isNumber {
		y, _ := b.(float64)
		return cmp.Compare(x, y)
	}
	return strings.Compare(sortable(a), sortable(b))
}

// sortable is a text that sorts as its value does: of times, "…:00Z" is before "…:00.5Z".
func sortable(v any) string { return strings.TrimSuffix(fmt.Sprint(v), "Z") }

func (f *filled) checkSearch(op *operation, p parameter, rows []map[string]any) {
	f.t.Helper()
	_, list, _ := strings.Cut(strings.TrimSuffix(p.Description, "."), "somewhere in ")
	columns := strings.Split(list, ", ")
	lower := func(s string) string {
		return strings.Map(func(c rune) rune {
			if c >= 'A' && c <= 'Z' {
				return c + 'a' - 'A'
			}
			return c
		}, s)
	}
	for _, q := range []string{"ana", "ANA", "%", "_", `\`, "0%", "a_b", `A\B`, "'", "漢", "zoë", "ZOË", "Ë", " 1", "nowhere", "@EXAMPLE"} {
		f.compare(op, url.Values{"q": {q}, "limit": {"200"}, "total": {"true"}}, rows, func(row map[string]any) bool {
			return slices.ContainsFunc(columns, func(c string) bool {
				text, given := row[c].(string)
				return given && strings.Contains(lower(text), lower(q))
			})
		})
	}
}

func (f *filled) compare(op *operation, query url.Values, rows []map[string]any, fits func(row map[string]any) bool) {
	f.t.Helper()
	want := []string{}
	for _, row := range rows {
		if fits(row) {
			want = append(want, ids([]map[string]any{row})...)
		}
	}
	got := f.expect(200, "GET", op.Path+"?"+query.Encode(), "")
	found := ids(items(got))
	slices.Sort(found)
	slices.Sort(want)
	if diff := gocmp.Diff(want, found); diff != "" || got.body["total"] != float64(len(want)) {
		f.t.Errorf("%s?%s: total %v of %d: (-by hand +found)\n%s", op.Path, query.Encode(), got.body["total"], len(want), diff)
	}
}

func TestThePagesOfEveryOrderAreTheRowsInThatOrder(t *testing.T) {
	t.Parallel()
	each(t, func(r *rig) {
		f := fill(r)
		for _, op := range f.lists() {
			rows := f.pages(op.Path, url.Values{"limit": {"200"}}, func() {})
			for _, p := range op.Parameters {
				if p.Name != "sort" {
					continue
				}
				orders, _ := p.Schema["enum"].([]any)
				for _, order := range orders {
					f.checkOrder(op, fmt.Sprint(order), rows)
				}
			}
		}
	})
}

func (f *filled) checkOrder(op *operation, order string, rows []map[string]any) {
	f.t.Helper()
	want := slices.Clone(rows)
	column, down := strings.CutPrefix(order, "-")
	slices.SortFunc(want, func(a, b map[string]any) int {
		x, y, tie := a[column], b[column], compareValues(a["id"], b["id"])
		switch {
		case x == nil && y == nil || x == y && column != "id":
			return tie
		case x == nil:
			return 1
		case y == nil:
			return -1
		case down:
			return compareValues(y, x)
		}
		return compareValues(x, y)
	})
	got := f.pages(op.Path, url.Values{"limit": {"7"}, "sort": {order}}, func() {})
	if diff := gocmp.Diff(ids(want), ids(got)); diff != "" {
		f.t.Errorf("%s by %s: (-want +got)\n%s", op.Path, order, diff)
	}
}

func TestPagesStayInOrderWhileRowsComeAndGo(t *testing.T) {
	t.Parallel()
	each(t, func(r *rig) {
		for _, order := range []string{"name", "-name", "id", "-startedAt", "startedAt"} {
			var kept []string
			for i := range 40 {
				day := `null`
				if i%3 > 0 {
					day = fmt.Sprintf(`"2026-01-%02d"`, 1+i%9)
				}
				made := r.expect(201, "POST", "/api/v1/projects", fmt.Sprintf(`{"name":"%s %d","startedAt":%s}`, "P", i*7%40, day))
				kept = append(kept, fmt.Sprint(made.body["id"]))
			}
			var doomed []string
			n := 0
			rows := r.pages("/api/v1/projects", url.Values{"limit": {"6"}, "sort": {order}}, func() {
				made := r.expect(201, "POST", "/api/v1/projects", fmt.Sprintf(`{"name":"P %d new"}`, n*13%40))
				if n++; n%2 == 0 {
					r.expect(204, "DELETE", "/api/v1/projects/"+doomed[0], "", "If-Match", "*")
					doomed = doomed[1:]
				}
				doomed = append(doomed, fmt.Sprint(made.body["id"]))
			})
			got := ids(rows)
			seen := map[string]int{}
			for _, id := range got {
				seen[id]++
			}
			for _, id := range kept {
				if seen[id] != 1 {
					r.t.Errorf("by %s, a row that was there all along came %d times", order, seen[id])
				}
			}
			for _, row := range r.pages("/api/v1/projects", url.Values{"limit": {"200"}}, func() {}) {
				r.expect(204, "DELETE", "/api/v1/projects/"+fmt.Sprint(row["id"]), "", "If-Match", "*")
			}
		}
	})
}

func TestACursorIsOfOneListInOneOrder(t *testing.T) {
	t.Parallel()
	each(t, func(r *rig) {
		for i := range 5 {
			r.expect(201, "POST", "/api/v1/roles", fmt.Sprintf(`{"name":"R%d"}`, i))
		}
		next := func(query string) string {
			return fmt.Sprint(r.expect(200, "GET", "/api/v1/roles?limit=2"+query, "").body["next"])
		}
		byName := next("&sort=name")
		r.expect(200, "GET", "/api/v1/roles?limit=2&sort=name&cursor="+byName, "")
		for _, query := range []string{
			"roles?sort=-name&cursor=" + byName, "roles?sort=id&cursor=" + byName, "roles?cursor=" + byName, "clients?sort=name&cursor=" + byName, "roles?sort=name&cursor=" + byName[1:],
			"roles?cursor=", "roles?cursor=AAAA", "roles?cursor=" + strings.Repeat("A", 3000), "people?sort=createdAt&cursor=" + base64.RawURLEncoding.EncodeToString([]byte(`{"l":"people","s":"createdAt","v":"x","i":"y"}`)),
			"people?sort=capacity&cursor=" + base64.RawURLEncoding.EncodeToString([]byte(`{"l":"people","s":"capacity","v":{"a":1},"i":"y"}`)),
		} {
			got := r.expect(422, "GET", "/api/v1/"+query, "")
			if !strings.Contains(got.text, "query.cursor") {
				r.t.Errorf("%s: %s", query, got.text)
			}
		}
	})
}

func TestAPageMayEndWithAnyTextThatARowHas(t *testing.T) {
	t.Parallel()
	each(t, func(r *rig) {
		// A file may hold longer texts than a request; and "null" is no missing one.
		texts := []string{"aaa", "null", strings.Repeat("z", 9000)}
		for i, text := range texts {
			role := store.Role{Name: fmt.Sprint("R", i), Description: &text}
			r.must(r.store.CreateRole(r.t.Context(), &role))
		}
		r.must(r.store.CreateRole(r.t.Context(), &store.Role{Name: "R3"}))
		var names []string
		for _, row := range r.pages("/api/v1/roles", url.Values{"limit": {"1"}, "sort": {"description"}}, func() {}) {
			names = append(names, fmt.Sprint(row["name"]))
		}
		if got := strings.Join(names, " "); got != "R0 R1 R2 R3" {
			r.t.Errorf("the pages have %s", got)
		}
	})
}

func TestALimitAnOrderOrAFilterThatIsNoneIsNamed(t *testing.T) {
	t.Parallel()
	each(t, func(r *rig) {
		for query, place := range map[string]string{
			"limit=0": "limit", "limit=201": "limit", "limit=x": "limit", "limit=": "limit", "sort=password": "sort", "sort=": "sort", "sort=--name": "sort", "total=yes": "total", "expand=everything": "expand",
			"expand=skills,": "expand", "capacity=many": "capacity", "capacity.min=null": "capacity.min", "active=1": "active", "createdAt.max=tomorrow": "createdAt.max", "name.min=a": "name.min", "password=x": "password",
			"q=%00": "q", "name=%00": "name", "name=%FF": "name", "q=" + strings.Repeat("x", 300): "q", "cursor.x=1": "cursor.x", "createdAt=0000-01-01T00:00:00Z": "createdAt",
			strings.Repeat("name=a&", 60): "name",
		} {
			got := r.expect(422, "GET", "/api/v1/people?"+query, "")
			if !strings.Contains(got.text, `"query.`+place+`"`) {
				r.t.Errorf("%s: %s", query, got.text)
			}
		}
		r.expect(422, "GET", "/api/v1/accounts?password=x", "")
		r.expect(422, "GET", "/api/v1/verifications?value=x", "")
	})
}

func TestExpansionsShowWhatHangsOnARow(t *testing.T) {
	t.Parallel()
	each(t, func(r *rig) {
		f := fill(r)
		for _, c := range []struct{ path, expand, of, column string }{
			{"people", "skills", "person-skills", "userId"},
			{"people", "certifications", "person-certifications", "userId"},
			{"people", "bookings", "bookings", "userId"},
			{"people", "timeOff", "time-off", "userId"},
			{"projects", "bookings", "bookings", "projectId"},
			{"projects", "clients", "client-projects", "projectId"},
		} {
			hanging := f.pages("/api/v1/"+c.of, url.Values{"limit": {"200"}}, func() {})
			for _, row := range f.pages("/api/v1/"+c.path, url.Values{"limit": {"20"}, "expand": {c.expand + "," + c.expand}}, func() {}) {
				var want []map[string]any
				for _, h := range hanging {
					if h[c.column] == row["id"] {
						want = append(want, h)
					}
				}
				alone := f.expect(200, "GET", "/api/v1/"+c.path+"/"+fmt.Sprint(row["id"])+"?expand="+c.expand, "")
				shown, _ := row[c.expand].([]any)
				if len(shown) != len(want) || gocmp.Diff(row, alone.body) != "" {
					f.t.Errorf("%s of %s: %d, not %d, %s", c.expand, row["id"], len(shown), len(want), gocmp.Diff(row, alone.body))
				}
			}
		}
	})
}
