package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"rollcall/bot"
	"rollcall/bot/slackio"
	"rollcall/store/chatlog"
)

type serveCmd struct{}

const (
	// handBackTime is how long running turns may take to end before they are handed back.
	handBackTime = 20 * time.Second
	readyTimeout = 2 * time.Second
)

// serveGC lets the heap of a server grow to three times of what is in use before it is swept:
// little is, and a turn leaves much behind.
const serveGC = 200

var errNoSlack = errors.New("there is no access to Slack: set SLACK_BOT_TOKEN, and SLACK_APP_TOKEN (Socket Mode) or SLACK_SIGNING_SECRET (HTTP); the README tells where they are found")

// Run answers in Slack until it is told to end. Then nothing new is taken in, what is
// being answered has a while to end, and the rest is left for the next process.
func (*serveCmd) Run(ctx context.Context, cfg *Config, s streams) (err error) {
	debug.SetGCPercent(serveGC)
	if cfg.Slack.BotToken == "" || cfg.Slack.AppToken == "" && cfg.Slack.SigningSecret == "" {
		return errNoSlack
	}
	a, err := cfg.connect(ctx, cfg.DatabaseURL, s.err, true)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.close(ctx)) }()
	slack, err := a.slack()
	if err != nil {
		return err
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", cfg.Listen)
	if err != nil {
		return fmt.Errorf("ROLLCALL_LISTEN: %w", err)
	}
	fmt.Fprintf(s.out, "listening on http://%s\n", listener.Addr())
	if notice, noticeErr := a.notice(ctx); noticeErr == nil {
		fmt.Fprint(s.err, notice)
	}
	return a.serve(ctx, slack, listener, s)
}

// slack wires the bot of the workspace.
func (a *app) slack() (*slackio.Slack, error) {
	b, err := a.bot()
	if err != nil {
		return nil, err
	}
	c := a.config.Slack
	a.desk = &bot.Desk{Bot: b, Inbox: a.inbox, Wake: a.queue.Wake, Logger: a.logger, Checkpoint: checkpoint()}
	a.clicks = a.clerk()
	slack := slackio.New(slackio.Config{
		BotToken: c.BotToken, AppToken: c.AppToken, SigningSecret: c.SigningSecret, APIURL: c.APIURL,
		ClientID: c.ClientID, ClientSecret: c.ClientSecret, URL: strings.TrimSuffix(a.config.URL, "/"), LinkDomains: lower(c.LinkDomains),
		Desk: a.desk, Inbox: a.inbox, Directory: directory{a.store}, Feedback: feedback{a}, Clerk: a.clicks, Now: a.now, Logger: a.logger,
		KeepDays: a.config.KeepDays, Checkpoint: checkpoint(),
	})
	a.desk.Poster, a.clicks.Notify = slack, slack.Notify
	return slack, nil
}

func lower(all []string) []string {
	out := make([]string, 0, len(all))
	for _, s := range all {
		out = append(out, strings.ToLower(strings.TrimPrefix(strings.TrimSpace(s), "@")))
	}
	return out
}

// feedback keeps what people think of answers, now or, when the log is away, later.
type feedback struct{ app *app }

// SetFeedback returns once it is kept or will be.
func (f feedback) SetFeedback(ctx context.Context, turn string, opinion chatlog.Feedback) error {
	return f.app.queue.SetFeedback(ctx, turn, opinion)
}

// serve runs everything until ctx ends.
func (a *app) serve(ctx context.Context, slack *slackio.Slack, listener net.Listener, s streams) error {
	server := &http.Server{
		Handler: a.handler(slack), ReadHeaderTimeout: readTimeout, ReadTimeout: readTimeout, IdleTimeout: idleTimeout, MaxHeaderBytes: headersBytes,
	}
	failed := make(chan error, 2)
	var beside sync.WaitGroup
	work := context.WithoutCancel(ctx)
	running, stop := context.WithCancel(work)
	beside.Go(func() { a.desk.Run(running) })
	beside.Go(func() { a.forgetDaily(running) })
	beside.Go(func() { failed <- a.listen(ctx, slack, s) })
	go func() {
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			failed <- fmt.Errorf("serve HTTP: %w", err)
		}
	}()
	var err error
	select {
	case err = <-failed:
	case <-ctx.Done():
	}
	stopping, cancel := context.WithTimeout(work, handBackTime)
	defer cancel()
	err = errors.Join(err, server.Shutdown(stopping), a.queue.Stop(stopping))
	slack.Wait(stopping)
	stop()
	beside.Wait()
	waitFor(work, a.desk.Bot)
	return err
}

// listen takes events in once Slack has said who the bot is. What was left from before is
// worked on from then on as well: answers and notices need Slack.
func (a *app) listen(ctx context.Context, slack *slackio.Slack, s streams) error {
	err := slack.Connect(ctx)
	if err == nil {
		err = a.queue.Start(context.WithoutCancel(ctx))
	}
	if err == nil {
		fmt.Fprintln(s.out, "ready")
		var beside sync.WaitGroup
		beside.Go(func() { a.clicks.Run(ctx) })
		if a.config.Slack.AppToken != "" {
			slack.Listen(ctx)
		}
		<-ctx.Done()
		beside.Wait()
	}
	if ctx.Err() != nil { // told to end, perhaps before it was ready
		err = nil
	}
	return err
}

func (a *app) handler(slack *slackio.Slack) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/slack/", slack.Handler())
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), readyTimeout)
		defer cancel()
		write, _ := a.store.SQL()
		if err := errors.Join(write.PingContext(ctx), slack.Ready()); err != nil {
			a.logger.WarnContext(ctx, "not ready", "error", err)
			http.Error(w, "not ready", http.StatusServiceUnavailable)
			return
		}
		fmt.Fprintln(w, "ready")
	})
	return mux
}

const (
	forgetEvery = time.Hour
	// keepTurns is for how many days turns are kept at least: nothing that Slack sends again
	// is older than minutes, and follow-ups are understood for as long.
	keepTurns = 30
)

// forgetDaily drops what has been kept long enough, now and every hour.
func (a *app) forgetDaily(ctx context.Context) {
	for {
		if err := a.forgetTurns(ctx); err != nil && ctx.Err() == nil {
			a.logger.WarnContext(ctx, "what is old could not be forgotten", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(forgetEvery):
		}
	}
}

func (a *app) forgetTurns(ctx context.Context) error {
	days := keepTurns
	if a.config.KeepDays > 0 {
		days = min(days, a.config.KeepDays)
	}
	_, err := a.inbox.DeleteBefore(ctx, time.Now().AddDate(0, 0, -days))
	yesterday := a.now().AddDate(0, 0, -1) // what has just expired may be written in another format
	return errors.Join(err, a.forget(ctx), a.store.DeleteVerificationsBefore(ctx, yesterday), a.store.DeleteSessionsBefore(ctx, yesterday))
}
