package llm

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/failsafe-go/failsafe-go"
	openai "github.com/sashabaranov/go-openai"

	"rollcall/bot"
)

// Wire is the protocol by which a server is asked.
type Wire string

// The wires. Auto takes Responses for OpenAI's own servers and Azure's /openai/v1, and
// Chat Completions elsewhere, and switches once when the server says that it must.
const (
	Auto      Wire = "auto"
	Chat      Wire = "chat"
	Responses Wire = "responses"
)

// Config says which server answers and as what.
type Config struct {
	BaseURL string // with the version path, such as http://127.0.0.1:11434/v1; empty is OpenAI's
	Key     string // may be empty for servers that want none
	Model   string
	Wire    Wire         // empty is Auto
	Client  *http.Client // nil is one that keeps a connection for each turn that may run; deadlines come with the context
	Logger  *slog.Logger // nil keeps a change of wire to itself
	Prices  Prices       // the zero value knows no price

	RetryDelay   time.Duration // before the first retry; 0 is half a second
	BreakerPause time.Duration // how long a server that keeps failing is left alone; 0 is a minute
}

// Model is a language model behind either wire. Its calls are tried again where that may
// help, and fail at once for a while after many failures.
type Model struct {
	client   *openai.Client
	name     string
	auto     bool
	wire     atomic.Value // Wire
	switched atomic.Bool
	logger   *slog.Logger
	prices   Prices
	guard    failsafe.Executor[bot.Response]
	written  sync.Map // the tools as a wire has them, by wire and tools
}

var _ bot.Model = (*Model)(nil)

const openAI = "https://api.openai.com/v1"

// New returns the model that the configuration names. It makes no call.
func New(c Config) (*Model, error) {
	if c.Model == "" {
		return nil, errors.New("OPENAI_MODEL is not set: name the model that OPENAI_BASE_URL serves")
	}
	cfg := openai.DefaultConfig(c.Key)
	cfg.BaseURL = strings.TrimSuffix(c.BaseURL, "/")
	if cfg.BaseURL == "" {
		cfg.BaseURL = openAI
	}
	wire, err := choose(c.Wire, cfg.BaseURL, c.Model)
	if err != nil {
		return nil, err
	}
	client := c.Client
	if client == nil {
		client = newClient()
	}
	cfg.HTTPClient = transport{client}
	m := &Model{
		client: openai.NewClientWithConfig(cfg), name: c.Model, auto: c.Wire == Auto || c.Wire == "",
		logger: c.Logger, prices: c.Prices, guard: guard(c),
	}
	if m.logger == nil {
		m.logger = slog.New(slog.DiscardHandler)
	}
	m.wire.Store(wire)
	return m, nil
}

// idleConns is as many turns as a process works on at once: the library's own two would
// have nearly every call make a connection, with its handshakes, under load.
const idleConns = 200

func newClient() *http.Client {
	pool, ok := http.DefaultTransport.(*http.Transport)
	if !ok { // somebody has put another in its place
		return http.DefaultClient
	}
	pool = pool.Clone()
	pool.MaxIdleConns, pool.MaxIdleConnsPerHost = idleConns, idleConns
	return &http.Client{Transport: pool}
}

// Name returns the name of the model.
func (m *Model) Name() string { return m.name }

// Wire returns the wire that the next call takes.
func (m *Model) Wire() Wire {
	if w, ok := m.wire.Load().(Wire); ok {
		return w
	}
	return Chat
}

// Models that refuse function tools together with reasoning on Chat Completions, and those
// of them that cannot go without reasoning; from the README and the validator of go-openai
// v1.43.0 and the server's own message for GPT-5.4 and later.
var (
	reasoningTools = regexp.MustCompile(`^gpt-(5\.[4-9]|[6-9])`)
	alwaysReasons  = regexp.MustCompile(`^gpt-6(\.1-sol|-astra)`)
	reasons        = regexp.MustCompile(`^(o[134]|gpt-[5-9])`)
)

func choose(wire Wire, base, model string) (Wire, error) {
	at, err := url.Parse(base)
	if err != nil || at.Host == "" || (at.Scheme != "http" && at.Scheme != "https") {
		return "", errors.New("OPENAI_BASE_URL is not an address such as http://127.0.0.1:11434/v1")
	}
	switch wire {
	case Auto, "":
		if at.Hostname() == "api.openai.com" || strings.HasSuffix(strings.TrimSuffix(at.Path, "/"), "/openai/v1") {
			return Responses, nil
		}
		if alwaysReasons.MatchString(model) { // the client refuses these on the other wire before any call
			return Responses, nil
		}
		return Chat, nil
	case Chat:
		if alwaysReasons.MatchString(model) {
			return "", fmt.Errorf("MODEL_WIRE=chat: %s cannot call tools on Chat Completions; take responses or auto", model)
		}
		return Chat, nil
	case Responses:
		return Responses, nil
	}
	return "", fmt.Errorf("MODEL_WIRE: %q is not auto, chat or responses", wire)
}

// Complete makes a call, with its retries. The response says how many there were, also
// beside an error.
func (m *Model) Complete(ctx context.Context, r bot.Request) (bot.Response, error) {
	var attempts int
	response, err := m.guard.WithContext(ctx).GetWithExecution(func(e failsafe.Execution[bot.Response]) (bot.Response, error) { //nolint:contextcheck // its context is ctx, ended by the guard as well
		attempts = e.Attempts()
		return m.attempt(e.Context(), r)
	})
	response.Retries = max(0, attempts-1)
	response.Wire = string(m.Wire())
	if err != nil {
		return response, guarded(ctx, err)
	}
	response.Cost = m.prices.Cost(response.Model, response.Usage)
	if response.Cost == nil {
		response.Cost = m.prices.Cost(m.name, response.Usage)
	}
	return response, nil
}

// attempt makes one call on the present wire, and on the other one when the server says
// that this is the wrong one. That happens once in a process.
func (m *Model) attempt(ctx context.Context, r bot.Request) (bot.Response, error) {
	wire := m.Wire()
	response, err := m.on(ctx, wire, r)
	var failed *Error
	if err == nil || !m.auto || !errors.As(err, &failed) || failed.other == "" || failed.other == wire {
		return response, err
	}
	if !m.switched.CompareAndSwap(false, true) && m.Wire() == wire {
		return response, err
	}
	m.wire.Store(failed.other)
	m.logger.WarnContext(ctx, "the model is asked by another wire from now on", "from", wire, "to", failed.other, "reason", failed.Error())
	return m.on(ctx, failed.other, r)
}

func (m *Model) on(ctx context.Context, wire Wire, r bot.Request) (bot.Response, error) {
	if wire == Responses {
		return m.responses(ctx, r)
	}
	return m.chat(ctx, r)
}
