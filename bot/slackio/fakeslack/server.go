// Package fakeslack is a Slack workspace on the loopback address, for tests and for trying
// the bot by hand: the Web API as far as the bot uses it, Socket Mode, signed HTTP events,
// clicks, commands, streams, limits, and the faults that the real one has. Where a rule
// comes from stands next to it.
package fakeslack

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"
)

// Tokens and ids of the one workspace and its one app.
const (
	BotToken      = "xoxb-fake-bot-token"
	AppToken      = "xapp-fake-app-token"
	SigningSecret = "0123456789abcdef0123456789abcdef"
	ClientID      = "1234.5678"
	ClientSecret  = "fake-client-secret"
	Team          = "T0FAKE"
	BotUser       = "U0ROLLCALL"
	BotID         = "B0ROLLCALL"
	AppID         = "A0ROLLCALL"
)

// Scopes are what the app's manifest asks for, the optional ones last.
var Scopes = []string{
	"app_mentions:read", "assistant:write", "chat:write", "commands", "im:history", "im:write", "users:read", "users:read.email",
	"channels:history", "channels:read", "groups:history", "groups:read",
}

// User is a member of the workspace, or of another one.
type User struct {
	ID, Name, Email                                     string
	Team                                                string // empty is Team
	Unconfirmed, Deleted, IsBot, Guest, OneGuest, Alien bool
}

// Channel is a place to talk. A direct message has one member besides the bot.
type Channel struct {
	ID       string
	Private  bool
	IM       string // the member of a direct message
	Shared   bool   // with another company
	Archived bool
	NoBot    bool // the bot is not in it
}

// Message is a message as everybody sees it.
type Message struct {
	Channel  string `json:"channel"`
	TS       string `json:"ts"`
	ThreadTS string `json:"thread_ts,omitempty"`
	User     string `json:"user"`
	BotID    string `json:"bot_id,omitempty"`
	Text     string `json:"text"`
	Blocks   []any  `json:"blocks,omitempty"`
	Metadata any    `json:"metadata,omitempty"`
	OnlyFor  string `json:"only_for,omitempty"` // an ephemeral message
	Edited   int    `json:"edits,omitempty"`    // how often
	Deleted  bool   `json:"deleted,omitempty"`
	Stream   string `json:"stream,omitempty"` // open, ended, or stopped by the person

	started time.Time
	chars   int
}

// Server is the workspace. Its fields may be set until Serve.
type Server struct {
	URL string // of the Web API, with a slash at the end
	// Events is where the app's HTTP address is, such as http://127.0.0.1:8080; empty is Socket Mode.
	Events string
	// Unit is how long a second of Slack's lasts: shorter makes limits, retries and the ends
	// of streams come sooner.
	Unit time.Duration
	// Limits has calls refused that are more than Slack allows.
	Limits bool
	// Granted are the app's scopes; nil is Scopes.
	Granted []string
	// Fault is asked before each call of the Web API, with how often the method was called
	// before; nil is none.
	Fault func(method string, n int) Fault
	// Shuffle delivers the two events of a mention in either order, and doubles some.
	Shuffle bool
	// Quiet has the bot's own messages not come back as events.
	Quiet bool

	mu       sync.Mutex
	users    map[string]User
	channels map[string]*Channel
	messages map[string][]*Message // by channel, in order of time
	byTS     map[string]*Message   // by channel and ts
	statuses map[string]string     // of threads
	views    map[string]any        // home pages, by user
	modals   []any
	prompts  map[string]any
	calls    map[string]int // by method
	buckets  map[string]*bucket
	codes    map[string]signIn // of sign-ins, by code
	lastTS   int64
	events   int
	acked    map[string]bool // by event id
	lost     []string        // events that were never acknowledged
	telling  int             // deliveries under way
	hub      hub
	pending  sync.WaitGroup
	server   *http.Server
	listener net.Listener
	served   sync.Once
	methods  map[string]method
	closed   chan struct{}
}

// New opens an empty workspace at the address, which must be a loopback one. Nobody is
// answered before Serve.
func New(address string) (*Server, error) {
	listener, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", address)
	if err != nil {
		return nil, err
	}
	if tcp, ok := listener.Addr().(*net.TCPAddr); !ok || !tcp.IP.IsLoopback() {
		return nil, fmt.Errorf("%s is not a loopback address", address)
	}
	s := &Server{
		URL: fmt.Sprintf("http://%s/api/", listener.Addr()), Unit: time.Second,
		users: map[string]User{}, channels: map[string]*Channel{}, messages: map[string][]*Message{}, byTS: map[string]*Message{},
		statuses: map[string]string{}, views: map[string]any{}, prompts: map[string]any{}, calls: map[string]int{}, buckets: map[string]*bucket{},
		codes: map[string]signIn{}, acked: map[string]bool{}, closed: make(chan struct{}), methods: methods(),
	}
	s.AddUser(User{ID: BotUser, Name: "rollcall", IsBot: true})
	s.server = &http.Server{Handler: s.routes(), ReadHeaderTimeout: 10 * time.Second}
	s.listener = listener
	return s, nil
}

// Serve answers from now on; again it does nothing.
func (s *Server) Serve() {
	s.served.Do(func() { go func() { _ = s.server.Serve(s.listener) }() })
}

// Close ends the workspace and waits for deliveries under way.
func (s *Server) Close() {
	close(s.closed)
	s.hub.closeAll()
	_ = s.server.Close()
	_ = s.listener.Close()
	s.pending.Wait()
}

func (s *Server) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/api/{method}", s.serveAPI)
	mux.HandleFunc("GET /ws", s.serveSocket)
	mux.HandleFunc("GET /openid/connect/authorize", s.serveAuthorize)
	mux.HandleFunc("GET /transcript", s.serveTranscript)
	mux.HandleFunc("GET /{$}", s.servePage)
	mux.HandleFunc("POST /page/say", s.pageSay)
	mux.HandleFunc("POST /page/click", s.pageClick)
	mux.HandleFunc("POST /page/submit", s.pageSubmit)
	mux.HandleFunc("POST /page/command", s.pageCommand)
	mux.HandleFunc("POST /page/home", s.pageHome)
	return mux
}

// AddUser adds or changes somebody.
func (s *Server) AddUser(u User) {
	if u.Team == "" {
		u.Team = Team
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.users[u.ID] = u
}

// AddChannel adds or changes a channel.
func (s *Server) AddChannel(c Channel) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.channels[c.ID] = &c
}

// DM returns the id of somebody's direct messages with the bot, which are there from then on.
func (s *Server) DM(user string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.dm(user)
}

func (s *Server) dm(user string) string {
	id := "D" + user[1:]
	if s.channels[id] == nil {
		s.channels[id] = &Channel{ID: id, IM: user}
	}
	return id
}

// ts makes the next time stamp: they are unique in the workspace and grow.
func (s *Server) ts() string {
	now := max(time.Now().UnixMicro(), s.lastTS+1)
	s.lastTS = now
	return fmt.Sprintf("%d.%06d", now/1_000_000, now%1_000_000)
}

func (s *Server) add(m *Message) {
	s.messages[m.Channel] = append(s.messages[m.Channel], m)
	s.byTS[m.Channel+" "+m.TS] = m
}

// Messages returns copies of all messages of the channel in order, ephemeral ones too.
func (s *Server) Messages(channel string) []Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := make([]Message, 0, len(s.messages[channel]))
	for _, m := range s.messages[channel] {
		s.streams(m) // a stream ends by itself, also when nobody looks
		if !m.Deleted {
			all = append(all, *m)
		}
	}
	return all
}

// Replies returns the bot's messages in the thread in order. A stream that is not ended
// is not among them.
func (s *Server) Replies(channel, root string) []Message {
	return slices.DeleteFunc(s.Messages(channel), func(m Message) bool {
		return m.User != BotUser || m.ThreadTS != root && m.TS != root || m.Stream == "open"
	})
}

// Home returns the page that somebody has, or nil.
func (s *Server) Home(user string) any {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.views[user]
}

// Modals returns the forms that were opened.
func (s *Server) Modals() []any {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.modals)
}

// Prompts returns what was suggested in the channel, or nil.
func (s *Server) Prompts(channel string) any {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.prompts[channel]
}

// Status returns the sign of the thread: processing, active, or empty.
func (s *Server) Status(channel, root string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.statuses[channel+" "+root]
}

// Calls returns how often the method was called.
func (s *Server) Calls(method string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.calls[method]
}

// Lost returns the events that were never acknowledged, whatever was tried.
func (s *Server) Lost() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.lost)
}

// IsAcked reports whether the event was acknowledged.
func (s *Server) IsAcked(event string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.acked[event]
}

// IsHeard reports whether everything that the app was told is acknowledged or lost.
func (s *Server) IsHeard() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.telling == 0
}

// SetFault changes what goes wrong.
func (s *Server) SetFault(f func(method string, n int) Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.Fault = f
}
