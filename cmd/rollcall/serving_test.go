package main

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptrace"
	"strings"
	"testing"
	"time"

	"rollcall/bot/slackio/fakeslack"
	"rollcall/store/storetest"
)

// Secrets that no log may hold.
const (
	metricsToken = "metrics-secret"
	traceKey     = "trace-secret"
)

// eachLine reads a log of JSON lines.
func (w *workplace) eachLine(t *testing.T, do func(line map[string]any)) {
	t.Helper()
	for line := range strings.Lines(w.log()) {
		var fields map[string]any
		if err := json.Unmarshal([]byte(line), &fields); err != nil {
			t.Errorf("this log line is no JSON object: %s", line)
			continue
		}
		do(fields)
	}
}

func TestAProcessWithoutSlackServesHealthAndMetricsAndSaysSo(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, w *workplace) {
		w.alone, w.http = true, false
		p := w.start()
		status, body := get(t, p.url+"/readyz")
		var got readiness
		if err := json.Unmarshal([]byte(body), &got); err != nil {
			t.Fatal(err)
		}
		if status != http.StatusOK || got.Status != "ready" || got.Parts["slack"].State != partOff || got.Parts["database"].State != partOK || got.Parts["documents"].State != partOK {
			t.Errorf("readyz: %d %+v", status, got)
		}
		for path, want := range map[string]int{"/healthz": 200, "/metrics": 200, "/slack/events": 404} {
			if status, _ = get(t, p.url+path); status != want {
				t.Errorf("%s: %d", path, status)
			}
		}
		p.stop(t)
	})
}

func TestHalfAnAccessToSlackIsAnErrorThatNamesTheSettings(t *testing.T) {
	t.Parallel()
	for _, given := range []string{"--slack-bot-token=xoxb-secret", "--slack-app-token=xapp-secret", "--slack-signing-secret=x-secret"} {
		code, out, errOut := rollcall(t, "", "serve", none(t), given)
		if code != 1 || !strings.Contains(errOut, "SLACK_BOT_TOKEN") || !strings.Contains(errOut, "SLACK_SIGNING_SECRET") || strings.Contains(out+errOut, "-secret") {
			t.Errorf("%s: status %d, %s", given, code, errOut)
		}
	}
}

func TestTheMetricsOfAProcessCountItsQuestionsAndCalls(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, w *workplace) {
		w.env = append(w.env, "ROLLCALL_METRICS_TOKEN="+metricsToken)
		p := w.start()
		w.answers("C0GENERAL", w.slack.Say(sam, "C0GENERAL", "", fakeslack.Mention+goQuestion), 1)
		if status, _ := get(t, p.url+"/metrics"); status != http.StatusUnauthorized {
			t.Errorf("without the token: %d", status)
		}
		text := w.scrape(p)
		for _, want := range []string{
			`rollcall_questions_total{channel="slack"} 1`, `rollcall_answers_total{kind="answer"} 1`, `rollcall_slack_calls_total{method="chat.`,
			`rollcall_tool_duration_seconds_count{code="ok",tool="find_people"} 1`, `rollcall_queue_turns{state="received"} 0`, "rollcall_queue_up 1", "rollcall_outbox_unsent 0",
		} {
			if !strings.Contains(text, want) {
				t.Errorf("the metrics lack %s", want)
			}
		}
		for _, word := range []string{"Ana", "who knows", sam, "C0GENERAL"} {
			if strings.Contains(text, word) {
				t.Errorf("the metrics hold %q", word)
			}
		}
		p.stop(t)
	})
}

// scrape reads the metrics of a process.
func (w *workplace) scrape(p *process) string {
	w.tb.Helper()
	r, err := http.NewRequestWithContext(w.tb.Context(), http.MethodGet, p.url+"/metrics", http.NoBody)
	if err != nil {
		w.tb.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+metricsToken)
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		w.tb.Fatal(err)
	}
	defer resp.Body.Close()
	var text strings.Builder
	if _, err := copyTo(&text, resp.Body); err != nil || resp.StatusCode != http.StatusOK {
		w.tb.Fatalf("metrics: %d, %v", resp.StatusCode, err)
	}
	return text.String()
}

func TestEveryLogLineOfATurnCarriesItsIdAndNoLineASecret(t *testing.T) {
	t.Parallel()
	w := newWorkplace(t, storetest.SQLiteURL(t))
	r := newReceiver(t)
	r.Close() // so that a failed delivery of traces is logged
	w.env = append(w.env, "ROLLCALL_LOG=json", "ROLLCALL_METRICS_TOKEN="+metricsToken, "OTEL_EXPORTER_OTLP_ENDPOINT="+r.URL, "OTEL_EXPORTER_OTLP_HEADERS=authorization="+traceKey,
		"OPENAI_BASE_URL=http://127.0.0.1:1/v1", "OPENAI_MODEL=away", "OPENAI_API_KEY=sk-test-secret", "MODEL_WIRE=chat")
	w.slack.SetFault(func(method string, n int) fakeslack.Fault {
		if strings.HasPrefix(method, "chat.") && n <= 2 {
			return fakeslack.Fault{Kind: fakeslack.Limited, After: 1}
		}
		return fakeslack.Fault{}
	})
	p := w.start()
	q := asked{channel: "C0GENERAL"}
	q.ts = w.slack.Say(sam, q.channel, "", fakeslack.Mention+goQuestion)
	w.answers(q.channel, q.ts, 1)
	p.stop(t)
	turn, about := w.turnOf(q), map[string]bool{}
	w.eachLine(t, func(line map[string]any) {
		message, _ := line["msg"].(string)
		switch message {
		case "the model did not answer; the offline interpreter does", "Slack asks to wait", "a message is not sent yet":
			about[message] = true
			if line["turn"] != turn {
				t.Errorf("%q carries the turn %v, not %s", message, line["turn"], turn)
			}
		}
	})
	if len(about) < 2 {
		t.Errorf("too few lines of the turn: %v\n%s", about, w.log())
	}
}

func TestAProcessThatIsToldToEndUnderLoadLosesNothingAndAnswersNothingTwice(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, w *workplace) {
		env := withModel(modelServer(t, 400*time.Millisecond))
		p := w.start(env...)
		const rounds, each = 3, 25
		var all []asked
		for round := range rounds {
			for i := range each {
				channel := fmt.Sprintf("C0LOAD%d-%d", round, i)
				ts := w.slack.Say(sam, channel, "", fakeslack.Mention+slowly+goQuestion)
				all = append(all, asked{channel, ts, ts})
			}
			eventually(t, "work under way", func() bool { return w.running() })
			start := time.Now()
			p.stop(t)
			if took := time.Since(start); took > 30*time.Second {
				t.Errorf("it took %s to end", took)
			}
			p = w.start(env...)
		}
		for _, q := range all {
			w.answers(q.channel, q.root, 1)
		}
		for _, q := range all {
			if n := len(w.slack.Replies(q.channel, q.root)); n != 1 {
				t.Errorf("%s has %d answers", q.channel, n)
			}
		}
	})
}

// running reports whether a turn is being worked on.
func (w *workplace) running() bool {
	l, err := w.inbox.GetLoad(w.tb.Context())
	return err == nil && l.Open["running"]+l.Open["answer_ready"]+l.Open["sending"] > 0
}

// pausing is a body that ends when it is told to.
type pausing struct {
	rest *strings.Reader
	more chan struct{}
	once bool
}

// Read gives one byte, waits, and gives the rest.
func (p *pausing) Read(b []byte) (int, error) {
	if p.once {
		<-p.more
		return p.rest.Read(b)
	}
	p.once = true
	return p.rest.Read(b[:1])
}

func TestARequestThatIsUnderWayIsAnsweredByAProcessThatIsToldToEnd(t *testing.T) {
	t.Parallel()
	w := newWorkplace(t, storetest.SQLiteURL(t))
	w.http = true
	p := w.start()
	const text = `{"type":"url_verification","challenge":"still-here"}`
	body := &pausing{rest: strings.NewReader(text), more: make(chan struct{})}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, p.url+"/slack/events", body)
	if err != nil {
		t.Fatal(err)
	}
	timestamp, signature := fakeslack.Sign(fakeslack.SigningSecret, time.Now(), []byte(text))
	r.Header.Set("X-Slack-Request-Timestamp", timestamp)
	r.Header.Set("X-Slack-Signature", signature)
	r.Header.Set("Expect", "100-continue") // the process asks for the body once it is at work on the request
	underWay := make(chan struct{})
	r = r.WithContext(httptrace.WithClientTrace(r.Context(), &httptrace.ClientTrace{Got100Continue: func() { close(underWay) }}))
	answer := make(chan string, 1)
	go func() {
		waiting := &http.Client{Transport: &http.Transport{ExpectContinueTimeout: time.Minute}}
		resp, err := waiting.Do(r)
		if err != nil {
			answer <- err.Error()
			return
		}
		defer resp.Body.Close()
		var said strings.Builder
		_, _ = copyTo(&said, resp.Body)
		answer <- said.String()
	}()
	select {
	case <-underWay:
	case <-time.After(time.Minute):
		t.Fatal("the process does not ask for the body")
	}
	p.tellToEnd(t)
	eventually(t, "a process that takes nothing in", func() bool {
		conn, err := net.Dial("tcp", strings.TrimPrefix(p.url, "http://")) //nolint:noctx // ends at once
		if err == nil {
			_ = conn.Close()
		}
		return err != nil
	})
	close(body.more)
	p.hasEnded(t)
	if said := <-answer; !strings.Contains(said, "still-here") {
		t.Errorf("the request got %q", said)
	}
}
