package period

import (
	"fmt"
	"time"

	"rollcall/store/civil"
)

// Calendar is how the organisation counts time.
type Calendar struct {
	Location        *time.Location // nil is UTC
	WeekStart       time.Weekday
	SprintStart     civil.Date // the first day of any one sprint; sprints repeat both ways
	SprintWeeks     int        // 0 is 2
	FiscalYearStart time.Month // 0 is January; quarters, halves and fiscal years follow it
}

// Today returns the calendar day that it is in the organisation.
func (c Calendar) Today(now time.Time) civil.Date {
	if c.Location == nil {
		return civil.FromTime(now.UTC())
	}
	return civil.FromTime(now.In(c.Location))
}

// defaultDays is how many working days an open question looks at.
const defaultDays = 10

// Default returns the next 10 working days, beginning with today or the first working
// day after it.
func (c Calendar) Default(now time.Time) Period {
	return Period{Range: workingDays(c.Today(now), defaultDays)}
}

// workingDays returns the range from the first working day on or after d to the n-th one.
func workingDays(d civil.Date, n int) civil.Range {
	for !d.IsWorking() {
		d++
	}
	r := civil.Range{From: d, To: d}
	for ; n > 0; r.To++ {
		if r.To.IsWorking() {
			n--
		}
	}
	return r
}

func (c Calendar) week(d civil.Date) civil.Range {
	from := d.StartOfWeek(c.WeekStart)
	return civil.Range{From: from, To: from + 7}
}

func (c Calendar) sprint(d civil.Date) civil.Range {
	days := civil.Date(14)
	if c.SprintWeeks > 0 {
		days = civil.Date(7 * c.SprintWeeks) //nolint:gosec // at most a year
	}
	offset := (d - c.SprintStart) % days
	if offset < 0 {
		offset += days
	}
	return civil.Range{From: d - offset, To: d - offset + days}
}

func month(d civil.Date) civil.Range {
	from := d.StartOfMonth()
	return civil.Range{From: from, To: from.AddMonths(1)}
}

func year(d civil.Date) civil.Range {
	return civil.Range{From: civil.Of(d.Year(), 1, 1), To: civil.Of(d.Year()+1, 1, 1)}
}

func (c Calendar) fiscalStart() time.Month { return max(1, c.FiscalYearStart) }

// fiscalYear returns the fiscal year that a number names: the one that ends in that
// year, which for a year starting in January is the year itself.
func (c Calendar) fiscalYear(y int) civil.Range {
	start := c.fiscalStart()
	if start > time.January {
		y--
	}
	return civil.Range{From: civil.Of(y, start, 1), To: civil.Of(y+1, start, 1)}
}

// fiscalNumber returns the number of the fiscal year that holds the day.
func (c Calendar) fiscalNumber(d civil.Date) int {
	y := d.Year()
	if c.fiscalStart() > time.January && d.Month() >= c.fiscalStart() {
		y++
	}
	return y
}

// parts returns the n-th part of a fiscal year that has months long parts.
func (c Calendar) part(y, n, months int) civil.Range {
	from := c.fiscalYear(y).From.AddMonths((n - 1) * months)
	return civil.Range{From: from, To: from.AddMonths(months)}
}

func (c Calendar) quarter(d civil.Date) civil.Range {
	first := c.fiscalYear(c.fiscalNumber(d)).From
	for first.AddMonths(3) <= d {
		first = first.AddMonths(3)
	}
	return civil.Range{From: first, To: first.AddMonths(3)}
}

// isoWeek returns week n of a year by ISO 8601: Monday to Sunday, week 1 holds 4 January.
func isoWeek(y, n int) civil.Range {
	from := civil.Of(y, 1, 4).StartOfWeek(time.Monday) + civil.Date(7*(n-1)) //nolint:gosec // at most 53
	return civil.Range{From: from, To: from + 7}
}

// Period is a half-open range of days that somebody's words stand for; never empty.
type Period struct {
	civil.Range

	OpenEnd bool // the words gave a start and no end ("from December")
}

// Label writes the period with its last day: "1–31 Dec 2026", "28 Dec 2026 – 3 Jan
// 2027", "25 Nov 2026".
func (p Period) Label() string {
	first, last := p.From.Time(), p.Last().Time()
	switch {
	case p.Days() == 1:
		return first.Format("2 Jan 2006")
	case p.From.Year() != p.Last().Year():
		return first.Format("2 Jan 2006") + " – " + last.Format("2 Jan 2006")
	case p.From.Month() != p.Last().Month():
		return first.Format("2 Jan") + " – " + last.Format("2 Jan 2006")
	}
	return fmt.Sprintf("%d–%s", p.From.Day(), last.Format("2 Jan 2006"))
}

// String writes the label with the number of working days: "1–31 Dec 2026, 23 working days".
func (p Period) String() string {
	if n := p.WorkingDays(); n != 1 {
		return fmt.Sprintf("%s, %d working days", p.Label(), n)
	}
	return p.Label() + ", 1 working day"
}
