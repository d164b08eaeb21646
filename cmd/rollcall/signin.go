package main

import (
	"context"
	"fmt"
	"net/netip"
	"strings"

	"rollcall/admin/signin"
	"rollcall/bot/slackio"
	"rollcall/store"
)

// leastSecret is how long a secret is at least, as better-auth wants it.
const leastSecret = 32

// checkSecret returns why the secret cannot be used, without it.
func (c *Config) checkSecret() error {
	if c.Secret != "" && len(c.Secret) < leastSecret {
		return fmt.Errorf("ROLLCALL_SECRET has %d characters and needs %d; \"openssl rand -hex 32\" makes one", len(c.Secret), leastSecret)
	}
	return nil
}

// trustedProxies are the networks of the setting; an address is a network of one.
func (c *Config) trustedProxies() ([]netip.Prefix, error) {
	all := make([]netip.Prefix, 0, len(c.TrustedProxies))
	for _, text := range c.TrustedProxies {
		text = strings.TrimSpace(text)
		network, err := netip.ParsePrefix(text)
		if err != nil {
			address, failed := netip.ParseAddr(text)
			if failed != nil {
				return nil, fmt.Errorf("ROLLCALL_TRUSTED_PROXIES: %q is no address such as 10.0.0.1 and no network such as 10.0.0.0/8", text)
			}
			network = netip.PrefixFrom(address, address.BitLen())
		}
		all = append(all, network)
	}
	return all, nil
}

// signIn wires who calls the admin API. Without Slack, which may be nil, people have
// passwords alone.
func (a *app) signIn(ctx context.Context, slack *slackio.Slack) (*signin.Service, error) {
	secret, err := signin.Secret(ctx, a.store, a.config.Secret)
	if err != nil {
		return nil, err
	}
	proxies, err := a.config.trustedProxies()
	if err != nil {
		return nil, err
	}
	c := signin.Config{
		Store: a.store, Secret: secret, URL: strings.TrimSuffix(a.config.URL, "/"), TrustedProxies: proxies, Logger: a.logger,
	}
	if slack != nil {
		c.SendCode = slack.SendCode
		if a.config.Slack.ClientID != "" && a.config.Slack.ClientSecret != "" {
			c.AuthorizeURL, c.Identify = slack.AuthorizeURL, identify(slack)
		}
	}
	return signin.New(c), nil
}

// signInEverybody makes whoever asks an administrator who is nobody in the company; see demoCmd.
func (a *app) signInEverybody(ctx context.Context) (*signin.Service, error) {
	secret, err := signin.Secret(ctx, a.store, "")
	if err != nil {
		return nil, err
	}
	return signin.New(signin.Config{
		Store: a.store, Secret: secret, Logger: a.logger, Everybody: &signin.Principal{Name: "Demo", Access: store.Admin},
	}), nil
}

func identify(slack *slackio.Slack) func(ctx context.Context, code, redirect, nonce string) (signin.Identity, error) {
	return func(ctx context.Context, code, redirect, nonce string) (signin.Identity, error) {
		who, err := slack.Identify(ctx, code, redirect, nonce)
		return signin.Identity{User: who.User, Ours: who.Ours, EmailVerified: who.EmailVerified}, err
	}
}
