package proposal

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"rollcall/store"
	"rollcall/store/chatlog"
	"rollcall/store/civil"
)

// warnings are what a person should know before they click, the heaviest first. They are
// computed inside the trial, so that the change itself is in the data.
func (c Config) warnings(ctx context.Context, tx *store.Store, f *facts, before, after []personWeeks) ([]string, error) {
	all := f.overbooked(before, after)
	for _, b := range f.bookings {
		if b.after == nil {
			continue
		}
		some, err := c.bookingWarnings(ctx, tx, f, *b.after, f.was(b))
		if err != nil {
			return nil, err
		}
		all = append(all, some...)
	}
	for _, t := range f.timeOff {
		if t.after == nil {
			continue
		}
		some, err := c.timeOffWarnings(ctx, tx, f, *t.after)
		if err != nil {
			return nil, err
		}
		all = append(all, some...)
	}
	some, err := c.projectWarnings(ctx, tx, f)
	return distinct(append(append(all, some...), f.recordWarnings()...)), err // two rows may clash with the same
}

const mostWeeksNamed = 4

// overbooked names the weeks in which somebody would be over their capacity more than they are.
func (f *facts) overbooked(before, after []personWeeks) []string {
	var all []string
	would := "would be"
	if slices.ContainsFunc(f.bookings, func(b pair[store.Booking]) bool { return b.after != nil && b.after.Status == store.Tentative }) {
		would = "would, if this is confirmed, be"
	}
	for i, of := range after {
		days, named := 0, []string{}
		for n, w := range of.weeks {
			was := before[i].weeks[n]
			if w.OverbookedDays <= was.OverbookedDays && w.PeakPercent <= max(was.PeakPercent, f.people[of.person].Capacity) {
				continue
			}
			days += w.OverbookedDays
			named = append(named, fmt.Sprintf("week of %s at %d %%", f.day(w.From), w.PeakPercent))
		}
		if days == 0 {
			continue
		}
		p, on := f.people[of.person], count(days, "working day")
		if f.touched(of.person).To > of.weeks[len(of.weeks)-1].To { // nobody has looked at the rest
			on = "at least " + on
		}
		all = append(all, fmt.Sprintf("%s %s over the capacity of %d %% on %s: %s.", p.Name, would, p.Capacity, on, few(named, mostWeeksNamed)))
	}
	return all
}

// few joins the first so many, and says how many more there are.
func few(all []string, most int) string {
	if len(all) <= most {
		return strings.Join(all, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(all[:most], ", "), len(all)-most)
}

func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// bookingWarnings looks at one booking as it will be.
func (c Config) bookingWarnings(ctx context.Context, tx *store.Store, f *facts, b store.Booking, was *store.Booking) ([]string, error) {
	days := f.newDays(b, was)
	if days.Days() == 0 {
		return f.dateWarnings(b, was), nil
	}
	profiles, err := tx.FindProfiles(ctx, []string{b.UserID}, days)
	if err != nil {
		return nil, err
	}
	if len(profiles) == 0 {
		return nil, fmt.Errorf("person %s: %w", b.UserID, store.ErrNotFound)
	}
	p := profiles[0]
	all := f.offWarnings(p, days)
	all = append(all, f.certWarnings(p, days)...)
	fits, err := c.openRoleWarnings(ctx, tx, f, b, p)
	if err != nil {
		return nil, err
	}
	all = append(all, fits...)
	all = append(all, f.clashWarnings(p, b)...)
	return append(all, f.dateWarnings(b, was)...), nil
}

// was is what somebody's time was before: of a row that is new because a booking was split,
// the booking that it is a part of.
func (f *facts) was(b pair[store.Booking]) *store.Booking {
	if b.before != nil {
		return b.before
	}
	for _, o := range f.bookings {
		if o.before == nil || o.before.UserID != b.after.UserID || o.before.ProjectID != b.after.ProjectID {
			continue
		}
		if part := f.days(*b.after); f.days(*o.before).Clip(part) == part {
			return o.before
		}
	}
	return nil
}

// newDays are the days from today on that a change takes more of than before: of a booking
// that only becomes longer, those that are added. What was agreed before is no news.
func (f *facts) newDays(b store.Booking, was *store.Booking) civil.Range {
	days := f.days(b)
	if was != nil && b.Percent <= was.Percent && b.Status == was.Status && sameText(b.RoleID, was.RoleID) {
		old := f.days(*was)
		switch {
		case days.To > old.To && days.From >= old.From:
			days.From = max(days.From, old.To)
		case days.From < old.From && days.To <= old.To:
			days.To = min(days.To, old.From)
		case days.From >= old.From && days.To <= old.To:
			return civil.Range{}
		}
	}
	return civil.Range{From: max(days.From, f.today), To: days.To}
}

func sameText(a, b *string) bool { return (a == nil) == (b == nil) && (a == nil || *a == *b) }

func (f *facts) offWarnings(p store.Profile, days civil.Range) []string {
	var all []string
	for _, t := range p.TimeOff {
		if off := rangeOf(t).Clip(days); off.WorkingDays() > 0 {
			all = append(all, fmt.Sprintf("%s is off in this time: %s, %s.", p.Name, f.span(off), count(off.WorkingDays(), "working day")))
		}
	}
	return all
}

func rangeOf(t store.TimeOff) civil.Range {
	return civil.Range{From: t.StartsOn, To: t.EndsOn + 1}
}

// certWarnings name certificates that run out during the booking and are not renewed by
// another of the same name.
func (f *facts) certWarnings(p store.Profile, days civil.Range) []string {
	var all []string
	for _, h := range p.Certifications {
		renewed := slices.ContainsFunc(p.Certifications, func(o store.Holding) bool {
			return o.CertID == h.CertID && (o.ExpiresAt == nil || h.ExpiresAt != nil && *o.ExpiresAt > *h.ExpiresAt)
		})
		if h.ExpiresAt != nil && !renewed && *h.ExpiresAt >= f.today && days.Contains(*h.ExpiresAt) && *h.ExpiresAt < days.Last() {
			all = append(all, fmt.Sprintf("%s’s certificate %s runs out on %s, during the booking.", p.Name, h.Name, f.day(*h.ExpiresAt)))
		}
	}
	return all
}

// openRoleWarnings compare somebody with what the project's open role asks for.
func (c Config) openRoleWarnings(ctx context.Context, tx *store.Store, f *facts, b store.Booking, p store.Profile) ([]string, error) {
	if f.documents.failed {
		return []string{"What the project’s open roles ask for could not be looked up."}, nil
	}
	role := p.Role
	if b.RoleID != nil {
		role = f.names[*b.RoleID]
	}
	var all []string
	for _, o := range f.documents.of[b.ProjectID].Project.OpenRoles {
		if !strings.EqualFold(o.Role, role) {
			continue
		}
		for _, need := range o.Skills {
			missing, err := c.lacks(ctx, tx, p, need)
			if err != nil {
				return nil, err
			}
			if missing != "" {
				all = append(all, fmt.Sprintf("The open role %s on %s asks for %s; %s.", o.Role, f.projectName(b.ProjectID), needWords(need), missing))
			}
		}
		break // the first that fits is the one that is filled
	}
	return all, nil
}

func needWords(n chatlog.SkillNeed) string {
	if n.MinLevel == 0 {
		return n.Skill
	}
	return fmt.Sprintf("%s level %d", n.Skill, n.MinLevel)
}

// lacks says what of a need somebody does not have, or nothing.
func (c Config) lacks(ctx context.Context, tx *store.Store, p store.Profile, need chatlog.SkillNeed) (string, error) {
	skill, err := tx.GetSkillByName(ctx, need.Skill)
	if err != nil {
		return "", skipMissing(err) // a skill that is no longer known asks for nothing
	}
	i := slices.IndexFunc(p.Skills, func(k store.KnownSkill) bool { return k.SkillID == skill.ID })
	switch {
	case i < 0:
		return p.Name + " has not recorded it", nil
	case need.MinLevel == 0:
		return "", nil
	case p.Skills[i].Level == nil:
		return p.Name + "’s level is not recorded", nil
	case *p.Skills[i].Level < need.MinLevel:
		return fmt.Sprintf("%s has level %d", p.Name, *p.Skills[i].Level), nil
	}
	return "", nil
}

func skipMissing(err error) error {
	if err = missing(err, ""); err != nil && err.Error() == "" {
		return nil
	}
	return err
}

// clashWarnings name holds by others in the same days, and bookings on the same project.
func (f *facts) clashWarnings(p store.Profile, b store.Booking) []string {
	var all []string
	for _, o := range p.Bookings {
		if f.isDrafted(o.ID) {
			continue
		}
		days := f.span(bookedDays(o))
		switch {
		case o.ProjectID == b.ProjectID:
			all = append(all, fmt.Sprintf("%s is on %s already at %d %%, %s; this comes on top.", p.Name, o.Project, o.Percent, days))
		case o.Status == store.Tentative && o.HoldUntil != nil:
			all = append(all, fmt.Sprintf("%s is held for %s at %d %%, %s; the hold lapses after %s.", p.Name, o.Project, o.Percent, days, f.day(*o.HoldUntil)))
		case o.Status == store.Tentative:
			all = append(all, fmt.Sprintf("%s is tentatively booked on %s at %d %%, %s.", p.Name, o.Project, o.Percent, days))
		}
	}
	return all
}

func (f *facts) isDrafted(booking string) bool {
	return slices.ContainsFunc(f.bookings, func(b pair[store.Booking]) bool { return b.id == booking })
}

func bookedDays(b store.BookedTime) civil.Range {
	r := civil.Range{From: earliest, To: latest + 1}
	if b.First != nil {
		r.From = *b.First
	}
	if b.Last != nil {
		r.To = *b.Last + 1
	}
	return r
}

// dateWarnings compare a booking with its project's dates and with today. A booking that
// began long ago and only changes otherwise is not told off for it.
func (f *facts) dateWarnings(b store.Booking, was *store.Booking) []string {
	p, days := f.project[b.ProjectID], f.days(b)
	var all []string
	if p.StartedAt != nil && days.From < *p.StartedAt {
		all = append(all, fmt.Sprintf("%s begins on %s, after the booking does.", p.Name, f.day(*p.StartedAt)))
	}
	if p.EndedAt != nil && days.Last() > *p.EndedAt {
		all = append(all, fmt.Sprintf("%s ends on %s, before the booking does.", p.Name, f.day(*p.EndedAt)))
	}
	if days.From < f.today && days.From > earliest && (was == nil || f.days(*was).From != days.From) {
		all = append(all, fmt.Sprintf("The booking begins on %s, which has passed.", f.day(days.From)))
	}
	return all
}
