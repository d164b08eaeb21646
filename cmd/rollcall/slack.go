package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	"rollcall/admin"
	"rollcall/bot"
	"rollcall/bot/slackio"
	"rollcall/store/chatlog"
)

var errHalfSlack = errors.New("there is only half an access to Slack: set SLACK_BOT_TOKEN, and SLACK_APP_TOKEN (Socket Mode) or SLACK_SIGNING_SECRET (HTTP); the README tells where they are found")

// isGiven reports whether Slack is configured, be it by half.
func (c slackConfig) isGiven() bool {
	return c.BotToken != "" || c.AppToken != "" || c.SigningSecret != ""
}

func (c slackConfig) check() error {
	if c.isGiven() && (c.BotToken == "" || c.AppToken == "" && c.SigningSecret == "") {
		return errHalfSlack
	}
	return nil
}

// slack wires the bot of the workspace, or returns nil without one.
func (a *app) slack() (*slackio.Slack, error) {
	a.clicks = a.clerk()
	if !a.config.Slack.isGiven() {
		return nil, nil
	}
	b, err := a.bot()
	if err != nil {
		return nil, err
	}
	c := a.config.Slack
	a.desk = &bot.Desk{Bot: b, Inbox: a.inbox, Wake: a.queue.Wake, Logger: a.logger, Checkpoint: checkpoint()}
	slack := slackio.New(slackio.Config{
		BotToken: c.BotToken, AppToken: c.AppToken, SigningSecret: c.SigningSecret, APIURL: c.APIURL,
		ClientID: c.ClientID, ClientSecret: c.ClientSecret, URL: strings.TrimSuffix(a.config.URL, "/"), LinkDomains: lower(c.LinkDomains),
		Desk: a.desk, Inbox: a.inbox, Directory: directory{a.store}, Feedback: feedback{a}, Clerk: a.clicks, Now: a.now, Logger: a.logger,
		KeepDays: a.config.KeepDays, Unreviewed: a.config.Conversations == string(admin.Off), Opened: a.opened, Checkpoint: checkpoint(), Observe: a.metrics.Call, Waited: a.metrics.Wait,
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

// listen takes events in once Slack has said who the bot is. What was left from before is
// worked on from then on as well: answers and notices need Slack. Without Slack the
// database's own work is done all the same.
func (a *app) listen(ctx context.Context, slack *slackio.Slack, s streams) error {
	var err error
	if slack == nil {
		fmt.Fprintln(s.out, "Slack is not configured: nobody is answered there")
	} else {
		err = slack.Connect(ctx)
	}
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
