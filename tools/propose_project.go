package tools

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"rollcall/proposal"
	"rollcall/store"
	"rollcall/store/chatlog"
	"rollcall/tools/period"
	"rollcall/tools/resolve"
)

type proposeProjectArgs struct {
	Action    string     `json:"action" need:"true" enum:"create,dates,details,open_role,close_role"`
	Project   string     `json:"project" need:"true" jsonschema:"create: the new name"`
	Client    string     `json:"client" jsonschema:"create: for whom"`
	Period    string     `json:"period" jsonschema:"the user's own words: when it runs; open_role: when somebody is needed"`
	Edge      string     `json:"edge" enum:"start,end" jsonschema:"dates: which end of it the period is; null when it is both"`
	Summary   string     `json:"summary" jsonschema:"the user's own words"`
	Notes     string     `json:"notes" jsonschema:"the user's own words, added to the notes"`
	TechStack []string   `json:"tech_stack"`
	Role      string     `json:"role" jsonschema:"open_role, close_role"`
	Skills    []skillArg `json:"skills" jsonschema:"open_role: what it asks for"`
	Percent   int        `json:"percent"`
	Count     int        `json:"count" jsonschema:"open_role: how many people"`
}

func proposeProject(c *Company) Tool {
	return defineProposal("propose_project", "Prepare a new project, new dates, details, or an open role of one. The user confirms it by a button.",
		func(ctx context.Context, call Call, a proposeProjectArgs) (Result, error) {
			if !call.Asker.May(store.Manager) {
				return nil, c.denied(ctx, call, "change projects")
			}
			var edits []store.Edit
			var err error
			switch a.Action {
			case "create":
				edits, err = c.newProject(ctx, call, a)
			case "dates":
				edits, err = c.projectDates(ctx, call, a)
			default:
				edits, err = c.projectDetails(ctx, call, a)
			}
			if err != nil {
				return nil, nothing(err)
			}
			return c.propose(ctx, call, proposal.Project, edits...)
		})
}

const longestProject = 120 // characters of a name

func (c *Company) newProject(ctx context.Context, call Call, a proposeProjectArgs) ([]store.Edit, error) {
	name := strings.TrimSpace(a.Project)
	if name == "" {
		return nil, missing("project", "What shall the project be called?")
	}
	if len([]rune(name)) > longestProject {
		return nil, &Error{Code: Invalid, Field: "project", Message: fmt.Sprintf("The name is longer than %d characters", longestProject), Retryable: true}
	}
	if err := saidText(call, "project", name); err != nil {
		return nil, err
	}
	index, err := c.Names(ctx)
	if err != nil {
		return nil, err
	}
	if r := index.Resolve(resolve.Project, name); r.Outcome == resolve.Resolved && resolve.Fold(r.Entry.Name) == resolve.Fold(name) {
		return nil, &Error{Code: Invalid, Field: "project", Message: fmt.Sprintf("There is a project called %s already", r.Entry.Name), Retryable: true}
	}
	row := store.Project{ID: store.NewID(), Name: name}
	if a.Period != "" {
		p, unclear := c.saidPeriod(call, "period", a.Period, "When does it run?")
		if unclear != nil {
			return nil, unclear
		}
		setDates(&row, p, a.Edge)
	}
	edits, err := editsOf(store.NewEdit(store.ProjectEntity, row.ID, nil, &row))
	if err != nil {
		return nil, err
	}
	return c.forClient(ctx, call, a, row.ID, edits)
}

func (c *Company) forClient(ctx context.Context, call Call, a proposeProjectArgs, id string, edits []store.Edit) ([]store.Edit, error) {
	client, err := c.saidName(ctx, call, resolve.Client, "client", a.Client)
	if err != nil {
		return nil, err
	}
	if client.ID != "" {
		cp := store.ClientProject{ID: store.NewID(), ClientID: client.ID, ProjectID: id}
		e, failed := store.NewEdit(store.ClientProjectEntity, cp.ID, nil, &cp)
		if failed != nil {
			return nil, failed
		}
		edits = append(edits, e)
	}
	after, err := c.withDetails(call, a, chatlog.Project{})
	if err != nil || after.Summary+after.Notes == "" && len(after.TechStack) == 0 {
		return edits, err
	}
	e, err := proposal.NewDetailsEdit(id, chatlog.Project{}, after)
	return append(edits, e), err
}

// setDates sets what the period says: both ends, or the one that is meant.
func setDates(row *store.Project, p period.Period, edge string) {
	last := p.Last()
	if edge != "end" {
		row.StartedAt = &p.From
	}
	switch {
	case edge == "start" || p.OpenEnd && edge == "":
	case edge == "end" && p.OpenEnd: // "from 1 April it is over"
		last = p.From - 1
		row.EndedAt = &last
	default:
		row.EndedAt = &last
	}
}

func (c *Company) oldProject(ctx context.Context, call Call, a proposeProjectArgs) (store.Project, error) {
	e, err := c.saidName(ctx, call, resolve.Project, "project", a.Project)
	if err != nil {
		return store.Project{}, err
	}
	if e.ID == "" {
		return store.Project{}, missing("project", "Which project?")
	}
	return c.Store.GetProject(ctx, e.ID)
}

func (c *Company) projectDates(ctx context.Context, call Call, a proposeProjectArgs) ([]store.Edit, error) {
	before, err := c.oldProject(ctx, call, a)
	if err != nil {
		return nil, err
	}
	p, err := c.saidPeriod(call, "period", a.Period, "When does it run?")
	if err != nil {
		return nil, err
	}
	after := before
	setDates(&after, p, a.Edge)
	return editsOf(store.NewEdit(store.ProjectEntity, after.ID, &before, &after))
}

func (c *Company) projectDetails(ctx context.Context, call Call, a proposeProjectArgs) ([]store.Edit, error) {
	project, err := c.oldProject(ctx, call, a)
	if err != nil {
		return nil, err
	}
	d, err := c.Details.GetDetails(ctx, project.ID)
	if err != nil && !errors.Is(err, chatlog.ErrNotFound) {
		return nil, err
	}
	after := d.Project
	switch a.Action {
	case "details":
		after, err = c.withDetails(call, a, after)
	case "open_role":
		after, err = c.withRole(ctx, call, a, after)
	case "close_role":
		after, err = c.withoutRole(ctx, call, a, project.Name, after)
	}
	if err != nil {
		return nil, err
	}
	e, err := proposal.NewDetailsEdit(project.ID, d.Project, after)
	if err == nil && string(e.Before) == string(e.After) {
		err = missing("summary", "What should change? I can set the summary, add notes or add to the tech stack.")
	}
	return []store.Edit{e}, err
}

// withDetails sets the summary, and adds to notes and tech stack.
func (c *Company) withDetails(call Call, a proposeProjectArgs, p chatlog.Project) (chatlog.Project, error) {
	if err := errors.Join(saidText(call, "summary", a.Summary), saidText(call, "notes", a.Notes)); err != nil {
		return p, err
	}
	p.Summary = cmp.Or(a.Summary, p.Summary)
	if a.Notes != "" {
		p.Notes = strings.TrimSpace(p.Notes + "\n" + a.Notes)
	}
	p.TechStack = slices.Clone(p.TechStack)
	for _, t := range a.TechStack {
		if err := saidText(call, "tech_stack", t); err != nil {
			return p, err
		}
		if !slices.ContainsFunc(p.TechStack, func(o string) bool { return strings.EqualFold(o, t) }) {
			p.TechStack = append(p.TechStack, t)
		}
	}
	return p, nil
}

// withRole adds an open role, at full time and for one person unless something else is said.
func (c *Company) withRole(ctx context.Context, call Call, a proposeProjectArgs, p chatlog.Project) (chatlog.Project, error) {
	role, err := c.saidName(ctx, call, resolve.Role, "role", a.Role)
	if err != nil {
		return p, err
	}
	if role.ID == "" {
		return p, missing("role", "Which role?")
	}
	o := chatlog.OpenRole{Role: role.Name, Percent: cmp.Or(a.Percent, 100), Count: cmp.Or(a.Count, 1)}
	v := vocabularyOf(call.Asker.Words)
	if a.Percent != 0 {
		if err := c.saidPercent(call, a.Percent); err != nil {
			return p, err
		}
	}
	if a.Count > 1 && !v.hasNumber(a.Count) {
		return p, notSaid("count", "How many people?", "1", "2", "3")
	}
	for _, k := range a.Skills {
		skill, err := c.saidName(ctx, call, resolve.Skill, "skills", k.Name)
		if err == nil {
			err = saidLevel(call, k.MinLevel)
		}
		if err != nil {
			return p, err
		}
		o.Skills = append(o.Skills, chatlog.SkillNeed{Skill: skill.Name, MinLevel: k.MinLevel})
	}
	if a.Period != "" {
		when, err := c.saidPeriod(call, "period", a.Period, "From when?")
		if err != nil {
			return p, err
		}
		if o.From = when.From.String(); !when.OpenEnd {
			o.To = when.Last().String()
		}
	}
	p.OpenRoles = append(slices.Clone(p.OpenRoles), o)
	return p, nil
}

func (c *Company) withoutRole(ctx context.Context, call Call, a proposeProjectArgs, project string, p chatlog.Project) (chatlog.Project, error) {
	role, err := c.saidName(ctx, call, resolve.Role, "role", a.Role)
	if err != nil {
		return p, err
	}
	i := slices.IndexFunc(p.OpenRoles, func(o chatlog.OpenRole) bool { return strings.EqualFold(o.Role, role.Name) })
	if role.ID == "" && len(p.OpenRoles) == 1 {
		i = 0
	}
	if i < 0 {
		e := &Error{Code: NotFound, Field: "role", Message: project + " has no such open role", Retryable: true}
		for _, o := range p.OpenRoles {
			e.DidYouMean = append(e.DidYouMean, o.Role)
		}
		return p, e
	}
	p.OpenRoles = slices.Delete(slices.Clone(p.OpenRoles), i, i+1)
	return p, nil
}
