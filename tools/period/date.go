package period

import (
	"time"

	"rollcall/store/civil"
)

// date reads one day: "2026-12-01", "1.12.", "1 Dec", "December 1st, 2026", with or
// without a weekday before it.
func (r *reader) date(i int) (unit, int) {
	j := r.skip(i, "the")
	if r.is(j, "weekday", "weakday") {
		k := j + 1
		if r.sign(k, ',', '.') {
			k++
		}
		if u, end := r.date(r.skip(k, "the", "on")); end > k && u.grain == "day" {
			return u, end
		}
		return unit{}, i
	}
	if d, ok := r.value(j, "date"); ok {
		return single(civil.Date(d)), j + 1 //nolint:gosec // made from a date
	}
	if n, ok := r.value(j, "daymonth"); ok {
		return r.dayAndMonth(i, n%100, n/100, j+1)
	}
	if r.is(j, "slashed") {
		r.fail(j, "may be a day and a month or a month and a day; write 1 Dec 2026 or 2026-12-01")
		return unit{}, i
	}
	if r.is(j, impossible) {
		r.fail(j, "is no day of the calendar")
		return unit{}, i
	}
	if day, ok := r.dayNumber(j); ok {
		k := j + 1
		if r.sign(k, '.') {
			k++
		}
		if m, end := r.monthName(r.skip(k, "of", "the")); end > k {
			return r.dayAndMonth(i, day, m, end)
		}
	}
	if m, k := r.monthName(j); k > j {
		if day, ok := r.dayNumber(r.skip(k, "the")); ok {
			return r.dayAndMonth(i, day, m, r.skip(k, "the")+1)
		}
	}
	return unit{}, i
}

// dayNumber reads a number that can be a day of the month, or an ordinal word.
func (r *reader) dayNumber(i int) (int, bool) {
	n, ok := r.value(i, "number")
	if !ok {
		n, ok = r.value(i, "ordinal")
	}
	return n, ok && n >= 1 && n <= 31
}

// monthName reads the bare name of a month.
func (r *reader) monthName(i int) (int, int) {
	for _, kind := range []string{"month", "weakmonth"} {
		if m, ok := r.value(i, kind); ok {
			if r.sign(i+1, '.') && kind == "weakmonth" {
				return m, i + 2
			}
			return m, i + 1
		}
	}
	return 0, i
}

// dayAndMonth makes the day of a month, of the year that follows or of the years in
// which it exists.
func (r *reader) dayAndMonth(i, day, m, end int) (unit, int) {
	if m < 1 || m > 12 || day < 1 || day > longestMonth(m) {
		r.fail(i, "is no day of the calendar")
		return unit{}, i
	}
	at := func(y int) civil.Range {
		d := min(civil.Of(y, time.Month(m), day), month(civil.Of(y, time.Month(m), 1)).Last())
		return civil.Range{From: d, To: d + 1}
	}
	u, j := r.withYear(unit{at: at, grain: "day"}, end)
	if u.at == nil && u.fixed.From.Day() != day {
		r.fail(i, "is no day of the calendar")
		return unit{}, i
	}
	if u.at != nil && day == 29 && m == 2 {
		u.at = leapDay
	}
	return u, j
}

// leapDay is the 29 February of the first leap year from the year on.
func leapDay(y int) civil.Range {
	for civil.Of(y, 2, 29).Day() != 29 {
		y++
	}
	d := civil.Of(y, 2, 29)
	return civil.Range{From: d, To: d + 1}
}

func longestMonth(m int) int {
	return month(civil.Of(2024, time.Month(m), 1)).Days()
}

// fail keeps the first reason why something that looks like a period is none.
func (r *reader) fail(i int, reason string) {
	if r.reason == "" {
		r.reason, r.blame = reason, i
	}
}
