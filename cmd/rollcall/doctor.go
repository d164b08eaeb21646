package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"rollcall/bot"
	"rollcall/bot/llm"
	"rollcall/bot/slackio"
	"rollcall/store"
	"rollcall/store/chatlog"
	"rollcall/tools"
)

type doctorCmd struct{}

// doctorTimeout is how long one part may take to answer.
const doctorTimeout = 30 * time.Second

// finding is one thing that was checked.
type finding struct {
	what string
	ok   bool
	text string
}

// Run checks every part that is configured, changes nothing but the schema's version, and
// ends with status 1 when something does not work.
func (doctorCmd) Run(ctx context.Context, cfg *Config, s streams) error {
	ctx, cancel := context.WithTimeout(ctx, 4*doctorTimeout)
	defer cancel()
	failed := false
	show := func(all ...finding) {
		for _, f := range all {
			mark := "ok  "
			if !f.ok {
				mark, failed = "FAIL", true
			}
			fmt.Fprintf(s.out, "%s  %-20s %s\n", mark, f.what, printable(strings.Join(strings.Fields(f.text), " ")))
		}
	}
	a, err := cfg.open(ctx, s.err, true)
	if err != nil {
		show(finding{"Database", false, err.Error()})
		return errSilent
	}
	show(a.checkDatabase(ctx, cfg), a.checkDocuments(ctx, cfg))
	for _, f := range slackio.Check(ctx, slackio.Config{
		BotToken: cfg.Slack.BotToken, AppToken: cfg.Slack.AppToken, SigningSecret: cfg.Slack.SigningSecret, APIURL: cfg.Slack.APIURL,
	}) {
		show(finding{f.What, f.OK, f.Text})
	}
	if cfg.Slack.BotToken == "" && cfg.Slack.AppToken == "" && cfg.Slack.SigningSecret == "" {
		show(finding{"Slack", true, "not configured"})
	}
	show(a.checkModel(ctx)...)
	if err := a.close(ctx); err != nil {
		return err
	}
	if failed {
		return errSilent
	}
	return nil
}

func (a *app) checkDatabase(ctx context.Context, cfg *Config) finding {
	if a.isSample {
		return finding{"Database", true, "none yet: the sample company, in memory"}
	}
	n, err := a.store.CountPeople(ctx)
	if err != nil {
		return finding{"Database", false, err.Error()}
	}
	st, err := store.GetMigrationStatus(ctx, cfg.DatabaseURL)
	if err != nil {
		return finding{"Database", false, err.Error()}
	}
	return finding{"Database", true, fmt.Sprintf("%s, schema version %d, %d people", address(cfg.DatabaseURL), st.Current, n)}
}

// address is where a database is, without user and password.
func address(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return "the database"
	}
	return (&url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path}).Redacted()
}

func (a *app) checkDocuments(ctx context.Context, cfg *Config) finding {
	if cfg.MongoURI == "" {
		return finding{"Documents", true, "in the same database"}
	}
	server := a.mongo
	if server == nil { // the sample company has its documents beside it
		var err error
		if server, err = chatlog.NewMongo(cfg.MongoURI, a.now); err != nil {
			return finding{"Documents", false, err.Error()}
		}
		defer func() { _ = server.Close(context.WithoutCancel(ctx)) }()
	}
	if err := server.Ping(ctx); err != nil {
		return finding{"Documents", false, "MONGODB_URI: the server does not answer; exchanges wait in the database until it does"}
	}
	waiting := 0
	if a.queue != nil {
		var err error
		if waiting, err = a.queue.Pending(ctx); err != nil {
			return finding{"Documents", false, err.Error()}
		}
	}
	return finding{"Documents", true, fmt.Sprintf("on %s, %d exchanges waiting to be written", address(cfg.MongoURI), waiting)}
}

// checkModel makes one real call with the real tools, and reads from it what servers
// differ in.
func (a *app) checkModel(ctx context.Context) []finding {
	if !a.config.hasModel() {
		return []finding{{"Model", true, "none configured: the offline interpreter answers"}}
	}
	m, err := a.model()
	if err != nil {
		return []finding{{"Model", false, err.Error()}}
	}
	instructions, err := a.config.instructions().Text()
	if err != nil {
		return []finding{{"Model", false, err.Error()}}
	}
	request := bot.Request{
		Instructions: instructions, Today: "Today is " + a.now().Format("Monday 2 January 2006") + ".",
		Tools: tools.All(a.company()).Definitions(), Messages: []bot.Message{{Role: bot.User, Text: "Who knows Go?"}},
	}
	ctx, cancel := context.WithTimeout(ctx, doctorTimeout)
	defer cancel()
	start := time.Now()
	response, err := m.Complete(ctx, request)
	if err != nil {
		return []finding{{"Model", false, advice(err)}}
	}
	took := time.Since(start).Round(time.Millisecond)
	return []finding{
		{"Model", true, fmt.Sprintf("%s answered in %s on the wire %s", response.Model, took, m.Wire())},
		toolFinding(response),
		usageFinding(response.Usage, sizeOf(request)),
	}
}

func advice(err error) string {
	var failed *llm.Error
	if errors.As(err, &failed) {
		switch failed.Status {
		case 401, 403:
			return err.Error() + ": check OPENAI_API_KEY"
		case 404:
			return err.Error() + ": check OPENAI_BASE_URL (with its version path) and OPENAI_MODEL"
		}
	}
	return err.Error()
}

func toolFinding(r bot.Response) finding {
	if len(r.Calls) == 0 {
		return finding{"Model, tools", false, "it called no tool. vLLM wants --enable-auto-tool-choice and --tool-call-parser, llama.cpp --jinja; Ollama a model with tools"}
	}
	if !json.Valid(r.Calls[0].Arguments) {
		return finding{"Model, tools", false, fmt.Sprintf("it called %s with arguments that are not JSON", r.Calls[0].Name)}
	}
	return finding{"Model, tools", true, "it called " + r.Calls[0].Name}
}

// bytesPerToken is a cautious estimate for our prompts: o200k_base needs 4.3.
const bytesPerToken = 5

// usageFinding compares the tokens that the server says it read with the size of what was
// sent: a server with too small a context cuts the beginning off without a word.
func usageFinding(u bot.Usage, size int) finding {
	least := size / bytesPerToken / 2
	switch {
	case u.In == 0:
		return finding{"Model, context", true, "the server reports no usage: tokens and costs will be unknown, and a context that is too small goes unnoticed"}
	case u.In < least:
		return finding{"Model, context", false, fmt.Sprintf("it read %d tokens of at least %d: its context is too small and it lost the beginning (Ollama: set num_ctx to 16384 in a Modelfile)", u.In, least)}
	}
	known := []string{fmt.Sprintf("it read all %d tokens", u.In)}
	if u.CachedIn > 0 {
		known = append(known, fmt.Sprintf("%d from its cache", u.CachedIn))
	}
	return finding{"Model, context", true, strings.Join(known, ", ")}
}

func sizeOf(r bot.Request) int {
	size := len(r.Instructions)
	for _, t := range r.Tools {
		schema, err := json.Marshal(t.Schema)
		if err == nil {
			size += len(t.Description) + len(schema)
		}
	}
	return size
}
