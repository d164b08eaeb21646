package proposal

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"rollcall/store"
	"rollcall/store/chatlog"
	"rollcall/store/civil"
)

// lines write every change with its values before and after.
func (f *facts) lines() []Line {
	var all []Line
	for _, b := range f.bookings {
		all = append(all, f.bookingLine(b))
	}
	for _, s := range f.skills {
		all = append(all, f.skillLine(s))
	}
	for _, c := range f.certs {
		all = append(all, f.certLine(c))
	}
	for _, t := range f.timeOff {
		all = append(all, f.timeOffLine(t))
	}
	for _, p := range f.projects {
		all = append(all, f.projectLine(p))
	}
	for _, d := range f.details {
		all = append(all, f.detailsLine(d))
	}
	return all
}

func action[T any](p pair[T]) string {
	switch {
	case p.before == nil:
		return "create"
	case p.after == nil:
		return "delete"
	}
	return "update"
}

// fields writes both sides of a row by one list of names and values, and keeps what says
// something: every value of a row that is new or goes, and the changes of one that stays.
func fields[T any](p pair[T], values func(T) []Field) []Field {
	var before, after []Field
	if p.before != nil {
		before = values(*p.before)
	}
	if p.after != nil {
		after = values(*p.after)
	}
	all := make([]Field, 0, len(after))
	for i := range max(len(before), len(after)) {
		var field Field
		if before != nil {
			field.Name, field.Before = before[i].Name, before[i].After
		}
		if after != nil {
			field.Name, field.After = after[i].Name, after[i].After
		}
		if field.Before != field.After {
			all = append(all, field)
		}
	}
	return all
}

func (f *facts) bookingLine(b pair[store.Booking]) Line {
	row := b.any()
	return Line{Subject: f.person(row.UserID) + " on " + f.projectName(row.ProjectID), Action: action(b), Fields: fields(b, f.bookingFields)}
}

func (f *facts) bookingFields(b store.Booking) []Field {
	days := f.days(b)
	status := string(b.Status)
	if b.Status == store.Tentative && b.HoldUntil != nil {
		status = "held until " + f.day(*b.HoldUntil)
	}
	role := ""
	if b.RoleID != nil {
		role = f.names[*b.RoleID]
	}
	return []Field{
		{Name: "Percent", After: fmt.Sprintf("%d %%", b.Percent)},
		{Name: "From", After: f.firstDay(days.From)},
		{Name: "Until", After: f.lastDay(days.Last())},
		{Name: "Role", After: role},
		{Name: "Status", After: status},
	}
}

func (f *facts) skillLine(s pair[store.PersonSkill]) Line {
	row := s.any()
	return Line{Subject: f.person(row.UserID) + ": " + f.names[row.SkillID], Action: action(s), Fields: fields(s, func(r store.PersonSkill) []Field {
		level, confirmed := "not said", "no"
		if r.Level != nil {
			level = fmt.Sprintf("%d of 5", *r.Level)
		}
		if r.ConfirmedBy != nil {
			confirmed = "yes"
		}
		return []Field{{Name: "Level", After: level}, {Name: "Since", After: f.optional(r.AcquiredAt)}, {Name: "Confirmed", After: confirmed}}
	})}
}

func (f *facts) certLine(c pair[store.PersonCertification]) Line {
	row := c.any()
	return Line{Subject: f.person(row.UserID) + ": " + f.names[row.CertID], Action: action(c), Fields: fields(c, func(r store.PersonCertification) []Field {
		expires := "never"
		if r.ExpiresAt != nil {
			expires = f.day(*r.ExpiresAt)
		}
		return []Field{{Name: "Issued", After: f.optional(r.IssuedAt)}, {Name: "Valid until", After: expires}}
	})}
}

func (f *facts) timeOffLine(t pair[store.TimeOff]) Line {
	row := t.any()
	return Line{Subject: f.person(row.UserID), Action: action(t), Fields: fields(t, func(r store.TimeOff) []Field {
		kind := string(r.Kind)
		if f.draft.Public { // why somebody is away is not everybody's business
			kind = "time off"
		}
		return []Field{{Name: "Kind", After: kind}, {Name: "From", After: f.day(r.StartsOn)}, {Name: "Until", After: f.day(r.EndsOn)}}
	})}
}

func (f *facts) projectLine(p pair[store.Project]) Line {
	client := ""
	for _, c := range f.clients {
		client = f.names[c.any().ClientID]
	}
	return Line{Subject: p.any().Name, Action: action(p), Fields: fields(p, func(r store.Project) []Field {
		about := ""
		if r.Description != nil {
			about = *r.Description
		}
		return []Field{
			{Name: "Name", After: r.Name},
			{Name: "Client", After: client},
			{Name: "From", After: f.optional(r.StartedAt)},
			{Name: "Until", After: f.optional(r.EndedAt)},
			{Name: "About", After: about},
		}
	})}
}

// detailsLine names what is added to and taken from the details; what stays is not repeated.
func (f *facts) detailsLine(d pair[json.RawMessage]) Line {
	line := Line{Subject: f.projectName(d.id), Action: "update"}
	var was, is chatlog.Project
	if json.Unmarshal(*d.before, &was) != nil || json.Unmarshal(*d.after, &is) != nil { // checked before
		return line
	}
	if was.Summary != is.Summary {
		line.Fields = append(line.Fields, Field{Name: "Summary", Before: was.Summary, After: is.Summary})
	}
	if added, grew := strings.CutPrefix(is.Notes, was.Notes); grew && added != "" {
		line.Fields = append(line.Fields, Field{Name: "Notes, added", After: strings.TrimSpace(added)})
	} else if was.Notes != is.Notes {
		line.Fields = append(line.Fields, Field{Name: "Notes", Before: was.Notes, After: is.Notes})
	}
	line.Fields = append(line.Fields, differences("Tech stack", was.TechStack, is.TechStack)...)
	return Line{Subject: line.Subject, Action: line.Action, Fields: append(line.Fields, differences("Open role", f.roles(was), f.roles(is))...)}
}

func differences(name string, was, is []string) []Field {
	var all []Field
	for _, v := range was {
		if !slices.Contains(is, v) {
			all = append(all, Field{Name: name, Before: v})
		}
	}
	for _, v := range is {
		if !slices.Contains(was, v) {
			all = append(all, Field{Name: name, After: v})
		}
	}
	return all
}

func (f *facts) roles(p chatlog.Project) []string {
	all := make([]string, 0, len(p.OpenRoles))
	for _, r := range p.OpenRoles {
		all = append(all, f.roleWords(r))
	}
	return all
}

func (f *facts) roleWords(r chatlog.OpenRole) string {
	s := r.Role
	if r.Count > 1 {
		s = fmt.Sprintf("%d × %s", r.Count, s)
	}
	s += fmt.Sprintf(" %d %%", r.Percent)
	needs := make([]string, 0, len(r.Skills))
	for _, k := range r.Skills {
		needs = append(needs, needWords(k))
	}
	if len(needs) > 0 {
		s += " with " + strings.Join(needs, ", ")
	}
	if r.From != "" {
		s += " from " + f.written(r.From)
	}
	if r.To != "" {
		s += " until " + f.written(r.To)
	}
	return s
}

func (f *facts) person(id string) string      { return f.people[id].Name }
func (f *facts) projectName(id string) string { return f.project[id].Name }
func (f *facts) day(d civil.Date) string      { return d.Words(f.today) }

// written is a day of a document, YYYY-MM-DD, as people read it.
func (f *facts) written(day string) string {
	d, err := civil.Parse(day)
	if err != nil {
		return day
	}
	return f.day(d)
}

func (f *facts) firstDay(d civil.Date) string {
	if d == earliest {
		return "always"
	}
	return f.day(d)
}

func (f *facts) lastDay(d civil.Date) string {
	if d == latest {
		return "open-ended"
	}
	return f.day(d)
}

func (f *facts) optional(d *civil.Date) string {
	if d == nil {
		return ""
	}
	return f.day(*d)
}

// span writes days as "1 Dec – 31 Jan 2027".
func (f *facts) span(r civil.Range) string {
	switch {
	case r.Days() == 1:
		return f.day(r.From)
	case r.Days() == 0:
		return "no day"
	case r.From == earliest && r.Last() == latest:
		return "always"
	case r.Last() == latest:
		return "from " + f.day(r.From) + ", open-ended"
	case r.From == earliest:
		return "until " + f.day(r.Last())
	}
	from, last := r.From.Time(), r.Last()
	switch {
	case r.From.Year() != last.Year():
		return f.day(r.From) + " – " + f.day(last)
	case r.From.Month() != last.Month():
		return from.Format("2 Jan") + " – " + f.day(last)
	}
	return from.Format("2") + "–" + f.day(last)
}

// list writes "A", "A and B", "A, B and C".
func list(all []string) string {
	all = distinct(slices.Clone(all))
	if len(all) < 2 {
		return strings.Join(all, "")
	}
	return strings.Join(all[:len(all)-1], ", ") + " and " + all[len(all)-1]
}

// sentence begins with a capital and ends with a full stop.
func sentence(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + strings.TrimSuffix(s[1:], ".") + "."
}
