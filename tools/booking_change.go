package tools

import (
	"context"
	"fmt"

	"rollcall/store"
	"rollcall/store/civil"
	"rollcall/tools/period"
	"rollcall/tools/resolve"
)

func (c *Company) extendEdits(call Call, w assignmentWish, person resolve.Entry, b store.Booking, days civil.Range) ([]store.Edit, error) {
	if days.To == noEnd {
		return nil, notThen("%s’s booking has no end, so that it cannot become longer", person.Name)
	}
	last, byLength := lengthened(days, w.Period)
	if byLength && !vocabularyOf(call.Asker.Words).has(w.Period) {
		byLength = false
	}
	if !byLength {
		p, err := c.saidPeriod(call, "period", w.Period, "Until when?", c.readable(endOptions)...)
		if err != nil {
			return nil, err
		}
		if last = p.Last(); p.OpenEnd {
			return nil, missing("period", "Until when?", c.readable(endOptions)...)
		}
	}
	if last < days.To {
		return nil, notThen("%s’s booking runs until %s already", person.Name, day(days.Last(), c.today()))
	}
	after := b
	after.EndsAt = &last
	return editsOf(store.NewEdit(store.BookingEntity, b.ID, &b, &after))
}

// notThen is the error of days that a booking cannot have. It names the person: the card was
// to be about several.
func notThen(format string, args ...any) *Error {
	return &Error{Code: Invalid, Field: "period", Message: fmt.Sprintf(format, args...), Retryable: true}
}

var endOptions = []string{"until the end of the month", "until the end of next month", "until the end of the quarter"}

// endEdits ends a booking with the last day of the words, or before the day from which on
// they say it is over. One that would never begin is removed, and so is one that has not
// begun when no day is said.
func (c *Company) endEdits(call Call, words string, person resolve.Entry, b store.Booking, days civil.Range) ([]store.Edit, error) {
	if words == "" && days.From > c.today() {
		return endWith(b, days, days.From-1)
	}
	p, err := c.saidPeriod(call, "period", words, "From when on?", c.readable(startOptions)...)
	if err != nil {
		return nil, err
	}
	last := p.Last()
	if p.OpenEnd {
		last = p.From - 1
	}
	if last >= days.Last() {
		return nil, notThen("%s’s booking ends on %s anyway", person.Name, day(days.Last(), c.today()))
	}
	return endWith(b, days, last)
}

// startEdits gives a booking that has not begun another first day. Its end stays.
func (c *Company) startEdits(call Call, words string, person resolve.Entry, b store.Booking, days civil.Range) ([]store.Edit, error) {
	if days.From <= c.today() {
		return nil, notThen("%s’s booking began on %s already", person.Name, day(days.From, c.today()))
	}
	if _, _, isLength := lengthOf(words); isLength {
		return nil, missing("period", "Later or earlier? Please say it with “later”, with “earlier” or as a day.")
	}
	first, isShift := shifted(days.From, words)
	if !isShift || !vocabularyOf(call.Asker.Words).has(words) {
		p, err := c.saidPeriod(call, "period", untilWords.ReplaceAllString(words, ""), "From when?", c.readable(startOptions)...)
		if err != nil {
			return nil, err
		}
		if first = p.From; !p.OpenEnd && p.Days() > mostStartDays { // the end of such days would be dropped
			return nil, missing("period", "From when?", c.readable(startOptions)...)
		}
	}
	if first > days.Last() {
		return nil, notThen("%s’s booking ends on %s, before that", person.Name, day(days.Last(), c.today()))
	}
	after := b
	after.StartsAt = &first
	return editsOf(store.NewEdit(store.BookingEntity, b.ID, &b, &after))
}

const mostStartDays = 31 // that name a first day: "in January"

func endWith(b store.Booking, days civil.Range, last civil.Date) ([]store.Edit, error) {
	if last < days.From {
		return editsOf(store.NewEdit(store.BookingEntity, b.ID, &b, nil))
	}
	after := b
	after.EndsAt = &last
	return editsOf(store.NewEdit(store.BookingEntity, b.ID, &b, &after))
}

// moveEdits ends a booking and makes one on the other project, tentative where the old one
// is. One that is over by then keeps its end, and one that goes on after the days that were
// said goes on: nobody said that it ends.
func (c *Company) moveEdits(ctx context.Context, call Call, w assignmentWish, person resolve.Entry) ([]store.Edit, error) {
	old, days, err := c.bookingOf(ctx, w.from, person, false)
	if err != nil {
		return nil, err
	}
	p, err := c.saidPeriod(call, "period", w.Period, "From when?", c.readable(startOptions)...)
	if err != nil {
		return nil, err
	}
	isOpen := p.OpenEnd || p.Days() == 1 // "on Monday" is when it begins
	edits, err := leave(old, days, p.Range, isOpen)
	if err != nil {
		return nil, err
	}
	b := old
	b.ID, b.ProjectID, b.StartsAt, b.EndsAt, b.Provenance = store.NewID(), w.project.ID, &p.From, nil, nil
	if w.Percent != 0 {
		if err = c.saidPercent(call, w.Percent); err != nil {
			return nil, err
		}
		b.Percent = w.Percent
	}
	if last := p.Last(); !isOpen {
		b.EndsAt = &last
	}
	e, err := store.NewEdit(store.BookingEntity, b.ID, nil, &b)
	return append(edits, e), err
}

// leave takes somebody off a booking for some days, or from their first one on.
func leave(old store.Booking, days, away civil.Range, forGood bool) ([]store.Edit, error) {
	if away.From >= days.To {
		return editsOf(store.NewEdit(store.BookingEntity, old.ID, &old, &old))
	}
	edits, err := endWith(old, days, away.From-1)
	if err != nil || forGood || away.To >= days.To {
		return edits, err
	}
	rest := old
	rest.ID, rest.StartsAt, rest.Provenance = store.NewID(), &away.To, nil
	e, err := store.NewEdit(store.BookingEntity, rest.ID, nil, &rest)
	return append(edits, e), err
}

// changeEdits changes percent or role of a booking within a period, from today on where
// none is said: what was before stays as it was, in a booking of its own.
func (c *Company) changeEdits(call Call, w assignmentWish, b store.Booking, days civil.Range) ([]store.Edit, error) {
	if w.Percent == 0 && w.role.ID == "" {
		return nil, missing("percent", "How many percent?", percentOptions...)
	}
	changed := b
	if w.Percent != 0 {
		if err := c.saidPercent(call, w.Percent); err != nil {
			return nil, err
		}
		changed.Percent = w.Percent
	}
	if w.role.ID != "" {
		changed.RoleID = &w.role.ID
	}
	when := period.Period{Range: civil.Range{From: c.today()}, OpenEnd: true}
	if w.Period != "" {
		p, err := c.saidPeriod(call, "period", w.Period, "From when?", c.readable(startOptions)...)
		if err != nil {
			return nil, err
		}
		when = p
	}
	if when.OpenEnd {
		when.To = days.To
	}
	if !when.Overlaps(days) {
		return nil, &Error{Code: Invalid, Field: "period", Message: "The booking is not in that time", Retryable: true}
	}
	return splitEdits(b, changed, days, when.Clip(days))
}

// splitEdits makes of one booking up to three: as it was before the change, changed, and
// as it was afterwards.
func splitEdits(b, changed store.Booking, days, when civil.Range) ([]store.Edit, error) {
	first := changed
	var edits []store.Edit
	if when.From > days.From {
		last := when.From - 1
		first = b
		first.EndsAt = &last
		changed.ID, changed.StartsAt, changed.Provenance = store.NewID(), &when.From, nil
	}
	if last := when.Last(); when.To < days.To {
		changed.EndsAt = &last
		if when.From <= days.From {
			first.EndsAt = &last
		}
	}
	e, err := store.NewEdit(store.BookingEntity, b.ID, &b, &first)
	if edits = append(edits, e); err != nil {
		return nil, err
	}
	if when.From > days.From {
		if e, err = store.NewEdit(store.BookingEntity, changed.ID, nil, &changed); err != nil {
			return nil, err
		}
		edits = append(edits, e)
	}
	if when.To < days.To {
		rest := b
		rest.ID, rest.StartsAt, rest.Provenance = store.NewID(), &when.To, nil
		if e, err = store.NewEdit(store.BookingEntity, rest.ID, nil, &rest); err != nil {
			return nil, err
		}
		edits = append(edits, e)
	}
	return edits, nil
}
