package proposal

import (
	"context"
	"fmt"

	"rollcall/store"
	"rollcall/store/civil"
)

// timeOffWarnings name what somebody is booked for in the days off, and other days off.
func (c Config) timeOffWarnings(ctx context.Context, tx *store.Store, f *facts, t store.TimeOff) ([]string, error) {
	days := rangeOf(t)
	profiles, err := tx.FindProfiles(ctx, []string{t.UserID}, days)
	if err != nil || len(profiles) == 0 {
		return nil, err
	}
	var all []string
	for _, b := range profiles[0].Bookings {
		all = append(all, fmt.Sprintf("%s is booked on %s at %d %% on these days.", f.person(t.UserID), b.Project, b.Percent))
	}
	for _, o := range profiles[0].TimeOff {
		if o.ID != t.ID {
			all = append(all, fmt.Sprintf("%s is off already, %s.", f.person(t.UserID), f.span(rangeOf(o))))
		}
	}
	if days.From < f.today-longAgo {
		all = append(all, fmt.Sprintf("These days begin on %s, which is long past.", f.day(days.From)))
	}
	return all, nil
}

const longAgo = 31 // days

// projectWarnings say what new dates of a project do to its bookings.
func (c Config) projectWarnings(ctx context.Context, tx *store.Store, f *facts) ([]string, error) {
	var all []string
	for _, p := range f.projects {
		if p.before == nil || p.after == nil {
			continue
		}
		bookings, err := tx.FindBookings(ctx, store.BookingFilter{ProjectIDs: []string{p.id}})
		if err != nil {
			return nil, err
		}
		for _, b := range bookings {
			if w := f.outside(*p.after, b); w != "" {
				all = append(all, w)
			}
		}
	}
	return all, nil
}

// outside says how a booking leaves its project's dates, or nothing. Bookings that are over
// concern nobody.
func (f *facts) outside(p store.Project, b store.BookedTime) string {
	days := bookedDays(b)
	switch {
	case p.EndedAt != nil && days.From > *p.EndedAt && days.From >= f.today:
		return fmt.Sprintf("%s is booked from %s, after the project’s end.", b.Person, f.firstDay(days.From))
	case days.Last() < f.today:
	case p.EndedAt != nil && days.Last() > *p.EndedAt:
		return fmt.Sprintf("%s is booked until %s, after the project’s end.", b.Person, f.lastDay(days.Last()))
	case p.StartedAt != nil && days.From < *p.StartedAt:
		return fmt.Sprintf("%s is booked from %s, before the project’s start.", b.Person, f.firstDay(days.From))
	}
	return ""
}

// recordWarnings are about skills and certificates.
func (f *facts) recordWarnings() []string {
	var all []string
	for _, s := range f.skills {
		if s.before != nil && s.before.ConfirmedBy != nil && (s.after == nil || s.after.ConfirmedBy == nil) {
			all = append(all, f.names[s.any().SkillID]+" was confirmed by a manager; that confirmation goes.")
		}
	}
	for _, c := range f.certs {
		if c.after != nil && c.after.ExpiresAt != nil && *c.after.ExpiresAt < f.today {
			all = append(all, fmt.Sprintf("%s ran out on %s: it counts as expired.", f.names[c.any().CertID], f.day(*c.after.ExpiresAt)))
		}
	}
	return all
}

// notes say what else happens: who is asked, and whose bookings move along.
func (c Config) notes(ctx context.Context, by Person, f *facts) []string {
	var all []string
	for _, b := range f.bookings {
		if c.asksFirst(ctx, by, b) {
			all = append(all, f.person(b.after.UserID)+" is asked first; until they accept, the booking is tentative.")
		}
	}
	for _, p := range f.projects {
		if p.before != nil && p.after != nil && !sameDay(p.before.EndedAt, p.after.EndedAt) {
			all = append(all, "Bookings without an end of their own end with the project.")
		}
	}
	return all
}

func sameDay(a, b *civil.Date) bool { return (a == nil) == (b == nil) && (a == nil || *a == *b) }

// asksFirst reports whether the person of a booking is asked before it is confirmed: one
// that is new, or becomes more than a hold, and was not made by themselves.
func (c Config) asksFirst(ctx context.Context, by Person, b pair[store.Booking]) bool {
	if !c.Handshake || b.after == nil || b.after.Status != store.Confirmed || b.after.UserID == by.ID {
		return false
	}
	isNew := b.before == nil || b.before.Status == store.Tentative
	return isNew && c.CanAsk != nil && c.CanAsk(ctx, b.after.UserID)
}
