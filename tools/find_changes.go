package tools

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"rollcall/proposal"
	"rollcall/store"
	"rollcall/store/civil"
	"rollcall/tools/resolve"
)

type findChangesArgs struct {
	Person  string `json:"person" jsonschema:"whose bookings, skills, certificates or time off were changed"`
	Project string `json:"project"`
	Period  string `json:"period" jsonschema:"the user's own words for when it was changed; null for ever"`
	Limit   int    `json:"limit"`
}

// ChangesResult is who changed what, newest first.
type ChangesResult struct {
	Period  *Span        `json:"period,omitempty"`
	Asked   []string     `json:"asked,omitempty"`
	Total   int          `json:"total"`
	Shown   int          `json:"shown"`
	Changes []ChangeLine `json:"changes"`
	Booked  []BusyLine   `json:"booked,omitempty"` // of the person on the project, as it is now
	today   civil.Date
}

// ChangeLine is one change with who wanted it and who confirmed it.
type ChangeLine struct {
	At         string `json:"at"` // in the organisation's time zone
	About      string `json:"about"`
	Change     string `json:"change"`
	AskedBy    string `json:"asked_by"`
	ApprovedBy string `json:"approved_by"`
	How        string `json:"how"` // chat, undo, handshake, hold, api or import
	Thread     string `json:"thread,omitempty"`
}

const mostChanges = 1000 // that one question looks at

func findChanges(c *Company) Tool {
	return define("find_changes", "Who changed what and who confirmed it: why somebody is on a project, what was changed about a person or project.",
		func(ctx context.Context, call Call, a findChangesArgs) (Result, error) {
			f := store.AuditFilter{Limit: mostChanges}
			asked, err := c.resolveAll(ctx, call, said{resolve.Person, a.Person, &f.UserID}, said{resolve.Project, a.Project, &f.ProjectID})
			if err != nil {
				return nil, err
			}
			r := &ChangesResult{Asked: asked, Changes: []ChangeLine{}, today: c.today()}
			if a.Period != "" {
				p, unclear := c.period(a.Period)
				if unclear != nil {
					return nil, unclear
				}
				span := spanOf(p)
				r.Period, f.From, f.To = &span, p.From.In(c.zone()), p.To.In(c.zone())
			}
			found, err := c.Store.FindAudits(ctx, f)
			if err != nil {
				return nil, err
			}
			if err := c.fillBooked(ctx, r, f); err != nil {
				return nil, err
			}
			return r, c.fillChanges(ctx, call, r, found, rows(a.Limit))
		})
}

// fillBooked tells what there is to explain: the bookings of a person on a project that
// are not over.
func (c *Company) fillBooked(ctx context.Context, r *ChangesResult, f store.AuditFilter) error {
	if f.UserID == "" || f.ProjectID == "" {
		return nil
	}
	all, err := c.Store.FindBookings(ctx, store.BookingFilter{
		UserIDs: []string{f.UserID}, ProjectIDs: []string{f.ProjectID}, Window: civil.Range{From: c.today(), To: c.today() + civil.Date(100*366)},
	})
	for _, b := range all {
		r.Booked = append(r.Booked, busyLine(b))
	}
	return err
}

func (c *Company) fillChanges(ctx context.Context, call Call, r *ChangesResult, found []store.Audit, most int) error {
	names, err := c.namesByID(ctx)
	if err != nil {
		return err
	}
	for _, a := range found {
		row := rowOf(a)
		if a.Entity == store.TimeOffEntity && !call.mayKnow(text(row["userId"])) {
			continue
		}
		if r.Total++; len(r.Changes) < most {
			r.Changes = append(r.Changes, c.changeLine(a, row, names))
		}
	}
	r.Shown = len(r.Changes)
	return nil
}

// namesByID is the names of everything by id. Who has left is not among them.
func (c *Company) namesByID(ctx context.Context) (map[string]string, error) {
	if _, err := c.Names(ctx); err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	names := make(map[string]string, len(c.names)+2)
	for _, n := range c.names {
		names[n.ID] = n.Name
	}
	names[proposal.Operator], names[proposal.Rollcall] = "the operator", "Rollcall itself"
	return names, nil
}

// rowOf is the row that was changed, after the change where it is still there.
func rowOf(a store.Audit) map[string]any {
	row := map[string]any{}
	side := a.After
	if side == nil {
		side = a.Before
	}
	if json.Unmarshal(side, &row) != nil { // it is written by the store
		return map[string]any{}
	}
	return row
}

func text(v any) string {
	s, _ := v.(string)
	return s
}

func (c *Company) changeLine(a store.Audit, row map[string]any, names map[string]string) ChangeLine {
	l := ChangeLine{
		At: a.At.In(c.zone()).Format("2 Jan 2006 15:04"), How: a.Origin, Change: c.changeWords(a, row),
		AskedBy: nameOr(names, a.Actor), ApprovedBy: nameOr(names, a.Approver),
	}
	var about []string
	for _, column := range []string{"userId", "projectId", "skillId", "certId", "clientId"} {
		if name := names[text(row[column])]; name != "" {
			about = append(about, name)
		}
	}
	switch a.Entity {
	case store.ProjectEntity:
		about = append(about, text(row["name"]))
	case proposal.DetailsEntity:
		about = append(about, names[a.EntityID])
	case store.TimeOffEntity:
		about = append(about, "time off")
	}
	l.About = strings.Join(about, ", ")
	if a.Thread != nil {
		l.Thread = *a.Thread
	}
	return l
}

func nameOr(names map[string]string, id string) string {
	if name := names[id]; name != "" {
		return name
	}
	return "somebody who is not here any more"
}

// told are the columns that a change is told by, with how they are called.
var told = []struct{ column, word string }{
	{"percent", ""},
	{"startsAt", "from"},
	{"endsAt", "until"},
	{"startsOn", "from"},
	{"endsOn", "until"},
	{"status", ""},
	{"holdUntil", "held until"},
	{"level", "level"},
	{"issuedAt", "issued"},
	{"expiresAt", "valid until"},
	{"startedAt", "from"},
	{"endedAt", "until"},
}

// changeWords tells a change by its values: all of what is new, and what is different of
// what stays.
func (c *Company) changeWords(a store.Audit, row map[string]any) string {
	before := map[string]any{}
	if a.After != nil && a.Before != nil && json.Unmarshal(a.Before, &before) != nil {
		before = map[string]any{}
	}
	var parts []string
	for _, t := range told {
		value := c.valueWords(t.column, row[t.column])
		switch old := c.valueWords(t.column, before[t.column]); {
		case value == "" && old == "" || a.Before != nil && a.After != nil && value == old:
		case a.Before != nil && a.After != nil && old != "":
			parts = append(parts, strings.TrimSpace(t.word+" "+old+" → "+value))
		default:
			parts = append(parts, strings.TrimSpace(t.word+" "+value))
		}
	}
	verb := map[string]string{"create": "added", "update": "changed", "delete": "removed"}[a.Action]
	return strings.TrimSuffix(verb+": "+strings.Join(parts, ", "), ": ")
}

func (c *Company) valueWords(column string, v any) string {
	switch v := v.(type) {
	case float64:
		if column == "percent" {
			return percent(int(v))
		}
		return fmt.Sprintf("%g", v)
	case string:
		if d, err := civil.Parse(v); err == nil {
			return day(d, c.today())
		}
		return v
	}
	return ""
}

// View tells the changes as a table.
func (r *ChangesResult) View() View {
	v := View{Headline: noneOr(r.Total, "change") + inBrackets(r.Asked) + "."}
	if r.Period != nil {
		v.Period = r.Period.String()
	}
	if len(r.Booked) > 0 {
		v.Sections = append(v.Sections, Section{Title: "Booked", Lines: lines(r.Booked, func(b BusyLine) string { return b.long(r.today) })})
	}
	if r.Total == 0 {
		v.Notes = append(v.Notes, "What came with an import, or was there before, has no history here.")
		return v
	}
	v.Columns = []string{"When", "About", "Change", "Asked by", "Confirmed by", "How"}
	for _, l := range r.Changes {
		v.Rows = append(v.Rows, []string{l.At, l.About, l.Change, l.AskedBy, l.ApprovedBy, l.How})
		if l.Thread != "" && !slices.Contains(v.Threads, l.Thread) {
			v.Threads = append(v.Threads, l.Thread)
		}
	}
	if r.Shown < r.Total {
		v.Notes = append(v.Notes, fmt.Sprintf("The newest %d of %d are shown.", r.Shown, r.Total))
	}
	return v
}
