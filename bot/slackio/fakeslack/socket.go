package fakeslack

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

// Socket Mode: https://docs.slack.dev/apis/events-api/using-socket-mode. Each event goes to
// one of the app's connections, of which there may be ten (node-slack-sdk issue 1654). An
// acknowledgement of 20 kilobytes or more is ignored (slack-go's notes).
const (
	mostConnections = 10
	largestAck      = 20 << 10
)

type hub struct {
	mu       sync.Mutex
	all      []*connection
	envelope int
	waiting  map[string]chan []byte // for acknowledgements, by envelope
	silent   bool                   // no pings, and nothing is sent: half-open
}

type connection struct {
	mu sync.Mutex
	ws *websocket.Conn
}

func (c *connection) write(v any) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	_ = c.ws.SetWriteDeadline(time.Now().Add(5 * time.Second))
	return c.ws.WriteJSON(v)
}

// The client says that it comes from Slack's own page.
var upgrader = websocket.Upgrader{CheckOrigin: func(*http.Request) bool { return true }}

func (s *Server) serveSocket(w http.ResponseWriter, r *http.Request) {
	ws, err := upgrader.Upgrade(w, r, nil)
	if err != nil {
		return
	}
	c := &connection{ws: ws}
	defer func() { _ = ws.Close() }()
	if !s.hub.join(c) {
		_ = c.write(map[string]any{"type": "disconnect", "reason": "too_many_websockets"})
		return
	}
	defer s.hub.leave(c)
	_ = c.write(map[string]any{"type": "hello", "num_connections": s.hub.count(), "connection_info": map[string]any{"app_id": AppID}})
	done := make(chan struct{})
	defer close(done)
	go s.ping(c, done)
	for {
		_, message, err := ws.ReadMessage()
		if err != nil {
			return
		}
		var ack struct {
			Envelope string          `json:"envelope_id"`
			Payload  json.RawMessage `json:"payload"`
		}
		if json.Unmarshal(message, &ack) == nil && len(message) < largestAck {
			s.hub.ack(ack.Envelope, ack.Payload)
		}
	}
}

func (s *Server) ping(c *connection, done <-chan struct{}) {
	for {
		select {
		case <-done:
			return
		case <-time.After(5 * time.Second):
		}
		if !s.hub.isSilent() {
			_ = c.ws.WriteControl(websocket.PingMessage, []byte("ping"), time.Now().Add(time.Second))
		}
	}
}

func (h *hub) join(c *connection) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.all) >= mostConnections {
		return false
	}
	h.all = append(h.all, c)
	return true
}

func (h *hub) leave(c *connection) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for i, other := range h.all {
		if other == c {
			h.all = append(h.all[:i:i], h.all[i+1:]...)
			return
		}
	}
}

func (h *hub) count() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.all)
}

func (h *hub) isSilent() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.silent
}

func (h *hub) closeAll() {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, c := range h.all {
		_ = c.ws.Close()
	}
}

func (h *hub) ack(envelope string, payload []byte) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if waiting := h.waiting[envelope]; waiting != nil {
		waiting <- payload
		delete(h.waiting, envelope)
	}
}

// send gives a delivery to one of the connections and waits for its acknowledgement.
func (h *hub) send(s *Server, d delivery, attempt int, reason string) bool {
	c, envelope, acked := h.pick()
	for end := time.Now().Add(3 * s.Unit); c == nil && time.Now().Before(end); c, envelope, acked = h.pick() {
		time.Sleep(s.Unit / 100)
	}
	if c == nil {
		return false
	}
	defer h.drop(envelope)
	frame := map[string]any{"type": d.kind, "envelope_id": envelope, "payload": d.payload, "accepts_response_payload": d.kind != "events_api"}
	if d.kind == "events_api" {
		frame["retry_attempt"], frame["retry_reason"] = attempt, reason
	}
	if !h.isSilent() && c.write(frame) != nil {
		return false
	}
	select {
	case body := <-acked:
		if d.result != nil {
			d.result <- body
		}
		return true
	case <-time.After(3 * s.Unit):
	case <-s.closed:
	}
	return false
}

func (h *hub) pick() (*connection, string, chan []byte) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.all) == 0 {
		return nil, "", nil
	}
	h.envelope++
	envelope := fmt.Sprintf("envelope-%d", h.envelope)
	acked := make(chan []byte, 1)
	if h.waiting == nil {
		h.waiting = map[string]chan []byte{}
	}
	h.waiting[envelope] = acked
	return h.all[rand.IntN(len(h.all))], envelope, acked
}

func (h *hub) drop(envelope string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.waiting, envelope)
}

// Connections returns how many sockets are open.
func (s *Server) Connections() int { return s.hub.count() }

// Disconnect ends one connection as Slack does: for refresh_requested, link_disabled or
// after a warning.
func (s *Server) Disconnect(reason string) {
	s.hub.mu.Lock()
	var c *connection
	if len(s.hub.all) > 0 {
		c = s.hub.all[rand.IntN(len(s.hub.all))]
	}
	s.hub.mu.Unlock()
	if c == nil {
		return
	}
	_ = c.write(map[string]any{"type": "disconnect", "reason": reason})
	if reason != "warning" {
		s.hub.leave(c)
	}
}

// Garbage sends a frame that is no JSON on one connection.
func (s *Server) Garbage() {
	s.hub.mu.Lock()
	defer s.hub.mu.Unlock()
	for _, c := range s.hub.all {
		c.mu.Lock()
		_ = c.ws.WriteMessage(websocket.TextMessage, []byte("{not json"))
		c.mu.Unlock()
		return
	}
}

// Silence has the connections stay open and say nothing.
func (s *Server) Silence(yes bool) {
	s.hub.mu.Lock()
	defer s.hub.mu.Unlock()
	s.hub.silent = yes
}
