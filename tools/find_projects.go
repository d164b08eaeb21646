package tools

import (
	"context"
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

type findProjectsArgs struct {
	Client    string `json:"client"`
	Skill     string `json:"skill" jsonschema:"in its technology or its open roles"`
	Person    string `json:"person" jsonschema:"somebody booked on it"`
	Period    string `json:"period" jsonschema:"the user's own words for the time"`
	Condition string `json:"condition" enum:"any,active,starting,ending,understaffed" jsonschema:"understaffed: has open roles in the period"`
	Limit     int    `json:"limit"`
}

// ProjectsResult is a list of projects.
type ProjectsResult struct {
	Period    *Span         `json:"period,omitempty"`
	Condition string        `json:"condition"`
	Asked     []string      `json:"asked,omitempty"`
	Total     int           `json:"total"`
	Shown     int           `json:"shown"`
	Projects  []ProjectLine `json:"projects"`
	today     civil.Date
}

// ProjectLine is one project of a list.
type ProjectLine struct {
	Name      string      `json:"name"`
	Client    string      `json:"client,omitempty"`
	Starts    *civil.Date `json:"starts,omitempty"`
	Ends      *civil.Date `json:"ends,omitempty"` // the last day; missing: open-ended
	People    int         `json:"people"`         // with a confirmed booking in the period
	OpenRoles []string    `json:"open_roles,omitempty"`
}

func findProjects(c *Company) Tool {
	return define("find_projects", "Find projects by client, skill or person, and which are active, start, end or lack people in a period.",
		func(ctx context.Context, call Call, a findProjectsArgs) (Result, error) {
			q := store.ProjectQuery{Condition: store.ProjectCondition(a.Condition)}
			r := &ProjectsResult{Condition: a.Condition, Projects: []ProjectLine{}, today: c.today()}
			var skill string
			var err error
			r.Asked, err = c.resolveAll(ctx, call, said{resolve.Client, a.Client, &q.ClientID}, said{resolve.Person, a.Person, &q.UserID}, said{resolve.Skill, a.Skill, &skill})
			if err != nil {
				return nil, err
			}
			p, err := c.projectPeriod(a)
			if err != nil {
				return nil, err
			}
			q.Window = p.Range
			if a.Period != "" || a.Condition != "" {
				span := spanOf(p)
				r.Period = &span
			}
			if q.Condition == "" && (a.Period != "" || q.ClientID == "") {
				q.Condition, r.Condition = store.Active, "active"
			}
			return r, c.fillProjects(ctx, r, q, skill, a)
		})
}

// projectPeriod is today when nothing is said, and the running quarter's rest for what
// starts, ends or lacks people.
func (c *Company) projectPeriod(a findProjectsArgs) (period.Period, error) {
	if a.Period != "" {
		return c.period(a.Period)
	}
	today := c.today()
	days := civil.Date(1)
	if a.Condition == "starting" || a.Condition == "ending" || a.Condition == "understaffed" {
		days = 90
	}
	return period.Period{Range: civil.Range{From: today, To: today + days}}, nil
}

func (c *Company) fillProjects(ctx context.Context, r *ProjectsResult, q store.ProjectQuery, skill string, a findProjectsArgs) error {
	understaffed := q.Condition == "understaffed"
	if understaffed {
		q.Condition = store.AnyProject
	}
	found, err := c.Store.FindProjects(ctx, q)
	if err != nil {
		return err
	}
	details, err := c.details(ctx)
	if err != nil {
		return err
	}
	index, err := c.Names(ctx)
	if err != nil {
		return err
	}
	for _, p := range found {
		open := openIn(details[p.ID], q.Window)
		if (understaffed && len(open) == 0) || (skill != "" && !uses(index, details[p.ID], skill)) {
			continue
		}
		if r.Total++; r.Total > rows(a.Limit) {
			continue
		}
		line := ProjectLine{Name: p.Name, Client: p.Clients, Starts: p.StartedAt, Ends: p.EndedAt, People: p.People}
		for _, o := range open {
			line.OpenRoles = append(line.OpenRoles, openWords(o))
		}
		r.Projects = append(r.Projects, line)
	}
	r.Shown = len(r.Projects)
	return nil
}

// details returns the documents by project.
func (c *Company) details(ctx context.Context) (map[string]chatlog.Project, error) {
	documents, err := c.Details.FindDetails(ctx)
	if err != nil {
		return nil, err
	}
	byProject := make(map[string]chatlog.Project, len(documents))
	for _, d := range documents {
		byProject[d.ProjectID] = d.Project
	}
	return byProject, nil
}

// openIn returns the open roles that touch the window.
func openIn(p chatlog.Project, window civil.Range) []chatlog.OpenRole {
	var open []chatlog.OpenRole
	for _, o := range p.OpenRoles {
		if roleDays(o, window).Overlaps(window) {
			open = append(open, o)
		}
	}
	return open
}

// roleDays returns the days of an open role; a day that is not given is the window's.
func roleDays(o chatlog.OpenRole, window civil.Range) civil.Range {
	days := window
	if d, err := civil.Parse(o.From); err == nil {
		days.From = d
	}
	if d, err := civil.Parse(o.To); err == nil {
		days.To = d + 1
	} else {
		days.To = max(days.To, days.From+1)
	}
	return days
}

// uses reports whether the skill is in the project's technology or its open roles.
func uses(index *resolve.Index, p chatlog.Project, skillID string) bool {
	names := slices.Clone(p.TechStack)
	for _, o := range p.OpenRoles {
		for _, s := range o.Skills {
			names = append(names, s.Skill)
		}
	}
	return slices.ContainsFunc(names, func(name string) bool {
		r := index.Resolve(resolve.Skill, name)
		return r.Outcome == resolve.Resolved && !r.Fuzzy && r.Entry.ID == skillID
	})
}

// openWords is "2 × Backend Developer (Java ≥ 3), 100 %".
func openWords(o chatlog.OpenRole) string {
	s := o.Role
	if o.Count > 1 {
		s = fmt.Sprintf("%d × %s", o.Count, o.Role)
	}
	var needs []string
	for _, n := range o.Skills {
		needs = append(needs, needWords(n.Skill, n.MinLevel))
	}
	if len(needs) > 0 {
		s += " (" + strings.Join(needs, ", ") + ")"
	}
	return fmt.Sprintf("%s, %d %%", s, o.Percent)
}

// View shows the projects as a table.
func (r *ProjectsResult) View() View {
	v := View{Headline: r.headline()}
	if r.Period != nil {
		v.Period = r.Period.String()
	}
	if r.Total == 0 {
		return v
	}
	v.Columns = []string{"Project", "Client", "Starts", "Ends", "People", "Open roles"}
	for _, p := range r.Projects {
		ends := "open-ended"
		if p.Ends != nil {
			ends = day(*p.Ends, r.today)
		}
		v.Rows = append(v.Rows, []string{p.Name, p.Client, optionalDay(p.Starts, r.today), ends, strconv.Itoa(p.People), strings.Join(p.OpenRoles, "; ")})
	}
	if r.Shown < r.Total {
		v.Notes = append(v.Notes, fmt.Sprintf("Showing %d of %d.", r.Shown, r.Total))
	}
	return v
}

func (r *ProjectsResult) headline() string {
	of := inBrackets(r.Asked)
	n := noneOr(r.Total, "project")
	switch r.Condition {
	case "active":
		return n + " active" + of + "."
	case "starting":
		return n + " starting" + of + "."
	case "ending":
		return n + " ending" + of + "."
	case "understaffed":
		return n + " with open roles" + of + "."
	}
	return n + of + "."
}
