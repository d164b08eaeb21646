package admin_test

import (
	"bufio"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
	"time"

	"rollcall/admin"
	"rollcall/store"
	"rollcall/store/chatlog"
	"rollcall/store/migrations"
	"rollcall/store/storetest"
)

func TestAnExportIsWholeHarmlessAndToldOnce(t *testing.T) {
	t.Parallel()
	eachTalk(t, admin.Full, func(k *talk) {
		for n, question := range []string{"=HYPERLINK(\"x\")", " +1", "@SUM(A1)", "-2", "\tx", "＝1", "who, \"really\"\nknows?", "|calc", "12:30"} {
			e := k.exchange(n, "staff")
			e.Question = question
			k.append(e)
		}
		k.expect(422, "GET", talks+"/export.csv", "")
		k.expect(422, "GET", talks+"/export.ndjson", "")
		a := k.expect(200, "GET", talks+"/export.csv?reason=yearly&tool=find_people&text=secret", "")
		if !strings.HasPrefix(a.header.Get("Content-Type"), "text/csv") || a.header.Get("Cache-Control") != "no-store" {
			k.t.Errorf("%v", a.header)
		}
		a = k.expect(200, "GET", talks+"/export.csv?reason=yearly&tool=find_people", "")
		rows, err := csv.NewReader(strings.NewReader(a.text)).ReadAll()
		k.must(err)
		if len(rows) != 10 || rows[0][6] != "question" {
			k.t.Fatalf("%d rows: %v", len(rows), rows)
		}
		for i, want := range []string{"12:30", "'|calc", "who, \"really\"\nknows?", "'＝1", "'\tx", "'-2", "'@SUM(A1)", "' +1", "'=HYPERLINK(\"x\")"} {
			if rows[i+1][6] != want {
				k.t.Errorf("got %q, want %q", rows[i+1][6], want)
			}
		}
		lines := strings.Split(strings.TrimSpace(k.expect(200, "GET", talks+"/export.ndjson?reason=yearly&person="+k.ana, "").text), "\n")
		var first map[string]any
		if err = json.Unmarshal([]byte(lines[8]), &first); err != nil || len(lines) != 9 || first["id"] != "turn-00" || first["answer"] != "3 people." {
			k.t.Errorf("%d lines, %v: %v", len(lines), err, first)
		}
		audits, err := k.store.FindAudits(k.t.Context(), store.AuditFilter{Entities: []string{"exchange"}, EntityID: "export"})
		k.must(err)
		if len(audits) != 3 || !strings.Contains(string(audits[1].After), `"tool"`) || !strings.Contains(string(audits[1].After), "yearly") || strings.Contains(string(audits[2].After), "secret") {
			k.t.Errorf("%d entries: %+v", len(audits), audits)
		}
		k.expect(200, "GET", talks+"/export.ndjson?person="+k.people["admin"].ID, "") // one's own
		seen := k.expect(200, "GET", "/api/v1/me/openings", "", "Authorization", "Bearer staff").body["items"].([]any)
		if len(seen) != 3 || seen[0].(map[string]any)["export"] != true {
			k.t.Errorf("%v", seen)
		}
	})
}

// many is a log of so many exchanges that are made as they are read.
type many struct {
	chatlog.Log
	n    int
	fail int // the page that cannot be read; 0 is none
	read int
}

func (m *many) Find(_ context.Context, f chatlog.Filter) ([]chatlog.Exchange, error) {
	if m.read++; m.fail > 0 && m.read > m.fail {
		return nil, errors.New("pq: relation exchange is gone")
	}
	first := m.n
	if f.Before.ID != "" {
		if _, err := fmt.Sscanf(f.Before.ID, "e%d", &first); err != nil {
			return nil, err
		}
	}
	var page []chatlog.Exchange
	for i := first - 1; i >= 0 && len(page) < f.Limit; i-- {
		page = append(page, chatlog.Exchange{ID: fmt.Sprintf("e%d", i), At: at(i), Kind: "answer", Question: strings.Repeat("who? ", 100), Answer: strings.Repeat("nobody. ", 200)})
	}
	return page, nil
}

// fill writes so many exchanges of two thousand characters straight into the table.
func (k *talk) fill(n int) {
	k.t.Helper()
	write, _ := k.store.SQL()
	document := `'{"id":"e' || (1000000 + i) || '","at":"2026-11-25T09:00:00.' || substr(CAST(1000000 + i AS text), 2) || 'Z","kind":"answer","question":"` + strings.Repeat("who? ", 100) + `","answer":"` + strings.Repeat("nobody. ", 200) + `"}'`
	if k.store.Dialect() == migrations.Postgres {
		document = "CAST(" + document + " AS jsonb)"
	}
	_, err := write.ExecContext(k.t.Context(), fmt.Sprintf(`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d)
INSERT INTO "exchange" ("id", "at", "askerId", "conversation", "kind", "model", "failed", "document") SELECT 'e' || (1000000 + i), %d + i, '', '', 'answer', '', false, %s FROM n`, n, storetest.Now.UnixMicro(), document))
	k.must(err)
}

// open begins a request as an admin, whose answer is read later.
func (k *talk) open(path string) io.Reader {
	k.t.Helper()
	req, err := http.NewRequestWithContext(k.t.Context(), http.MethodGet, k.server.URL+path, http.NoBody)
	k.must(err)
	req.Header.Set("Authorization", "Bearer admin")
	resp, err := http.DefaultClient.Do(req)
	k.must(err)
	k.t.Cleanup(func() { _ = resp.Body.Close() })
	return resp.Body
}

// It measures the process's memory, and so does not run beside others.
func TestAnExportIsAStreamWhoseMemoryIsFlat(t *testing.T) {
	const n = 20_000
	for name, s := range map[string]*store.Store{"sqlite": storetest.SQLite(t), "postgres": storetest.Postgres(t)} {
		k := newTalk(t, s, admin.Full)
		k.fill(n)
		for _, format := range []string{"csv", "ndjson"} {
			lines := bufio.NewScanner(k.open(talks + "/export." + format + "?reason=x"))
			lines.Buffer(nil, 1<<16)
			var memory runtime.MemStats
			rows, least, most := 0, uint64(math.MaxUint64), uint64(0)
			for ; lines.Scan(); rows++ {
				if rows%4000 == 100 {
					time.Sleep(100 * time.Millisecond) // until the writer waits for the reader
					runtime.GC()
					runtime.ReadMemStats(&memory)
					least, most = min(least, memory.HeapAlloc), max(most, memory.HeapAlloc)
				}
			}
			if format == "csv" {
				rows-- // the header
			}
			if lines.Err() != nil || rows != n {
				t.Errorf("%s, %s: %d rows, %v", name, format, rows, lines.Err())
			}
			if most > least+16<<20 { // 40 MB go through
				t.Errorf("%s, %s: the heap was between %d and %d", name, format, least, most)
			}
		}
	}
}

func TestAnExportThatFailsIsCutOffAndOneThatCannotBeginSaysSo(t *testing.T) {
	t.Parallel()
	log := &many{n: 1000, fail: 3}
	k := newTalk(t, storetest.SQLite(t), admin.Full)
	k.rig = newRig(t, storetest.SQLite(t), func(c *admin.Config) { c.Conversations = &admin.Conversations{Log: log, Location: time.UTC} })
	if _, err := io.Copy(io.Discard, k.open(talks+"/export.ndjson?reason=x")); err == nil {
		t.Error("half an export ended as a whole one")
	}
	if a := k.expect(500, "GET", talks+"/export.csv?reason=x", ""); strings.Contains(a.text, "pq:") {
		t.Errorf("%s", a.text)
	}
}

// stalling is an answer of which each write must have been given its time.
type stalling struct {
	*httptest.ResponseRecorder

	until   time.Time
	endless bool // a write had all the time there is
}

// SetWriteDeadline is for the next write.
func (s *stalling) SetWriteDeadline(at time.Time) error { s.until = at; return nil }

// Write takes all.
func (s *stalling) Write(b []byte) (int, error) {
	s.endless = s.endless || s.until.IsZero()
	return s.ResponseRecorder.Write(b)
}

func TestNoReaderOfAnExportKeepsItWaitingForEver(t *testing.T) {
	t.Parallel()
	k := newTalk(t, storetest.SQLite(t), admin.Full)
	e := k.exchange(1, "staff")
	e.Answer = strings.Repeat("x", 10_000) // more than is gathered before it is sent
	k.append(e)
	for _, format := range []string{"csv", "ndjson"} {
		out := &stalling{ResponseRecorder: httptest.NewRecorder()}
		req := httptest.NewRequestWithContext(t.Context(), "GET", talks+"/export."+format+"?reason=x", http.NoBody)
		req.Header.Set("Authorization", "Bearer admin")
		k.handler.ServeHTTP(out, req)
		if out.Code != 200 || out.Body.Len() < 10_000 || out.endless || !out.until.IsZero() {
			t.Errorf("%s: %d, %d bytes, a write without end: %v, in the end until %v", format, out.Code, out.Body.Len(), out.endless, out.until)
		}
	}
}
