package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"

	"rollcall/store"
	"rollcall/store/sample"
)

type demoCmd struct{}

var (
	errPublicDemo = errors.New("demo serves on this machine alone, such as 127.0.0.1:8080: whoever reaches it may change everything")
	errNoSample   = errors.New("this database holds a company that is not the sample one: demo would let everybody on this machine change it; name a database of its own, or none")
)

// Run serves the sample company with its API until it is told to end. There are no
// accounts: whoever reaches it is an administrator, so that it must be nobody else.
func (*demoCmd) Run(ctx context.Context, cfg *Config, s streams) (err error) {
	listener, err := listenHere(ctx, cfg.Listen)
	if err != nil {
		return err
	}
	defer func() { _ = listener.Close() }() // serving has closed it, unless that did not begin
	a, err := cfg.openDemo(ctx, s.err)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.close(ctx)) }()
	if err = a.watch(ctx); err != nil {
		return err
	}
	who, err := a.signInEverybody(ctx)
	if err != nil {
		return err
	}
	server := newServer(onlyHere(a.handler(nil, who))) //nolint:contextcheck // requests bring their own
	failed := make(chan error, 1)
	go func() { failed <- unlessEnded(server.Serve(listener)) }()
	fmt.Fprintf(s.out, demoText, listener.Addr())
	select {
	case err = <-failed:
		return err
	case <-ctx.Done():
	}
	stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTimeout)
	defer cancel()
	return shutDown(stopping, server)
}

// demoText is what there is to try.
const demoText = `The sample company, without accounts: whoever reaches this is an administrator.

  the API, to read and try    http://%[1]s/api/docs
  three of its people         curl -s 'http://%[1]s/api/v1/people?limit=3'
  ask instead                 rollcall chat     (in another terminal)

Ctrl-C ends it.
`

// listenHere listens on the address if nobody else can reach it.
func listenHere(ctx context.Context, address string) (net.Listener, error) {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("--address: %w", err)
	}
	at, err := netip.ParseAddrPort(listener.Addr().String())
	if err != nil || !at.Addr().IsLoopback() {
		return nil, errors.Join(errPublicDemo, listener.Close())
	}
	return listener, nil
}

// onlyHere refuses what a page of another site could have a browser send: requests under
// a foreign name that was pointed at this machine, and changes from foreign pages.
func onlyHere(next http.Handler) http.Handler {
	guarded := http.NewCrossOriginProtection().Handler(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host, _, err := net.SplitHostPort(r.Host)
		if err != nil {
			host = r.Host
		}
		if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
			http.Error(w, "demo answers to this machine's own names alone, such as 127.0.0.1", http.StatusMisdirectedRequest)
			return
		}
		guarded.ServeHTTP(w, r)
	})
}

// openDemo opens the sample company: in memory, or in a database that is empty or holds it.
func (c *Config) openDemo(ctx context.Context, errOut io.Writer) (a *app, err error) {
	demo := *c
	demo.Slack, demo.MongoURI = slackConfig{}, "" // no demonstration talks to the company's own
	if c.DatabaseURL == defaultDatabase {
		demo.DatabaseURL = store.MemoryURL
	}
	if a, err = demo.connect(ctx, demo.DatabaseURL, errOut, true); err != nil {
		return nil, err
	}
	if err = a.fillDemo(ctx); err != nil {
		return nil, errors.Join(err, a.close(ctx))
	}
	return a, nil
}

func (a *app) fillDemo(ctx context.Context) error {
	n, err := a.store.CountPeople(ctx)
	if err != nil {
		return err
	}
	if n == 0 {
		return sample.Load(ctx, a.store, a.sql, a.calendar.Today(a.now()))
	}
	if _, err = a.store.GetPersonByEmail(ctx, sample.AskerEmail); errors.Is(err, store.ErrNotFound) {
		return errNoSample
	}
	return err
}
