package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"rollcall/bot/slackio/fakeslack"
	"rollcall/store/storetest"
)

// echoSlack is the least that a bot needs of Slack, so that the benchmark measures the bot:
// it tells who waits for an answer in a channel that it has come.
type echoSlack struct {
	mu      sync.Mutex
	waiting map[string]chan struct{}
	n       int
}

func (s *echoSlack) expect(channel string) <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := make(chan struct{})
	s.waiting[channel] = c
	return c
}

func (s *echoSlack) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	switch _ = r.ParseForm(); filepath.Base(r.URL.Path) {
	case "auth.test":
		fmt.Fprintf(w, `{"ok":true,"team_id":%q,"user_id":%q,"bot_id":%q}`, fakeslack.Team, fakeslack.BotUser, fakeslack.BotID)
	case "users.info":
		fmt.Fprintf(w, `{"ok":true,"user":{"id":%q,"team_id":%q}}`, r.Form.Get("user"), fakeslack.Team)
	case "chat.postMessage":
		s.mu.Lock()
		s.n++
		n, c := s.n, s.waiting[r.Form.Get("channel")]
		delete(s.waiting, r.Form.Get("channel"))
		s.mu.Unlock()
		fmt.Fprintf(w, `{"ok":true,"channel":%q,"ts":"1800000000.%06d"}`, r.Form.Get("channel"), n)
		if c != nil {
			close(c)
		}
	default:
		_, _ = io.WriteString(w, `{"ok":true}`)
	}
}

// echoModel calls one tool, and ends when it has its result.
func echoModel(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	message := `{"role":"assistant","content":"","tool_calls":[{"id":"c","type":"function","function":{"name":"list_time_off","arguments":"{\"period\":\"next week\"}"}}]}`
	if bytes.Contains(body, []byte(`"role":"tool"`)) {
		message = `{"role":"assistant","content":"These people are away."}`
	}
	w.Header().Set("Content-Type", "application/json")
	fmt.Fprintf(w, `{"model":"m","choices":[{"finish_reason":"stop","message":%s}],"usage":{"prompt_tokens":100,"completion_tokens":9}}`, message)
}

// contest is one bot under load.
type contest struct {
	tb     testing.TB
	slack  *echoSlack
	p      *process
	client *http.Client
	n      int
}

// newContest starts our program, or the bare one, on a database of its own.
func newContest(tb testing.TB, database func(testing.TB) string, program string) *contest {
	tb.Helper()
	c := &contest{tb: tb, slack: &echoSlack{waiting: map[string]chan struct{}{}}, client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 512}}}
	slack, model := httptest.NewServer(c.slack), httptest.NewServer(http.HandlerFunc(echoModel))
	tb.Cleanup(func() { slack.Close(); model.Close() })
	w := newWorkplace(tb, database(tb))
	w.http = true
	w.env = []string{
		"SLACK_API_URL=" + slack.URL + "/api/", "OPENAI_BASE_URL=" + model.URL + "/v1", "OPENAI_MODEL=m", "MODEL_WIRE=chat",
		// The accounts are kept as ever, and never spent.
		"ROLLCALL_BUDGET_PERSON_QUESTIONS=1000000000", "ROLLCALL_BUDGET_PERSON_TOKENS=1000000000", "ROLLCALL_BUDGET_QUESTIONS=1000000000", "ROLLCALL_BUDGET_TOKENS=1000000000",
	}
	if program != "" {
		w.program = program
	}
	c.p = w.start()
	return c
}

func buildBare(tb testing.TB) string {
	tb.Helper()
	path := filepath.Join(tb.TempDir(), "bare")
	if out, err := exec.CommandContext(context.Background(), "go", "build", "-o", path, "./testdata/bare").CombinedOutput(); err != nil {
		tb.Fatalf("build the bare bot: %v\n%s", err, out)
	}
	return path
}

// ask sends one question and returns how long its acknowledgement and its answer took.
func (c *contest) ask(n int) (ack, answer time.Duration) {
	channel := fmt.Sprintf("C%d", n)
	body, err := json.Marshal(map[string]any{"type": "event_callback", "team_id": fakeslack.Team, "event_id": fmt.Sprintf("Ev%d", n), "event": map[string]any{
		"type": "app_mention", "channel": channel, "user": sam, "text": fakeslack.Mention + "who is away next week?", "ts": fmt.Sprintf("1700000000.%06d", n),
	}})
	if err != nil {
		c.tb.Error(err)
	}
	r, err := http.NewRequestWithContext(context.Background(), http.MethodPost, c.p.url+"/slack/events", bytes.NewReader(body))
	if err != nil {
		c.tb.Error(err)
		return 0, 0
	}
	timestamp, signature := fakeslack.Sign(fakeslack.SigningSecret, time.Now(), body)
	r.Header.Set("X-Slack-Request-Timestamp", timestamp)
	r.Header.Set("X-Slack-Signature", signature)
	come := c.slack.expect(channel)
	start := time.Now()
	resp, err := c.client.Do(r)
	if err != nil {
		c.tb.Error(err)
		return 0, 0
	}
	_, _ = io.Copy(io.Discard, resp.Body)
	resp.Body.Close()
	ack = time.Since(start)
	if resp.StatusCode != http.StatusOK {
		c.tb.Errorf("question %d: %d", n, resp.StatusCode)
	}
	select {
	case <-come:
	case <-time.After(time.Minute):
		c.tb.Errorf("question %d was not answered", n)
	}
	return ack, time.Since(start)
}

// saturate asks total questions, flight of them at a time, and returns answers a second.
func (c *contest) saturate(flight, total int) float64 {
	start := time.Now()
	var lanes sync.WaitGroup
	for lane := range flight {
		lanes.Go(func() {
			for i := lane; i < total; i += flight {
				c.ask(c.n + i)
			}
		})
	}
	lanes.Wait()
	c.n += total
	return float64(total) / time.Since(start).Seconds()
}

// paced asks so many questions a second and returns the times in order.
func (c *contest) paced(perSecond, total int) (acks, answers []time.Duration) {
	var mu sync.Mutex
	var all sync.WaitGroup
	ticks := time.NewTicker(time.Second / time.Duration(perSecond))
	defer ticks.Stop()
	for i := range total {
		<-ticks.C
		all.Go(func() {
			ack, answer := c.ask(c.n + i)
			mu.Lock()
			defer mu.Unlock()
			acks, answers = append(acks, ack), append(answers, answer)
		})
	}
	all.Wait()
	c.n += total
	slices.Sort(acks)
	slices.Sort(answers)
	return acks, answers
}

func quantile(all []time.Duration, q float64) float64 {
	return float64(all[int(float64(len(all)-1)*q)].Microseconds()) / 1000
}

// BenchmarkSlackBesideABareDurableBot answers mentions with two model calls and one
// look-up, by our program and by one that does nothing else, in turns. Both keep questions on
// the disk before they acknowledge them: SQLite with synchronous FULL, PostgreSQL with fsync.
func BenchmarkSlackBesideABareDurableBot(b *testing.B) {
	bare := buildBare(b)
	for _, database := range []struct {
		name string
		url  func(testing.TB) string
	}{{"sqlite", storetest.SQLiteURL}, {"postgres", storetest.DurablePostgresURL}} {
		b.Run(database.name, func(b *testing.B) {
			ours, theirs := newContest(b, database.url, ""), newContest(b, database.url, bare)
			for _, c := range []*contest{ours, theirs} {
				c.saturate(50, 1000) // warm
			}
			for b.Loop() {
				var rates [2][]float64
				for range 3 {
					for i, c := range []*contest{ours, theirs} {
						rates[i] = append(rates[i], c.saturate(50, 2000))
					}
				}
				slices.Sort(rates[0])
				slices.Sort(rates[1])
				b.ReportMetric(rates[0][1], "answers/s")
				b.ReportMetric(rates[0][1]/rates[1][1], "rate-ratio")
				b.ReportMetric(float64(ours.p.resident(b))/(1<<20), "MB")
				b.ReportMetric(float64(theirs.p.resident(b))/(1<<20), "bare-MB")
				acks, answers := ours.paced(100, 1000)
				bareAcks, bareAnswers := theirs.paced(100, 1000)
				b.ReportMetric(quantile(acks, 0.99), "ack-p99-ms")
				b.ReportMetric(quantile(acks, 0.99)/quantile(bareAcks, 0.99), "ack-p99-ratio")
				b.ReportMetric(quantile(answers, 0.5), "answer-p50-ms")
				b.ReportMetric(quantile(answers, 0.99), "answer-p99-ms")
				b.ReportMetric(quantile(bareAnswers, 0.5), "bare-answer-p50-ms")
			}
			b.ReportMetric(0, "ns/op")
		})
	}
}

// BenchmarkColdStart measures from the start of the process until it takes questions.
func BenchmarkColdStart(b *testing.B) {
	for _, database := range []struct {
		name string
		url  func(testing.TB) string
	}{{"sqlite", storetest.SQLiteURL}, {"postgres", storetest.PostgresURL}} {
		b.Run(database.name, func(b *testing.B) {
			w := newWorkplace(b, database.url(b))
			w.http = true
			w.start().stop(b)
			for b.Loop() {
				p := w.start()
				b.StopTimer()
				if mb := float64(p.resident(b)) / (1 << 20); mb > 0 {
					b.ReportMetric(mb, "idle-MB")
				}
				p.stop(b)
				b.StartTimer()
			}
		})
	}
}
