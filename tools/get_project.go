package tools

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"rollcall/store"
	"rollcall/store/chatlog"
	"rollcall/store/civil"
	"rollcall/tools/resolve"
)

type getProjectArgs struct {
	Project string   `json:"project" need:"true"`
	Aspects []string `json:"aspects" enum:"team,dates,details,open_roles" jsonschema:"what to tell; null for everything"`
}

// ProjectResult is what get_project tells.
type ProjectResult struct {
	Name      string           `json:"name"`
	Client    string           `json:"client,omitempty"`
	About     string           `json:"about,omitempty"`
	Starts    *civil.Date      `json:"starts,omitempty"`
	Ends      *civil.Date      `json:"ends,omitempty"` // the last day; missing: open-ended
	Team      []MemberLine     `json:"team,omitempty"` // now and to come
	Former    int              `json:"former_members,omitempty"`
	Details   *chatlog.Project `json:"details,omitempty"`
	OpenRoles []string         `json:"open_roles,omitempty"`
	aspects   map[string]bool
	today     civil.Date
}

// MemberLine is a booking of a team.
type MemberLine struct {
	Name      string      `json:"name"`
	Role      string      `json:"role,omitempty"`
	Percent   int         `json:"percent"`
	From      *civil.Date `json:"from,omitempty"`
	To        *civil.Date `json:"to,omitempty"` // the last day; missing: open-ended
	Tentative bool        `json:"tentative,omitempty"`
}

var projectAspects = []string{"team", "dates", "details", "open_roles"}

func getProject(c *Company) Tool {
	return define("get_project", "Tell about one project: team, dates, details such as technology, contacts and notes, open roles.",
		func(ctx context.Context, call Call, a getProjectArgs) (Result, error) {
			entry, err := c.resolve(ctx, call, resolve.Project, "project", a.Project)
			if err != nil {
				return nil, err
			}
			if entry.ID == "" {
				return nil, &Error{Code: Invalid, Field: "project", Message: "project must not be empty", Retryable: true}
			}
			today := c.today()
			found, err := c.Store.FindProjects(ctx, store.ProjectQuery{IDs: []string{entry.ID}, Window: civil.Range{From: today, To: today + 1}})
			if err != nil {
				return nil, err
			}
			if len(found) == 0 {
				return nil, notFound(resolve.Project, "project", a.Project, resolve.Result{})
			}
			p := found[0]
			if len(a.Aspects) == 0 {
				a.Aspects = projectAspects
			}
			r := &ProjectResult{Name: p.Name, Client: p.Clients, About: p.About, Starts: p.StartedAt, Ends: p.EndedAt, aspects: wanted(a.Aspects), today: today}
			if err := c.fillTeam(ctx, r, p.ID); err != nil {
				return nil, err
			}
			return r, c.fillDetails(ctx, r, p.ID)
		})
}

func (c *Company) fillTeam(ctx context.Context, r *ProjectResult, id string) error {
	if !r.aspects["team"] {
		return nil
	}
	bookings, err := c.Store.FindBookings(ctx, store.BookingFilter{ProjectIDs: []string{id}})
	if err != nil {
		return err
	}
	for _, b := range bookings {
		if b.Last != nil && *b.Last < r.today {
			r.Former++
			continue
		}
		r.Team = append(r.Team, MemberLine{Name: b.Person, Role: b.Role, Percent: b.Percent, From: b.First, To: b.Last, Tentative: b.Status == store.Tentative})
	}
	return nil
}

func (c *Company) fillDetails(ctx context.Context, r *ProjectResult, id string) error {
	if !r.aspects["details"] && !r.aspects["open_roles"] {
		return nil
	}
	d, err := c.Details.GetDetails(ctx, id)
	if errors.Is(err, chatlog.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	if r.aspects["open_roles"] {
		for _, o := range d.Project.OpenRoles {
			r.OpenRoles = append(r.OpenRoles, openWords(o)+openDays(o, r.today))
		}
	}
	if r.aspects["details"] {
		d.Project.OpenRoles = nil
		r.Details = &d.Project
	}
	return nil
}

func openDays(o chatlog.OpenRole, today civil.Date) string {
	s := ""
	if d, err := civil.Parse(o.From); err == nil {
		s += ", from " + day(d, today)
	}
	if d, err := civil.Parse(o.To); err == nil {
		s += " until " + day(d, today)
	}
	return s
}

// View tells about the project.
func (r *ProjectResult) View() View {
	v := View{Headline: r.headline()}
	if len(r.Team) > 0 {
		v.Columns = []string{"Name", "Role", "Percent", "From", "Until", ""}
	}
	for _, m := range r.Team {
		status := ""
		if m.Tentative {
			status = "tentative"
		}
		v.Rows = append(v.Rows, []string{m.Name, m.Role, percent(m.Percent), optionalDay(m.From, r.today), optionalDay(m.To, r.today), status})
	}
	if r.aspects["team"] && len(r.Team) == 0 {
		v.Notes = append(v.Notes, "Nobody is booked on it now or later.")
	}
	if len(r.OpenRoles) > 0 {
		v.Sections = append(v.Sections, Section{Title: "Open roles", Lines: r.OpenRoles})
	} else if len(r.aspects) < len(projectAspects) && r.aspects["open_roles"] {
		v.Notes = append(v.Notes, "It has no open roles.")
	}
	if r.Details != nil {
		v.Sections = append(v.Sections, detailSections(*r.Details)...)
	}
	if r.Former > 0 && len(r.aspects) == len(projectAspects) {
		v.Notes = append(v.Notes, fmt.Sprintf("%d earlier bookings have ended.", r.Former))
	}
	return v
}

func (r *ProjectResult) headline() string {
	s := r.Name
	if r.Client != "" {
		s += " for " + r.Client
	}
	if r.Starts != nil {
		s += ", from " + day(*r.Starts, r.today)
	}
	if r.Ends != nil {
		return s + " until " + day(*r.Ends, r.today) + "."
	}
	return s + ", open-ended."
}

func detailSections(p chatlog.Project) []Section {
	var all []Section
	add := func(title string, lines ...string) {
		if len(lines) > 0 && lines[0] != "" {
			all = append(all, Section{Title: title, Lines: lines})
		}
	}
	add("Summary", p.Summary)
	add("Technology", strings.Join(p.TechStack, ", "))
	add("Contacts", lines(p.Contacts, func(c chatlog.Contact) string { return strings.TrimSuffix(c.Name+", "+c.Role, ", ") })...)
	add("Links", lines(p.Links, func(l chatlog.Link) string { return l.Title + ": " + l.URL })...)
	add("Notes", p.Notes)
	return all
}
