package tools_test

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"rollcall/store"
	"rollcall/store/chatlog"
	"rollcall/store/civil"
	"rollcall/store/migrations"
	"rollcall/store/sample"
	"rollcall/store/storetest"
	"rollcall/tools"
	"rollcall/tools/period"
)

var update = flag.Bool("update", false, "write the golden files anew")

func TestMain(m *testing.M) { storetest.Main(m) }

// company is the sample company on Wednesday 25 November 2026.
func company(t *testing.T, s *store.Store) *tools.Set {
	t.Helper()
	write, read := s.SQL()
	docs := chatlog.NewSQL(write, read, s.Dialect() == migrations.Postgres, storetest.Clock)
	if err := sample.Load(t.Context(), s, docs, civil.FromTime(storetest.Now)); err != nil {
		t.Fatal(err)
	}
	return tools.All(&tools.Company{
		Store: s, Details: docs, FreePercent: 50, Now: storetest.Clock,
		Calendar: period.Calendar{WeekStart: time.Monday, SprintStart: civil.Of(2026, 11, 16), SprintWeeks: 2},
	})
}

func asker(t *testing.T, s *store.Store, email string) tools.Asker {
	t.Helper()
	p, err := s.GetPersonByEmail(t.Context(), email)
	if err != nil {
		t.Fatal(err)
	}
	return tools.Asker{ID: p.ID, Name: p.Name, Access: p.Access}
}

const (
	manager = "grace.adeyemi@lumen.example"
	staff   = "sam.okafor@lumen.example"
)

// calls are looked up in the sample company; the golden file has the result as a model
// reads it and the view as a person does.
var calls = []struct{ tool, name, as, arguments string }{
	{"find_people", "go_next_month", manager, `{"skills":[{"name":"golang"}],"period":"next month","condition":"free"}`},
	{"find_people", "two_skills_any_location", manager, `{"skills":[{"name":"Go","min_level":4},{"name":"k8s"}],"match":"all","location":"berlin"}`},
	{"find_people", "nobody_and_near_misses", manager, `{"skills":[{"name":"Rust","min_level":5},{"name":"C++"}],"location":"Toronto","period":"next week","condition":"free"}`},
	{"find_people", "lower_level_would_do", manager, `{"skills":[{"name":"Rust","min_level":5}]}`},
	{"find_people", "bench", manager, `{"condition":"bench","period":"next sprint","limit":5}`},
	{"find_people", "rolling_off", manager, `{"condition":"rolling_off","period":"until the end of the year","limit":5}`},
	{"find_people", "overbooked", manager, `{"condition":"overbooked","period":"in December"}`},
	{"find_people", "a_client_s_people", manager, `{"client":"Northwind","role":"Backend Developer"}`},
	{"find_people", "certified_and_80_percent", manager, `{"certification":"CKA","min_free_percent":40,"period":"January"}`},
	{"find_people", "best", manager, `{"skills":[{"name":"Figma"}],"sort":"level","limit":3}`},
	{"find_people", "a_weekend", manager, `{"condition":"free","period":"this weekend"}`},
	{"get_person", "all", manager, `{"person":"priya"}`},
	{"get_person", "free_on_friday", staff, `{"person":"Jonas Weber","aspects":["availability"],"period":"on Friday"}`},
	{"get_person", "free_again", manager, `{"person":"Jonas","aspects":["availability"]}`},
	{"get_person", "a_year_by_month", manager, `{"person":"Mark Rossi","aspects":["availability"],"period":"2027"}`},
	{"get_person", "me", staff, `{"person":"me","aspects":["skills","time_off"],"period":"in December"}`},
	{"get_person", "time_off_of_another_as_staff", staff, `{"person":"Yuki Tanaka","aspects":["time_off"],"period":"in December"}`},
	{"get_person", "time_off_of_another_as_manager", manager, `{"person":"Yuki Tanaka","aspects":["time_off"],"period":"in December"}`},
	{"find_projects", "active_by_default", manager, `{"limit":3}`},
	{"find_projects", "ending", manager, `{"condition":"ending","period":"this quarter"}`},
	{"find_projects", "starting", manager, `{"condition":"starting"}`},
	{"find_projects", "understaffed", manager, `{"condition":"understaffed","period":"next month"}`},
	{"find_projects", "of_a_client", manager, `{"client":"Fabrikam"}`},
	{"find_projects", "with_a_skill", manager, `{"skill":"golang","condition":"active"}`},
	{"find_projects", "of_a_person", manager, `{"person":"Marcus Bell"}`},
	{"get_project", "all", manager, `{"project":"atlas"}`},
	{"get_project", "team", manager, `{"project":"Apollo Mobile","aspects":["team"]}`},
	{"get_project", "no_open_roles", manager, `{"project":"Beacon","aspects":["open_roles"]}`},
	{"find_certifications", "expiring_this_month", staff, `{"status":"expiring","period":"this month"}`},
	{"find_certifications", "none_expiring_and_the_next", manager, `{"certification":"PMP","status":"expiring","period":"next week"}`},
	{"find_certifications", "expired", manager, `{"status":"expired"}`},
	{"find_certifications", "held_by_issuer", manager, `{"issuer":"microsoft"}`},
	{"find_certifications", "missing", manager, `{"certification":"CKA","status":"missing","role":"DevOps Engineer"}`},
	{"find_certifications", "a_period_means_expiring", manager, `{"period":"next month"}`},
	{"suggest_staffing", "open_role", manager, `{"project":"Atlas","limit":5}`},
	{"suggest_staffing", "named_role", manager, `{"project":"Mosaic","role":"designer","limit":3}`},
	{"suggest_staffing", "replacement", manager, `{"project":"Apollo","replacing":"Jonas Weber","limit":3}`},
	{"suggest_staffing", "asked_skills", manager, `{"project":"Lantern","skills":[{"name":"Swift","min_level":3}],"percent":50,"period":"in January","limit":3}`},
	{"get_capacity", "utilization_by_default", manager, `{}`},
	{"get_capacity", "by_role", manager, `{"group_by":"role","period":"in December"}`},
	{"get_capacity", "by_month", manager, `{"group_by":"month","period":"next quarter","metric":"free_days"}`},
	{"get_capacity", "by_client", manager, `{"group_by":"client","period":"next month"}`},
	{"get_capacity", "bench_by_location", manager, `{"metric":"bench","group_by":"location","period":"next week"}`},
	{"get_capacity", "of_a_skill", manager, `{"skill":"Go","period":"next month"}`},
	{"list_time_off", "as_manager", manager, `{"period":"next week"}`},
	{"list_time_off", "as_staff", staff, `{"period":"next week"}`},
	{"list_time_off", "sick_as_manager", manager, `{"kind":"sick","period":"this week"}`},
	{"list_time_off", "of_a_person", manager, `{"person":"Ana"}`},
	{"list_time_off", "nobody", manager, `{"location":"Toronto","period":"tomorrow","role":"Backend Developer"}`},
	{"find_changes", "nothing_yet", manager, `{"person":"Ana","project":"Atlas"}`},
	{"count_skills", "one", manager, `{"skills":["Go"]}`},
	{"count_skills", "experts_in_berlin", manager, `{"skills":["Go","Kubernetes"],"min_level":4,"location":"Berlin"}`},
	{"count_skills", "rarest", manager, `{"limit":4}`},
	{"ask_user", "with_options", staff, `{"reason":"ambiguous","question":"Which Sam?","options":["Sam Okafor","Sam Tremblay"]}`},
	{"decline", "with_hint", staff, `{"reason":"not_understood","understood":"skill Go","hint":"who knows Go?"}`},
}

// shown is what a golden file holds.
type shown struct {
	Result json.RawMessage `json:"result"`
	View   tools.View      `json:"view"`
}

func TestEachToolFindsWhatIsWrittenDown(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		set := company(t, s)
		for _, c := range calls {
			o := set.Call(t.Context(), asker(t, s, c.as), c.tool, json.RawMessage(c.arguments))
			if o.Err != nil {
				t.Errorf("%s %s: %v", c.tool, c.arguments, o.Err)
				continue
			}
			checkGolden(t, filepath.Join("testdata", c.tool, c.name+".json"), shown{o.JSON, o.Result.View()})
		}
	})
}

func checkGolden(t *testing.T, name string, v any) {
	t.Helper()
	var got bytes.Buffer
	enc := json.NewEncoder(&got)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(v); err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.MkdirAll(filepath.Dir(name), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, got.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got.String()); diff != "" {
		t.Errorf("%s (-written +got):\n%s", name, diff)
	}
}

func TestArgumentsThatDoNotFitAreRefusedInWordsToActOn(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		set := company(t, s)
		for _, c := range []struct {
			as, tool, arguments string
			code                tools.Code
			field, message      string
		}{
			{manager, "find_people", `{"skills":[{"name":"Go","min_level":7}]}`, tools.Invalid, "skills[0]", "min_level must be 1 to 5, got 7"},
			{manager, "find_people", `{"skills":[{"name":"Goo"}]}`, tools.NotFound, "skills[0]", `no skill is called "Goo"`},
			{manager, "find_people", `{"skills":[{"name":"Fortran"}]}`, tools.NotFound, "skills[0]", `no skill is called "Fortran"`},
			{manager, "find_people", `{"period":"whenever"}`, tools.PeriodUnclear, "period", `"whenever" is not a time that I can read`},
			{manager, "find_people", `{"period":"from 18 to 1 December"}`, tools.PeriodUnclear, "period", "ends before it starts"},
			{manager, "find_people", `{"min_free_percent":900}`, tools.Invalid, "min_free_percent", "must be 1 to 100, got 900"},
			{manager, "find_people", `{"condition":"lazy"}`, tools.Invalid, "", "enum"},
			{manager, "find_people", `{"salary":1}`, tools.Invalid, "", "salary"},
			{manager, "find_people", `{"skills":"Go"}`, tools.Invalid, "", "type"},
			{manager, "find_people", `[]`, tools.Invalid, "", "type"},
			{manager, "find_people", `{"skills":`, tools.Invalid, "", "not valid JSON"},
			{manager, "get_person", `{"person":"Sam"}`, tools.Ambiguous, "person", `"Sam" may be 2 people: Sam Okafor (Designer, Lisbon); Sam Tremblay (Backend Developer, Toronto)`},
			{manager, "get_person", `{"person":" "}`, tools.Invalid, "person", "must not be empty"},
			{manager, "get_person", `{}`, tools.Invalid, "", "person"},
			{manager, "get_project", `{"project":"Zeus"}`, tools.NotFound, "project", `no project is called "Zeus"`},
			{manager, "find_certifications", `{"status":"missing"}`, tools.Invalid, "certification", "name the certification"},
			{manager, "find_certifications", `{"issuer":"Acme"}`, tools.NotFound, "issuer", `no issuer is called "acme"`},
			{manager, "suggest_staffing", `{"project":"Atlas","percent":101}`, tools.Invalid, "percent", "got 101"},
			{manager, "count_skills", `{"min_level":6}`, tools.Invalid, "min_level", "got 6"},
			{staff, "list_time_off", `{"kind":"sick"}`, tools.NotPermitted, "kind", "only managers"},
			{staff, "list_time_off", `{"kind":"sick","person":"Nina Petrova","period":"this year"}`, tools.NotPermitted, "kind", "only managers"},
			{manager, "fire_everybody", `{}`, tools.UnknownTool, "", "there are: find_people, get_person"},
		} {
			o := set.Call(t.Context(), asker(t, s, c.as), c.tool, json.RawMessage(c.arguments))
			if o.Err == nil || o.Err.Code != c.code || o.Err.Field != c.field || !strings.Contains(o.Err.Message, c.message) {
				t.Errorf("%s %s: got %+v, want %s in %q with %q", c.tool, c.arguments, o.Err, c.code, c.field, c.message)
			}
			if !json.Valid(o.JSON) || !strings.HasPrefix(string(o.JSON), `{"error":{"code":"`) {
				t.Errorf("%s %s: a model would read %s", c.tool, c.arguments, o.JSON)
			}
		}
	})
}

func TestStaffNeverSeeWhySomebodyElseIsAway(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		set := company(t, s)
		for _, c := range calls {
			if c.tool == "ask_user" || c.tool == "decline" {
				continue
			}
			text := string(set.Call(t.Context(), asker(t, s, "paula.schmitt@lumen.example"), c.tool, json.RawMessage(c.arguments)).JSON)
			for _, kind := range []string{`"sick"`, `"parental"`, `"kind":"other"`} {
				if strings.Contains(text, kind) {
					t.Errorf("%s %s shows %s", c.tool, c.arguments, kind)
				}
			}
			if strings.Contains(text, "lumen.example\"") || strings.Contains(text, "U0LF") {
				t.Errorf("%s %s shows an address or an id: %s", c.tool, c.arguments, text)
			}
		}
	})
}

func TestALookUpThatFailsNeverReadsAsAnEmptyOne(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		set := company(t, s)
		who := asker(t, s, manager)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		for _, c := range calls {
			if c.tool == "ask_user" || c.tool == "decline" {
				continue
			}
			o := set.Call(ctx, who, c.tool, json.RawMessage(c.arguments))
			if o.Err == nil || o.Err.Code != tools.Unavailable || o.Result != nil {
				t.Errorf("%s %s: got %+v", c.tool, c.arguments, o.Err)
			}
			if strings.Contains(string(o.JSON), "context") || strings.Contains(string(o.JSON), "sql") {
				t.Errorf("a model would read the driver's words: %s", o.JSON)
			}
		}
	})
}

func TestEveryToolHasATest(t *testing.T) {
	t.Parallel()
	for _, d := range tools.All(&tools.Company{}).Definitions() {
		if slices.ContainsFunc(wishes, func(w wish) bool { return w.tool == d.Name }) {
			continue
		}
		if files, err := filepath.Glob(filepath.Join("testdata", d.Name, "*.json")); err != nil || len(files) == 0 {
			t.Errorf("%s has no golden file", d.Name)
		}
	}
}

func TestDefinitionsAreStrictShortAndAlwaysTheSame(t *testing.T) {
	t.Parallel()
	definitions := tools.All(&tools.Company{}).Definitions()
	first, err := json.Marshal(definitions)
	if err != nil {
		t.Fatal(err)
	}
	again, err := json.Marshal(tools.All(&tools.Company{}).Definitions())
	if err != nil || !bytes.Equal(first, again) {
		t.Error("the definitions differ between two starts")
	}
	if len(first) > 15_000 { // about 3,500 tokens
		t.Errorf("the definitions have %d bytes", len(first))
	}
	for _, d := range definitions {
		var schema map[string]any
		text, err := json.Marshal(d.Schema)
		if err == nil {
			err = json.Unmarshal(text, &schema)
		}
		if err != nil {
			t.Fatal(err)
		}
		checkStrict(t, d.Name, schema)
	}
}

func checkStrict(t *testing.T, where string, schema map[string]any) {
	t.Helper()
	properties, isObject := schema["properties"].(map[string]any)
	if items, ok := schema["items"].(map[string]any); ok {
		checkStrict(t, where+"[]", items)
	}
	if !isObject {
		return
	}
	required, _ := schema["required"].([]any)
	if len(required) != len(properties) || schema["additionalProperties"] == nil {
		t.Errorf("%s is not strict: %v required of %d, additionalProperties %v", where, required, len(properties), schema["additionalProperties"])
	}
	for name, p := range properties {
		if p, ok := p.(map[string]any); ok {
			checkStrict(t, where+"."+name, p)
		}
	}
}
