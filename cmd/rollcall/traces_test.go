package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	trace "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"rollcall/bot/slackio/fakeslack"
	"rollcall/store/storetest"
)

// receiver is a server for traces.
type receiver struct {
	*httptest.Server
	mu      sync.Mutex
	spans   []*trace.Span
	text    strings.Builder // all that came, as text
	service string
	bad     []string
}

func newReceiver(tb testing.TB) *receiver {
	tb.Helper()
	r := &receiver{}
	r.Server = httptest.NewServer(http.HandlerFunc(r.take))
	tb.Cleanup(r.Close)
	return r
}

func (r *receiver) take(w http.ResponseWriter, q *http.Request) {
	r.mu.Lock()
	defer r.mu.Unlock()
	body, err := io.ReadAll(q.Body)
	var request collector.ExportTraceServiceRequest
	if err != nil || q.URL.Path != "/v1/traces" || proto.Unmarshal(body, &request) != nil {
		r.bad = append(r.bad, q.URL.Path)
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	r.text.WriteString(request.String())
	for _, of := range request.GetResourceSpans() {
		for _, a := range of.GetResource().GetAttributes() {
			if a.GetKey() == "service.name" {
				r.service = a.GetValue().GetStringValue()
			}
		}
		for _, s := range of.GetScopeSpans() {
			r.spans = append(r.spans, s.GetSpans()...)
		}
	}
}

// path is the span's name after those of the spans that it is part of.
func (r *receiver) path(s *trace.Span) string {
	for _, parent := range r.spans {
		if len(s.GetParentSpanId()) > 0 && string(parent.GetSpanId()) == string(s.GetParentSpanId()) {
			return r.path(parent) + " " + s.GetName()
		}
	}
	return s.GetName()
}

func attributesOf(s *trace.Span) map[string]string {
	all := map[string]string{}
	for _, a := range s.GetAttributes() {
		all[a.GetKey()] = a.GetValue().String()
	}
	return all
}

func TestTheStepsOfATurnAreTracedWithoutWhatWasAskedOrWhomItIsAbout(t *testing.T) {
	t.Parallel()
	w := newWorkplace(t, storetest.SQLiteURL(t))
	r := newReceiver(t)
	w.env = append(w.env, "OTEL_EXPORTER_OTLP_ENDPOINT="+r.URL, "OTEL_SERVICE_NAME=staffing")
	w.env = append(w.env, withModel(modelServer(t, 0))...)
	p := w.start()
	ts := w.slack.Say(sam, "C0GENERAL", "", fakeslack.Mention+goQuestion)
	w.answers("C0GENERAL", ts, 1)
	p.stop(t) // sends what is left
	r.mu.Lock()
	defer r.mu.Unlock()
	at := map[string]*trace.Span{}
	for _, s := range r.spans {
		at[r.path(s)] = s
	}
	for path, want := range map[string][]string{
		"turn":              {"rollcall.turn", "rollcall.attempt", "rollcall.origin"},
		"turn answer":       {"rollcall.turn", "rollcall.kind"},
		"turn answer model": {"gen_ai.request.model", "gen_ai.usage.input_tokens", "gen_ai.usage.output_tokens", "rollcall.wire"},
		"turn answer tool":  {"gen_ai.tool.name", "rollcall.code"},
		"turn store":        {"rollcall.messages"},
		"turn send":         {"rollcall.state", "rollcall.attempt"},
	} {
		if at[path] == nil {
			t.Errorf("there is no span %q", path)
			continue
		}
		for _, key := range want {
			if attributesOf(at[path])[key] == "" {
				t.Errorf("the span %q lacks %s: %v", path, key, attributesOf(at[path]))
			}
		}
	}
	if !strings.Contains(attributesOf(at["turn answer tool"])["gen_ai.tool.name"], "find_people") || r.service != "staffing" || len(r.bad) > 0 {
		t.Errorf("tool %v, service %q, bad requests %v", attributesOf(at["turn answer tool"]), r.service, r.bad)
	}
	for _, word := range []string{"who knows", "Ana", "Ferreira", "Sam", "okafor", sam} {
		if strings.Contains(r.text.String(), word) {
			t.Errorf("the traces hold %q", word)
		}
	}
}

func TestAReceiverOfTracesThatIsAwayHoldsNothingUp(t *testing.T) {
	t.Parallel()
	w := newWorkplace(t, storetest.SQLiteURL(t))
	r := newReceiver(t)
	r.Close()
	p := w.start("OTEL_EXPORTER_OTLP_ENDPOINT=" + r.URL)
	w.answers("C0GENERAL", w.slack.Say(sam, "C0GENERAL", "", fakeslack.Mention+goQuestion), 1)
	p.stop(t)
}
