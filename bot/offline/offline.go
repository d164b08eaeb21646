package offline

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"rollcall/bot"
	"rollcall/tools/period"
	"rollcall/tools/resolve"
)

// Interpreter is a model without a vendor.
type Interpreter struct {
	calendar period.Calendar
	names    func(ctx context.Context) (*resolve.Index, error)
	now      func() time.Time
	lexicon  *lexicon
	frames   []frame
	grammar  *grammar
}

var _ bot.Model = (*Interpreter)(nil)

// New reads the lexicon and the frames. names returns what questions may name; it is
// asked for every question.
func New(calendar period.Calendar, names func(ctx context.Context) (*resolve.Index, error), now func() time.Time) (*Interpreter, error) {
	l, err := readLexicon()
	if err != nil {
		return nil, err
	}
	frames, err := readFrames()
	if err != nil {
		return nil, err
	}
	g, err := readGrammar()
	if err != nil {
		return nil, err
	}
	return &Interpreter{calendar: calendar, names: names, now: now, lexicon: l, frames: frames, grammar: g}, nil
}

// Name is "offline".
func (i *Interpreter) Name() string { return "offline" }

// emojiCodes are emojis as chat programs write them: ":wave:".
var emojiCodes = regexp.MustCompile(`:[a-z][a-z0-9_+-]*:`)

const longestQuestion = 2000 // bytes; nobody puts a longer one in one look-up

// Complete answers a question with one tool call, and a result with the end of the turn,
// or with a question back when a name is unclear.
func (i *Interpreter) Complete(ctx context.Context, r bot.Request) (bot.Response, error) {
	if len(r.Messages) == 0 || len(r.Tools) == 0 {
		return bot.Response{Model: i.Name(), Trusted: true}, nil
	}
	last := r.Messages[len(r.Messages)-1]
	if last.Role != bot.User {
		return i.after(last), nil
	}
	index, err := i.names(ctx)
	if err != nil {
		return bot.Response{}, fmt.Errorf("read the names: %w", err)
	}
	c, err := i.interpret(index, r)
	if err != nil {
		return bot.Response{}, err
	}
	return bot.Response{Model: i.Name(), Trusted: true, Calls: []bot.ToolCall{c}}, nil
}

// Interpret returns the call that a question comes to.
func (i *Interpreter) interpret(index *resolve.Index, r bot.Request) (bot.ToolCall, error) {
	messages := r.Messages
	text := emojiCodes.ReplaceAllString(messages[len(messages)-1].Text, " ")
	if len(text) > longestQuestion {
		return decline("not_understood", "", "a shorter question")
	}
	before := previous(messages)
	if before.asked != "" && amendable[before.askedOf] == nil {
		if again, ok := before.answered(index, text); ok {
			text = again
		}
	}
	if before.tool != "" {
		text = corrected(text)
	}
	now := i.now()
	if c, ok, err := i.change(index, now, text, r.Tools, before); ok || err != nil {
		return c, err
	}
	s, names := i.understand(index, now, text)
	if c, refused, err := i.refuse(s, r.Tools); refused || err != nil {
		return c, err
	}
	bare := !slices.ContainsFunc(s.features, func(all []string) bool { return !slices.Contains(all, "about") && !slices.Contains(all, filler) })
	if bare || s.has("them") {
		if c, ok, err := i.follow(s, names, before); ok || err != nil {
			return c, err
		}
	}
	if f, filled := i.read(s, names); f != nil {
		return f.call(filled)
	}
	if c, ok, err := i.follow(s, names, before); ok || err != nil {
		return c, err
	}
	if f, filled := i.readUnknown(s, names); f != nil {
		return f.call(filled)
	}
	return i.abstain(s, names)
}

// after ends the turn once there is a result, and turns an unclear name into a question.
func (i *Interpreter) after(m bot.Message) bot.Response {
	var result struct {
		Error *struct {
			Code       string   `json:"code"`
			Message    string   `json:"message"`
			DidYouMean []string `json:"did_you_mean"`
		} `json:"error"`
	}
	done := bot.Response{Model: i.Name(), Trusted: true}
	if err := json.Unmarshal([]byte(m.Text), &result); err != nil || result.Error == nil {
		return done
	}
	e := result.Error
	if e.Code == "missing" || e.Code == "not_said" {
		if c, err := toolCall("ask_user", map[string]any{"reason": "missing", "question": e.Message, "options": e.DidYouMean}); err == nil {
			done.Calls = []bot.ToolCall{c}
		}
		return done
	}
	if (e.Code == "ambiguous" || e.Code == "not_found") && len(e.DidYouMean) > 0 {
		question := strings.ToUpper(e.Message[:1]) + e.Message[1:] + ". Which one?"
		if c, err := toolCall("ask_user", map[string]any{"reason": e.Code, "question": question, "options": e.DidYouMean}); err == nil {
			done.Calls = []bot.ToolCall{c}
		}
	}
	return done
}

func toolCall(name string, arguments map[string]any) (bot.ToolCall, error) {
	text, err := json.Marshal(arguments)
	if err != nil {
		return bot.ToolCall{}, fmt.Errorf("write the arguments of %s: %w", name, err)
	}
	return bot.ToolCall{ID: "offline", Name: name, Arguments: text}, nil
}

func decline(reason, understood, hint string) (bot.ToolCall, error) {
	return toolCall("decline", map[string]any{"reason": reason, "understood": understood, "hint": hint})
}
