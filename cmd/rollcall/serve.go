package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"runtime/debug"
	"sync"
	"time"

	"rollcall/admin/signin"
	"rollcall/bot/slackio"
	"rollcall/cmd/rollcall/telemetry"
)

type serveCmd struct{}

const (
	// handBackTime is how long running turns and requests may take to end before they are
	// handed back or cut off. A process ends within thirty seconds.
	handBackTime = 20 * time.Second
	// lastTraces is how long the last traces may take to be sent.
	lastTraces = 2 * time.Second
)

// serveGC lets the heap of a server grow to three times of what is in use before it is swept:
// little is, and a turn leaves much behind.
const serveGC = 200

// Run answers in Slack, where that is configured, and serves HTTP until it is told to end.
// Then nothing new is taken in, what is being answered has a while to end, and the rest is
// left for the next process.
func (*serveCmd) Run(ctx context.Context, cfg *Config, s streams) (err error) {
	debug.SetGCPercent(serveGC)
	if err = cfg.Slack.check(); err != nil {
		return err
	}
	a, err := cfg.connect(ctx, cfg.DatabaseURL, s.err, true)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.close(ctx)) }()
	if err = a.watch(ctx); err != nil {
		return err
	}
	defer func() { a.endTraces(ctx) }()
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
	who, err := a.signIn(ctx, slack)
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	defer who.Wait(context.WithoutCancel(ctx))
	return a.serve(ctx, slack, who, listener, s)
}

// watch has the process counted and, where they are wanted, traced.
func (a *app) watch(ctx context.Context) (err error) {
	a.metrics = telemetry.NewMetrics(version)
	a.metrics.Watch(a.load)
	if a.config.OTLPEndpoint == "" {
		return nil
	}
	a.traces, err = telemetry.NewTraces(ctx, telemetry.TraceConfig{
		Endpoint: a.config.OTLPEndpoint, Service: a.config.OTLPService, Version: version, Logger: a.logger,
	})
	return err
}

// load counts what there is to do.
func (a *app) load(ctx context.Context) (telemetry.Load, error) {
	l, err := a.inbox.GetLoad(ctx)
	if err != nil || a.mongo == nil {
		return telemetry.Load{Load: l}, err
	}
	waiting, err := a.queue.Pending(ctx)
	return telemetry.Load{Load: l, Records: waiting}, err
}

func (a *app) endTraces(ctx context.Context) {
	ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastTraces)
	defer cancel()
	if err := a.traces.Close(ending); err != nil {
		a.logger.WarnContext(ctx, "the last traces were not sent", "error", err)
	}
}

// serve runs everything until ctx ends.
func (a *app) serve(ctx context.Context, slack *slackio.Slack, who *signin.Service, listener net.Listener, s streams) error {
	server := newServer(a.handler(slack, who)) //nolint:contextcheck // requests bring their own
	failed := make(chan error, 2)
	var beside sync.WaitGroup
	work := context.WithoutCancel(ctx)
	running, stop := context.WithCancel(work)
	if a.desk != nil {
		beside.Go(func() { a.desk.Run(running) })
	}
	beside.Go(func() { a.forgetDaily(running) })
	beside.Go(func() { failed <- a.listen(ctx, slack, s) })
	go func() { failed <- unlessEnded(server.Serve(listener)) }()
	var err error
	select {
	case err = <-failed:
	case <-ctx.Done():
	}
	stopping, cancel := context.WithTimeout(work, handBackTime)
	defer cancel()
	err = errors.Join(err, shutDown(stopping, server), a.queue.Stop(stopping))
	if slack != nil {
		slack.Wait(stopping)
	}
	stop()
	beside.Wait()
	if a.desk != nil {
		waitFor(work, a.desk.Bot)
	}
	return err
}

func newServer(h http.Handler) *http.Server {
	return &http.Server{Handler: h, ReadHeaderTimeout: readTimeout, ReadTimeout: readTimeout, IdleTimeout: idleTimeout, MaxHeaderBytes: headersBytes}
}

// unlessEnded makes the end of a server that was told to end no error.
func unlessEnded(err error) error {
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return fmt.Errorf("serve HTTP: %w", err)
}

// shutDown lets requests end until ctx does, and then cuts them off: a client that reads
// slowly must not keep a process from its end.
func shutDown(ctx context.Context, server *http.Server) error {
	err := server.Shutdown(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		return server.Close()
	}
	return err
}

func (a *app) handler(slack *slackio.Slack, who *signin.Service) http.Handler {
	mux := http.NewServeMux()
	if slack != nil {
		mux.Handle("/slack/", slack.Handler())
	}
	mux.Handle("/api/", a.api(slack, who))
	mux.HandleFunc("GET /healthz", alive)
	mux.HandleFunc("GET /readyz", a.ready(slack))
	mux.Handle("GET /metrics", a.metrics.Handler(a.config.MetricsToken))
	return mux
}
