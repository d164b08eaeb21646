package main

import (
	"net/http"

	"rollcall/admin"
	"rollcall/admin/signin"
	"rollcall/bot/slackio"
)

// api is what administrators and their scripts use, and what people use for themselves.
func (a *app) api(slack *slackio.Slack, who *signin.Service) http.Handler {
	var permalink func(conversation string) string
	if slack != nil {
		permalink = slack.Permalink
	}
	return admin.New(admin.Config{
		Store: a.store, Details: a.docs, Logger: a.logger, Now: a.now, Version: version,
		HashPassword: who.HashPassword, Identify: who.Protect, Register: who.Register, Import: a.importedDetails, Conversations: a.conversations(permalink),
	})
}
