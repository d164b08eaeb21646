package main

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"rollcall/bot"
	"rollcall/bot/llm"
	"rollcall/prompts"
	"rollcall/store/civil"
	"rollcall/tools/period"
)

// defaultDatabase is where a company is kept when nobody says where.
const defaultDatabase = "sqlite://rollcall.db"

// Config is every setting. Each is an environment variable, and a flag of the same
// meaning that wins over it. A new setting is a field here and a row in the README.
type Config struct {
	DatabaseURL   string `name:"database" env:"DATABASE_URL" default:"sqlite://rollcall.db" help:"sqlite://FILE or postgres://…"`
	MongoURI      string `name:"mongodb-uri" env:"MONGODB_URI" hidden:"" help:"Where documents are kept; unset: in the database."`
	OpenAIKey     string `name:"openai-key" env:"OPENAI_API_KEY" hidden:"" help:"Key of the model's server."`
	OpenAIBaseURL string `name:"openai-base-url" env:"OPENAI_BASE_URL" help:"The model's server, with its version path."`
	OpenAIModel   string `name:"openai-model" env:"OPENAI_MODEL" help:"The model's name."`
	ModelWire     string `env:"MODEL_WIRE" default:"auto" help:"auto, chat or responses."`
	ModelPrices   string `env:"MODEL_PRICES" type:"path" help:"A file of prices in the form of bot/llm/prices.csv."`
	Organisation  string `env:"ROLLCALL_ORGANISATION" help:"What the company calls itself."`
	Timezone      string `env:"ROLLCALL_TIMEZONE" default:"Local" help:"The organisation's time zone, such as Europe/Berlin."`
	WeekStart     string `env:"ROLLCALL_WEEK_START" default:"monday" help:"monday, sunday or saturday."`
	SprintStart   string `env:"ROLLCALL_SPRINT_START" default:"2026-01-05" help:"The first day of any sprint, YYYY-MM-DD."`
	SprintWeeks   int    `env:"ROLLCALL_SPRINT_WEEKS" default:"2" help:"How many weeks a sprint has."`
	FiscalYear    int    `name:"fiscal-year-start" env:"ROLLCALL_FISCAL_YEAR_START" default:"1" help:"The month in which the fiscal year starts, 1 to 12."`
	FreePercent   int    `env:"ROLLCALL_FREE_PERCENT" default:"50" help:"From which free percent on somebody counts as free."`
	KeepDays      int    `env:"ROLLCALL_KEEP_DAYS" default:"0" help:"For how many days exchanges are kept; 0 is for ever."`
	Conversations string `env:"ROLLCALL_CONVERSATIONS" default:"full" help:"What admins see of conversations: full, anonymised or off."`
	Handshake     bool   `env:"ROLLCALL_HANDSHAKE" help:"Ask people in Slack before they are booked; until they accept, the booking is tentative."`
	Listen        string `name:"address" env:"ROLLCALL_LISTEN" default:"127.0.0.1:8080" help:"Where serve listens, host:port."`
	URL           string `env:"ROLLCALL_URL" help:"Where people's browsers reach serve, such as https://rollcall.example.com."`
	Secret        string `env:"ROLLCALL_SECRET" hidden:"" help:"Signs cookies; unset: one is made and kept in the database."`
	MetricsToken  string `env:"ROLLCALL_METRICS_TOKEN" hidden:"" help:"The bearer token that /metrics wants; unset: none."`
	OTLPEndpoint  string `name:"otlp-endpoint" env:"OTEL_EXPORTER_OTLP_ENDPOINT" help:"Where serve sends traces by OTLP over HTTP, such as http://127.0.0.1:4318; unset: nowhere."`
	OTLPService   string `name:"otlp-service" env:"OTEL_SERVICE_NAME" default:"rollcall" help:"The name of the process in traces."`
	Log           string `name:"log" env:"ROLLCALL_LOG" default:"text" help:"How log lines are written: text or json."`
	Now           string `env:"ROLLCALL_NOW" help:"A fixed clock, RFC 3339, for demos and tests."`

	TrustedProxies []string `env:"ROLLCALL_TRUSTED_PROXIES" help:"Addresses or networks of proxies whose X-Forwarded-For is believed."`

	Budget budgetConfig `embed:"" prefix:"budget-"`
	Slack  slackConfig  `embed:"" prefix:"slack-"`
}

// budgetConfig is the daily limits of what the language model may be asked; 0 is none.
type budgetConfig struct {
	PersonQuestions int `env:"ROLLCALL_BUDGET_PERSON_QUESTIONS" default:"200" help:"Questions a day that one person may put to the model; 0 is no limit."`
	PersonTokens    int `env:"ROLLCALL_BUDGET_PERSON_TOKENS" default:"1000000" help:"Tokens a day that one person may use."`
	Questions       int `env:"ROLLCALL_BUDGET_QUESTIONS" default:"5000" help:"Questions a day of everybody together."`
	Tokens          int `env:"ROLLCALL_BUDGET_TOKENS" default:"20000000" help:"Tokens a day of everybody together."`
}

// slackConfig is how to reach Slack.
type slackConfig struct {
	BotToken      string `env:"SLACK_BOT_TOKEN" hidden:"" help:"The bot's token, xoxb-…"`
	AppToken      string `env:"SLACK_APP_TOKEN" hidden:"" help:"The app's token for Socket Mode, xapp-…"`
	SigningSecret string `env:"SLACK_SIGNING_SECRET" hidden:"" help:"The secret that signs HTTP events."`
	APIURL        string `name:"api-url" env:"SLACK_API_URL" default:"https://slack.com/api/" help:"Slack's Web API."`

	ClientID     string   `env:"SLACK_CLIENT_ID" hidden:"" help:"The app's id for Sign in with Slack."`
	ClientSecret string   `env:"SLACK_CLIENT_SECRET" hidden:"" help:"The app's secret for Sign in with Slack."`
	LinkDomains  []string `env:"SLACK_LINK_DOMAINS" help:"Domains of e-mail addresses by which Slack users are known without signing in."`
}

// Validate checks what no type can; kong calls it. The error names the variable.
func (c *Config) Validate() error {
	if _, err := c.clock(); err != nil {
		return err
	}
	for name, value := range map[string]int{
		"ROLLCALL_BUDGET_PERSON_QUESTIONS": c.Budget.PersonQuestions, "ROLLCALL_BUDGET_PERSON_TOKENS": c.Budget.PersonTokens,
		"ROLLCALL_BUDGET_QUESTIONS": c.Budget.Questions, "ROLLCALL_BUDGET_TOKENS": c.Budget.Tokens, "ROLLCALL_KEEP_DAYS": c.KeepDays,
	} {
		if value < 0 {
			return fmt.Errorf("%s: %d is less than 0", name, value)
		}
	}
	for _, a := range []struct{ name, value, example string }{
		{"ROLLCALL_URL", c.URL, "https://rollcall.example.com"}, {"SLACK_API_URL", c.Slack.APIURL, "https://slack.com/api/"},
	} {
		if a.value != "" && !isWebAddress(a.value) {
			return fmt.Errorf("%s: %q is not an address such as %s", a.name, a.value, a.example)
		}
	}
	if _, err := c.trustedProxies(); err != nil {
		return err
	}
	if err := c.checkChoices(); err != nil {
		return err
	}
	_, err := c.calendar()
	return errors.Join(err, c.checkSecret())
}

func isWebAddress(text string) bool {
	u, err := url.Parse(text)
	return err == nil && u.Host != "" && (u.Scheme == "https" || u.Scheme == "http")
}

// checkChoices does the work of kong's enum, whose error names the flag even where the value
// comes from the environment.
func (c *Config) checkChoices() error {
	for _, s := range []struct {
		name, value string
		choices     []string
	}{
		{"MODEL_WIRE", c.ModelWire, []string{"auto", "chat", "responses"}},
		{"ROLLCALL_WEEK_START", c.WeekStart, []string{"monday", "sunday", "saturday"}},
		{"ROLLCALL_CONVERSATIONS", c.Conversations, []string{"full", "anonymised", "off"}},
		{"ROLLCALL_LOG", c.Log, []string{"text", "json"}},
	} {
		if !slices.Contains(s.choices, s.value) {
			return fmt.Errorf("%s: %q is not one of %s", s.name, s.value, strings.Join(s.choices, ", "))
		}
	}
	return nil
}

// logger writes what operators read. Every line of a turn holds its id.
func (c *Config) logger(out io.Writer) *slog.Logger {
	if c.Log == "json" {
		return slog.New(bot.LogTurns(slog.NewJSONHandler(out, nil)))
	}
	return slog.New(bot.LogTurns(slog.NewTextHandler(out, nil)))
}

// clock returns the system's clock, or the fixed one.
func (c *Config) clock() (func() time.Time, error) {
	if c.Now == "" {
		return time.Now, nil
	}
	at, err := time.Parse(time.RFC3339, c.Now)
	if err != nil {
		return nil, fmt.Errorf("ROLLCALL_NOW: %q is not a time such as 2026-11-25T10:00:00+01:00", c.Now)
	}
	return func() time.Time { return at }, nil
}

// calendar returns the organisation's calendar.
func (c *Config) calendar() (period.Calendar, error) {
	zone, err := time.LoadLocation(c.Timezone)
	if err != nil {
		return period.Calendar{}, fmt.Errorf("ROLLCALL_TIMEZONE: there is no time zone %q; name one such as Europe/Berlin", c.Timezone)
	}
	sprint, err := civil.Parse(c.SprintStart)
	if err != nil {
		return period.Calendar{}, fmt.Errorf("ROLLCALL_SPRINT_START: %w", err)
	}
	for _, limit := range []struct {
		name            string
		value, low, top int
	}{
		{"ROLLCALL_SPRINT_WEEKS", c.SprintWeeks, 1, 52},
		{"ROLLCALL_FISCAL_YEAR_START", c.FiscalYear, 1, 12},
		{"ROLLCALL_FREE_PERCENT", c.FreePercent, 1, 100},
	} {
		if limit.value < limit.low || limit.value > limit.top {
			return period.Calendar{}, fmt.Errorf("%s: %d is not from %d to %d", limit.name, limit.value, limit.low, limit.top)
		}
	}
	return period.Calendar{
		Location: zone, WeekStart: c.weekStart(),
		SprintStart: sprint, SprintWeeks: c.SprintWeeks, FiscalYearStart: time.Month(c.FiscalYear),
	}, nil
}

func (c *Config) weekStart() time.Weekday {
	return map[string]time.Weekday{"sunday": time.Sunday, "monday": time.Monday, "saturday": time.Saturday}[c.WeekStart]
}

// instructions are what every conversation with a model begins with.
func (c *Config) instructions() prompts.Instructions {
	return prompts.Instructions{Organisation: c.Organisation, Glossary: prompts.Glossary{
		FreePercent: c.FreePercent, WeekStart: c.weekStart(), SprintWeeks: c.SprintWeeks, FiscalYearStart: time.Month(c.FiscalYear),
	}}
}

// budget is the daily limits.
func (b budgetConfig) budget() bot.Budget {
	return bot.Budget{PersonQuestions: b.PersonQuestions, PersonTokens: b.PersonTokens, Questions: b.Questions, Tokens: b.Tokens}
}

// prices are the listed ones, or those of the file that is named.
func (c *Config) prices() (prices llm.Prices, err error) {
	if c.ModelPrices == "" {
		return llm.ListedPrices()
	}
	f, err := os.Open(c.ModelPrices)
	if err != nil {
		return llm.Prices{}, fmt.Errorf("MODEL_PRICES: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if prices, err = llm.ReadPrices(f); err != nil {
		return llm.Prices{}, fmt.Errorf("MODEL_PRICES %s: %w", c.ModelPrices, err)
	}
	return prices, nil
}

// hasModel reports whether a language model is configured.
func (c *Config) hasModel() bool { return c.OpenAIKey != "" || c.OpenAIBaseURL != "" }

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
