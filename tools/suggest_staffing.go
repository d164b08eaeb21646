package tools

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"rollcall/store"
	"rollcall/store/chatlog"
	"rollcall/store/civil"
	"rollcall/tools/period"
	"rollcall/tools/resolve"
)

type suggestStaffingArgs struct {
	Project   string     `json:"project" need:"true"`
	Role      string     `json:"role" jsonschema:"the open role"`
	Skills    []skillArg `json:"skills" jsonschema:"only those the user names; null for the open role's"`
	Replacing string     `json:"replacing" jsonschema:"the person to be replaced"`
	Period    string     `json:"period" jsonschema:"the user's own words for the time"`
	Percent   int        `json:"percent" jsonschema:"how much of full time is needed"`
	Limit     int        `json:"limit"`
}

// StaffingResult is ranked candidates for work on a project.
type StaffingResult struct {
	Period     Span            `json:"period"`
	Project    string          `json:"project"`
	Role       string          `json:"role,omitempty"`
	Needs      []string        `json:"needs,omitempty"`
	Percent    int             `json:"percent"`
	Replacing  string          `json:"replacing,omitempty"`
	Total      int             `json:"total"`
	Shown      int             `json:"shown"`
	Candidates []CandidateLine `json:"candidates"`
	today      civil.Date
}

// CandidateLine is one candidate with the reasons for the score and what stands against.
type CandidateLine struct {
	Name        string      `json:"name"`
	Role        string      `json:"role,omitempty"`
	Location    string      `json:"location,omitempty"`
	Score       int         `json:"score"` // 0 to 100, see score
	FreePercent int         `json:"free_percent"`
	Skills      []SkillLine `json:"skills,omitempty"`
	Reasons     []string    `json:"reasons,omitempty"`
	Conflicts   []string    `json:"conflicts,omitempty"`
}

func suggestStaffing(c *Company) Tool {
	return define("suggest_staffing", "Rank candidates for a project's open role or as a replacement, with reasons and conflicts.",
		func(ctx context.Context, call Call, a suggestStaffingArgs) (Result, error) {
			if a.Percent < 0 || a.Percent > 100 {
				return nil, &Error{Code: Invalid, Field: "percent", Message: fmt.Sprintf("percent must be 1 to 100, got %d", a.Percent), Retryable: true}
			}
			n, err := c.staffingNeed(ctx, call, a)
			if err != nil {
				return nil, err
			}
			return c.rank(ctx, n, rows(a.Limit))
		})
}

// need is what is sought: filled from the arguments, then from the project's open role,
// then from the person who is replaced.
type need struct {
	project   store.FoundProject
	role      resolve.Entry
	skills    []resolve.Entry
	levels    []store.SkillNeed
	replacing resolve.Entry
	window    civil.Range
	said      bool // the window is the asker's
	percent   int
	team      []store.BookedTime
}

func (c *Company) staffingNeed(ctx context.Context, call Call, a suggestStaffingArgs) (need, error) {
	n := need{percent: a.Percent}
	project, err := c.resolve(ctx, call, resolve.Project, "project", a.Project)
	if err != nil {
		return n, err
	}
	if project.ID == "" {
		return n, &Error{Code: Invalid, Field: "project", Message: "project must not be empty", Retryable: true}
	}
	if n.role, err = c.resolve(ctx, call, resolve.Role, "role", a.Role); err != nil {
		return n, err
	}
	if n.replacing, err = c.resolve(ctx, call, resolve.Person, "replacing", a.Replacing); err != nil {
		return n, err
	}
	var s search
	if err := c.resolveSkills(ctx, call, a.Skills, &s); err != nil {
		return n, err
	}
	n.skills, n.levels = s.skills, s.query.Filter.Skills
	if a.Period != "" {
		p, err := c.period(a.Period)
		if err != nil {
			return n, err
		}
		n.window, n.said = p.Range, true
	}
	return n, c.completeNeed(ctx, call, &n, project.ID)
}

func (c *Company) completeNeed(ctx context.Context, call Call, n *need, projectID string) error {
	today := c.today()
	found, err := c.Store.FindProjects(ctx, store.ProjectQuery{IDs: []string{projectID}, Window: civil.Range{From: today, To: today + 1}})
	if err != nil {
		return err
	}
	if len(found) == 0 {
		return &Error{Code: NotFound, Field: "project", Message: "the project is gone"}
	}
	n.project = found[0]
	if n.team, err = c.Store.FindBookings(ctx, store.BookingFilter{ProjectIDs: []string{projectID}}); err != nil {
		return err
	}
	if n.replacing.ID != "" {
		if err := c.needOfReplaced(ctx, n); err != nil {
			return err
		}
	} else if err := c.needOfOpenRole(ctx, call, n); err != nil {
		return err
	}
	if n.window.Days() == 0 {
		n.window = civil.Range{From: max(today, startOf(n.project)), To: today + 7*mostWeeks}
		if n.project.EndedAt != nil && *n.project.EndedAt >= today {
			n.window.To = *n.project.EndedAt + 1
		}
	}
	if n.window.Days() == 0 {
		n.window = c.Calendar.Default(c.Now()).Range
	}
	n.percent = cmp.Or(n.percent, 100)
	return nil
}

func startOf(p store.FoundProject) civil.Date {
	if p.StartedAt == nil {
		return civil.Of(1900, 1, 1)
	}
	return *p.StartedAt
}

// needOfOpenRole takes what the arguments leave open from the first open role that fits.
func (c *Company) needOfOpenRole(ctx context.Context, call Call, n *need) error {
	d, err := c.Details.GetDetails(ctx, n.project.ID)
	if errors.Is(err, chatlog.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, o := range d.Project.OpenRoles {
		role, err := c.resolve(ctx, call, resolve.Role, "role", o.Role)
		if err != nil || (n.role.ID != "" && n.role.ID != role.ID) {
			continue // an open role of another kind, or of a role that is gone
		}
		n.role = role
		if len(n.skills) == 0 {
			c.needSkills(ctx, call, n, o.Skills)
		}
		n.percent = cmp.Or(n.percent, o.Percent)
		if !n.said {
			days := roleDays(o, civil.Range{From: max(c.today(), startOf(n.project)), To: c.today() + 7*mostWeeks})
			n.window = civil.Range{From: max(c.today(), days.From), To: days.To}
		}
		return nil
	}
	return nil
}

// needSkills adds the skills of a document; one that is no longer known asks for nothing.
func (c *Company) needSkills(ctx context.Context, call Call, n *need, skills []chatlog.SkillNeed) {
	for _, s := range skills {
		entry, err := c.resolve(ctx, call, resolve.Skill, "skills", s.Skill)
		if err != nil || entry.ID == "" {
			continue
		}
		n.skills = append(n.skills, entry)
		n.levels = append(n.levels, store.SkillNeed{SkillID: entry.ID, MinLevel: s.MinLevel})
	}
}

// needOfReplaced takes role, percent, days and the strongest three skills from the
// person who is replaced.
func (c *Company) needOfReplaced(ctx context.Context, n *need) error {
	profiles, err := c.Store.FindProfiles(ctx, []string{n.replacing.ID}, civil.Range{From: c.today(), To: c.today() + 1})
	if err != nil || len(profiles) == 0 {
		return err
	}
	p := profiles[0]
	if n.role.ID == "" && p.RoleID != nil {
		n.role = resolve.Entry{Kind: resolve.Role, ID: *p.RoleID, Name: p.Role}
	}
	if len(n.skills) == 0 {
		for _, k := range p.Skills[:min(3, len(p.Skills))] {
			n.skills = append(n.skills, resolve.Entry{Kind: resolve.Skill, ID: k.SkillID, Name: k.Name})
			n.levels = append(n.levels, store.SkillNeed{SkillID: k.SkillID})
		}
	}
	for _, b := range n.team {
		if b.UserID != n.replacing.ID || (b.Last != nil && *b.Last < c.today()) {
			continue
		}
		n.percent = cmp.Or(n.percent, b.Percent)
		if !n.said && b.Last != nil {
			n.window = civil.Range{From: c.today(), To: *b.Last + 1}
		}
	}
	return nil
}

func (c *Company) rank(ctx context.Context, n need, limit int) (Result, error) {
	q := store.PeopleQuery{Window: n.window, MinFreePercent: n.percent, Filter: store.PeopleFilter{Skills: n.levels, AnySkill: true}}
	if len(n.levels) == 0 {
		q.Filter.RoleID = n.role.ID
	}
	for i := range q.Filter.Skills { // a lower level is a weakness, not a reason to leave somebody out
		q.Filter.Skills = slices.Clone(q.Filter.Skills)
		q.Filter.Skills[i].MinLevel = 0
	}
	found, _, err := c.Store.FindPeople(ctx, q)
	if err != nil {
		return nil, err
	}
	found = slices.DeleteFunc(found, n.excludes)
	ids := make([]string, len(found))
	for i, p := range found {
		ids[i] = p.ID
	}
	profiles, err := c.Store.FindProfiles(ctx, ids, n.window)
	if err != nil {
		return nil, err
	}
	r := &StaffingResult{
		Period: spanOf(period.Period{Range: n.window}), Project: n.project.Name, Role: n.role.Name, Percent: n.percent, Replacing: n.replacing.Name,
		Total: len(found), Candidates: []CandidateLine{}, today: c.today(),
	}
	for i, s := range n.skills {
		r.Needs = append(r.Needs, needWords(s.Name, n.levels[i].MinLevel))
	}
	for i, p := range profiles {
		r.Candidates = append(r.Candidates, c.candidate(n, found[i], p))
	}
	slices.SortStableFunc(r.Candidates, func(a, b CandidateLine) int {
		return cmp.Or(b.Score-a.Score, strings.Compare(a.Name, b.Name))
	})
	r.Candidates = r.Candidates[:min(limit, len(r.Candidates))]
	r.Shown = len(r.Candidates)
	return r, nil
}

// excludes leaves out who is on the project in that time, and who is replaced.
func (n need) excludes(p store.FoundPerson) bool {
	return p.ID == n.replacing.ID || slices.ContainsFunc(n.team, func(b store.BookedTime) bool {
		return b.UserID == p.ID && bookedDays(b, n.window) > 0
	})
}

// candidate scores a person from 0 to 100: 50 for the skills (each needed skill counts
// the same: fully at the needed level or above, in proportion below it), 35 for the time
// (the free percent against the needed one), 10 for the same role and 5 for having worked
// with the team's client or in its place.
func (c *Company) candidate(n need, f store.FoundPerson, p store.Profile) CandidateLine {
	line := CandidateLine{Name: f.Name, Role: p.Role, FreePercent: f.FreePercent(), Skills: skillLines(p.Skills, n.levels, c.today())}
	if p.Location != nil {
		line.Location = *p.Location
	}
	skill := n.skillFit(p, &line)
	time := min(1, float64(f.FreePercentDays)/float64(max(1, n.percent*f.WorkingDays)))
	score := 50*skill + 35*time
	if n.role.ID != "" && p.RoleID != nil && *p.RoleID == n.role.ID {
		score += 10
		line.Reasons = append(line.Reasons, "works as "+p.Role)
	}
	if n.knowsClient(p) {
		score += 5
		line.Reasons = append(line.Reasons, "is booked for the client")
	}
	line.Score = int(score + 0.5)
	line.Reasons = append(line.Reasons, fmt.Sprintf("%d %% free", line.FreePercent))
	line.Conflicts = append(line.Conflicts, c.conflicts(n, f, p)...)
	return line
}

func (n need) skillFit(p store.Profile, line *CandidateLine) float64 {
	if len(n.levels) == 0 {
		return 1
	}
	sum := 0.0
	for i, need := range n.levels {
		at := slices.IndexFunc(p.Skills, func(k store.KnownSkill) bool { return k.SkillID == need.SkillID })
		switch {
		case at < 0:
			line.Conflicts = append(line.Conflicts, "no "+n.skills[i].Name)
		case need.MinLevel == 0 || (p.Skills[at].Level != nil && *p.Skills[at].Level >= need.MinLevel):
			sum++
		case p.Skills[at].Level == nil:
			sum += 0.5
			line.Conflicts = append(line.Conflicts, n.skills[i].Name+" without a level")
		default:
			sum += float64(*p.Skills[at].Level) / float64(need.MinLevel)
			line.Conflicts = append(line.Conflicts, fmt.Sprintf("%s only level %d", n.skills[i].Name, *p.Skills[at].Level))
		}
	}
	return sum / float64(len(n.levels))
}

func (n need) knowsClient(p store.Profile) bool {
	return n.project.Clients != "" && slices.ContainsFunc(p.Bookings, func(b store.BookedTime) bool {
		return b.Client != "" && strings.Contains(n.project.Clients, b.Client)
	})
}

// conflicts lists what stands against the booking in its time.
func (c *Company) conflicts(n need, f store.FoundPerson, p store.Profile) []string {
	var all []string
	today := c.today()
	if !f.IsFree(n.percent) {
		all = append(all, fmt.Sprintf("only %d %% free, %d %% are needed", f.FreePercent(), n.percent))
	}
	for _, t := range p.TimeOff {
		all = append(all, "off "+DayRange{From: t.StartsOn, To: t.EndsOn}.words(today))
	}
	for _, b := range p.Bookings {
		if b.Status == store.Tentative {
			all = append(all, "perhaps "+busyLine(b).words(today))
		}
	}
	for _, h := range p.Certifications {
		if h.ExpiresAt != nil && n.window.Contains(*h.ExpiresAt) && h.IsValidOn(n.window.From) {
			all = append(all, h.Name+" runs out on "+day(*h.ExpiresAt, today))
		}
	}
	return all
}

// View shows the candidates, best first.
func (r *StaffingResult) View() View {
	v := View{Headline: r.headline(), Period: r.Period.String()}
	if r.Total == 0 {
		v.Notes = []string{"Nobody who is not on it already has any of these skills."}
		return v
	}
	v.Columns = []string{"Score", "Name", "Role", "Location", "Free", "For and against"}
	for _, p := range r.Candidates {
		why := lines(p.Skills, SkillLine.String)
		why = append(why, p.Reasons...)
		text := strings.Join(why, "; ")
		if len(p.Conflicts) > 0 {
			text += "; BUT " + strings.Join(p.Conflicts, "; ")
		}
		v.Rows = append(v.Rows, []string{strconv.Itoa(p.Score), p.Name, p.Role, p.Location, percent(p.FreePercent), text})
	}
	if r.Shown < r.Total {
		v.Notes = append(v.Notes, fmt.Sprintf("Showing the best %d of %d.", r.Shown, r.Total))
	}
	return v
}

func (r *StaffingResult) headline() string {
	what := cmp.Or(r.Role, "somebody")
	if len(r.Needs) > 0 {
		what += " with " + strings.Join(r.Needs, ", ")
	}
	if r.Replacing != "" {
		what += " in place of " + r.Replacing
	}
	return fmt.Sprintf("%s for %s: %s at %d %%.", count(r.Total, "candidate"), r.Project, what, r.Percent)
}
