package offline

import (
	"regexp"
	"slices"
	"strings"

	"rollcall/tools/period"
	"rollcall/tools/resolve"
)

var (
	// dated is a day with its month, or days of one month: "7 December", "14 to 15 December".
	dated     = regexp.MustCompile(`^(?:on |am |le |el |the )*(?:\p{L}+,? )?\d{1,2}(?:st|nd|rd|th|er|\.)?(?: ?(?:to|bis|au|al|-|–) ?\d{1,2}(?:st|nd|rd|th|\.)?)? (?:of |de )?(\p{L}{3,})\.?(?: (?:de )?\d{4})?$`)
	monthDay  = regexp.MustCompile(`^(?:on )?(?:the )?(\p{L}{3,})\.? \d{1,2}(?:st|nd|rd|th)?(?:,? \d{4})?$`)
	weekday   = regexp.MustCompile(`^(?:on |am |le |el )?\p{L}+$`)
	isUnit    = regexp.MustCompile(`^(?:days?|weeks?|months?|years?|quarters?|sprints?|tagen?|tage|wochen?|monaten?|monate|jours?|semaines?|mois|dias?|semanas?|meses)$`)
	dayNumber = regexp.MustCompile(`^(?:[1-9]|[12]\d|3[01])(?:st|nd|rd|th)?$`)
	itsMonth  = regexp.MustCompile(`^\d{1,2}(?:st|nd|rd|th|\.)?(\s.*)$`)
)

// apart fills a slot for several days off that do not follow each other: "7 December and
// 14 December", "7 and 14 December", "Thursday and Friday". They must be written alike and
// come one after the other: in "Wednesday and Friday next week" the first day is not the
// one that it is when it stands alone.
func (s *sentence) apart(at int) []found {
	if all := s.numbered(at); all != nil {
		return all
	}
	var picks []pick
	form, last := "", period.Period{}
	for to := at; ; {
		m, end := s.timeAt(to)
		if end == 0 && (s.word(to) == "on" || s.word(to) == "am") { // "and on 14 December"
			m, end = s.timeAt(to + 1)
		}
		is := ""
		if end > 0 {
			is = shape(m, s.timePick(m).text)
		}
		if is == "" || form != "" && (is != form || m.Period.From < last.To) {
			return nil
		}
		form, last = is, m.Period
		picks = append(picks, asApart(len(picks), s.timePick(m)))
		to = s.behindPlus(end)
		switch {
		case to == end && len(picks) > 1:
			return []found{{end, picks}}
		case to == end || len(picks) > mostPeople:
			return nil
		}
	}
}

func asApart(n int, p pick) pick {
	p.as = "more"
	if n == 0 {
		p.as = "period"
	}
	return p
}

// behindPlus is the token behind what joins a list.
func (s *sentence) behindPlus(at int) int {
	to := at
	for slices.Contains(plus, s.word(to)) && to < at+2 {
		to++
	}
	return to
}

// timeAt is the time that begins with a token, and the token behind it, or 0.
func (s *sentence) timeAt(at int) (period.Match, int) {
	for _, m := range s.times {
		if to, begins := s.reach(at, m.Start, m.End); begins {
			return m, to
		}
	}
	return period.Match{}, 0
}

// shape is how days are written, or nothing for what may depend on the days beside it.
func shape(m period.Match, text string) string {
	folded := resolve.Fold(text)
	if m.Period.OpenEnd || m.Period.Days() > 1 && !isRange(text) {
		return ""
	}
	for _, form := range []*regexp.Regexp{dated, monthDay} {
		if g := form.FindStringSubmatch(folded); g != nil && !isUnit.MatchString(g[1]) {
			return "dated"
		}
	}
	if m.Period.Days() == 1 && weekday.MatchString(folded) {
		return "weekday"
	}
	return ""
}

// numbered reads days that share a month: "on 7, 8 and 10 December".
func (s *sentence) numbered(at int) []found {
	to := at
	for s.word(to) == "on" || s.word(to) == "the" {
		to++
	}
	var days []string
	for next := s.behindPlus(to + 1); dayNumber.MatchString(s.word(to)) && next > to+1; next = s.behindPlus(to + 1) {
		days = append(days, s.said(to, to+1))
		to = next
	}
	m, end := s.timeAt(to)
	if len(days) == 0 || len(days) > mostPeople || end == 0 || m.Period.Days() != 1 || m.Period.OpenEnd {
		return nil
	}
	text := s.text[m.Start:m.End]
	month := itsMonth.FindStringSubmatch(text)
	if month == nil || shape(m, text) != "dated" {
		return nil
	}
	return s.sameMonth(append(days, strings.TrimSuffix(text, month[1])), month[1], end)
}

func (s *sentence) sameMonth(days []string, month string, end int) []found {
	var picks []pick
	last := period.Period{}
	for _, day := range days {
		p, err := s.parse(day + month)
		if err != nil || p.Days() != 1 || p.From < last.To {
			return nil
		}
		last = p
		picks = append(picks, asApart(len(picks), pick{text: day + month, past: s.isOver(p)}))
	}
	return []found{{end, picks}}
}
