package tools

import (
	"context"
	"fmt"

	"rollcall/store"
	"rollcall/store/civil"
	"rollcall/tools/resolve"
)

type skillArg struct {
	Name     string `json:"name" need:"true" jsonschema:"the skill as the user wrote it"`
	MinLevel int    `json:"min_level" jsonschema:"lowest level, 1 beginner to 5 expert; senior or expert is 4; null for any"`
}

type findPeopleArgs struct {
	Skills         []skillArg `json:"skills" jsonschema:"skills they must have"`
	Match          string     `json:"match" enum:"all,any" jsonschema:"whether they need all the skills or any; null for all"`
	Certification  string     `json:"certification" jsonschema:"a certificate they must hold"`
	Role           string     `json:"role" jsonschema:"what they work as, such as Designer"`
	Location       string     `json:"location"`
	Project        string     `json:"project" jsonschema:"a project they are or were booked on"`
	Client         string     `json:"client" jsonschema:"a client they work or worked for"`
	Period         string     `json:"period" jsonschema:"the user's own words for the time, such as next month; never computed dates; null when none are said"`
	MinFreePercent int        `json:"min_free_percent" jsonschema:"1 to 100, only when the user says how much"`
	Condition      string     `json:"condition" enum:"any,free,bench,rolling_off,overbooked" jsonschema:"free: has time; bench: nothing booked; rolling_off: a booking ends; overbooked: more booked than capacity"`
	Sort           string     `json:"sort" enum:"availability,level,name" jsonschema:"level for who is best at the skill"`
	Limit          int        `json:"limit" jsonschema:"how many to show, at most 25"`
}

// PeopleResult is what find_people found.
type PeopleResult struct {
	Period     Span         `json:"period"`
	Condition  string       `json:"condition"`
	MinFree    int          `json:"min_free_percent"`
	Asked      []string     `json:"asked,omitempty"` // the restrictions, in words
	Total      int          `json:"total"`
	Shown      int          `json:"shown"`
	People     []PersonLine `json:"people"`
	NearMisses []string     `json:"near_misses,omitempty"` // when nobody matches: what to relax, and who that gives
	today      civil.Date
	timed      bool // being free was asked about, or a period was said
}

// PersonLine is one person of a list, with the reasons for being on it.
type PersonLine struct {
	Name        string      `json:"name"`
	Role        string      `json:"role,omitempty"`
	Location    string      `json:"location,omitempty"`
	Capacity    int         `json:"capacity"`
	FreePercent int         `json:"free_percent"`
	FreeDays    float64     `json:"free_days"`
	FreeFrom    *civil.Date `json:"free_from,omitempty"`
	RollsOff    *civil.Date `json:"rolls_off,omitempty"`
	Overbooked  int         `json:"overbooked_days,omitempty"`
	Peak        int         `json:"peak_percent,omitempty"`
	Skills      []SkillLine `json:"skills,omitempty"`
	Booked      []BusyLine  `json:"booked,omitempty"`
	Tentative   []BusyLine  `json:"tentative,omitempty"`
	Off         []DayRange  `json:"off,omitempty"`
}

// SkillLine is a skill with its receipt: level and the age of the record.
type SkillLine struct {
	Name    string `json:"name"`
	Level   *int   `json:"level,omitempty"`
	Updated string `json:"updated"`
}

// BusyLine is what takes somebody's time.
type BusyLine struct {
	Project string      `json:"project"`
	Percent int         `json:"percent"`
	From    *civil.Date `json:"from,omitempty"`
	To      *civil.Date `json:"to,omitempty"` // the last day
	Role    string      `json:"role,omitempty"`
	Client  string      `json:"client,omitempty"`
}

// DayRange is days with the last one included.
type DayRange struct {
	From civil.Date `json:"from"`
	To   civil.Date `json:"to"`
	Kind string     `json:"kind,omitempty"` // only for those who may know it
}

func findPeople(c *Company) Tool {
	return define("find_people",
		"Find people by skill, certificate, role, location, project or client history, and by how free they are in a period. Use it for who knows, who is free, on the bench, rolling off or overbooked.",
		func(ctx context.Context, call Call, a findPeopleArgs) (Result, error) {
			search, err := c.peopleSearch(ctx, call, a)
			if err != nil {
				return nil, err
			}
			return c.runSearch(ctx, search)
		})
}

// search is the arguments of find_people with every name and day resolved, and the
// words for them.
type search struct {
	query  store.PeopleQuery
	span   Span
	skills []resolve.Entry
	words  map[string]string // the resolved name by argument
	timed  bool
}

func (c *Company) peopleSearch(ctx context.Context, call Call, a findPeopleArgs) (search, error) {
	s := search{words: map[string]string{}, timed: a.Period != "" || (a.Condition != "" && a.Condition != "any")}
	if a.MinFreePercent < 0 || a.MinFreePercent > 100 {
		return s, &Error{Code: Invalid, Field: "min_free_percent", Message: fmt.Sprintf("min_free_percent must be 1 to 100, got %d", a.MinFreePercent), Retryable: true}
	}
	p, err := c.period(a.Period)
	if err != nil {
		return s, err
	}
	s.span = spanOf(p)
	s.query = store.PeopleQuery{
		Window: p.Range, MinFreePercent: c.FreePercent, Condition: store.Condition(a.Condition),
		Order: store.PeopleOrder(a.Sort), Limit: rows(a.Limit),
	}
	if a.MinFreePercent > 0 {
		s.query.MinFreePercent = a.MinFreePercent
		if a.Condition == "" || a.Condition == "any" {
			s.query.Condition, s.timed = store.Free, true
		}
	}
	s.query.Filter.AnySkill = a.Match == "any"
	if err := c.resolveSkills(ctx, call, a.Skills, &s); err != nil {
		return s, err
	}
	return s, c.resolveFilter(ctx, call, a, &s)
}

func (c *Company) resolveSkills(ctx context.Context, call Call, skills []skillArg, s *search) error {
	for i, arg := range skills {
		field := fmt.Sprintf("skills[%d]", i)
		if arg.MinLevel < 0 || arg.MinLevel > 5 {
			return &Error{Code: Invalid, Field: field, Message: fmt.Sprintf("min_level must be 1 to 5, got %d", arg.MinLevel), Retryable: true}
		}
		entry, err := c.resolve(ctx, call, resolve.Skill, field, arg.Name)
		if err != nil {
			return err
		}
		if entry.ID == "" {
			return &Error{Code: Invalid, Field: field, Message: "a skill needs a name", Retryable: true}
		}
		s.skills = append(s.skills, entry)
		s.query.Filter.Skills = append(s.query.Filter.Skills, store.SkillNeed{SkillID: entry.ID, MinLevel: arg.MinLevel})
	}
	return nil
}

func (c *Company) resolveFilter(ctx context.Context, call Call, a findPeopleArgs, s *search) error {
	f := &s.query.Filter
	for _, arg := range []struct {
		kind resolve.Kind
		text string
		into *string
	}{
		{resolve.Certification, a.Certification, &f.CertID},
		{resolve.Role, a.Role, &f.RoleID},
		{resolve.Location, a.Location, &f.Location},
		{resolve.Project, a.Project, &f.ProjectID},
		{resolve.Client, a.Client, &f.ClientID},
	} {
		entry, err := c.resolve(ctx, call, arg.kind, string(arg.kind), arg.text)
		if err != nil {
			return err
		}
		*arg.into = entry.ID
		if entry.ID != "" {
			s.words[string(arg.kind)] = entry.Name
		}
	}
	return nil
}

func (c *Company) runSearch(ctx context.Context, s search) (*PeopleResult, error) {
	found, total, err := c.Store.FindPeople(ctx, s.query)
	if err != nil {
		return nil, err
	}
	lines, err := c.personLines(ctx, found, s)
	if err != nil {
		return nil, err
	}
	r := &PeopleResult{
		Period: s.span, Condition: string(s.query.Condition), MinFree: s.query.MinFreePercent, Asked: s.restrictions(),
		Total: total, Shown: len(found), People: lines, today: c.today(), timed: s.timed,
	}
	if total == 0 {
		r.NearMisses, err = c.nearMisses(ctx, s)
	}
	return r, err
}

// personLines adds to the found people what a reader wants to know of each.
func (c *Company) personLines(ctx context.Context, found []store.FoundPerson, s search) ([]PersonLine, error) {
	ids := make([]string, len(found))
	for i, p := range found {
		ids[i] = p.ID
	}
	profiles, err := c.Store.FindProfiles(ctx, ids, s.query.Window)
	if err != nil {
		return nil, err
	}
	byID := make(map[string]store.Profile, len(profiles))
	for _, p := range profiles {
		byID[p.ID] = p
	}
	lines := make([]PersonLine, len(found))
	for i, p := range found {
		lines[i] = c.personLine(p, byID[p.ID], s)
	}
	return lines, nil
}

func (c *Company) personLine(f store.FoundPerson, p store.Profile, s search) PersonLine {
	line := PersonLine{
		Name: f.Name, Role: p.Role, Capacity: f.Capacity, FreePercent: f.FreePercent(), FreeDays: f.FreeDays(), FreeFrom: f.FreeFrom,
		Skills: skillLines(p.Skills, s.query.Filter.Skills, c.today()),
	}
	if p.Location != nil {
		line.Location = *p.Location
	}
	if s.query.Condition == store.RollingOff {
		line.RollsOff = f.RollsOff
	}
	if f.OverbookedDays > 0 {
		line.Overbooked, line.Peak = f.OverbookedDays, f.PeakPercent
	}
	if s.timed {
		line.Booked, line.Tentative, line.Off = busyLines(p)
	}
	return line
}

func skillLines(known []store.KnownSkill, asked []store.SkillNeed, today civil.Date) []SkillLine {
	var lines []SkillLine
	for _, need := range asked {
		for _, k := range known {
			if k.SkillID == need.SkillID {
				lines = append(lines, SkillLine{Name: k.Name, Level: k.Level, Updated: age(k.UpdatedAt, today)})
			}
		}
	}
	return lines
}

func busyLines(p store.Profile) (booked, tentative []BusyLine, off []DayRange) {
	for _, b := range p.Bookings {
		line := busyLine(b)
		if b.Status == store.Tentative {
			tentative = append(tentative, line)
		} else {
			booked = append(booked, line)
		}
	}
	for _, t := range p.TimeOff {
		off = append(off, DayRange{From: t.StartsOn, To: t.EndsOn})
	}
	return booked, tentative, off
}

func busyLine(b store.BookedTime) BusyLine {
	return BusyLine{Project: b.Project, Percent: b.Percent, From: b.First, To: b.Last}
}

// restrictions says in words what was asked for, in a fixed order.
func (s search) restrictions() []string {
	var all []string
	for i, skill := range s.skills {
		all = append(all, needWords(skill.Name, s.query.Filter.Skills[i].MinLevel))
	}
	for _, kind := range []resolve.Kind{resolve.Certification, resolve.Role, resolve.Location, resolve.Project, resolve.Client} {
		if name := s.words[string(kind)]; name != "" {
			all = append(all, string(kind)+" "+name)
		}
	}
	return all
}

func needWords(skill string, level int) string {
	if level == 0 {
		return skill
	}
	return fmt.Sprintf("%s ≥ %d", skill, level)
}
