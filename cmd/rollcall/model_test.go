package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"rollcall/store/chatlog"
	"rollcall/store/storetest"
)

// served runs "rollcall model" until the test ends and returns its base URL.
func served(t *testing.T) string {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	out, in := io.Pipe()
	var errOut bytes.Buffer
	done := make(chan int, 1)
	go func() {
		done <- run(ctx, []string{"model", "--listen=127.0.0.1:0", none(t), fixedNow, "--timezone=Europe/Berlin"}, streams{strings.NewReader(""), in, &errOut})
		_ = in.Close()
	}()
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("the model did not start: %v", err)
	}
	t.Cleanup(func() {
		cancel()
		if code := <-done; code != 0 {
			t.Errorf("the model ended with %d: %s", code, &errOut)
		}
	})
	url, _, _ := strings.Cut(strings.TrimPrefix(line, "OPENAI_BASE_URL="), " ")
	return url
}

func TestTheWholeBotRunsOverHTTPWithoutAKey(t *testing.T) {
	t.Parallel()
	url := served(t)
	for _, question := range []string{"who knows Go and is free next month?", "Wer ist nächste Woche frei?", "is Sam free next week?", "what does Priya earn?", "which certs expire this month?"} {
		_, want, _ := rollcall(t, "", "ask", question, none(t), fixedNow, "--timezone=Europe/Berlin")
		for _, wire := range []string{"chat", "responses"} {
			code, out, errOut := rollcall(t, "", "ask", question, none(t), fixedNow, "--timezone=Europe/Berlin", "--openai-base-url="+url, "--openai-model=offline", "--model-wire="+wire)
			first, _, _ := strings.Cut(want, "\n")
			if code != 0 || !strings.Contains(question, "Sam") && !strings.HasPrefix(out, first) || strings.Contains(out, "without it") {
				t.Errorf("%q on %s: %d\n%s\nwant\n%s\n%s", question, wire, code, out, want, errOut)
			}
		}
	}
	talk := "who knows Go?\nand in Berlin?\nexit\n"
	_, want, _ := rollcall(t, talk, "chat", none(t), fixedNow, "--timezone=Europe/Berlin")
	if _, got, _ := rollcall(t, talk, "chat", none(t), fixedNow, "--timezone=Europe/Berlin", "--openai-base-url="+url, "--openai-model=offline"); got != want {
		t.Errorf("a conversation over HTTP reads\n%s\nwant\n%s", got, want)
	}
}

// answering serves one fixed answer to every model call.
func answering(t *testing.T, status int, body string) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}))
	t.Cleanup(server.Close)
	return server.URL + "/v1"
}

const toolCall = `{"model":"m","choices":[{"message":{"tool_calls":[{"id":"c","function":{"name":"find_people","arguments":"{}"}}]}}],"usage":{"prompt_tokens":%d,"completion_tokens":9}}`

func TestDoctorSaysWhatADatabaseServerSaysOnOneLine(t *testing.T) {
	t.Parallel()
	code, out, errOut := rollcall(t, "", "doctor", "--database=postgres://u:hunter2@127.0.0.1:1/x?connect_timeout=1")
	if code != 1 || strings.Count(out, "\n") != 1 || !strings.Contains(out, "database=x`: 127.0.0.1:1 (127.0.0.1): ") || strings.Contains(out+errOut, "hunter2") {
		t.Errorf("status %d: %s%s", code, out, errOut)
	}
}

func TestDoctorSaysWhatAModelsServerLacks(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		url  string
		code int
		want string
	}{
		"all well":                       {answering(t, 200, fmt.Sprintf(toolCall, 2800)), 0, "it read all 2800 tokens"},
		"a context that is too small":    {answering(t, 200, fmt.Sprintf(toolCall, 500)), 1, "its context is too small"},
		"no usage":                       {answering(t, 200, fmt.Sprintf(toolCall, 0)), 0, "reports no usage"},
		"no tools":                       {answering(t, 200, `{"choices":[{"message":{"content":"Priya!"}}],"usage":{"prompt_tokens":2800}}`), 1, "it called no tool"},
		"a wrong key":                    {answering(t, 401, `{"error":{"message":"no"}}`), 1, "check OPENAI_API_KEY"},
		"a wrong address":                {answering(t, 404, `{"error":{"message":"model not found"}}`), 1, "check OPENAI_BASE_URL"},
		"nobody there":                   {"http://127.0.0.1:1/v1", 1, "no connection"},
		"an address that makes no sense": {"nonsense", 1, "OPENAI_BASE_URL is not an address"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			code, out, errOut := rollcall(t, "", "doctor", none(t), "--openai-base-url="+c.url, "--openai-model=m", "--openai-key=sk-secret")
			if code != c.code || !strings.Contains(out, c.want) || strings.Contains(out+errOut, "sk-secret") {
				t.Errorf("status %d\n%s%s", code, out, errOut)
			}
		})
	}
}

func TestDoctorReportsWhatSlackSays(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"ok":false,"error":"invalid_auth"}`)
	}))
	t.Cleanup(server.Close)
	code, out, errOut := rollcall(t, "", "doctor", none(t), "--slack-bot-token=xoxb-secret", "--slack-api-url="+server.URL+"/")
	if code != 1 || !strings.Contains(out, "FAIL  Slack bot token") || !strings.Contains(out, "invalid_auth") || strings.Contains(out+errOut, "-secret") {
		t.Errorf("status %d\n%s%s", code, out, errOut)
	}
}

func TestDocumentsOnTheirOwnServerAreImportedAndRecorded(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	if code, _, errOut := rollcall(t, "", "export", folder, none(t), fixedNow); code != 0 {
		t.Fatal(errOut)
	}
	for name, database := range map[string]string{"sqlite": storetest.SQLiteURL(t), "postgres": storetest.PostgresURL(t)} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			mongo := storetest.Mongo(t)
			with := []string{"--database=" + database, "--mongodb-uri=" + mongo, fixedNow}
			must := func(args ...string) string {
				t.Helper()
				code, out, errOut := rollcall(t, "", append(args, with...)...)
				if code != 0 {
					t.Fatalf("%v: %s%s", args, out, errOut)
				}
				return out
			}
			if out := must("import", folder, "--dry-run"); !strings.Contains(out, "dry run") {
				t.Error(out)
			}
			docs, err := chatlog.NewMongo(mongo, storetest.Clock)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = docs.Close(context.Background()) }()
			if all, findErr := docs.FindDetails(t.Context()); findErr != nil || len(all) != 0 {
				t.Errorf("a dry run wrote %d documents, %v", len(all), findErr)
			}
			must("import", folder)
			if out := must("import", folder); !strings.Contains(out, "0 new, 0 changed") {
				t.Error(out)
			}
			if out := must("ask", "tell me about Atlas"); !strings.Contains(out, "four warehouses") {
				t.Errorf("the details are not read:\n%s", out)
			}
			must("ask", "who knows Go?")
			eventually(t, "the records", func() bool {
				if out := must("doctor"); strings.Contains(out, "0 exchanges waiting") {
					return true
				}
				must("chat") // each command writes what it can in a short while
				return false
			})
			all, err := docs.Find(t.Context(), chatlog.Filter{})
			if err != nil || len(all) != 2 || all[0].Question != "who knows Go?" {
				t.Errorf("recorded %+v, %v", all, err)
			}
		})
	}
}

func TestAQuestionDuringAnOutageOfTheDocumentsIsAnsweredAndRecordedLater(t *testing.T) {
	t.Parallel()
	server := storetest.NewMongoServer(t)
	with := []string{"--database=" + storetest.SQLiteURL(t), "--mongodb-uri=" + server.Address + "/later", fixedNow}
	folder := t.TempDir()
	rollcall(t, "", "export", folder, none(t), fixedNow)
	if code, _, errOut := rollcall(t, "", append([]string{"import", folder}, with...)...); code != 0 {
		t.Fatal(errOut)
	}
	if err := server.Stop(); err != nil {
		t.Fatal(err)
	}
	code, out, errOut := rollcall(t, "", append([]string{"ask", "who knows Go?"}, with...)...)
	if code != 0 || !strings.Contains(out, "people with Go") {
		t.Errorf("during the outage: %d\n%s%s", code, out, errOut)
	}
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	docs, err := chatlog.NewMongo(server.Address+"/later", storetest.Clock)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = docs.Close(context.Background()) }()
	for range 60 { // the job is due again within seconds
		rollcall(t, "", append([]string{"ask", "who knows Rust?"}, with...)...)
		found, err := docs.Find(t.Context(), chatlog.Filter{Text: "knows go?"})
		if err != nil {
			t.Fatal(err)
		}
		if len(found) == 1 {
			return
		}
	}
	t.Error("the exchange never came")
}

func TestOldExchangesAreForgottenWhereTheyAreInTheDatabase(t *testing.T) {
	t.Parallel()
	database := "--database=" + storetest.SQLiteURL(t)
	folder := t.TempDir()
	rollcall(t, "", "export", folder, none(t), fixedNow)
	rollcall(t, "", "import", folder, database)
	for _, at := range []string{"2026-01-01", "2026-11-01", "2026-11-25"} {
		if code, _, errOut := rollcall(t, "", "ask", "who knows Go?", database, "--now="+at+"T10:00:00Z", "--keep-days=90"); code != 0 {
			t.Fatal(errOut)
		}
	}
	s := storetest.Open(t, strings.TrimPrefix(database, "--database="))
	write, read := s.SQL()
	left, err := chatlog.NewSQL(write, read, false, storetest.Clock).Find(t.Context(), chatlog.Filter{})
	if err != nil || len(left) != 2 {
		t.Errorf("%d are left, %v", len(left), err)
	}
}

func TestModelPricesMayComeFromAFile(t *testing.T) {
	t.Parallel()
	c := Config{ModelPrices: "/nowhere/prices.csv"}
	if _, err := c.prices(); err == nil || !strings.Contains(err.Error(), "MODEL_PRICES") {
		t.Errorf("got %v", err)
	}
	c.ModelPrices = root + "bot/llm/prices.csv"
	if _, err := c.prices(); err != nil {
		t.Error(err)
	}
	var asked struct{ Model string }
	_, out, _ := rollcall(t, "", "ask", "--json", "who knows Go?", none(t), "--openai-base-url=http://127.0.0.1:1/v1", "--openai-model=m")
	if err := json.Unmarshal([]byte(out), &asked); err != nil || asked.Model != "offline" {
		t.Errorf("%s %v", out, err)
	}
}
