package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"
)

type healthCmd struct {
	Ready bool `help:"Ask whether it can take requests, and not only whether it lives."`
}

const (
	healthTimeout = 5 * time.Second
	mostHealth    = 4 << 10
)

// Run asks the process that serves on this machine how it is doing. It is what a container
// without a shell has its health checked by.
func (c *healthCmd) Run(ctx context.Context, cfg *Config, s streams) error {
	address, err := nearby(cfg.Listen)
	if err != nil {
		return err
	}
	path := "/healthz"
	if c.Ready {
		path = "/readyz"
	}
	ctx, cancel := context.WithTimeout(ctx, healthTimeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+path, http.NoBody)
	if err != nil {
		return fmt.Errorf("ROLLCALL_LISTEN: %w", err)
	}
	direct := &http.Client{Transport: &http.Transport{Proxy: nil}}
	answer, err := direct.Do(request)
	if err != nil {
		return fmt.Errorf("nobody serves on %s: %w", address, err)
	}
	defer func() { _ = answer.Body.Close() }()
	if _, err := io.Copy(s.out, io.LimitReader(answer.Body, mostHealth)); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	if answer.StatusCode != http.StatusOK {
		return errSilent
	}
	return nil
}

// nearby is where a process that listens on the address is reached from its own machine.
func nearby(listen string) (string, error) {
	host, port, err := net.SplitHostPort(listen)
	if err != nil {
		return "", fmt.Errorf("ROLLCALL_LISTEN: %w", err)
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
		if ip != nil && ip.To4() == nil {
			host = "::1"
		}
	}
	return net.JoinHostPort(host, port), nil
}
