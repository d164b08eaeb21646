package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"rollcall/bot/slackio/fakeslack"
	"rollcall/store/storetest"
)

// signedPost posts as Slack does, with what change makes of the request.
func signedPost(tb testing.TB, address, contentType string, body []byte, change func(*http.Request)) int {
	tb.Helper()
	r, err := http.NewRequestWithContext(context.Background(), http.MethodPost, address, bytes.NewReader(body))
	if err != nil {
		tb.Fatal(err)
	}
	timestamp, signature := fakeslack.Sign(fakeslack.SigningSecret, time.Now(), body)
	r.Header.Set("X-Slack-Request-Timestamp", timestamp)
	r.Header.Set("X-Slack-Signature", signature)
	r.Header.Set("Content-Type", contentType)
	if change != nil {
		change(r)
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		tb.Fatal(err)
	}
	resp.Body.Close()
	return resp.StatusCode
}

// messageEvent is a direct message of Sam's as Slack delivers it.
func messageEvent(ts, text string) map[string]any {
	return map[string]any{
		"type": "event_callback", "team_id": fakeslack.Team, "event_id": "Ev" + ts,
		"event": map[string]any{"type": "message", "channel": "D0LF013", "channel_type": "im", "user": sam, "text": text, "ts": ts},
	}
}

func encoded(tb testing.TB, v any) []byte {
	tb.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		tb.Fatal(err)
	}
	return text
}

func TestForgedStaleAndReplayedRequestsAreRefused(t *testing.T) {
	t.Parallel()
	w := newWorkplace(t, storetest.SQLiteURL(t))
	w.http = true
	p := w.start()
	body := encoded(t, messageEvent("1700000000.000100", goQuestion))
	sign := func(secret string, at time.Time, body []byte) func(*http.Request) {
		return func(r *http.Request) {
			timestamp, signature := fakeslack.Sign(secret, at, body)
			r.Header.Set("X-Slack-Request-Timestamp", timestamp)
			r.Header.Set("X-Slack-Signature", signature)
		}
	}
	for name, change := range map[string]func(*http.Request){
		"another secret":   sign("00000000000000000000000000000000", time.Now(), body),
		"an empty secret":  sign("", time.Now(), body),
		"another body":     sign(fakeslack.SigningSecret, time.Now(), []byte("{}")),
		"six minutes old":  sign(fakeslack.SigningSecret, time.Now().Add(-6*time.Minute), body),
		"from the future":  sign(fakeslack.SigningSecret, time.Now().Add(6*time.Minute), body),
		"no signature":     func(r *http.Request) { r.Header.Del("X-Slack-Signature") },
		"no time stamp":    func(r *http.Request) { r.Header.Del("X-Slack-Request-Timestamp") },
		"not a time stamp": func(r *http.Request) { r.Header.Set("X-Slack-Request-Timestamp", "soon") },
		"not hexadecimal":  func(r *http.Request) { r.Header.Set("X-Slack-Signature", "v0=zz") },
		"of another version": func(r *http.Request) {
			r.Header.Set("X-Slack-Signature", strings.Replace(r.Header.Get("X-Slack-Signature"), "v0", "v1", 1))
		},
	} {
		for _, path := range []string{"/slack/events", "/slack/interactions", "/slack/commands"} {
			if status := signedPost(t, p.url+path, "application/json", body, change); status != http.StatusUnauthorized {
				t.Errorf("%s on %s: %d", name, path, status)
			}
		}
	}
	payload := url.Values{"payload": {string(encoded(t, map[string]any{"type": "block_actions"}))}}.Encode()
	if status := signedPost(t, p.url+"/slack/interactions?"+payload, "application/x-www-form-urlencoded", nil, nil); status != http.StatusBadRequest {
		t.Errorf("a payload in the address: %d", status)
	}
	if status := signedPost(t, p.url+"/slack/events", "application/json", bytes.Repeat([]byte(" "), 2<<20), nil); status != http.StatusRequestEntityTooLarge {
		t.Errorf("an oversized request: %d", status)
	}
	for _, broken := range []string{"", "{", "null", "[]", `"x"`, "\xff\xfe", `{"type":"event_callback","event":`} {
		if status := signedPost(t, p.url+"/slack/events", "application/json", []byte(broken), nil); status >= 500 || status == http.StatusOK && broken != "null" {
			t.Errorf("%q: %d", broken, status)
		}
	}
	if turns := w.countTurns(t); turns != 0 {
		t.Fatalf("%d turns came of it", turns)
	}
	at := time.Now()
	for i, want := range []int{http.StatusOK, http.StatusUnauthorized, http.StatusUnauthorized} {
		if status := signedPost(t, p.url+"/slack/events", "application/json", body, sign(fakeslack.SigningSecret, at, body)); status != want {
			t.Errorf("delivery %d of the same request: %d", i+1, status)
		}
	}
	if status := signedPost(t, p.url+"/slack/events", "application/json", body, sign(fakeslack.SigningSecret, at.Add(-time.Second), body)); status != http.StatusOK {
		t.Errorf("Slack's own retry: %d", status)
	}
	w.settled()
	if turns := w.countTurns(t); turns != 1 {
		t.Errorf("%d turns", turns)
	}
}

func (w *workplace) countTurns(tb testing.TB) (n int) {
	tb.Helper()
	_, read := w.store.SQL()
	if err := read.QueryRowContext(context.Background(), `SELECT COUNT(*) FROM "turn"`).Scan(&n); err != nil {
		tb.Fatal(err)
	}
	return n
}

// mutate changes one thing in a tree of JSON.
func mutate(r *rand.Rand, v any) any {
	strange := []any{nil, true, 0, -1, 1e99, "", "x", "<!channel>", strings.Repeat("ä", 5000), []any{}, map[string]any{}, []any{map[string]any{"a": 1}}, "\u0000", "\u202e"}
	switch v := v.(type) {
	case map[string]any:
		names := make([]string, 0, len(v))
		for name := range v {
			names = append(names, name)
		}
		slices.Sort(names)
		if len(names) == 0 || r.IntN(12) == 0 {
			v[fmt.Sprintf("new%d", r.IntN(9))] = strange[r.IntN(len(strange))]
			return v
		}
		name := names[r.IntN(len(names))]
		switch r.IntN(4) {
		case 0:
			delete(v, name)
		case 1:
			v[name] = strange[r.IntN(len(strange))]
		default:
			v[name] = mutate(r, v[name])
		}
		return v
	case []any:
		if len(v) > 0 {
			i := r.IntN(len(v))
			v[i] = mutate(r, v[i])
		}
		return v
	case string:
		if r.IntN(2) == 0 {
			return strange[r.IntN(len(strange))]
		}
		return v + "!"
	}
	return strange[r.IntN(len(strange))]
}

// places is how many channels and direct messages the strange events are spread over: a
// channel takes one message a second.
const places = 400

// seeds are events of all kinds that the bot is told of, the n-th of its kind.
func seeds(n int) []map[string]any {
	ts := fmt.Sprintf("17%08d.%06d", n/1000, n)
	wrap := func(event map[string]any) map[string]any {
		return map[string]any{"type": "event_callback", "team_id": fakeslack.Team, "event_id": "Ev" + ts, "is_ext_shared_channel": false, "authorizations": []any{map[string]any{"team_id": fakeslack.Team}}, "event": event}
	}
	return []map[string]any{
		wrap(map[string]any{"type": "message", "channel": fmt.Sprintf("D%d", n%places), "channel_type": "im", "user": sam, "text": goQuestion, "ts": ts}),
		wrap(map[string]any{"type": "message", "channel": fmt.Sprintf("D%d", (n+7)%places), "channel_type": "im", "user": sam, "text": "who is away next week?", "ts": ts}),
		wrap(map[string]any{"type": "app_mention", "channel": fmt.Sprintf("C%d", n%places), "user": grace, "text": fakeslack.Mention + goQuestion, "ts": ts}),
		wrap(map[string]any{"type": "message", "channel": "C1", "channel_type": "channel", "user": sam, "text": "and in Berlin?", "ts": ts, "thread_ts": "1700000000.000100"}),
		wrap(map[string]any{"type": "message", "subtype": "message_changed", "channel": "D0LF013", "channel_type": "im", "ts": ts, "message": map[string]any{"type": "message", "user": sam, "text": "edited", "ts": ts}}),
		wrap(map[string]any{"type": "message", "subtype": "message_deleted", "channel": "D0LF013", "deleted_ts": "1600000000.000000", "ts": ts}),
		wrap(map[string]any{"type": "message", "channel": "C1", "bot_id": fakeslack.BotID, "user": fakeslack.BotUser, "ts": ts, "text": "echo", "metadata": map[string]any{"event_type": "rollcall_answer", "event_payload": map[string]any{"turn_id": "x", "part": 0}}}),
		wrap(map[string]any{"type": "message", "subtype": "bot_message", "channel": "D0LF013", "channel_type": "im", "bot_id": "B1", "text": goQuestion, "ts": ts}),
		wrap(map[string]any{"type": "message", "channel": fmt.Sprintf("D%d", n%places), "channel_type": "im", "user": sam, "ts": ts, "text": goQuestion, "blocks": []any{map[string]any{"type": "table", "rows": []any{[]any{map[string]any{"type": "unheard_of"}}}}}}),
		wrap(map[string]any{"type": "app_home_opened", "user": sam, "channel": "D0LF013", "tab": "home"}),
		wrap(map[string]any{"type": "agent_session_stopped", "channel": "D0LF013", "thread_ts": "1600000000.000000", "user": sam}),
		wrap(map[string]any{"type": "user_change", "user": map[string]any{"id": "U0ELSE", "deleted": false, "profile": map[string]any{"email": "x@y.example"}}}),
		wrap(map[string]any{"type": "unheard_of", "anything": []any{1, "a", nil}}),
		interaction("block_actions", "actions", []any{map[string]any{"action_id": "proposal_confirm", "block_id": "card:x", "value": "x", "type": "button"}}),
		interaction("block_actions", "actions", []any{map[string]any{"action_id": "handshake_accept", "block_id": "notice:x", "value": "x", "type": "button"}}),
		interaction("view_submission", "view", map[string]any{
			"callback_id": "handshake_days", "private_metadata": `{"handshake":"x","turn":"x","channel":"D0LF013","root":"1.1","ts":"1.1"}`,
			"state": map[string]any{"values": map[string]any{"note": map[string]any{"note": map[string]any{"value": "Mondays"}}}},
		}),
	}
}

// interaction is a click or a filled form of Sam's as Slack delivers it.
func interaction(kind, field string, content any) map[string]any {
	return map[string]any{
		"type": kind, "team": map[string]any{"id": fakeslack.Team}, "user": map[string]any{"id": sam, "team_id": fakeslack.Team}, "trigger_id": "t",
		"channel": map[string]any{"id": "D0LF013"}, "message": map[string]any{"ts": "1.1", "thread_ts": "1.1"}, field: content,
	}
}

func TestTenThousandStrangeEventsNeitherPanicNorLoseAQuestion(t *testing.T) {
	t.Parallel()
	for name, database := range map[string]func(testing.TB) string{"sqlite": storetest.SQLiteURL, "postgres": storetest.PostgresURL} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorkplace(t, database(t))
			w.http, w.slack.Quiet = true, true
			for i := range places {
				w.slack.AddChannel(fakeslack.Channel{ID: fmt.Sprintf("C%d", i)})
				w.slack.AddChannel(fakeslack.Channel{ID: fmt.Sprintf("D%d", i), IM: sam})
			}
			p := w.start()
			var lanes sync.WaitGroup
			for lane := range 8 {
				lanes.Go(func() {
					r := rand.New(rand.NewPCG(uint64(lane), 10))
					for i := range 10_000 / 8 {
						all := seeds(lane*100_000 + i)
						event := any(all[r.IntN(len(all))])
						for range r.IntN(4) {
							event = mutate(r, event)
						}
						body := encoded(t, event)
						if r.IntN(20) == 0 && len(body) > 2 {
							body[r.IntN(len(body))] ^= byte(1 << r.IntN(8))
						}
						path := []string{"/slack/events", "/slack/events", "/slack/events", "/slack/interactions", "/slack/commands"}[r.IntN(5)]
						contentType := "application/json"
						if path != "/slack/events" {
							body, contentType = []byte(url.Values{"payload": {string(body)}, "text": {goQuestion}, "user_id": {sam}}.Encode()), "application/x-www-form-urlencoded"
						}
						if r.IntN(10) == 0 {
							if status := signedPost(t, p.url+path, contentType, body, func(r *http.Request) { r.Header.Set("X-Slack-Signature", "v0=00") }); status != http.StatusUnauthorized {
								t.Errorf("a forged event: %d", status)
							}
							continue
						}
						status := signedPost(t, p.url+path, contentType, body, nil)
						for try := 0; try < 3 && status == http.StatusServiceUnavailable; try++ { // not kept in time: Slack sends it again
							status = signedPost(t, p.url+path, contentType, body, nil)
						}
						if status != http.StatusOK && status != http.StatusBadRequest && status != http.StatusUnauthorized {
							t.Errorf("%d for %s", status, body)
						}
					}
				})
			}
			lanes.Wait()
			if !p.isAlive() || strings.Contains(w.log(), "panic") {
				t.Fatalf("the process did not survive:\n%s", lastOf(w.log(), 4000))
			}
			eventually(t, "the end of all turns", func() bool {
				open, err := w.inbox.FindOpenThreads(context.Background(), time.Now().Add(time.Hour), 100)
				return err == nil && len(open) == 0
			})
			if n := w.countTurns(t); n < 100 {
				t.Errorf("only %d questions came of all that", n)
			}
			p.stop(t)
		})
	}
}

func TestThreeMessagesAtOnceInAThreadAreAnsweredInOrder(t *testing.T) {
	t.Parallel()
	eachTransport(t, func(t *testing.T, w *workplace) {
		w.slack.Quiet = true
		w.start()
		var all []asked
		for i := range soak(300, 20) {
			channel := fmt.Sprintf("C0O%d", i)
			root := w.slack.Say(grace, channel, "", fakeslack.Mention+goQuestion)
			all = append(all, asked{channel, root, root})
			for _, text := range []string{"and in Berlin?", "and in Lisbon?"} {
				all = append(all, asked{channel, root, w.slack.Say(grace, channel, root, fakeslack.Mention+text)})
			}
		}
		eventually(t, "all answers", func() bool { return w.allAnswered(all) })
		w.check(t, schedule{}, all)
	})
}

// resident returns the process's resident memory in bytes.
func (p *process) resident(tb testing.TB) int {
	tb.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", p.cmd.Process.Pid))
	if err != nil && os.Getenv("CI") != "" {
		tb.Fatal(err)
	}
	if err != nil {
		tb.Skipf("NOT MEASURED: this system does not say how much memory a process has: %v", err)
	}
	pages, err := strconv.Atoi(strings.Fields(string(text))[1])
	if err != nil {
		tb.Fatal(err)
	}
	return pages * os.Getpagesize()
}

func TestMemoryStaysFlatOverManyTurns(t *testing.T) {
	if os.Getenv("ROLLCALL_SOAK") == "" {
		t.Parallel()
	}
	turns := soak(50_000, 2_000)
	for name, database := range map[string]func(testing.TB) string{"sqlite": storetest.SQLiteURL, "postgres": storetest.PostgresURL} {
		t.Run(name, func(t *testing.T) {
			w := newWorkplace(t, database(t))
			w.http, w.slack.Quiet = true, true
			p := w.start()
			ask := func(from, to int) {
				var lanes sync.WaitGroup
				for lane := range 16 {
					lanes.Go(func() {
						for i := from + lane; i < to; i += 16 {
							body := encoded(t, map[string]any{"type": "event_callback", "team_id": fakeslack.Team, "event": map[string]any{
								"type": "app_mention", "channel": fmt.Sprintf("C%d", i), "user": grace, "text": fakeslack.Mention + goQuestion, "ts": fmt.Sprintf("1700000000.%06d", i),
							}})
							w.slack.AddChannel(fakeslack.Channel{ID: fmt.Sprintf("C%d", i)})
							status := signedPost(t, p.url+"/slack/events", "application/json", body, nil)
							for try := 0; try < 3 && status == http.StatusServiceUnavailable; try++ { // not kept in time: Slack sends it again
								status = signedPost(t, p.url+"/slack/events", "application/json", body, nil)
							}
							if status != http.StatusOK {
								t.Errorf("question %d: %d", i, status)
							}
						}
					})
				}
				lanes.Wait()
				w.settled()
			}
			var sizes []int // after each fifth, in MB
			for fifth := range 5 {
				ask(fifth*turns/5, (fifth+1)*turns/5)
				sizes = append(sizes, p.resident(t)>>20)
			}
			t.Logf("after each fifth of %d turns: %d MB", turns, sizes)
			if early, late := max(sizes[0], sizes[1]), min(sizes[3], sizes[4]); late > early+early/8+4 {
				t.Errorf("memory grew over %d turns: %d MB", turns, sizes)
			}
			if n := w.slack.Calls("chat.postMessage"); n != turns {
				t.Errorf("%d answers to %d questions", n, turns)
			}
		})
	}
}
