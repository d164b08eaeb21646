package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"rollcall/store/storetest"
)

// TestMain takes the settings of whoever runs the tests out of the environment, so that no
// test asks their model or writes to their documents.
func TestMain(m *testing.M) {
	eachSetting(reflect.TypeFor[Config](), func(f reflect.StructField) {
		if err := os.Unsetenv(f.Tag.Get("env")); err != nil {
			panic(err)
		}
	})
	storetest.Main(m)
}

func eachSetting(fields reflect.Type, do func(f reflect.StructField)) {
	for i := range fields.NumField() {
		if f := fields.Field(i); f.Type.Kind() == reflect.Struct {
			eachSetting(f.Type, do)
		} else {
			do(f)
		}
	}
}

const fixedNow = "--now=2026-11-25T10:00:00+01:00"

// rollcall runs the program as a person would and returns what it says.
func rollcall(t *testing.T, in string, args ...string) (code int, out, errOut string) {
	t.Helper()
	var o, e bytes.Buffer
	code = run(t.Context(), args, streams{strings.NewReader(in), &o, &e})
	return code, o.String(), e.String()
}

// none names a database file that does not exist.
func none(t *testing.T) string {
	t.Helper()
	return "--database=sqlite://" + filepath.Join(t.TempDir(), "none.db")
}

func TestAskAnswersFromTheSampleCompanyWhereThereIsNoDatabase(t *testing.T) {
	t.Parallel()
	database := none(t)
	code, out, errOut := rollcall(t, "", "ask", "who knows Go and is free next month?", database, fixedNow, "--timezone=Europe/Berlin")
	for _, want := range []string{"4 people with Go: at least 50 % free.", "1–31 Dec 2026, 23 working days", "Ana Ferreira", "70 %", "14 Dec", "Go level 4, updated 20 months ago", "Atlas 60 % until"} {
		if !strings.Contains(out, want) {
			t.Errorf("the answer lacks %q:\n%s", want, out)
		}
	}
	if code != 0 || !strings.Contains(errOut, "sample company") || !strings.Contains(errOut, "rollcall import DIR") {
		t.Errorf("status %d, said %q", code, errOut)
	}
	if _, err := os.Stat(strings.TrimPrefix(database, "--database=sqlite://")); err == nil {
		t.Error("a question made a database")
	}
}

func TestAskPrintsOneJSONObject(t *testing.T) {
	t.Parallel()
	code, out, _ := rollcall(t, "", "ask", "--json", "which certs expire this month?", none(t), fixedNow)
	var got struct {
		Turn, Kind, Text, Model string
		Period                  map[string]any
		Data                    map[string]any
		Tools                   []struct{ Name string }
		Ms                      float64
	}
	if err := json.Unmarshal([]byte(out), &got); err != nil || strings.Count(out, "\n") != 1 {
		t.Fatalf("%v: %s", err, out)
	}
	if code != 0 || got.Kind != "answer" || got.Text != "5 certificates expiring." || got.Model != "offline" || got.Period["to"] != "2026-11-30" ||
		got.Data["total"] != 5.0 || len(got.Tools) != 1 || got.Tools[0].Name != "find_certifications" || got.Turn == "" || got.Ms <= 0 {
		t.Errorf("status %d, got %+v", code, got)
	}
}

func TestEveryKindOfEndingButAFailureIsSuccess(t *testing.T) {
	t.Parallel()
	for text, kind := range map[string]string{"is Sam free?": "ask", "what is Priya's salary?": "decline", "who knows Rust": "answer"} {
		code, out, _ := rollcall(t, "", "ask", "--json", text, none(t), fixedNow)
		if code != 0 || !strings.Contains(out, `"kind":"`+kind+`"`) {
			t.Errorf("%s: status %d, %s", text, code, out)
		}
	}
}

func TestChatHoldsAConversation(t *testing.T) {
	t.Parallel()
	in := "who knows React\nand in Berlin?\n\nis Sam free next week?\n1\n" + strings.Repeat("x", 5000) + "\nexit\nwho knows Go\n"
	code, out, errOut := rollcall(t, in, "chat", none(t), fixedNow)
	for _, want := range []string{"people with React, location Berlin", "Sam Okafor (Designer, Lisbon): ", "1. Sam Okafor", "2. Sam Tremblay"} {
		if !strings.Contains(out, want) {
			t.Errorf("the conversation lacks %q:\n%s", want, out)
		}
	}
	if code != 0 || !strings.Contains(errOut, "at most 4000 can be read") || strings.Contains(out, "people with Go") {
		t.Errorf("status %d, said %s", code, errOut)
	}
}

func TestAChatThatIsGivenNoLinesEndsWithASentence(t *testing.T) {
	t.Parallel()
	code, out, errOut := rollcall(t, strings.Repeat("x", longestLine+1), "chat", none(t), fixedNow)
	if code != 1 || out != "" || !strings.Contains(errOut, "rollcall: a line has more than 1048576 bytes; at most 4000 characters") {
		t.Errorf("status %d, said %q%q", code, out, errOut)
	}
}

func TestACommandThatWaitsForATerminalCanBeInterrupted(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		args []string
		code int
	}{{[]string{"chat"}, 0}, {[]string{"admin", "create", "ada@example.com"}, 1}} {
		ctx, interrupt := context.WithCancel(t.Context())
		in, typing := io.Pipe()
		if code := run(ctx, append(c.args, none(t)), streams{&interruptedReader{Reader: in, then: interrupt}, io.Discard, io.Discard}); code != c.code {
			t.Errorf("%v: status %d", c.args, code)
		}
		_ = typing.Close()
	}
}

// interruptedReader calls then whenever somebody begins to read.
type interruptedReader struct {
	io.Reader
	then func()
}

func (r *interruptedReader) Read(p []byte) (int, error) {
	r.then()
	return r.Reader.Read(p)
}

func TestAFolderBecomesTheCompanyAndComesBack(t *testing.T) {
	t.Parallel()
	for name, url := range map[string]string{"sqlite": storetest.SQLiteURL(t), "postgres": storetest.PostgresURL(t)} {
		dir, again := t.TempDir(), t.TempDir()
		database := "--database=" + url
		steps := [][]string{{"export", dir, none(t), fixedNow}, {"migrate", "up", database}, {"import", dir, database, fixedNow}, {"import", dir, database, fixedNow}, {"export", again, database}, {"migrate", "status", database}}
		var last string
		for _, args := range steps {
			code, out, errOut := rollcall(t, "", args...)
			if code != 0 {
				t.Fatalf("%s: %v: status %d: %s", name, args, code, errOut)
			}
			if args[0] == "import" {
				last = out
			}
		}
		if !strings.Contains(last, "0 new, 0 changed, 60 as before") {
			t.Errorf("%s: the second import says\n%s", name, last)
		}
		files, err := filepath.Glob(filepath.Join(dir, "*.csv"))
		if err != nil || len(files) != 11 {
			t.Fatalf("%d files, %v", len(files), err)
		}
		for _, f := range files {
			before, errBefore := os.ReadFile(f)
			after, errAfter := os.ReadFile(filepath.Join(again, filepath.Base(f)))
			if errBefore != nil || errAfter != nil || !bytes.Equal(before, after) {
				t.Errorf("%s: %s came back otherwise (%v, %v)", name, filepath.Base(f), errBefore, errAfter)
			}
		}
		code, out, errOut := rollcall(t, "", "ask", "--as", "priya.natarajan@lumen.example", "when am I free?", database, fixedNow)
		if code != 0 || !strings.Contains(out, "Priya Natarajan") || strings.Contains(errOut, "sample") {
			t.Errorf("%s: status %d, %s%s", name, code, out, errOut)
		}
	}
}

func TestBadInputIsOneClearSentenceAndNotSuccess(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "roles.csv"), []byte("name\nA\nA\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	junk := filepath.Join(t.TempDir(), "junk.db")
	if err := os.WriteFile(junk, bytes.Repeat([]byte("no database "), 500), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		args []string
		want string
	}{
		"an unknown person":       {[]string{"ask", "--as", "nobody@example.com", "who knows Go", none(t)}, `nobody here has the e-mail address "nobody@example.com"`},
		"an empty question":       {[]string{"ask", "", none(t)}, "the question is empty"},
		"a question of 50 KB":     {[]string{"ask", strings.Repeat("go ", 17_000), none(t)}, "at most 4000 can be read"},
		"no question":             {[]string{"ask"}, "expected"},
		"a malformed database":    {[]string{"ask", "x", "--database=oracle://x"}, "DATABASE_URL must be sqlite://FILE or postgres://"},
		"an unreadable database":  {[]string{"ask", "who knows Go", "--database=sqlite://" + junk}, "file is not a database"},
		"an absent server":        {[]string{"ask", "who knows Go", "--database=postgres://u:hunter2@127.0.0.1:1/x?connect_timeout=1"}, "open the database"},
		"a bad clock":             {[]string{"ask", "x", "--now=yesterday"}, "ROLLCALL_NOW"},
		"a bad zone":              {[]string{"ask", "x", "--timezone=Mars"}, "ROLLCALL_TIMEZONE"},
		"a bad sprint":            {[]string{"ask", "x", "--sprint-weeks=0"}, "ROLLCALL_SPRINT_WEEKS"},
		"a bad month":             {[]string{"ask", "x", "--fiscal-year-start=13"}, "ROLLCALL_FISCAL_YEAR_START"},
		"a bad minimum":           {[]string{"ask", "x", "--free-percent=101"}, "ROLLCALL_FREE_PERCENT"},
		"a bad week":              {[]string{"ask", "x", "--week-start=Monday"}, `ROLLCALL_WEEK_START: "Monday" is not one of monday, sunday, saturday`},
		"a bad wire":              {[]string{"ask", "x", "--model-wire=soap"}, `MODEL_WIRE: "soap" is not one of auto, chat, responses`},
		"a bad mode":              {[]string{"ask", "x", "--conversations=no"}, `ROLLCALL_CONVERSATIONS: "no" is not one of full, anonymised, off`},
		"bad log lines":           {[]string{"ask", "x", "--log=xml"}, `ROLLCALL_LOG: "xml" is not one of text, json`},
		"no address of Slack":     {[]string{"doctor", "--slack-api-url=slack.com/api/"}, `SLACK_API_URL: "slack.com/api/" is not an address such as https://slack.com/api/`},
		"a folder with problems":  {[]string{"import", dir, none(t)}, `roles.csv line 3, name "A": says the same as line 2`},
		"a folder that is empty":  {[]string{"import", t.TempDir(), none(t)}, "none of the files"},
		"a folder that is absent": {[]string{"import", filepath.Join(dir, "none"), none(t)}, "none"},
		"a database not made yet": {[]string{"migrate", "status", none(t)}, "there is no database"},
		"a model without a name":  {[]string{"ask", "x", none(t), "--openai-base-url=http://127.0.0.1:1/v1"}, "OPENAI_MODEL is not set"},
	} {
		code, out, errOut := rollcall(t, "", c.args...)
		if code == 0 || !strings.Contains(errOut, c.want) || strings.Contains(errOut, "hunter2") {
			t.Errorf("%s: status %d, said %q%q, want %q", name, code, out, errOut, c.want)
		}
	}
}

func TestAnImportThatFailsLeavesNoDatabaseBehind(t *testing.T) {
	t.Parallel()
	dir, file := t.TempDir(), filepath.Join(t.TempDir(), "new.db")
	for text, args := range map[string][]string{"name\nA\nA\n": {"import"}, "name\nA\n": {"import", "--dry-run"}} {
		if err := os.WriteFile(filepath.Join(dir, "roles.csv"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		rollcall(t, "", append(args, dir, "--database=sqlite://"+file)...)
		if left, err := filepath.Glob(file + "*"); err != nil || len(left) != 0 {
			t.Errorf("%v left %v behind, %v", args, left, err)
		}
	}
}

func TestACommandThatNeedsADatabaseMakesNone(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{
		{"grant", "a@example.com", "admin"},
		{"forget", "a@example.com"},
		{"audit"},
		{"confirm", "abc"},
		{"cancel", "abc"},
		{"undo", "abc"},
		{"eval", "case", "abc"},
	} {
		file := filepath.Join(t.TempDir(), "none.db")
		code, out, errOut := rollcall(t, "", append(args, "--database=sqlite://"+file)...)
		if left, err := filepath.Glob(file + "*"); code != 1 || out != "" || err != nil || len(left) != 0 || !strings.Contains(errOut, "there is no database "+file) {
			t.Errorf("%v: status %d, said %q%q, left %v behind, %v", args, code, out, errOut, left, err)
		}
	}
}

func TestAConfiguredModelIsAskedOverHTTP(t *testing.T) {
	t.Parallel()
	n := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if n++; err != nil || !strings.Contains(string(body), `"find_people"`) {
			t.Errorf("request %d: %v %s", n, err, body)
		}
		if n == 1 {
			fmt.Fprint(w, `{"model":"tiny","choices":[{"message":{"tool_calls":[{"id":"1","function":{"name":"find_people","arguments":"{\"skills\":[{\"name\":\"Go\",\"min_level\":null}],\"match\":null,\"certification\":null,\"role\":null,\"location\":null,\"project\":null,\"client\":null,\"period\":\"next month\",\"min_free_percent\":null,\"condition\":\"free\",\"sort\":null,\"limit\":null}"}}]}}]}`)
			return
		}
		fmt.Fprint(w, `{"model":"tiny","choices":[{"message":{"content":"Here you are, all 99 of them."}}]}`)
	}))
	t.Cleanup(server.Close)
	code, out, errOut := rollcall(t, "", "ask", "--json", "who knows Go and is free next month?", none(t), fixedNow, "--openai-base-url="+server.URL+"/v1", "--openai-model=tiny")
	if code != 0 || !strings.Contains(out, `"text":"4 people with Go: at least 50 % free."`) || !strings.Contains(out, `"model":"tiny"`) || strings.Contains(out, "99 of them") {
		t.Errorf("status %d: %s%s", code, out, errOut)
	}
}

func TestAModelThatIsDownLeavesTheOfflineInterpreterWhichSaysSo(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusServiceUnavailable)
		fmt.Fprint(w, `{"error":{"message":"secret words of the provider"}}`)
	}))
	t.Cleanup(server.Close)
	code, out, errOut := rollcall(t, "", "ask", "who knows Go?", none(t), "--openai-base-url="+server.URL+"/v1", "--openai-model=tiny", "--openai-key=sk-123")
	if code != 0 || !strings.HasPrefix(out, "The language model is not available just now; this was answered without it.\n9 people with Go.") || !strings.Contains(errOut, "503") || strings.Contains(out+errOut, "secret words") || strings.Contains(out+errOut, "sk-123") {
		t.Errorf("status %d: %s%s", code, out, errOut)
	}
}

func TestEvalReportsResumesComparesAndMakesCases(t *testing.T) {
	t.Parallel()
	results := filepath.Join(t.TempDir(), "run.jsonl")
	code, out, errOut := rollcall(t, "", "eval", "--set=heldout", "--out="+results, "-v")
	if code != 0 || !strings.Contains(out, "Category") || !strings.Contains(out, "languages") || !strings.Contains(out, " all ") {
		t.Fatalf("status %d: %s%s", code, out, errOut)
	}
	code, out, _ = rollcall(t, "", "eval", "run", "--set=heldout", "--out="+results, "--json")
	var report struct {
		Model string
		All   struct{ Cases, Right, Wrong int }
	}
	if err := json.Unmarshal([]byte(out), &report); err != nil || code != 0 || report.All.Cases != 47 || report.Model != "offline" {
		t.Errorf("status %d, %v: %s", code, err, out)
	}
	if code, out, _ = rollcall(t, "", "eval", "compare", results, results); code != 0 || !strings.Contains(out, "0 changed, 0 only in the first run") {
		t.Errorf("status %d: %s", code, out)
	}
	if code, _, errOut = rollcall(t, "", "eval", "--category=magic"); code != 1 || !strings.Contains(errOut, `"magic" is not one of`) {
		t.Errorf("status %d: %s", code, errOut)
	}

	database, mine := "--database="+storetest.SQLiteURL(t), filepath.Join(t.TempDir(), "mine.jsonl")
	folder := t.TempDir()
	rollcall(t, "", "export", folder, none(t), fixedNow)
	rollcall(t, "", "import", folder, database, fixedNow)
	var asked struct{ Turn string }
	_, out, _ = rollcall(t, "", "ask", "--json", "who knows Rust?", database, fixedNow)
	if err := json.Unmarshal([]byte(out), &asked); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"--id=right"}, {"--id=corrected", "--tool=find_people", `--args={"skills":[{"name":"Rust"}],"limit":3}`}} {
		args = append([]string{"eval", "case", asked.Turn, database, "--category=skills", "--to=" + mine}, args...)
		if code, out, errOut = rollcall(t, "", args...); code != 0 {
			t.Fatalf("%s%s", out, errOut)
		}
	}
	if code, out, errOut = rollcall(t, "", "eval", "--file="+mine, "--json"); code != 0 || !strings.Contains(out, `"cases": 2`) {
		t.Errorf("status %d: %s%s", code, out, errOut)
	}
	if code, _, errOut = rollcall(t, "", "eval", "case", "nobody", database); code != 1 || !strings.Contains(errOut, "no such document") {
		t.Errorf("status %d: %s", code, errOut)
	}
}

func TestTextOfTheDatabaseCannotSteerATerminal(t *testing.T) {
	t.Parallel()
	if got := printable("Ana\x1b[2J\u009b31m\x07 Ünal"); got != "Ana[2J31m Ünal" {
		t.Errorf("got %q", got)
	}
}

func BenchmarkAskInProcess(b *testing.B) {
	for b.Loop() {
		var out bytes.Buffer
		args := []string{"ask", "who knows Go and is free next month?", "--database=sqlite://" + filepath.Join(b.TempDir(), "none.db"), fixedNow}
		if code := run(b.Context(), args, streams{strings.NewReader(""), &out, io.Discard}); code != 0 {
			b.Fatal(out.String())
		}
	}
}
