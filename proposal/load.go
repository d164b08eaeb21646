package proposal

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"rollcall/store"
	"rollcall/store/civil"
)

// personWeeks is somebody's weeks within a card's window.
type personWeeks struct {
	person string // id
	weeks  []store.Week
}

// load measures the weeks of everybody whose time the draft changes.
func (c Config) load(ctx context.Context, tx *store.Store, f *facts) ([]personWeeks, error) {
	var all []personWeeks
	for _, id := range f.personIDs() {
		weeks := c.weeks(f.touched(id))
		if len(weeks) == 0 {
			continue
		}
		found, err := tx.FindWeeks(ctx, id, weeks, 1)
		if err != nil {
			return nil, fmt.Errorf("measure the weeks of %s: %w", id, err)
		}
		all = append(all, personWeeks{person: id, weeks: found})
	}
	return all, nil
}

// touched is the days on which somebody's time changes, bookings and time off alike.
func (f *facts) touched(person string) civil.Range {
	all := civil.Range{From: latest, To: earliest}
	add := func(r civil.Range) { all = civil.Range{From: min(all.From, r.From), To: max(all.To, r.To)} }
	for _, b := range f.bookings {
		if b.any().UserID != person {
			continue
		}
		for _, r := range f.changedDays(b) {
			add(r)
		}
	}
	for _, t := range f.timeOff {
		if t.any().UserID != person {
			continue
		}
		for _, row := range []*store.TimeOff{t.before, t.after} {
			if row != nil {
				add(civil.Range{From: row.StartsOn, To: row.EndsOn + 1})
			}
		}
	}
	return all
}

// changedDays are the days on which a booking is another than before: of one that only
// begins or ends on another day, those between the two. The weeks that a card looks at are
// few, and must not be spent on what stays.
func (f *facts) changedDays(b pair[store.Booking]) []civil.Range {
	var all []civil.Range
	for _, row := range []*store.Booking{b.before, b.after} {
		if row != nil {
			all = append(all, f.days(*row))
		}
	}
	if len(all) < 2 || b.before.Percent != b.after.Percent || b.before.Status != b.after.Status || !all[0].Overlaps(all[1]) {
		return all
	}
	was, is := all[0], all[1]
	return slices.DeleteFunc([]civil.Range{
		{From: min(was.From, is.From), To: max(was.From, is.From)}, {From: min(was.To, is.To), To: max(was.To, is.To)},
	}, func(r civil.Range) bool { return r.Days() == 0 })
}

func (c Config) weeks(days civil.Range) []civil.Range {
	window := c.window(days)
	var all []civil.Range
	for from := window.From; from < window.To; from += 7 {
		all = append(all, civil.Range{From: from, To: from + 7})
	}
	return all
}

// loadIfConfirmed measures the weeks as if every booking of the draft were confirmed: a
// hold takes no time, and yet whoever makes one wants to know whether it could become true.
func (c Config) loadIfConfirmed(ctx context.Context, tx *store.Store, f *facts) ([]personWeeks, error) {
	edits := slices.DeleteFunc(slices.Clone(f.draft.Edits), func(e store.Edit) bool { return e.Entity == store.BookingEntity })
	for _, b := range f.bookings { // after what makes their project
		if b.after != nil {
			confirmed := *b.after
			confirmed.Status = store.Confirmed
			b.after = &confirmed
		}
		e, err := store.NewEdit(store.BookingEntity, b.id, b.before, b.after)
		if err != nil {
			return nil, err
		}
		edits = append(edits, e)
	}
	var found []personWeeks
	var problem error
	err := tx.Transact(ctx, func(ctx context.Context, inner *store.Store) error {
		if _, problem = apply(ctx, inner, edits, f.documents); problem == nil {
			found, problem = c.load(ctx, inner, f)
		}
		return errTried
	})
	if problem == nil && !errors.Is(err, errTried) {
		problem = err
	}
	return found, problem
}

// loadLines are the weeks in which something changes, those with the same numbers as one stretch.
func loadLines(f *facts, before, after []personWeeks) []Load {
	var all []Load
	for i, of := range after {
		for n, w := range of.weeks[:min(shownWeeks, len(of.weeks))] {
			was := before[i].weeks[n]
			line := Load{
				Person: f.people[of.person].Name, From: w.From, To: w.Last(), Before: average(was.BookedPercent, was), After: average(w.BookedPercent, w),
				Tentative: average(w.TentativePercent, w), DaysOff: w.DaysOff, Over: w.OverbookedDays > 0,
			}
			if was.BookedPercent == w.BookedPercent && was.TentativePercent == w.TentativePercent && was.DaysOff == w.DaysOff {
				continue
			}
			all = appendLoad(all, line)
		}
	}
	return all
}

// appendLoad adds a week, or makes the stretch before it longer that has the same numbers.
func appendLoad(all []Load, week Load) []Load {
	if len(all) > 0 {
		last := all[len(all)-1]
		same := last
		same.From, same.To = week.From, week.To
		if last.To+1 == week.From && same == week {
			all[len(all)-1].To = week.To
			return all
		}
	}
	return append(all, week)
}

// average is a sum of daily percents over the working days of a week.
func average(sum int, w store.Week) int {
	days := w.Availability.WorkingDays
	if days == 0 {
		return 0
	}
	return (sum + days/2) / days
}
