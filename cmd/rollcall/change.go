package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"rollcall/proposal"
	"rollcall/store"
	"rollcall/store/civil"
	"rollcall/tools"
)

// click is the button of a card at the terminal.
type click struct {
	As string `help:"The e-mail address of the person who asked for the change." placeholder:"EMAIL"`
	ID string `arg:"" help:"The card's id, as ask has printed it."`
}

type (
	confirmCmd struct{ click }
	cancelCmd  struct{ click }
	undoCmd    struct{ click }
)

// Run commits the change of the card.
func (c *confirmCmd) Run(ctx context.Context, cfg *Config, s streams) error {
	return c.press(ctx, cfg, s, proposal.Confirm)
}

// Run closes the card without a change.
func (c *cancelCmd) Run(ctx context.Context, cfg *Config, s streams) error {
	return c.press(ctx, cfg, s, proposal.Cancel)
}

// Run takes the change of the card back.
func (c *undoCmd) Run(ctx context.Context, cfg *Config, s streams) error {
	return c.press(ctx, cfg, s, proposal.Undo)
}

func (c *click) press(ctx context.Context, cfg *Config, s streams, v proposal.Verb) (err error) {
	a, err := cfg.openExisting(ctx, s.err)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.close(ctx)) }()
	asker, err := a.asker(ctx, c.As)
	if err != nil {
		return err
	}
	_, err = decide(ctx, a.clerk(), asker, c.ID, v, s)
	return err
}

// decide presses a button, shows what came of it, and returns the id of the card that is
// to be pressed next, or nothing. Only what was asked for and done ends with status 0.
func decide(ctx context.Context, clerk *proposal.Clerk, asker tools.Asker, id string, v proposal.Verb, s streams) (string, error) {
	out, err := clerk.Decide(ctx, proposal.Person{ID: asker.ID, Name: asker.Name, Access: asker.Access}, id, v)
	if err != nil {
		return "", err
	}
	if out.Result != proposal.Done {
		fmt.Fprintln(s.err, printable(out.Said))
	}
	if out.Result != proposal.Refused {
		renderCard(s.out, out.Card, width(s.out))
	}
	if out.Result != proposal.Done && out.Result != proposal.Already {
		err = errSilent
	}
	return out.Card.ID, err
}

type auditCmd struct {
	From   string `help:"The first day, YYYY-MM-DD." placeholder:"DAY"`
	To     string `help:"The last day, YYYY-MM-DD." placeholder:"DAY"`
	Entity string `help:"The table, such as project_user." placeholder:"TABLE"`
}

// Run prints the trail as it is kept.
func (c *auditCmd) Run(ctx context.Context, cfg *Config, s streams) (err error) {
	a, err := cfg.openExisting(ctx, s.err)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.close(ctx)) }()
	f, err := c.filter(a.calendar.Location)
	if err != nil {
		return err
	}
	enc := json.NewEncoder(s.out)
	enc.SetEscapeHTML(false)
	return a.store.EachAudit(ctx, f, func(e store.Audit) error { return enc.Encode(e) })
}

func (c *auditCmd) filter(zone *time.Location) (f store.AuditFilter, err error) {
	if c.Entity != "" {
		f.Entities = []string{c.Entity}
	}
	for _, day := range []struct {
		flag, text string
		add        civil.Date
		to         *time.Time
	}{{"--from", c.From, 0, &f.From}, {"--to", c.To, 1, &f.To}} {
		if day.text == "" {
			continue
		}
		d, err := civil.Parse(day.text)
		if err != nil {
			return f, fmt.Errorf("%s: %w", day.flag, err)
		}
		*day.to = (d + day.add).In(zone)
	}
	return f, nil
}
