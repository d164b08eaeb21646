package period

import (
	"time"

	"rollcall/store/civil"
)

// unit reads the longest unit at token i. It returns i when there is none.
func (r *reader) unit(i int) (unit, int) {
	var best unit
	end := i
	if r.depth == deepest {
		return best, end
	}
	r.depth++
	defer func() { r.depth-- }()
	for _, read := range []func(int) (unit, int){
		r.named, r.date, r.weekday, r.calendarUnit, r.month, r.fiscalPart, r.weekOf, r.edge, r.piece, r.christmas, r.year,
	} {
		if u, j := read(i); j > end {
			best, end = u, j
		}
	}
	return best, end
}

// named reads today, tomorrow and the like.
func (r *reader) named(i int) (unit, int) {
	if n, ok := r.value(i, "day"); ok {
		return single(r.today + civil.Date(n)), i + 1 //nolint:gosec // from a table
	}
	return unit{}, i
}

// weekday reads "Friday", "next Friday", "lundi prochain", "Friday next week".
func (r *reader) weekday(i int) (unit, int) {
	j := r.skip(i, "the")
	before := ""
	if r.is(j, "this", "next", "coming", "last") {
		before = r.modifier(j)
		j++
	}
	n, ok := r.value(j, "weekday")
	weak := false
	if !ok {
		n, ok = r.value(j, "weakday")
		weak = true
	}
	if !ok {
		return unit{}, i
	}
	j++
	if r.sign(j, '.') && weak {
		j++
	}
	if k := r.skip(j, "of", "in", "the"); r.is(k, "this", "next", "coming", "last") && r.grain(k+1) == "week" {
		return single(r.dayOfWeek(r.moved("week", modifiers[r.modifier(k)]), n)), k + 2
	}
	if before == "" && r.is(j, "next", "coming", "last") && r.grain(j+1) == "" {
		before, j = r.modifier(j), j+1
	}
	return unit{fixed: single(r.weekdayDate(before, n)).fixed, grain: "day", weak: weak && before == "", weekly: true}, j
}

// modifiers are how many units each one moves.
var modifiers = map[string]int{"this": 0, "next": 1, "coming": 1, "last": -1, "second": 2}

func (r *reader) modifier(i int) string {
	for _, m := range []string{"second", "coming", "next", "this", "last"} {
		if r.is(i, m) {
			return m
		}
	}
	return ""
}

func (r *reader) dayOfWeek(week civil.Range, weekday int) civil.Date {
	return week.From + civil.Date((weekday-int(week.From.Weekday())+7)%7)
}

// weekdayDate picks the day: "Friday" is the coming one or today, "this Friday" that of
// this week, "next Friday" that of next week, "last Friday" the latest past one.
func (r *reader) weekdayDate(modifier string, weekday int) civil.Date {
	coming := r.today + civil.Date((weekday-int(r.today.Weekday())+7)%7)
	switch modifier {
	case "next":
		return r.dayOfWeek(r.moved("week", 1), weekday)
	case "this":
		if d := r.dayOfWeek(r.moved("week", 0), weekday); d >= r.today {
			return d
		}
	case "last":
		return coming - 7
	}
	return coming
}

// calendarUnit reads "this week", "next month", "la semaine prochaine", "ce mois-ci",
// "the week after next", "week after next Friday" excepted.
func (r *reader) calendarUnit(i int) (unit, int) {
	j := r.skip(i, "the")
	modifier := ""
	if r.is(j, "this", "next", "coming", "last", "second") && r.grain(j) == "" {
		modifier = r.modifier(j)
		j++
	}
	g := r.grain(j)
	if g == "" || g == "day" || g == "workday" {
		return unit{}, i
	}
	j++
	switch {
	case modifier == "" && r.is(j, "after") && r.is(j+1, "next"): // "the week after next"
		modifier, j = "second", j+2
	case modifier == "" && r.is(j, "next", "coming", "last", "this") && !r.is(j+1, "number"):
		modifier, j = r.modifier(j), j+1
	case modifier != "" && r.sign(j, '-') && r.is(j+1, "filler"):
		j += 2
	case modifier != "" && r.is(j, "filler"):
		j++
	}
	if modifier == "" {
		return unit{}, i
	}
	grain := g
	if g != "week" && g != "month" {
		grain = "longer"
	}
	return fixed(r.moved(g, modifiers[modifier]), grain), j
}

// month reads "March", "March 2027", "next March", "early March", "mars prochain".
func (r *reader) month(i int) (unit, int) {
	j := r.skip(i, "the")
	modifier := ""
	if r.is(j, "this", "next", "coming", "last") && !r.is(j, "month") {
		modifier = r.modifier(j)
		j++
	}
	m, ok := r.value(j, "month")
	weak := false
	if !ok {
		m, ok = r.value(j, "weakmonth")
		weak = true
	}
	if !ok {
		if n, ok := r.value(i, "isomonth"); ok && n%100 >= 1 && n%100 <= 12 {
			return fixed(month(civil.Of(n/100, time.Month(n%100), 1)), "month"), i + 1
		}
		return unit{}, i
	}
	j++
	if r.sign(j, '.') && weak {
		j++
	}
	at := func(y int) civil.Range { return month(civil.Of(y, time.Month(m), 1)) }
	u := unit{at: at, grain: "month", weak: weak && modifier == ""}
	if modifier == "" && r.is(j, "next", "coming", "last") && r.grain(j+1) == "" && !r.is(j+1, "number") {
		modifier, j = r.modifier(j), j+1
		u.weak = false
	}
	switch modifier {
	case "last":
		return fixed(u.latest(month(r.today).From-1), "month"), j
	case "next":
		return fixed(u.from(month(r.today).To), "month"), j
	}
	return r.withYear(u, j)
}

// withYear adds the year that may follow a unit without one: "2027", "of next year",
// "de l'année prochaine".
func (r *reader) withYear(u unit, j int) (unit, int) {
	k := j
	if r.sign(k, ',', '/', '\'', '’') {
		k++
	}
	k = r.skip(k, "of", "in", "the")
	if y, ok := r.plainYear(k); ok {
		return fixed(u.at(y), u.grain), k + 1
	}
	if n, end := r.calendarUnit(k); end > k && n.grain == "longer" && n.fixed.Days() > 360 {
		year := n.fixed.From.Year()
		return fixed(u.from(civil.Of(year, 1, 1)), u.grain), end
	}
	return u, j
}

func (r *reader) plainYear(i int) (int, bool) {
	n, ok := r.value(i, "number")
	return n, ok && n >= 1900 && n <= 2199 && !r.is(i, "dayofmonth")
}

// year reads "2027", which counts as a period after a word such as "in".
func (r *reader) year(i int) (unit, int) {
	if y, ok := r.plainYear(i); ok {
		u := fixed(year(civil.Of(y, 1, 1)), "longer")
		u.weak = true
		return u, i + 1
	}
	return unit{}, i
}

// fiscalPart reads "Q2", "Q2 2027", "second quarter", "H1", "first half of 2027", "FY27".
func (r *reader) fiscalPart(i int) (unit, int) {
	j := r.skip(i, "the")
	if y, ok := r.value(j, "fiscalyear"); ok {
		return fixed(r.calendar.fiscalYear(y), "longer"), j + 1
	}
	n, months, end := 0, 3, j+1
	if q, ok := r.value(j, "quarter"); ok {
		n = q
	} else if h, ok := r.value(j, "halfyear"); ok {
		n, months = h, 6
	} else if q, ok := r.value(j+1, "number"); ok && r.grain(j) == "quarter" && q >= 1 && q <= 4 {
		n, end = q, j+2
	} else if o, ok := r.value(j, "ordinal"); ok && r.grain(j+1) == "quarter" {
		n, end = o, j+2
	} else if ok && r.is(j+1, "half") && o <= 2 {
		return r.halfOf(i, o, j+2)
	}
	if n == 0 {
		return unit{}, i
	}
	at := func(y int) civil.Range { return r.calendar.part(y, n, months) }
	return r.withYear(unit{at: at, grain: "longer"}, end)
}

// halfOf reads "first half of December", "second half of 2027", "first half of the year".
func (r *reader) halfOf(i, half, j int) (unit, int) {
	whole, end := r.unit(r.skip(j, "of", "the"))
	if k := r.skip(j, "of", "the"); end == k && r.grain(k) != "" {
		whole, end = fixed(r.moved(r.grain(k), 0), "month"), k+1
	}
	if end <= j || whole.grain == "day" {
		return unit{}, i
	}
	days := whole.next(r.today)
	middle := days.From + civil.Date(days.Days()/2) //nolint:gosec // half a year
	if days.Days() > 360 {
		middle = days.From.AddMonths(6)
	}
	if half == 1 {
		return fixed(civil.Range{From: days.From, To: middle}, "longer"), end
	}
	return fixed(civil.Range{From: middle, To: days.To}, "longer"), end
}

// weekOf reads "the week of 7 December", "KW 49", "week 49 2026".
func (r *reader) weekOf(i int) (unit, int) {
	j := r.skip(i, "the")
	if n, ok := r.value(j, "isoweek"); ok {
		return fixed(isoWeek(n/100, n%100), "week"), j + 1
	}
	if n, ok := r.value(j, "weeknumber"); ok {
		return r.numbered(n, j+1)
	}
	if n, ok := r.value(j+1, "number"); ok && r.is(j, "weekno") && n >= 1 && n <= 53 && !r.is(j+1, "dayofmonth") {
		return r.numbered(n, j+2)
	}
	if r.is(j, "christmasweek") {
		return fixed(r.calendar.week(r.christmasDay()), "week"), j + 1
	}
	of := j + 1
	if !r.is(j, "weekof") {
		if r.grain(j) != "week" || !r.is(of, "of") {
			return unit{}, i
		}
		of++
	}
	if d, end := r.date(r.skip(of, "the", "on")); end > of {
		return fixed(r.calendar.week(d.next(r.today).From), "week"), end
	}
	if d, end := r.christmas(of); end > of {
		return fixed(r.calendar.week(d.fixed.From+1), "week"), end
	}
	return unit{}, i
}

func (r *reader) numbered(n, j int) (unit, int) {
	at := func(y int) civil.Range { return isoWeek(y, n) }
	return r.withYear(unit{at: at, grain: "week"}, j)
}

func (r *reader) christmasDay() civil.Date {
	return unit{at: func(y int) civil.Range { return civil.Range{From: civil.Of(y, 12, 25), To: civil.Of(y, 12, 27)} }}.next(r.today).From
}

// christmas reads "Christmas" (24 to 26 December), "Christmas week", "between Christmas
// and New Year" (27 to 31 December) and "New Year" (31 December and 1 January).
func (r *reader) christmas(i int) (unit, int) {
	day, j := r.christmasDay(), r.skip(i, "the")
	switch {
	case r.is(j, "betweenyears"):
		return fixed(civil.Range{From: day + 2, To: day + 7}, "week"), j + 1
	case r.is(j, "between") && r.is(r.skip(j+1, "the"), "christmas") && r.is(r.skip(j+1, "the")+1, "and"):
		if k := r.skip(j+1, "the") + 2; r.is(r.skip(k, "the"), "newyear") {
			return fixed(civil.Range{From: day + 2, To: day + 7}, "week"), r.skip(k, "the") + 1
		}
	case r.is(j, "christmas") && r.grain(j+1) == "week":
		return fixed(r.calendar.week(day), "week"), j + 2
	case r.is(j, "christmas"):
		return fixed(civil.Range{From: day - 1, To: day + 2}, "week"), j + 1
	case r.is(j, "newyear"):
		return fixed(civil.Range{From: civil.Of(day.Year(), 12, 31), To: civil.Of(day.Year()+1, 1, 2)}, "week"), j + 1
	}
	return unit{}, i
}
