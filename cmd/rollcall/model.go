package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"rollcall/bot/llm/serve"
	"rollcall/bot/offline"
)

type modelCmd struct {
	Listen string `default:"127.0.0.1:8089" help:"Where to listen, host:port; port 0 takes a free one."`
}

const (
	readTimeout  = 10 * time.Second
	stopTimeout  = 5 * time.Second
	idleTimeout  = 2 * time.Minute
	headersBytes = 16 << 10
)

// Run serves the offline interpreter as an OpenAI-compatible server until it is told to
// end. It needs no key, so that it should listen on the loopback address only.
func (c *modelCmd) Run(ctx context.Context, cfg *Config, s streams) (err error) {
	a, err := cfg.open(ctx, s.err, true)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.close(ctx)) }()
	interpreter, err := offline.New(a.calendar, a.company().Names, a.now)
	if err != nil {
		return err
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", c.Listen)
	if err != nil {
		return fmt.Errorf("--listen: %w", err)
	}
	fmt.Fprintf(s.out, "OPENAI_BASE_URL=http://%s/v1 OPENAI_MODEL=%s\n", listener.Addr(), interpreter.Name())
	server := &http.Server{
		Handler: serve.Handler(interpreter, a.now), ReadHeaderTimeout: readTimeout, ReadTimeout: readTimeout, IdleTimeout: idleTimeout, MaxHeaderBytes: headersBytes,
	}
	done := make(chan error, 1)
	go func() { done <- server.Serve(listener) }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
	}
	stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTimeout)
	defer cancel()
	return server.Shutdown(stopping)
}
