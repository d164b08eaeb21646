package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"rollcall/admin"
	"rollcall/evals"
	"rollcall/store/chatlog"
	"rollcall/store/inbox"
	"rollcall/store/migrations"
	"rollcall/tools"
)

// conversations is what the admin API knows of what was asked. permalink is the address of
// a conversation in Slack, or nil where there is none.
func (a *app) conversations(permalink func(conversation string) string) *admin.Conversations {
	return &admin.Conversations{
		Log: a.docs, Tools: tools.All(a.company()), Mode: admin.Mode(a.config.Conversations), Location: a.calendar.Location,
		Permalink: permalink, CaseOf: caseOf, Turns: a.forgetTurnsOf,
	}
}

// caseOf makes a line of a file of cases.
func caseOf(id string, before []chatlog.Exchange, e chatlog.Exchange) (json.RawMessage, error) {
	made, err := evals.CaseOf(id, "", before, e)
	if err != nil {
		return nil, err
	}
	return json.Marshal(made)
}

// forgetTurnsOf forgets what a person asked that is not in the log yet, and what is left in
// the database from before the documents had a server of their own.
func (a *app) forgetTurnsOf(ctx context.Context, personID string, slackIDs []string) (int, error) {
	b := a.inbox
	if b == nil {
		write, read := a.store.SQL()
		b = inbox.New(write, read, a.store.Dialect() == migrations.Postgres)
	}
	turns, err := b.DeletePerson(ctx, slackIDs...)
	if err != nil || a.mongo == nil {
		return turns, err
	}
	_, err = a.sql.DeletePerson(ctx, personID)
	return turns, err
}

// openedDays is how far back people are told on their page who opened their conversations.
const openedDays = 30

// opened says how many of a person's conversations were opened lately, and by whom.
func (a *app) opened(ctx context.Context, person string) (string, error) {
	all, err := a.conversations(nil).FindOpenings(ctx, a.store, person, a.now().AddDate(0, 0, -openedDays))
	if err != nil {
		return "", err
	}
	openers, exporters, which := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for _, o := range all {
		if o.Export {
			exporters[o.By] = true
		} else {
			openers[o.By], which[o.Conversation] = true, true
		}
	}
	var said []string
	if n := len(which); n > 0 {
		said = append(said, fmt.Sprintf("In the last %d days %d of your conversations %s opened, by %s.", openedDays, n, map[bool]string{true: "was", false: "were"}[n == 1], names(openers)))
	}
	if len(exporters) > 0 {
		said = append(said, fmt.Sprintf("In the last %d days conversations were exported, perhaps yours among them, by %s.", openedDays, names(exporters)))
	}
	return strings.Join(said, " "), nil
}

func names(set map[string]bool) string { return strings.Join(slices.Sorted(maps.Keys(set)), ", ") }

type forgetCmd struct {
	Email string `arg:"" help:"The e-mail address of the person whose questions are forgotten."`
}

// Run forgets all that a person has asked. What was said of them, and the changes that they
// made, stay.
func (c *forgetCmd) Run(ctx context.Context, cfg *Config, s streams) (err error) {
	a, err := cfg.openExisting(ctx, s.err)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.close(ctx)) }()
	p, err := a.personOf(ctx, c.Email)
	if err != nil {
		return err
	}
	erased, err := a.conversations(nil).Erase(ctx, a.store, operator, "cli", p.ID)
	if err != nil {
		return err
	}
	fmt.Fprintf(s.out, "Forgot what %s has asked: %d in the log, %d in Slack's inbox.\n", printable(p.Name), erased.Exchanges, erased.Turns)
	return nil
}
