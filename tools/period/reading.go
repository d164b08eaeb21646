package period

import "rollcall/store/civil"

// reading is one way to read a period at a token.
type reading struct {
	days civil.Range
	open bool
	end  int
}

// period reads the longest period at token i: days, whether it is open-ended, and the
// token after it. It returns i when there is none.
func (r *reader) period(i int) (civil.Range, bool, int) {
	best := reading{end: i}
	for _, read := range []func(int) reading{r.plain, r.span, r.until, r.open, r.counted, r.following, r.away, r.isoRange} {
		if found := read(i); found.end > best.end {
			best = found
		}
	}
	return best.days, best.open, best.end
}

// plain reads a unit after a preposition, or alone when it cannot be anything else.
func (r *reader) plain(i int) reading {
	j := r.skip(i, "in", "on", "over", "for", "of")
	j = r.skip(j, "the")
	if r.is(j, "later") { // "later this month"
		if u, end := r.calendarUnit(j + 1); end > j+1 && u.fixed.Contains(r.today) {
			return reading{days: civil.Range{From: r.today, To: u.fixed.To}, end: end}
		}
	}
	u, end := r.unit(j)
	if end == j || (r.is(i, "of") && !r.whole && j == i+1 && u.weak) {
		return reading{end: i}
	}
	supported := r.whole || r.is(i, "in", "over") || (r.is(i, "on", "for") && u.grain == "day") || (r.is(i, "for") && u.grain != "day")
	if u.weak && !supported {
		return reading{end: i}
	}
	days := u.next(r.today)
	if next, end2 := r.joined(u, end); end2 > end {
		return reading{days: civil.Range{From: days.From, To: next.from(days.From).To}, end: end2}
	}
	return reading{days: days, end: end}
}

// joined reads "and January" after "December".
func (r *reader) joined(u unit, end int) (unit, int) {
	if !r.is(end, "and") || (u.grain != "month" && u.grain != "longer") {
		return unit{}, end
	}
	if next, end2 := r.unit(end + 1); end2 > end+1 && next.grain == u.grain && !next.weak && next.at != nil {
		return next, end2
	}
	return unit{}, end
}

// span reads "from 1 to 18 December", "between 1 and 15 January", "1–18 Dec", "Dec 1 to
// Jan 31", "from December to February".
func (r *reader) span(i int) reading {
	j := r.skip(i, "the", "on", "in")
	links := []string{"to", "until"}
	led := false
	switch {
	case r.is(j, "between"):
		links, j, led = []string{"and"}, r.skip(j+1, "the"), true
	case r.is(j, "from"):
		j, led = r.skip(j+1, "the"), true
	}
	day, bare := r.dayNumber(j)
	first, end := r.unit(j)
	if bare && end <= j+1 { // a bare number: the month comes with the end
		first, end = unit{}, j+1
		if r.sign(end, '.') {
			end++
		}
	}
	if end == j {
		return reading{end: i}
	}
	dashed := r.sign(end, '-', '–', '—')
	if !dashed && !r.is(end, links...) {
		return reading{end: i}
	}
	k := r.skip(end+1, "the", "including")
	last, lastEnd := r.unit(k)
	switch {
	case lastEnd == k || (first.at == nil && first.fixed.Days() == 0 && last.grain != "day"):
		if n, ok := r.dayNumber(k); ok && first.grain == "day" && (lastEnd <= k+1) { // "Dec 1–18"
			return r.sameMonth(i, first, n, k+1)
		}
		return reading{end: i}
	case first.grain == "day" && lastEnd == k+1 && r.is(k, "number") && !r.is(k, "date"):
		if n, ok := r.dayNumber(k); ok {
			return r.sameMonth(i, first, n, k+1)
		}
	case bare && first.at == nil && first.fixed.Days() == 0:
		return r.sharedMonth(i, day, last, lastEnd)
	}
	if (first.weak || last.weak) && !led && !r.whole {
		return reading{end: i}
	}
	return reading{days: r.between(first, last), end: lastEnd}
}

// between picks the years of two units: the last one comes first from today on, and the
// first one is the latest before it, unless a year was said.
func (r *reader) between(first, last unit) civil.Range {
	switch {
	case first.at == nil && last.weekly:
		to := last.fixed
		for to.From < first.fixed.From {
			to = civil.Range{From: to.From + 7, To: to.To + 7}
		}
		return civil.Range{From: first.fixed.From, To: to.To}
	case last.at == nil:
		return civil.Range{From: first.latest(last.fixed.Last()).From, To: last.fixed.To}
	case first.at == nil:
		return civil.Range{From: first.fixed.From, To: last.from(first.fixed.From).To}
	}
	days := last.next(r.today)
	return civil.Range{From: first.latest(days.Last()).From, To: days.To}
}

// sharedMonth is "1 to 18 December": the first day is of the last one's month.
func (r *reader) sharedMonth(i, day int, last unit, end int) reading {
	to := last.next(r.today)
	from := to.From - civil.Date(to.From.Day()) + civil.Date(day) //nolint:gosec // 1 to 31
	return reading{days: civil.Range{From: from, To: max(from, to.To)}, end: max(end, i)}
}

// sameMonth is "Dec 1–18".
func (r *reader) sameMonth(i int, first unit, day, end int) reading {
	last := unit{fixed: first.fixed, grain: "day"}
	if first.at != nil {
		last.at = func(y int) civil.Range { d := first.at(y).From; return moveDay(d, day) }
	} else {
		last.fixed = moveDay(first.fixed.From, day)
	}
	u, end2 := r.yearAfter(last, end)
	if u.at == nil && first.at != nil {
		return reading{days: civil.Range{From: first.at(u.fixed.From.Year()).From, To: u.fixed.To}, end: max(end2, i)}
	}
	return reading{days: r.between(first, u), end: max(end2, i)}
}

func (r *reader) yearAfter(u unit, end int) (unit, int) {
	if u.at == nil {
		return u, end
	}
	return r.withYear(u, end)
}

func moveDay(d civil.Date, day int) civil.Range {
	to := d - civil.Date(d.Day()) + civil.Date(day) //nolint:gosec // 1 to 31
	return civil.Range{From: to, To: to + 1}
}

// until reads "until Friday", "by end of Q1", "before Christmas": from today on.
func (r *reader) until(i int) reading {
	j := i
	kind := ""
	for _, k := range []string{"until", "by", "before"} {
		if r.is(j, k) {
			kind = k
			break
		}
	}
	if kind == "" {
		return reading{end: i}
	}
	j = r.skip(j+1, "the", "in", "on")
	u, end := r.unit(j)
	if end == j {
		return reading{end: i}
	}
	days := u.next(r.today)
	if u.at != nil && days.From <= r.today && u.grain == "day" && kind == "before" {
		days = u.from(r.today + 1)
	}
	if kind == "before" && !u.ends {
		return reading{days: civil.Range{From: r.today, To: days.From}, end: end}
	}
	return reading{days: civil.Range{From: r.today, To: days.To}, end: end}
}

// open reads a start without an end: "from December", "starting 7 Dec", "after Friday",
// and "since March", which ends today.
func (r *reader) open(i int) reading {
	kind := ""
	for _, k := range []string{"from", "after", "since"} {
		if r.is(i, k) && (kind == "" || k == "since") {
			kind = k
		}
	}
	if kind == "" {
		return reading{end: i}
	}
	j := r.skip(i+1, "the", "on", "in")
	u, end := r.unit(j)
	if end == j || (kind == "from" && r.is(i, "of") && (u.weak || u.grain == "day") && !r.whole && u.at == nil && u.grain != "day") {
		return reading{end: i}
	}
	end = r.skip(end, "onward")
	if kind == "since" && !r.is(i, "from") || kind == "since" && u.latest(r.today).From <= r.today && u.at == nil && u.fixed.From < r.today {
		from := u.latest(r.today).From
		return reading{days: civil.Range{From: from, To: max(from, r.today+1)}, end: end}
	}
	days := u.next(r.today)
	switch {
	case kind == "after":
		days = workingDays(days.To, defaultDays)
	case u.grain == "day" || u.ends:
		days = workingDays(days.From, defaultDays)
	}
	return reading{days: days, open: true, end: end}
}

// counted reads "for two weeks starting 7 Dec", "3 months from February".
func (r *reader) counted(i int) reading {
	j := r.skip(i, "for", "over", "the")
	n, ok := r.value(j, "number")
	g := r.grain(j + 1)
	if r.is(j, "fortnight") {
		n, ok, g, j = 1, true, "fortnight", j-1
	}
	if !ok || g == "" || n < 1 || !r.is(j+2, "from") {
		return reading{end: i}
	}
	k := r.skip(j+3, "the", "on", "in")
	u, end := r.unit(k)
	if end == k || (r.isToday(k) && !r.is(i, "for")) { // "two weeks from now" is a time, not a length
		return reading{end: i}
	}
	return reading{days: r.count(u.next(r.today).From, n, g), end: end}
}

// following reads "the next 30 days", "in the next two weeks", "last 90 days", "dans les
// 30 prochains jours", counted from today.
func (r *reader) following(i int) reading {
	j := r.skip(i, "in", "over", "for", "the", "on", "until")
	n, modifier := 0, ""
	switch v, ok := r.value(j+1, "number"); {
	case r.is(j, "next", "coming", "last") && ok:
		n, modifier, j = v, r.modifier(j), j+2
	case r.is(j, "next", "coming", "last") && r.is(j+1, "the") && r.is(j+1, "fortnight"):
		n, modifier, j = 1, r.modifier(j), j+1
	default:
		if v, ok := r.value(j, "number"); ok && r.is(j+1, "next", "coming", "last") {
			n, modifier, j = v, r.modifier(j+1), j+2
		} else if ok && r.whole && i == j || ok && r.is(i, "for") && r.whole {
			n, modifier, j = v, "next", j+1
		}
	}
	g := r.grain(j)
	if n < 1 || g == "" || modifier == "this" || modifier == "second" {
		return reading{end: i}
	}
	end := j + 1
	if r.is(end, "next") && modifier == "next" && r.whole {
		end++
	}
	if modifier == "last" {
		return reading{days: r.past(n, g), end: end}
	}
	if g == "sprint" {
		return reading{days: r.count(r.moved(g, 1).From, n, g), end: end}
	}
	return reading{days: r.count(r.today, n, g), end: end}
}

// past is the last n units up to and including today.
func (r *reader) past(n int, grain string) civil.Range {
	switch grain {
	case "month", "quarter", "year", "fiscal":
		months := n * map[string]int{"month": 1, "quarter": 3, "year": 12, "fiscal": 12}[grain]
		return civil.Range{From: r.today.AddMonths(-months) + 1, To: r.today + 1}
	case "workday":
		from := r.today + 1
		for ; n > 0; n-- {
			for from--; !from.IsWorking(); from-- {
			}
		}
		return civil.Range{From: from, To: r.today + 1}
	}
	days := r.count(0, n, grain).Days()
	return civil.Range{From: r.today + 1 - civil.Date(days), To: r.today + 1} //nolint:gosec // five digits at most
}

// away reads "in two weeks", "in 3 days", "two weeks from now", "3 weeks ago": the unit
// that far from now.
func (r *reader) away(i int) reading {
	j := r.skip(i, "in", "within", "the")
	n, ok := r.value(j, "number")
	if !ok && r.is(j-1, "the") && r.grain(j) != "" {
		n, ok, j = 1, true, j-1 // "in a week"
	}
	g := r.grain(j + 1)
	if !ok || g == "" || n < 1 || n > 1000 {
		return reading{end: i}
	}
	end := j + 2
	switch {
	case r.is(end, "ago"):
		n, end = -n, end+1
	case r.is(end, "fromnow"):
		end++
	case r.is(end, "from") && r.isToday(end+1):
		end += 2
	case r.is(i, "within"):
		return reading{days: r.count(r.today, n, g), end: end}
	case !r.is(i, "in") || r.is(end, "next", "coming", "last", "from") || r.is(end, "of"):
		return reading{end: i}
	}
	return reading{days: r.distant(n, g), end: end}
}

func (r *reader) isToday(i int) bool {
	n, ok := r.value(i, "day")
	return ok && n == 0
}

func (r *reader) distant(n int, grain string) civil.Range {
	switch grain {
	case "month", "quarter", "year", "fiscal", "week", "sprint", "weekend":
		return r.moved(grain, n)
	case "fortnight":
		return r.moved("week", 2*n)
	case "workday":
		if n > 0 {
			last := workingDays(r.today+1, n).Last()
			return civil.Range{From: last, To: last + 1}
		}
	}
	d := r.today + civil.Date(n) //nolint:gosec // at most 1,000
	return civil.Range{From: d, To: d + 1}
}

// isoRange reads "2026-12-01..2026-12-31" and "2026-12-01/2026-12-31", both inclusive.
func (r *reader) isoRange(i int) reading {
	first, ok := r.value(i, "date")
	if !ok {
		return reading{end: i}
	}
	j := i + 1
	for r.sign(j, '.', '/') {
		j++
	}
	last, ok := r.value(j, "date")
	if !ok || j == i+1 {
		return reading{end: i}
	}
	return reading{days: civil.Range{From: civil.Date(first), To: max(civil.Date(first), civil.Date(last)+1)}, end: j + 1} //nolint:gosec // made from dates
}
