package main

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"rollcall/store/storetest"
)

// probe asks a process without Slack whether it is ready.
func probe(t *testing.T, a *app) (status int, got readiness, text string) {
	t.Helper()
	w := httptest.NewRecorder()
	a.ready(nil)(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/readyz", http.NoBody))
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	return w.Code, got, w.Body.String()
}

func testApp(t *testing.T, mongo string) *app {
	t.Helper()
	cfg := &Config{
		DatabaseURL: storetest.SQLiteURL(t), MongoURI: mongo, Timezone: "Europe/Berlin", WeekStart: "monday", SprintStart: "2026-01-05", SprintWeeks: 2, FiscalYear: 1, FreePercent: 50,
	}
	a, err := cfg.connect(t.Context(), cfg.DatabaseURL, io.Discard, true)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestADocumentsServerThatIsAwayIsNotedAndMakesNobodyUnready(t *testing.T) {
	t.Parallel()
	a := testApp(t, "mongodb://someone:doc-secret@127.0.0.1:1/rollcall?serverSelectionTimeoutMS=200")
	status, got, text := probe(t, a)
	if status != http.StatusOK || got.Parts["documents"].State != partAway || got.Parts["documents"].Note == "" || strings.Contains(text, "secret") || strings.Contains(text, "127.0.0.1") {
		t.Errorf("%d %s", status, text)
	}
	if err := a.close(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestAProcessWithoutItsDatabaseIsNotReadyAndLives(t *testing.T) {
	t.Parallel()
	a := testApp(t, "")
	if err := a.close(t.Context()); err != nil {
		t.Fatal(err)
	}
	status, got, text := probe(t, a)
	if status != http.StatusServiceUnavailable || got.Status != "not ready" || got.Parts["database"].State != partDown || strings.Contains(text, "sql") {
		t.Errorf("%d %s", status, text)
	}
	w := httptest.NewRecorder()
	alive(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/healthz", http.NoBody))
	if w.Code != http.StatusOK {
		t.Errorf("healthz: %d", w.Code)
	}
}
