package slackio

import (
	"context"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"rollcall/bot"
	"rollcall/proposal"
	"rollcall/store/inbox"
)

// Config is how to reach a Slack workspace. Empty fields are not configured.
type Config struct {
	BotToken      string
	AppToken      string // Socket Mode
	SigningSecret string // HTTP events
	APIURL        string // empty is Slack's own
	Client        *http.Client

	ClientID, ClientSecret string   // of Sign in with Slack
	URL                    string   // where people's browsers reach this service, without a slash at the end
	LinkDomains            []string // of the e-mail addresses by which people are known without signing in; lower case

	Desk      *bot.Desk
	Inbox     *inbox.Inbox
	Directory Directory
	Feedback  Feedback
	Clerk     *proposal.Clerk // decides what people click
	Now       func() time.Time
	Logger    *slog.Logger
	// Checkpoint is told where a delivery is; nil is nobody. Tests end the process there.
	Checkpoint func(name string)
	// Observe is told every call to Slack that is part of a turn, how it ended (one of the
	// Outcomes) and how long it took; nil is nobody. It must not block.
	Observe func(method, outcome string, took time.Duration)
	// Waited is told how long a call waited for its turn; nil is nobody. It must not block.
	Waited     func(method string, d time.Duration)
	KeepDays   int  // for how long exchanges are kept, as people are told; 0 is for ever
	Unreviewed bool // administrators do not open what people ask
	// Opened is a sentence on who has opened a person's conversations lately; empty when
	// nobody has. Nil tells nobody.
	Opened func(ctx context.Context, person string) (string, error)
}

const (
	defaultAPIURL = "https://slack.com/api/"
	callTimeout   = 10 * time.Second
	idleConns     = 128
)

func (c Config) apiURL() string {
	if c.APIURL == "" {
		return defaultAPIURL
	}
	return strings.TrimSuffix(c.APIURL, "/") + "/"
}

// siteURL is where people see Slack's pages: the Web API's address without its path.
func (c Config) siteURL() string {
	return strings.TrimSuffix(strings.TrimSuffix(c.apiURL(), "/"), "/api")
}

func (c Config) api() *slack.Client {
	client := c.Client
	if client == nil { // the library's own has no time limit
		client = &http.Client{Timeout: callTimeout, Transport: &http.Transport{
			Proxy: http.ProxyFromEnvironment, MaxIdleConnsPerHost: idleConns, IdleConnTimeout: time.Minute, ForceAttemptHTTP2: true,
		}}
	}
	return slack.New(c.BotToken, slack.OptionAppLevelToken(c.AppToken), slack.OptionAPIURL(c.apiURL()), slack.OptionHTTPClient(client))
}
