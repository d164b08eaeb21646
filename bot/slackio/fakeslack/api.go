package fakeslack

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Fault is what goes wrong with one call of the Web API.
type Fault struct {
	Kind  FaultKind
	After int // seconds of Retry-After, for Limited
}

// FaultKind names a fault.
type FaultKind string

// The faults. Those with a commit carry the call out before they go wrong.
const (
	None          FaultKind = ""
	Limited       FaultKind = "429"             // with Retry-After
	LimitedBare   FaultKind = "429 bare"        // without; seen in the field
	LimitedInside FaultKind = "200 ratelimited" // in an answer of 200; seen in the field
	Broken        FaultKind = "503"             // an HTML page
	Cut           FaultKind = "cut"             // the connection ends before anything is done
	CommitCut     FaultKind = "commit, cut"
	CommitBroken  FaultKind = "commit, 503"
	CommitEmpty   FaultKind = "commit, {}"
	Empty         FaultKind = "{}"
	Stall         FaultKind = "stall" // twelve seconds, then as if nothing had been
)

type args map[string]string

type answer map[string]any

func refuse(code string) answer { return answer{"ok": false, "error": code} }

// method is a call of the Web API. It runs under the lock and returns what is to be
// delivered afterwards.
type method struct {
	run    func(s *Server, a args) (answer, []delivery)
	scope  string // needed of the bot's token; see https://docs.slack.dev/reference/methods
	minute int    // calls a minute: the tiers of https://docs.slack.dev/apis/web-api/rate-limits
	app    bool   // called with the app's token
}

func methods() map[string]method {
	return map[string]method{
		"auth.test":                             {run: (*Server).authTest},
		"apps.connections.open":                 {run: (*Server).openConnection, app: true},
		"chat.postMessage":                      {run: (*Server).postMessage, scope: "chat:write"},
		"chat.postEphemeral":                    {run: (*Server).postEphemeral, scope: "chat:write", minute: 100},
		"chat.update":                           {run: (*Server).update, scope: "chat:write", minute: 50},
		"chat.delete":                           {run: (*Server).remove, scope: "chat:write", minute: 50},
		"chat.startStream":                      {run: (*Server).startStream, scope: "chat:write", minute: 20},
		"chat.appendStream":                     {run: (*Server).appendStream, scope: "chat:write", minute: 100},
		"chat.stopStream":                       {run: (*Server).stopStream, scope: "chat:write", minute: 20},
		"agents.sessions.setStatus":             {run: (*Server).setStatus, scope: "assistant:write", minute: 50},
		"assistant.threads.setSuggestedPrompts": {run: (*Server).setPrompts, scope: "assistant:write", minute: 100},
		"views.publish":                         {run: (*Server).publish, minute: 100},
		"views.open":                            {run: (*Server).openView, minute: 100},
		"users.info":                            {run: (*Server).userInfo, scope: "users:read", minute: 100},
		"conversations.open":                    {run: (*Server).openDM, scope: "im:write", minute: 50},
		"conversations.replies":                 {run: (*Server).replies, minute: 50},
		"conversations.history":                 {run: (*Server).history, minute: 50},
		"openid.connect.token":                  {run: (*Server).token},
		"openid.connect.userInfo":               {run: (*Server).signedIn},
	}
}

func (s *Server) serveAPI(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("method")
	a, err := readArgs(r)
	if err != nil {
		writeJSON(w, refuse("invalid_form_data"))
		return
	}
	s.mu.Lock()
	n := s.calls[name]
	s.calls[name]++
	fault := s.Fault
	s.mu.Unlock()
	var f Fault
	if fault != nil {
		f = fault(name, n)
	}
	if s.failBefore(w, r, f) {
		return
	}
	result, deliveries, wait := s.call(name, a)
	for _, d := range deliveries {
		s.deliver(d)
	}
	switch {
	case wait > 0:
		limited(w, strconv.Itoa(int(math.Ceil(wait.Seconds()))))
	case f.Kind == CommitCut:
		cut(w)
	case f.Kind == CommitBroken:
		broken(w)
	case f.Kind == CommitEmpty:
		writeJSON(w, answer{})
	default:
		if name == "auth.test" {
			w.Header().Set("X-OAuth-Scopes", strings.Join(s.granted(), ","))
		}
		writeJSON(w, result)
	}
}

// failBefore does what goes wrong before a call is carried out, and reports whether
// anything did.
func (s *Server) failBefore(w http.ResponseWriter, r *http.Request, f Fault) bool {
	switch f.Kind {
	case Limited:
		limited(w, strconv.Itoa(f.After))
	case LimitedBare:
		limited(w, "")
	case LimitedInside:
		writeJSON(w, refuse("ratelimited"))
	case Broken:
		broken(w)
	case Empty:
		writeJSON(w, answer{})
	case Cut:
		cut(w)
	case Stall:
		select {
		case <-r.Context().Done():
			return true
		case <-s.closed:
			return true
		case <-time.After(12 * time.Second):
		}
		return false
	case None, CommitCut, CommitBroken, CommitEmpty:
		return false
	}
	return true
}

func limited(w http.ResponseWriter, after string) {
	if after != "" {
		w.Header().Set("Retry-After", after)
	}
	w.WriteHeader(http.StatusTooManyRequests)
	_, _ = io.WriteString(w, `{"ok":false,"error":"ratelimited"}`)
}

func broken(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "text/html")
	w.WriteHeader(http.StatusServiceUnavailable)
	_, _ = io.WriteString(w, "<html><body>Slack is having trouble</body></html>")
}

func cut(w http.ResponseWriter) {
	if h, ok := w.(http.Hijacker); ok {
		if conn, _, err := h.Hijack(); err == nil {
			_ = conn.Close()
		}
	}
}

func writeJSON(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	_ = json.NewEncoder(w).Encode(v)
}

// readArgs reads a form or JSON: the Web API takes both.
func readArgs(r *http.Request) (args, error) {
	a := args{}
	if token, found := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); found {
		a["token"] = token
	}
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if kind == "application/json" {
		var body map[string]any
		if err := json.NewDecoder(r.Body).Decode(&body); err != nil && !errors.Is(err, io.EOF) {
			return nil, err
		}
		for name, value := range body {
			text, isText := value.(string)
			if !isText {
				raw, _ := json.Marshal(value)
				text = string(raw)
			}
			a[name] = text
		}
		return a, nil
	}
	if err := r.ParseForm(); err != nil {
		return nil, err
	}
	for name := range r.Form {
		a[name] = r.Form.Get(name)
	}
	return a, nil
}

func (s *Server) granted() []string {
	if s.Granted == nil {
		return Scopes
	}
	return s.Granted
}

func (s *Server) may(scope string) bool { return scope == "" || slices.Contains(s.granted(), scope) }

func missing(scope string) answer {
	return answer{"ok": false, "error": "missing_scope", "needed": scope}
}

// call carries a call out, or says how long to wait.
func (s *Server) call(name string, a args) (answer, []delivery, time.Duration) {
	m, found := s.methods[name]
	if !found {
		return refuse("unknown_method"), nil, 0
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	isOpen := strings.HasPrefix(name, "openid.")
	switch {
	case a["token"] == "" && !isOpen:
		return refuse("not_authed"), nil, 0
	case m.app && a["token"] != AppToken, !m.app && !isOpen && a["token"] != BotToken:
		return refuse("invalid_auth"), nil, 0
	case !s.may(m.scope):
		return missing(m.scope), nil, 0
	}
	if wait := s.limit(name, a, m.minute); wait > 0 {
		return nil, nil, wait
	}
	result, deliveries := m.run(s, a)
	return result, deliveries, 0
}

// bucket is an account of calls: full at the start, it fills up evenly.
type bucket struct {
	left float64
	at   time.Time
}

// limit returns how long to wait, in real time: the header is in seconds of the test's
// unit, rounded up, as Slack's is.
func (s *Server) limit(name string, a args, minute int) time.Duration {
	if !s.Limits {
		return 0
	}
	key, size, perSecond := name, float64(minute), float64(minute)/60
	if name == "chat.postMessage" { // one a second in a channel, with short bursts
		key, size, perSecond = name+" "+a["channel"], 3, 1
	} else if minute == 0 {
		return 0
	}
	b := s.buckets[key]
	now := time.Now()
	if b == nil {
		b = &bucket{left: size, at: now}
		s.buckets[key] = b
	}
	b.left = min(size, b.left+now.Sub(b.at).Seconds()/s.Unit.Seconds()*perSecond)
	b.at = now
	if b.left < 1 {
		return time.Duration((1 - b.left) / perSecond * float64(s.Unit))
	}
	b.left--
	return 0
}

func (s *Server) authTest(args) (answer, []delivery) {
	return answer{"ok": true, "url": strings.TrimSuffix(s.URL, "api/"), "team": "Fake", "team_id": Team, "user": "rollcall", "user_id": BotUser, "bot_id": BotID}, nil
}

func (s *Server) openConnection(args) (answer, []delivery) {
	return answer{"ok": true, "url": fmt.Sprintf("ws%s?ticket=%d", strings.Replace(strings.TrimPrefix(s.URL, "http"), "/api/", "/ws", 1), s.calls["apps.connections.open"])}, nil
}
