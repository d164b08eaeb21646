// Package slackio speaks to Slack; it is the only folder that knows it.
package slackio

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/slack-go/slack"
)

// Finding is one thing that was checked.
type Finding struct {
	What string
	OK   bool
	Text string // what was found, or what to do; never a secret
}

// The scopes that the bot cannot work without, and those without which it does less.
var (
	neededScopes   = []string{"app_mentions:read", "assistant:write", "chat:write", "commands", "im:history", "im:write", "users:read", "users:read.email"}
	optionalScopes = []string{"channels:history", "channels:read", "groups:history", "groups:read"}
)

// Check tries the tokens and reads their scopes. Nothing configured is no finding.
func Check(ctx context.Context, c Config) []Finding {
	var all []Finding
	if c.BotToken != "" {
		all = append(all, checkBot(ctx, c)...)
	}
	if c.AppToken != "" {
		all = append(all, checkApp(ctx, c))
	}
	if c.SigningSecret != "" {
		all = append(all, checkSecret(c.SigningSecret))
	}
	if len(all) > 0 && c.AppToken == "" && c.SigningSecret == "" {
		all = append(all, Finding{"Slack events", false, "neither SLACK_APP_TOKEN (Socket Mode) nor SLACK_SIGNING_SECRET (HTTP) is set: no message will arrive"})
	}
	return all
}

func checkBot(ctx context.Context, c Config) []Finding {
	who, err := c.api().AuthTestContext(ctx)
	if err != nil {
		return []Finding{{"Slack bot token", false, "SLACK_BOT_TOKEN: " + reason(err)}}
	}
	all := []Finding{{"Slack bot token", true, fmt.Sprintf("%s in %s", who.User, who.Team)}}
	if who.BotID == "" {
		all[0] = Finding{"Slack bot token", false, "SLACK_BOT_TOKEN is a person's token, not a bot's (xoxb-…)"}
	}
	granted := strings.FieldsFunc(who.Header.Get("X-Oauth-Scopes"), func(r rune) bool { return r == ',' || r == ' ' })
	if missing := without(neededScopes, granted); len(missing) > 0 {
		return append(all, Finding{"Slack scopes", false, "missing: " + strings.Join(missing, ", ") + "; add them to the app and install it again"})
	}
	text := "all there"
	if missing := without(optionalScopes, granted); len(missing) > 0 {
		text = "enough; without " + strings.Join(missing, ", ") + " it does less in channels"
	}
	return append(all, Finding{"Slack scopes", true, text})
}

func without(wanted, granted []string) []string {
	return slices.DeleteFunc(slices.Clone(wanted), func(s string) bool { return slices.Contains(granted, s) })
}

func checkApp(ctx context.Context, c Config) Finding {
	if _, _, err := c.api().StartSocketModeContext(ctx); err != nil {
		return Finding{"Slack app token", false, "SLACK_APP_TOKEN: " + reason(err) + "; it needs the scope connections:write"}
	}
	return Finding{"Slack app token", true, "Socket Mode opens"}
}

var signingSecret = regexp.MustCompile(`^[0-9a-f]{32}$`)

func checkSecret(secret string) Finding {
	if !signingSecret.MatchString(secret) {
		return Finding{"Slack signing secret", false, "SLACK_SIGNING_SECRET does not look like one: 32 characters 0-9 and a-f, from the app's Basic Information"}
	}
	return Finding{"Slack signing secret", true, "has the right form; only a signed event can prove it"}
}

// reason is Slack's error code, or that there was no answer. The library's own texts may
// hold an address.
func reason(err error) string {
	var refused slack.SlackErrorResponse
	var limited *slack.RateLimitedError
	switch {
	case errors.As(err, &refused):
		return "Slack says " + refused.Err
	case errors.As(err, &limited):
		return "Slack says to wait " + limited.RetryAfter.String()
	case errors.Is(err, context.DeadlineExceeded):
		return "Slack did not answer in time"
	}
	return "Slack could not be reached"
}
