package slackio

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/slack-go/slack"

	"rollcall/bot"
	"rollcall/store/inbox"
	"rollcall/tools"
)

// Welcome says who asks; see bot.Poster. Guests, people of other companies and people whom
// the company does not know are told so, alone, and nothing else.
func (s *Slack) Welcome(ctx context.Context, t inbox.Turn) (tools.Asker, []inbox.Part, error) {
	if t.Thread.Team != s.team() {
		return refusedTo(t, foreignSentence)
	}
	u, err := s.user(ctx, t.Asker)
	if errors.Is(err, bot.ErrRejected) { // asking again brings the same
		s.config.Logger.WarnContext(ctx, "Slack does not say who somebody is", "slack", t.Asker, "turn", t.ID, "error", err)
		return refusedTo(t, unknownSentence)
	}
	if err != nil {
		return tools.Asker{}, nil, fmt.Errorf("ask Slack who %s is: %w", t.Asker, err)
	}
	if u.refusal != "" {
		return refusedTo(t, u.refusal)
	}
	p, err := s.person(ctx, u)
	switch {
	case errors.Is(err, ErrNobody):
		parts, failed := s.stranger(ctx, t)
		return tools.Asker{}, parts, failed
	case err != nil:
		return tools.Asker{}, nil, err
	case !p.Active:
		return refusedTo(t, inactiveSentence)
	case t.Question == "":
		return tools.Asker{}, []inbox.Part{private(t, helpBlocks(), helpSentence)}, nil
	}
	return p.Asker, nil, nil
}

const (
	foreignSentence  = "I only answer people of this company, and not in channels shared with another one."
	unknownSentence  = "Slack does not tell me who you are, so I cannot answer you."
	guestSentence    = "I do not answer guests: what I know is for the company's own people."
	inactiveSentence = "Your account here is not active, so I cannot answer you. An administrator can change that."
)

func refusedTo(t inbox.Turn, why string) (tools.Asker, []inbox.Part, error) {
	return tools.Asker{}, []inbox.Part{private(t, []slack.Block{section(why)}, why)}, nil
}

// profile is what Slack says of a user.
type profile struct {
	id, team string
	refusal  string // what the user reads instead of answers; empty for the company's people
	email    string // confirmed; what Slack does not call confirmed is not
	at       time.Time
}

func profileOf(u *slack.User) profile {
	p := profile{id: u.ID, team: u.TeamID, at: time.Now()}
	switch {
	case u.IsStranger:
		p.refusal = foreignSentence
	case u.IsRestricted || u.IsUltraRestricted:
		p.refusal = guestSentence
	case u.Deleted || u.IsBot:
		p.refusal = inactiveSentence
	}
	if u.IsEmailConfirmed {
		p.email = strings.ToLower(u.Profile.Email)
	}
	return p
}

// users remembers profiles for a while.
type users struct {
	mu    sync.Mutex
	known map[string]profile
}

const (
	profileAge = 10 * time.Minute
	// A profile that cannot be asked for anew is believed for longer: Slack tells of changes.
	profileOldAge = 24 * time.Hour
	mostProfiles  = 10_000
)

func (u *users) get(id string) (profile, bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	p, found := u.known[id]
	return p, found
}

func (u *users) put(p profile) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if len(u.known) >= mostProfiles {
		clear(u.known)
	}
	u.known[p.id] = p
}

func (u *users) forget(id string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	delete(u.known, id)
}

func (s *Slack) user(ctx context.Context, id string) (profile, error) {
	p, found := s.users.get(id)
	if found && time.Since(p.at) < profileAge {
		return p, nil
	}
	fresh, err := s.askUser(ctx, id)
	if err != nil && found && time.Since(p.at) < profileOldAge {
		return p, nil
	}
	if err == nil {
		s.users.put(fresh)
	}
	return fresh, err
}

func (s *Slack) askUser(ctx context.Context, id string) (profile, error) {
	var p profile
	err := s.must(ctx, methodUser, "", func(ctx context.Context) error {
		u, err := s.api.GetUserInfoContext(ctx, id)
		if err == nil {
			p = profileOf(u)
		}
		return err
	})
	if err == nil && p.id != id {
		return p, errors.New("Slack answered with somebody else")
	}
	return p, err
}

// person finds the person behind a Slack user, and links the two when the company trusts
// Slack's confirmed e-mail addresses of their domain.
func (s *Slack) person(ctx context.Context, u profile) (Person, error) {
	p, err := s.config.Directory.GetBySlack(ctx, u.id)
	if !errors.Is(err, ErrNobody) || len(s.config.LinkDomains) == 0 {
		return p, err
	}
	_, domain, _ := strings.Cut(u.email, "@")
	if u.team != s.team() || !slices.Contains(s.config.LinkDomains, domain) {
		return Person{}, ErrNobody
	}
	if p, err = s.config.Directory.GetByEmail(ctx, u.email); err != nil {
		return Person{}, err
	}
	if !p.Active {
		return p, nil
	}
	err = s.config.Directory.Link(ctx, u.id, p.ID)
	if errors.Is(err, ErrLinked) {
		return Person{}, ErrNobody
	}
	if err == nil {
		s.config.Logger.InfoContext(ctx, "linked a Slack user by e-mail address", "slack", u.id, "person", p.ID)
	}
	return p, err
}
