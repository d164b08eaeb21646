package main

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"rollcall/bot/slackio/fakeslack"
	"rollcall/store/storetest"
)

func TestThePageForOperatorsTellsWhatEachMetricMeans(t *testing.T) {
	t.Parallel()
	page := readFile(t, "OPERATIONS.md")
	w := newWorkplace(t, storetest.SQLiteURL(t))
	w.env = append(w.env, "ROLLCALL_METRICS_TOKEN="+metricsToken)
	p := w.start()
	w.answers("C0GENERAL", w.slack.Say(sam, "C0GENERAL", "", fakeslack.Mention+goQuestion), 1)
	var there []string
	for _, m := range regexp.MustCompile(`(?m)^# TYPE (rollcall_\w+) `).FindAllStringSubmatch(w.scrape(p), -1) {
		there = append(there, m[1])
		if !strings.Contains(page, "`"+m[1]+"`") {
			t.Errorf("OPERATIONS.md does not say what %s means", m[1])
		}
	}
	never := []string{"rollcall_model_unpriced_calls_total", "rollcall_slack_waits_total", "rollcall_slack_wait_seconds_total", "rollcall_model_cost_microdollars_total"} // of this turn
	for _, m := range regexp.MustCompile("`(rollcall_[a-z_]+[a-z])`").FindAllStringSubmatch(page, -1) {
		if !slices.Contains(there, m[1]) && !slices.Contains(never, m[1]) {
			t.Errorf("OPERATIONS.md tells of %s, which is not there", m[1])
		}
	}
	p.stop(t)
}

func TestThePageForOperatorsNamesCommandsAndSettingsThatExist(t *testing.T) {
	t.Parallel()
	page := readFile(t, "OPERATIONS.md")
	for _, m := range regexp.MustCompile("`(?:rollcall|docker exec rollcall /rollcall) ([a-z]+)").FindAllStringSubmatch(page, -1) {
		if code, _, _ := rollcall(t, "", m[1], "--help"); code != 0 {
			t.Errorf("there is no command %s", m[1])
		}
	}
	others := []string{"OTEL_EXPORTER_OTLP_HEADERS", "NEW_DATABASE_URL"}
	for _, m := range regexp.MustCompile(`\b[A-Z]+_[A-Z_]+\b`).FindAllString(page, -1) {
		if !isSetting(m) && !slices.Contains(others, m) {
			t.Errorf("there is no setting %s", m)
		}
	}
}
