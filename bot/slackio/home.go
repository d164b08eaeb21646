package slackio

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/slack-go/slack"

	"rollcall/tools"
)

// mostHomeBlocks is what a page has of the 100 blocks that Slack shows.
const mostHomeBlocks = 60

// publishHome shows somebody their page, unless they have the same already. said is what
// they are told on top of it, once, in Slack's mark-up; mostly nothing.
func (s *Slack) publishHome(ctx context.Context, user, said string) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	blocks, err := s.home(ctx, user)
	if err != nil {
		s.config.Logger.WarnContext(ctx, "a home page could not be drawn", "slack", user, "error", err)
		blocks = []slack.Block{section("I cannot look that up just now. Please open this page again in a moment.")}
	}
	if said != "" {
		blocks = append([]slack.Block{section(said)}, blocks...)
	}
	blocks = blocks[:min(len(blocks), mostHomeBlocks)]
	text, err := json.Marshal(blocks)
	if err != nil {
		return
	}
	sum := sha256.Sum256(text)
	hash := hex.EncodeToString(sum[:])
	if was, found := s.homes.find(user); found && was == hash || !s.limits.try(1, methodHome) {
		return
	}
	view := slack.HomeTabViewRequest{Type: slack.VTHomeTab, Blocks: slack.Blocks{BlockSet: blocks}}
	err = s.timed(ctx, methodHome, "", func(ctx context.Context) error {
		_, failed := s.api.PublishViewContext(ctx, slack.PublishViewContextRequest{UserID: user, View: view})
		return failed
	})
	if err == nil {
		s.homes.set(user, hash)
	}
}

// home is who somebody is to the bot, what it knows of them, and what it keeps.
func (s *Slack) home(ctx context.Context, user string) ([]slack.Block, error) {
	u, err := s.user(ctx, user)
	if err != nil {
		return nil, err
	}
	if u.refusal != "" {
		return []slack.Block{section(u.refusal)}, nil
	}
	p, err := s.person(ctx, u)
	if errors.Is(err, ErrNobody) {
		blocks, _, failed := s.connectBlocks(ctx, user)
		return blocks, failed
	}
	if err != nil {
		return nil, err
	}
	if !p.Active {
		return []slack.Block{section(inactiveSentence)}, nil
	}
	blocks := s.waitingBlocks(ctx, p)
	blocks = append(blocks, header("You"), section(fmt.Sprintf("I know you as *%s*, with the rights of %s: %s.", escape(p.Name), p.Asker.Access, rights[string(p.Asker.Access)])))
	blocks = append(blocks, s.profileBlocks(ctx, p.Asker)...)
	blocks = append(blocks, header("Ask me"))
	blocks = append(blocks, exampleBlocks()...)
	recent, err := s.recentBlocks(ctx, user)
	if err != nil {
		return nil, err
	}
	blocks = append(blocks, recent...)
	unlink := slack.NewButtonBlockElement(actionUnlink, "", plain("Forget who I am"))
	unlink.Confirm = slack.NewConfirmationBlockObject(plain("Forget who you are?"), plain("I can answer you again once you have connected anew."), plain("Forget"), plain("Keep"))
	return append(blocks, header("What is kept"), section(s.sinceLine()+s.opened(ctx, p.ID)+" I look names, dates and numbers up; they are not a language model's."), slack.NewActionBlock("", unlink)), nil
}

// opened tells who has opened somebody's conversations lately.
func (s *Slack) opened(ctx context.Context, person string) string {
	if s.config.Opened == nil {
		return ""
	}
	said, err := s.config.Opened(ctx, person)
	if err != nil {
		s.config.Logger.WarnContext(ctx, "who opened conversations could not be looked up", "person", person, "error", err)
		return ""
	}
	if said == "" {
		return ""
	}
	return " " + escape(said)
}

var rights = map[string]string{
	"staff":   "you may ask about people, skills, certificates, projects and who is away, but not why",
	"manager": "you may ask about everything, also why somebody is away",
	"admin":   "you may ask about everything, also why somebody is away",
}

func header(s string) slack.Block { return slack.NewHeaderBlock(plain(s)) }

// profileBlocks are somebody's own skills, certificates and bookings, as they would be
// told on asking.
func (s *Slack) profileBlocks(ctx context.Context, asker tools.Asker) []slack.Block {
	o := s.config.Desk.Bot.Tools.Call(ctx, asker, "get_person", json.RawMessage(`{"person":"me","aspects":["profile","skills","certifications","assignments","time_off"],"period":null}`))
	if o.Err != nil {
		return []slack.Block{section("Your skills and bookings cannot be looked up just now.")}
	}
	var blocks []slack.Block
	v := o.Result.View()
	if len(v.Columns) > 0 { // pages have no tables
		v.Sections = append([]tools.Section{{Columns: v.Columns, Rows: v.Rows}}, v.Sections...)
		v.Columns = nil
	}
	for _, p := range viewPieces(v) {
		blocks = append(blocks, p.blocks...)
	}
	return blocks[:min(len(blocks), mostHomeBlocks/2)]
}

// waitingBlocks are the changes that wait for somebody's click, with buttons that work here.
func (s *Slack) waitingBlocks(ctx context.Context, p Person) []slack.Block {
	open, err := s.config.Clerk.FindOpen(ctx, clicking(p))
	if err != nil {
		s.config.Logger.WarnContext(ctx, "proposals could not be looked up", "person", p.ID, "error", err)
		return []slack.Block{section("What waits for your click cannot be looked up just now.")}
	}
	if len(open) == 0 {
		return nil
	}
	blocks := []slack.Block{header("Waiting for your click")}
	n := cardSizes[0]
	for _, c := range open {
		blocks = append(blocks, section("*"+n.datum(c.Title)+"*"))
		if len(c.Warnings) > 0 {
			blocks = append(blocks, section(n.list("⚠ ", c.Warnings)))
		}
		blocks = append(blocks, quiet("Valid until "+moment(c.ExpiresAt)+"."), slack.NewActionBlock(cardBlock+c.ID, cardButtons(c)...))
	}
	return blocks
}

func exampleBlocks() []slack.Block {
	var buttons []slack.BlockElement
	for i, e := range examples {
		buttons = append(buttons, slack.NewButtonBlockElement(fmt.Sprintf("%s%d", actionExample, i), e, plain(cut(e, mostButton))))
	}
	return []slack.Block{slack.NewActionBlock("", buttons...), quiet("The answer comes in our direct messages.")}
}

func (s *Slack) recentBlocks(ctx context.Context, user string) ([]slack.Block, error) {
	recent, err := s.config.Inbox.FindRecent(ctx, s.team(), user, recentTurns)
	if err != nil || len(recent) == 0 {
		return nil, err
	}
	blocks := []slack.Block{header("Your last questions")}
	for _, t := range recent {
		blocks = append(blocks, section(s.recentLine(t)))
	}
	return blocks, nil
}
