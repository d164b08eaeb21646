package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"rollcall/bot"
	"rollcall/proposal"
	"rollcall/store"
)

type chatCmd struct {
	As string `help:"The e-mail address of the person who asks." placeholder:"EMAIL"`
}

// longestLine is how much of a line chat reads: enough to refuse it as a question and go on.
// A longer one ends the conversation.
const longestLine = 1 << 20

// Run reads questions line by line until the input ends or says exit. A failed turn does
// not end the conversation.
func (c *chatCmd) Run(ctx context.Context, cfg *Config, s streams) (err error) {
	a, err := cfg.open(ctx, s.err, true)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.close(ctx)) }()
	finish, err := a.work(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, finish()) }()
	asker, err := a.asker(ctx, c.As)
	if err != nil {
		return err
	}
	b, err := a.bot()
	if err != nil {
		return err
	}
	defer waitFor(ctx, b)
	notice, err := a.notice(ctx)
	if err != nil {
		return err
	}
	fmt.Fprint(s.err, notice)
	fmt.Fprintln(s.err, `Ask away; "exit" or an empty line at the end of the input leaves.`)
	talk := &conversation{bot: b, clerk: a.clerk(), streams: s, next: bot.Question{Asker: asker, Channel: "terminal", Conversation: store.NewID()}}
	return talk.run(ctx)
}

// conversation is one run of chat.
type conversation struct {
	bot     *bot.Bot
	streams streams
	next    bot.Question
	options []string // of the last question back; a bare number picks one
	clerk   *proposal.Clerk
	card    string // the id of the last card; its buttons are words of their own
}

func (c *conversation) run(ctx context.Context) error {
	lines := bufio.NewScanner(c.streams.in)
	lines.Buffer(make([]byte, 0, 64<<10), longestLine)
	for {
		fmt.Fprint(c.streams.err, "> ")
		more, err := untilEnded(ctx, func() (bool, error) { return lines.Scan(), lines.Err() })
		if ctx.Err() != nil {
			err = nil // Ctrl-C is a way to leave
		}
		if ctx.Err() != nil || !more {
			fmt.Fprintln(c.streams.err)
			return unreadable(err)
		}
		text := strings.TrimSpace(lines.Text())
		switch text {
		case "":
			continue
		case "exit", "quit":
			return nil
		}
		if !c.click(ctx, text) {
			c.answer(ctx, c.chosen(text))
		}
	}
}

// unreadable says of a line that is too long that it is, and how much would do.
func unreadable(err error) error {
	if errors.Is(err, bufio.ErrTooLong) {
		return fmt.Errorf("a line has more than %d bytes; at most %d characters of a question can be read", longestLine, bot.MaxQuestion)
	}
	return err
}

// chosen turns a bare number into the option it stands for.
func (c *conversation) chosen(text string) string {
	if n, err := strconv.Atoi(text); err == nil && n >= 1 && n <= len(c.options) {
		return c.options[n-1]
	}
	return text
}

func (c *conversation) answer(ctx context.Context, text string) {
	c.next.Turn, c.next.Text = store.NewID(), text
	answer, err := c.bot.Ask(ctx, c.next)
	if err != nil {
		fmt.Fprintln(c.streams.err, "rollcall:", err)
		return
	}
	c.next.History, c.options = answer.History, answer.View.Options
	if answer.View.Card != nil {
		c.card = answer.View.Card.ID
	}
	renderAnswer(c.streams.out, answer, width(c.streams.out))
	fmt.Fprintln(c.streams.out)
}

// click presses a button of the last card when that is all that was said. No model reads
// these words.
func (c *conversation) click(ctx context.Context, text string) bool {
	verb := proposal.Verb(strings.ToLower(text))
	if c.card == "" || verb != proposal.Confirm && verb != proposal.Cancel && verb != proposal.Undo {
		return false
	}
	id, err := decide(ctx, c.clerk, c.next.Asker, c.card, verb, c.streams)
	if err != nil {
		fmt.Fprintln(c.streams.err, "rollcall:", err)
	}
	if id != "" {
		c.card = id
	}
	fmt.Fprintln(c.streams.out)
	return true
}
