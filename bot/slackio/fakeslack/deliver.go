package fakeslack

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// delivery is something that the app is told.
type delivery struct {
	id      string // of the event; empty for clicks and commands
	kind    string // events_api, interactive or slash_commands
	payload map[string]any
	result  chan<- []byte // the body of the acknowledgement; nil where nobody wants it
}

// event wraps what happened as the Events API does.
// https://docs.slack.dev/apis/events-api#callback-field
func (s *Server) event(inner map[string]any) delivery {
	s.events++
	id := fmt.Sprintf("Ev%08d", s.events)
	shared := false
	if c := s.channels[fmt.Sprint(inner["channel"])]; c != nil {
		shared = c.Shared
	}
	return delivery{id: id, kind: "events_api", payload: map[string]any{
		"type": "event_callback", "token": "unused", "team_id": Team, "api_app_id": AppID, "event_id": id, "event_time": time.Now().Unix(),
		"is_ext_shared_channel": shared, "authorizations": []any{map[string]any{"team_id": Team, "user_id": BotUser, "is_bot": true}}, "event": inner,
	}}
}

// hears reports whether the app is told of messages in the channel.
func (s *Server) hears(c *Channel) bool { return s.readable(c) == nil && !c.NoBot }

// echo is the bot's own message, which comes back to it as an event.
func (s *Server) echo(c *Channel, m *Message) []delivery {
	if s.Quiet || c == nil || !s.hears(c) {
		return nil
	}
	e := s.messageEvent(c, m)
	e["bot_id"], e["app_id"], e["metadata"] = BotID, AppID, m.Metadata
	return []delivery{s.event(e)}
}

func (s *Server) changed(c *Channel, m *Message) []delivery {
	if s.Quiet || !s.hears(c) {
		return nil
	}
	return []delivery{s.event(map[string]any{
		"type": "message", "subtype": "message_changed", "channel": c.ID, "channel_type": kindOf(c), "ts": s.ts(), "hidden": true, "message": s.messageEvent(c, m),
	})}
}

func kindOf(c *Channel) string {
	switch {
	case c.IM != "":
		return "im"
	case c.Private:
		return "group"
	}
	return "channel"
}

func (s *Server) messageEvent(c *Channel, m *Message) map[string]any {
	e := map[string]any{"type": "message", "channel": c.ID, "channel_type": kindOf(c), "user": m.User, "text": m.Text, "ts": m.TS, "team": Team}
	if m.ThreadTS != "" {
		e["thread_ts"] = m.ThreadTS
	}
	if u := s.users[m.User]; u.Team != Team {
		e["user_team"] = u.Team
	}
	return e
}

// deliver tells the app, and again when it does not acknowledge: within three seconds,
// then at once, after a minute and after five.
// https://docs.slack.dev/apis/events-api#retries
func (s *Server) deliver(d delivery) {
	s.tells(1)
	s.pending.Go(func() {
		defer s.tells(-1)
		times := 1
		if s.Shuffle && d.kind == "events_api" && rand.IntN(10) == 0 {
			times = 2 // the same event, delivered twice
		}
		for range times {
			s.tell(d)
		}
	})
}

func (s *Server) tells(more int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.telling += more
}

var retryAfter = []int{0, 60, 300}

func (s *Server) tell(d delivery) {
	reason := ""
	for attempt := 0; ; attempt++ {
		var ok bool
		if s.eventsURL() == "" {
			ok = s.hub.send(s, d, attempt, reason)
		} else {
			ok, reason = s.post(d, attempt, reason)
		}
		if ok {
			s.mu.Lock()
			s.acked[d.id] = true
			s.mu.Unlock()
			return
		}
		if d.kind != "events_api" || attempt == len(retryAfter) {
			break
		}
		select {
		case <-s.closed:
			return
		case <-time.After(time.Duration(retryAfter[attempt]) * s.Unit):
		}
	}
	s.mu.Lock()
	s.lost = append(s.lost, d.id)
	s.mu.Unlock()
	if d.result != nil {
		d.result <- nil
	}
}

// SetEvents moves the app's HTTP address: it was started anew.
func (s *Server) SetEvents(url string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.Events = url
}

func (s *Server) eventsURL() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.Events
}

// body writes a delivery as its kind is sent over HTTP.
func (d delivery) body() (path, contentType string, body []byte) {
	text, _ := json.Marshal(d.payload)
	switch d.kind {
	case "interactive":
		return "/slack/interactions", "application/x-www-form-urlencoded", []byte(url.Values{"payload": {string(text)}}.Encode())
	case "slash_commands":
		form := url.Values{}
		for name, value := range d.payload {
			form.Set(name, fmt.Sprint(value))
		}
		return "/slack/commands", "application/x-www-form-urlencoded", []byte(form.Encode())
	}
	return "/slack/events", "application/json", text
}

// Sign signs a body as https://docs.slack.dev/authentication/verifying-requests-from-slack
// has it.
func Sign(secret string, at time.Time, body []byte) (timestamp, signature string) {
	timestamp = strconv.FormatInt(at.Unix(), 10)
	mac := hmac.New(sha256.New, []byte(secret))
	_, _ = fmt.Fprintf(mac, "v0:%s:%s", timestamp, body)
	return timestamp, "v0=" + hex.EncodeToString(mac.Sum(nil))
}

var client = &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 256, IdleConnTimeout: 30 * time.Second}}

func (s *Server) post(d delivery, attempt int, why string) (ok bool, reason string) {
	path, contentType, body := d.body()
	ctx, cancel := context.WithTimeout(context.Background(), 3*max(s.Unit, time.Second/3))
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, s.eventsURL()+path, bytes.NewReader(body))
	if err != nil {
		return false, "unknown_error"
	}
	r.Header.Set("Content-Type", contentType)
	timestamp, signature := Sign(SigningSecret, time.Now(), body)
	r.Header.Set("X-Slack-Request-Timestamp", timestamp)
	r.Header.Set("X-Slack-Signature", signature)
	if attempt > 0 {
		r.Header.Set("X-Slack-Retry-Num", strconv.Itoa(attempt))
		r.Header.Set("X-Slack-Retry-Reason", why)
	}
	resp, err := client.Do(r)
	if err != nil {
		if ctx.Err() != nil {
			return false, "http_timeout"
		}
		return false, "connection_failed"
	}
	defer func() { _ = resp.Body.Close() }()
	answer, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode/100 != 2 {
		return false, "http_error"
	}
	if d.result != nil {
		d.result <- answer
	}
	return true, ""
}
