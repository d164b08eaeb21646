package period

import (
	"time"

	"rollcall/store/civil"
)

// reader reads periods from the tokens of one text, as of one day.
type reader struct {
	calendar Calendar
	today    civil.Date
	tokens   []token
	whole    bool   // the whole text is one period: bare words that could be others count
	reason   string // why a form that looks like a period is none
	blame    int    // the token that the reason is about
	depth    int    // of units in units
}

// deepest is how far units may nest ("end of the first week of next month"): text that
// nests without end must not take time without end.
const deepest = 4

// unit is a stretch of days that is named in itself: a date, a month, next week. One
// without a year has many: at gives that of a year, and the context picks.
type unit struct {
	fixed civil.Range
	at    func(year int) civil.Range // nil when there is only one
	grain string                     // day, week, month or longer
	weak  bool                       // needs a word beside it that says it is time: "may", "sun"
	ends  bool                       // the end of something: all of it counts after "before"
	// weekly is a weekday: the same one comes every week.
	weekly bool
}

func fixed(r civil.Range, grain string) unit { return unit{fixed: r, grain: grain} }

func single(d civil.Date) unit { return fixed(civil.Range{From: d, To: d + 1}, "day") }

// next is the unit that is running or comes first after the day.
func (u unit) next(today civil.Date) civil.Range {
	if u.at == nil {
		return u.fixed
	}
	y := today.Year() - 1
	for u.at(y).To <= today {
		y++
	}
	return u.at(y)
}

// latest is the last unit that starts on or before the day.
func (u unit) latest(day civil.Date) civil.Range {
	if u.at == nil {
		return u.fixed
	}
	y := day.Year() + 1
	for u.at(y).From > day {
		y--
	}
	return u.at(y)
}

// from is the first unit that starts on or after the day.
func (u unit) from(day civil.Date) civil.Range {
	if u.at == nil {
		return u.fixed
	}
	y := day.Year() - 1
	for u.at(y).From < day {
		y++
	}
	return u.at(y)
}

// is reports whether token i has one of the kinds.
func (r *reader) is(i int, kinds ...string) bool {
	if i < 0 || i >= len(r.tokens) {
		return false
	}
	for _, k := range kinds {
		if r.tokens[i].has(k) {
			return true
		}
	}
	return false
}

func (r *reader) value(i int, kind string) (int, bool) {
	if i < 0 || i >= len(r.tokens) {
		return 0, false
	}
	return r.tokens[i].value(kind)
}

func (r *reader) sign(i int, signs ...rune) bool {
	if i < 0 || i >= len(r.tokens) {
		return false
	}
	for _, s := range signs {
		if r.tokens[i].sign == s {
			return true
		}
	}
	return false
}

// skip moves over tokens of the kinds.
func (r *reader) skip(i int, kinds ...string) int {
	for r.is(i, kinds...) {
		i++
	}
	return i
}

// grains are the units that people count and that the calendar has.
var grains = []string{"workday", "day", "week", "month", "quarter", "fiscal", "year", "sprint", "weekend"}

// grain returns which unit word token i is, or "".
func (r *reader) grain(i int) string {
	for _, g := range grains {
		if r.is(i, "unit "+g) {
			return g
		}
	}
	if r.is(i, "fortnight") {
		return "fortnight"
	}
	return ""
}

// running returns the unit of the grain that holds the day.
func (r *reader) running(grain string, d civil.Date) civil.Range {
	c := r.calendar
	switch grain {
	case "week":
		return c.week(d)
	case "month":
		return month(d)
	case "quarter":
		return c.quarter(d)
	case "year":
		return year(d)
	case "fiscal":
		return c.fiscalYear(c.fiscalNumber(d))
	case "sprint":
		return c.sprint(d)
	case "weekend":
		saturday := d.StartOfWeek(time.Monday) + 5
		return civil.Range{From: saturday, To: saturday + 2}
	case "fortnight":
		w := c.week(d)
		return civil.Range{From: w.From, To: w.To + 7}
	}
	return civil.Range{From: d, To: d + 1}
}

// moved returns the unit n after (or before) the running one.
func (r *reader) moved(grain string, n int) civil.Range {
	d := r.today
	switch grain {
	case "month":
		d = d.StartOfMonth().AddMonths(n)
	case "quarter":
		d = r.running(grain, d).From.AddMonths(3 * n)
	case "year", "fiscal":
		d = r.running(grain, d).From.AddMonths(12 * n)
	default:
		for ; n > 0; n-- {
			d = r.after(grain, d)
		}
		for ; n < 0; n++ {
			d = r.running(grain, d).From - 1
			if grain == "weekend" {
				d -= 6
			}
		}
	}
	return r.running(grain, d)
}

func (r *reader) after(grain string, d civil.Date) civil.Date {
	if grain == "weekend" {
		return d + 7
	}
	return r.running(grain, d).To
}

// count returns the range of n units beginning with the day: 3 months from 25 November
// end with 24 February.
func (r *reader) count(from civil.Date, n int, grain string) civil.Range {
	to := from
	switch grain {
	case "workday":
		return workingDays(from, n)
	case "week":
		to += civil.Date(7 * n) //nolint:gosec // five digits at most
	case "fortnight":
		to += civil.Date(14 * n) //nolint:gosec // five digits at most
	case "sprint":
		to += civil.Date(n) * (r.calendar.sprint(from).To - r.calendar.sprint(from).From) //nolint:gosec // five digits at most
	case "month":
		to = from.AddMonths(n)
	case "quarter":
		to = from.AddMonths(3 * n)
	case "year", "fiscal":
		to = from.AddMonths(12 * n)
	default:
		to += civil.Date(n) //nolint:gosec // five digits at most
	}
	return civil.Range{From: from, To: to}
}
