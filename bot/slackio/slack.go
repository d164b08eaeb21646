package slackio

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/slack-go/slack"

	"rollcall/bot"
)

// Slack is one workspace's bot: it takes in what people write and brings them answers. It
// is safe for concurrent use. Connect must have succeeded before anything else.
type Slack struct {
	config Config
	api    *slack.Client
	limits *limits
	self   atomic.Pointer[slack.AuthTestResponse]
	users  users
	echoes echoes
	dms    sync.Map       // a person's direct messages' channel, by user
	busy   sync.Map       // of a turn that shows that it is worked on: a channel that closes when that is set
	late   sync.WaitGroup // calls that nobody waits for
	homes  homes
	replay replay
	prompt prompted
	// streams is off when Slack has said that the bot may not stream.
	noStreams atomic.Bool
	sockets   atomic.Int32 // how many connections are open
}

const rememberedEchoes = 20_000

// New returns the bot of a workspace. It calls nobody.
func New(c Config) *Slack {
	s := &Slack{config: c, api: c.api(), limits: newLimits(time.Now), users: users{known: map[string]profile{}}}
	s.echoes.most, s.homes.most = rememberedEchoes, mostProfiles
	s.prompt.at = map[string]time.Time{}
	return s
}

var _ bot.Poster = (*Slack)(nil)

// errToken means that Slack refuses the bot's token.
var errToken = errors.New("SLACK_BOT_TOKEN is refused")

// Connect asks Slack who the bot is, and again until it answers or ctx ends. A token that
// Slack refuses is an error at once.
func (s *Slack) Connect(ctx context.Context) error {
	for wait := time.Second; ; wait = min(2*wait, time.Minute) {
		self, err := s.api.AuthTestContext(ctx)
		if err == nil && self.UserID == "" {
			err = errNothing
		}
		if err == nil {
			s.self.Store(self)
			return nil
		}
		var refused slack.SlackErrorResponse
		if errors.As(err, &refused) {
			switch refused.Err {
			case "invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired":
				return fmt.Errorf("%w: Slack says %s", errToken, refused.Err)
			}
		}
		s.config.Logger.WarnContext(ctx, "Slack does not say who the bot is; asking again", "reason", reason(err), "wait", wait)
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(wait):
		}
	}
}

// Ready reports why the bot takes nothing in, or nil.
func (s *Slack) Ready() error {
	switch {
	case s.self.Load() == nil:
		return errors.New("Slack has not said who the bot is")
	case s.config.AppToken != "" && s.sockets.Load() == 0:
		return errors.New("no connection to Slack is open")
	}
	return nil
}

// connected is an error until Slack has said who the bot is. Before, nothing that comes in
// can be read rightly: neither the bot's own mention nor whose workspace it is.
func (s *Slack) connected() error {
	if s.self.Load() == nil {
		return errNotConnected
	}
	return nil
}

// Wait returns when nothing is under way any more that nobody waited for, or when ctx ends.
func (s *Slack) Wait(ctx context.Context) {
	done := make(chan struct{})
	go func() { s.late.Wait(); close(done) }()
	select {
	case <-done:
	case <-ctx.Done():
	}
}

func (s *Slack) who() slack.AuthTestResponse {
	if self := s.self.Load(); self != nil {
		return *self
	}
	return slack.AuthTestResponse{}
}

func (s *Slack) team() string    { return s.who().TeamID }
func (s *Slack) botUser() string { return s.who().UserID }
func (s *Slack) botID() string   { return s.who().BotID }

func (s *Slack) at(checkpoint string) {
	if s.config.Checkpoint != nil {
		s.config.Checkpoint(checkpoint)
	}
}
