package signin

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"time"

	"rollcall/store"
)

// Config is what signing in works on.
type Config struct {
	Store *store.Store
	// Secret signs cookies; see Secret.
	Secret []byte
	// URL is where browsers reach this service, without a slash at the end; empty is not
	// known. With https cookies are Secure and bear better-auth's other name.
	URL string
	// TrustedProxies are the addresses whose X-Forwarded-For is believed.
	TrustedProxies []netip.Prefix
	// SendCode brings a person a code to sign in with; nil: there are none.
	SendCode func(ctx context.Context, personID, code string) error
	// AuthorizeURL is where a browser signs in with Slack, and Identify says who did, once
	// it has come back with a code; nil: nobody can.
	AuthorizeURL func(state, nonce, redirect string) string
	Identify     func(ctx context.Context, code, redirect, nonce string) (Identity, error)
	// Home is where a browser goes that has signed in with Slack; empty is /console.
	Home string
	// Everybody is who makes every request, for a demonstration on a loopback address where
	// nobody signs in. The caller sees to it that the address is one.
	Everybody *Principal
	Logger    *slog.Logger // nil: nothing is logged
}

// Identity is who has signed in with Slack, as Slack says.
type Identity struct {
	User          string // the Slack user's id
	Ours          bool   // of our workspace
	EmailVerified bool
}

// The providers of accounts, as better-auth names them.
const (
	credentialProvider = "credential"
	slackProvider      = "slack"
)

// Service signs people in and says whose a request is. It is safe for concurrent use.
type Service struct {
	config Config
	store  *store.Store
	secure bool // browsers come by https
	hasher *hasher

	addresses *limiter // tries, by where they come from
	accounts  *limiter // tries that failed, by address of the person
	asked     *limiter // codes asked for, likewise
	origins   *http.CrossOriginProtection

	late  sync.WaitGroup
	slots chan struct{} // of what is done after the answer
}

const (
	rememberedKeys = 50_000
	mostLate       = 64
)

// New returns the service. It calls nobody.
func New(c Config) *Service {
	if c.Home == "" {
		c.Home = "/console"
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	s := &Service{
		config: c, store: c.Store, secure: strings.HasPrefix(c.URL, "https:"), hasher: newHasher(),
		addresses: newLimiter(30, 10*time.Second), accounts: newLimiter(10, time.Minute), asked: newLimiter(3, 5*time.Minute),
		origins: http.NewCrossOriginProtection(), slots: make(chan struct{}, mostLate),
	}
	if u, err := url.Parse(c.URL); err == nil && u.Host != "" {
		// It cannot fail: these are all the parts that an origin may have.
		_ = s.origins.AddTrustedOrigin(u.Scheme + "://" + u.Host)
	}
	return s
}

// Wait returns when nothing is under way any more that no request waits for, or when ctx ends.
func (s *Service) Wait(ctx context.Context) {
	done := make(chan struct{})
	go func() { s.late.Wait(); close(done) }()
	select {
	case <-done:
	case <-ctx.Done():
	}
}

// secretSetting is the name under which the secret is kept.
const secretSetting = "secret"

// Secret returns what signs cookies: the configured secret, or the one in the database,
// which the first process makes that needs it.
func Secret(ctx context.Context, s *store.Store, configured string) ([]byte, error) {
	if configured != "" {
		return []byte(configured), nil
	}
	kept, err := s.GetOrCreateSetting(ctx, secretSetting, newToken())
	if err == nil && kept == "" {
		err = errors.New("it is empty")
	}
	if err != nil {
		return nil, fmt.Errorf("read the secret that signs cookies: %w", err)
	}
	return []byte(kept), nil
}
