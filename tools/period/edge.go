package period

import "rollcall/store/civil"

// edge reads "early December", "mid March", "end of the quarter", "Ende Q1", "start of
// next week". In a month, early, mid and late are its days 1–10, 11–20 and from 21 on.
// The beginning and the end of a week are its first and last two working days, those of
// anything longer its first and last seven days.
func (r *reader) edge(i int) (unit, int) {
	j := r.skip(i, "the")
	where := ""
	for _, k := range []string{"early", "mid", "late", "end", "rest"} {
		if r.is(j, k) {
			where = k
			break
		}
	}
	if where == "" && r.is(j, "bareend") && (r.whole || r.is(j-1, "by", "until")) { // else it is a verb: "which projects end this quarter"
		where = "end"
	}
	if where == "" {
		return unit{}, i
	}
	j = r.skip(j+1, "of", "the", "in")
	if r.sign(j, '-') {
		j++
	}
	whole, end := r.whole1(j)
	if end == j {
		return unit{}, i
	}
	if where == "rest" {
		days := whole.next(r.today)
		if days.To <= r.today {
			return unit{}, i
		}
		return fixed(civil.Range{From: max(days.From, r.today), To: days.To}, whole.grain), end
	}
	if whole.grain == "day" {
		return unit{}, i
	}
	return r.edgeOf(whole, where), end
}

// whole1 reads what has an edge: a unit, or a bare unit word, which is the running one.
func (r *reader) whole1(j int) (unit, int) {
	if u, end := r.unit(j); end > j {
		return u, end
	}
	if g := r.grain(j); g != "" && g != "day" && g != "workday" {
		grain := g
		if g != "week" && g != "month" {
			grain = "longer"
		}
		return fixed(r.moved(g, 0), grain), j + 1
	}
	return unit{}, j
}

func (r *reader) edgeOf(whole unit, where string) unit {
	cut := func(days civil.Range) civil.Range { return edgeDays(days, where) }
	u := unit{grain: whole.grain, ends: where == "end"}
	if whole.at == nil {
		u.fixed = cut(whole.fixed)
	} else {
		u.at = func(y int) civil.Range { return cut(whole.at(y)) }
	}
	return u
}

func edgeDays(days civil.Range, where string) civil.Range {
	n := civil.Date(days.Days()) //nolint:gosec // years at most
	switch {
	case n <= 7 && where == "early":
		return workingDays(days.From, 2)
	case n <= 7 && where == "mid":
		return civil.Range{From: days.From + 2, To: days.From + 3}
	case n <= 7:
		last := days.To
		for !(last - 1).IsWorking() {
			last--
		}
		return civil.Range{From: last - 2, To: last}
	case where == "end":
		return civil.Range{From: days.To - 7, To: days.To}
	case n > 31 && where == "early":
		return civil.Range{From: days.From, To: days.From + n/3}
	case n > 31 && where == "mid":
		return civil.Range{From: days.From + n/3, To: days.To - n/3}
	case n > 31:
		return civil.Range{From: days.To - n/3, To: days.To}
	case where == "early":
		return civil.Range{From: days.From, To: days.From + 10}
	case where == "mid":
		return civil.Range{From: days.From + 10, To: days.From + 20}
	}
	return civil.Range{From: days.From + 20, To: days.To}
}

// piece reads "first two weeks of December", "last week of January", "first week of
// next month", "die letzten zwei Wochen im Dezember".
func (r *reader) piece(i int) (unit, int) {
	j := r.skip(i, "the")
	n := 1
	if v, ok := r.value(j, "number"); ok && r.is(j+1, "first", "lastn") { // "les deux premières semaines"
		n, j = v, j+1
	}
	last := r.is(j, "lastn")
	if !last && !r.is(j, "first") {
		return unit{}, i
	}
	j++
	if v, ok := r.value(j, "number"); ok {
		n, j = v, j+1
	}
	g := r.grain(j)
	if r.is(j, "weekof") {
		g = "week"
	} else if g == "" || !r.is(j+1, "of", "in") {
		return unit{}, i
	}
	j = r.skip(j+1, "of", "in", "the")
	whole, end := r.whole1(j)
	if end == j || whole.grain == "day" || n < 1 {
		return unit{}, i
	}
	cut := func(days civil.Range) civil.Range {
		if !last {
			return r.count(days.From, n, g).Clip(days)
		}
		from := days.To
		for from > days.From && r.count(from, n, g).To >= days.To {
			from--
		}
		if r.count(from, n, g).To < days.To {
			from++
		}
		return civil.Range{From: from, To: days.To}
	}
	u := unit{grain: "week"}
	if whole.at == nil {
		u.fixed = cut(whole.fixed)
	} else {
		u.at = func(y int) civil.Range { return cut(whole.at(y)) }
	}
	return u, end
}
