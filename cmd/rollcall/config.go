package main

import (
	"fmt"
	"os"
	"strings"
	"time"

	"rollcall/store/civil"
	"rollcall/tools/period"
)

// Config is every setting. Each is an environment variable, and a flag of the same
// meaning that wins over it. A new setting is a field here and a row in the README.
type Config struct {
	DatabaseURL   string `name:"database" env:"DATABASE_URL" default:"sqlite://rollcall.db" help:"sqlite://FILE or postgres://…"`
	OpenAIKey     string `name:"openai-key" env:"OPENAI_API_KEY" hidden:"" help:"Key of the model's server."`
	OpenAIBaseURL string `name:"openai-base-url" env:"OPENAI_BASE_URL" help:"The model's server, with its version path."`
	OpenAIModel   string `name:"openai-model" env:"OPENAI_MODEL" help:"The model's name."`
	Timezone      string `env:"ROLLCALL_TIMEZONE" default:"Local" help:"The organisation's time zone, such as Europe/Berlin."`
	WeekStart     string `env:"ROLLCALL_WEEK_START" default:"monday" enum:"monday,sunday,saturday" help:"monday, sunday or saturday."`
	SprintStart   string `env:"ROLLCALL_SPRINT_START" default:"2026-01-05" help:"The first day of any sprint, YYYY-MM-DD."`
	SprintWeeks   int    `env:"ROLLCALL_SPRINT_WEEKS" default:"2" help:"How many weeks a sprint has."`
	FiscalYear    int    `name:"fiscal-year-start" env:"ROLLCALL_FISCAL_YEAR_START" default:"1" help:"The month in which the fiscal year starts, 1 to 12."`
	FreePercent   int    `env:"ROLLCALL_FREE_PERCENT" default:"50" help:"From which free percent on somebody counts as free."`
	Now           string `env:"ROLLCALL_NOW" help:"A fixed clock, RFC 3339, for demos and tests."`
}

// Validate checks what no type can; kong calls it. The error names the variable.
func (c *Config) Validate() error {
	if _, err := c.clock(); err != nil {
		return err
	}
	_, err := c.calendar()
	return err
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
	weekStart := map[string]time.Weekday{"sunday": time.Sunday, "monday": time.Monday, "saturday": time.Saturday}
	return period.Calendar{
		Location: zone, WeekStart: weekStart[strings.ToLower(c.WeekStart)],
		SprintStart: sprint, SprintWeeks: c.SprintWeeks, FiscalYearStart: time.Month(c.FiscalYear),
	}, nil
}

// hasModel reports whether a language model is configured.
func (c *Config) hasModel() bool { return c.OpenAIKey != "" || c.OpenAIBaseURL != "" }

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
