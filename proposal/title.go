package proposal

import (
	"fmt"
	"slices"
	"strings"

	"rollcall/store"
)

// title says in one sentence what the draft does.
func (f *facts) title() string {
	switch f.draft.Kind {
	case Assignment:
		return f.assignmentTitle()
	case Skill:
		return f.skillTitle()
	case Certification:
		return f.certTitle()
	case TimeOff:
		return f.timeOffTitle()
	case Project:
	}
	return f.projectTitle()
}

func (f *facts) assignmentTitle() string {
	return f.titleOf((*facts).bookingTitle)
}

// titleOf is one sentence for everybody when it is true of everybody, else one of each: of
// two people whose bookings are extended by a week, each has an end of their own.
func (f *facts) titleOf(title func(f *facts, who string) string) string {
	var names, all, own []string
	for _, id := range f.personIDs() {
		names = append(names, f.person(id))
	}
	for _, id := range f.personIDs() {
		of := f.only(id)
		all, own = append(all, title(of, list(names))), append(own, title(of, f.person(id)))
	}
	if all = distinct(all); len(all) == 1 {
		return all[0]
	}
	return strings.Join(own, "; ")
}

// only is the facts about one person.
func (f *facts) only(person string) *facts {
	of := *f
	of.bookings = slices.DeleteFunc(slices.Clone(f.bookings), func(b pair[store.Booking]) bool { return b.any().UserID != person })
	of.timeOff = slices.DeleteFunc(slices.Clone(f.timeOff), func(t pair[store.TimeOff]) bool { return t.any().UserID != person })
	return &of
}

func (f *facts) bookingTitle(who string) string {
	b := f.bookings[0]
	project, days := f.projectName(b.any().ProjectID), f.span(f.days(b.any()))
	switch part := f.changedPart(); {
	case part != nil && part.Percent == b.before.Percent && part.RoleID != nil:
		return fmt.Sprintf("Change the role of %s on %s to %s, %s", who, project, f.names[*part.RoleID], f.span(f.days(*part)))
	case part != nil:
		return fmt.Sprintf("Change %s on %s from %d %% to %d %%, %s", who, project, b.before.Percent, part.Percent, f.span(f.days(*part)))
	}
	if moved := f.movedTo(); moved != nil {
		return fmt.Sprintf("Move %s from %s to %s at %d %%, %s", who, project, f.projectName(moved.ProjectID), moved.Percent, f.span(f.days(*moved)))
	}
	switch {
	case b.before == nil && b.after.Status == store.Tentative && b.after.HoldUntil != nil:
		return fmt.Sprintf("Hold %s for %s at %d %%, %s, held until %s", who, project, b.after.Percent, days, f.day(*b.after.HoldUntil))
	case b.before == nil && b.after.Status == store.Tentative:
		return fmt.Sprintf("Hold %s for %s at %d %%, %s", who, project, b.after.Percent, days)
	case b.before == nil:
		return fmt.Sprintf("Put %s on %s at %d %%, %s", who, project, b.after.Percent, days)
	case b.after == nil:
		return fmt.Sprintf("Take %s off %s", who, project)
	}
	return f.changedTitle(b, who, project)
}

// movedTo is the booking that the draft makes in place of one that it ends, or nil.
func (f *facts) movedTo() *store.Booking {
	for _, b := range f.bookings[1:] {
		if f.bookings[0].before != nil && b.before == nil && b.after.ProjectID != f.bookings[0].before.ProjectID {
			return b.after
		}
	}
	return nil
}

// changedPart is what a booking that is split becomes in the time of the change, or nil.
func (f *facts) changedPart() *store.Booking {
	old := f.bookings[0].before
	if old == nil || len(f.bookings) == 1 {
		return nil
	}
	for _, b := range f.bookings {
		if b.after != nil && b.after.ProjectID == old.ProjectID && b.after.UserID == old.UserID && (b.after.Percent != old.Percent || !sameText(b.after.RoleID, old.RoleID)) {
			return b.after
		}
	}
	return nil
}

func (f *facts) changedTitle(b pair[store.Booking], who, project string) string {
	was, is := f.days(*b.before), f.days(*b.after)
	switch {
	case b.before.Percent != b.after.Percent:
		return fmt.Sprintf("Change %s on %s from %d %% to %d %%", who, project, b.before.Percent, b.after.Percent)
	case b.before.Status == store.Tentative && b.after.Status == store.Confirmed:
		return fmt.Sprintf("Confirm %s on %s at %d %%, %s", who, project, b.after.Percent, f.span(is))
	case was.To == is.To && is.From != was.From:
		return fmt.Sprintf("Let %s begin on %s on %s instead of %s", who, project, f.firstDay(is.From), f.firstDay(was.From))
	case was.From == is.From && is.To > was.To:
		return fmt.Sprintf("Extend %s on %s until %s", who, project, f.lastDay(is.Last()))
	case was.From == is.From && is.To < was.To:
		return fmt.Sprintf("End %s on %s with %s", who, project, f.lastDay(is.Last()))
	}
	return fmt.Sprintf("Change %s on %s", who, project)
}

func (f *facts) skillTitle() string {
	var names []string
	for _, s := range f.skills {
		names = append(names, f.names[s.any().SkillID])
	}
	s, what := f.skills[0], list(names)
	who := f.person(s.any().UserID)
	switch {
	case s.after == nil:
		return fmt.Sprintf("Remove %s from %s’s skills", what, who)
	case s.before == nil:
		return fmt.Sprintf("Record %s for %s", what, who)
	case s.before.ConfirmedBy == nil && s.after.ConfirmedBy != nil && sameLevel(s.before.Level, s.after.Level):
		return fmt.Sprintf("Confirm that %s knows %s", who, what)
	}
	return fmt.Sprintf("Change %s for %s", what, who)
}

func sameLevel(a, b *int) bool { return (a == nil) == (b == nil) && (a == nil || *a == *b) }

func (f *facts) certTitle() string {
	c := f.certs[0]
	who, what := f.person(c.any().UserID), f.names[c.any().CertID]
	if c.after == nil {
		return fmt.Sprintf("Remove %s from %s’s certificates", what, who)
	}
	return fmt.Sprintf("Record %s for %s", what, who)
}

func (f *facts) timeOffTitle() string { return f.titleOf((*facts).daysOffTitle) }

func (f *facts) daysOffTitle(who string) string {
	t := f.timeOff[0]
	spans := make([]string, 0, len(f.timeOff))
	for _, o := range f.timeOff {
		spans = append(spans, f.span(rangeOf(o.any())))
	}
	days := list(spans)
	switch {
	case t.before == nil:
		return fmt.Sprintf("Note %s as off, %s", who, days)
	case t.after == nil:
		return fmt.Sprintf("Cancel the time off of %s, %s", who, days)
	}
	return fmt.Sprintf("Move the time off of %s to %s", who, days)
}

func (f *facts) projectTitle() string {
	switch {
	case len(f.projects) > 0 && f.projects[0].before == nil:
		return f.newProjectTitle()
	case len(f.projects) > 0:
		return f.datesTitle(*f.projects[0].before, *f.projects[0].after)
	}
	d := f.lines()[0]
	var what []string
	for _, field := range d.Fields {
		what = append(what, strings.ToLower(field.Name))
	}
	return fmt.Sprintf("Change %s: %s", d.Subject, list(what))
}

func (f *facts) datesTitle(was, is store.Project) string {
	switch {
	case sameDay(was.StartedAt, is.StartedAt) && is.EndedAt != nil:
		return fmt.Sprintf("Let %s end on %s", is.Name, f.day(*is.EndedAt))
	case sameDay(was.EndedAt, is.EndedAt) && is.StartedAt != nil:
		return fmt.Sprintf("Let %s begin on %s", is.Name, f.day(*is.StartedAt))
	}
	return "Change the dates of " + is.Name
}

func (f *facts) newProjectTitle() string {
	title := "Create the project " + f.projects[0].after.Name
	if len(f.clients) > 0 {
		title += " for " + f.names[f.clients[0].any().ClientID]
	}
	return title
}
