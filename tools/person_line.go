package tools

import (
	"fmt"
	"strings"

	"rollcall/store"
	"rollcall/store/civil"
)

// View shows the people as a table, each with the reasons.
func (r *PeopleResult) View() View {
	v := View{Headline: r.headline(), Notes: r.notes()}
	if r.timed {
		v.Period = r.Period.String()
	}
	if r.Total == 0 {
		return v
	}
	v.Columns = []string{"Name", "Role", "Location", "Free", "Free from", "Why"}
	if !r.timed {
		v.Columns = []string{"Name", "Role", "Location", "Why"}
	}
	for _, p := range r.People {
		row := []string{p.Name, p.Role, p.Location}
		if r.timed {
			row = append(row, percent(p.FreePercent), optionalDay(p.FreeFrom, r.today))
		}
		v.Rows = append(v.Rows, append(row, p.why(r)))
	}
	return v
}

func (r *PeopleResult) headline() string {
	with := strings.Join(r.Asked, ", ")
	if with != "" {
		with = " with " + with
	}
	switch store.Condition(r.Condition) {
	case store.Free:
		return fmt.Sprintf("%s%s: at least %d %% free.", are(r.Total), with, r.MinFree)
	case store.Bench:
		return fmt.Sprintf("%s%s: nothing booked.", are(r.Total), with)
	case store.RollingOff:
		return fmt.Sprintf("%s%s: a booking ends and they come free.", are(r.Total), with)
	case store.Overbooked:
		return fmt.Sprintf("%s%s: booked for more than their capacity.", are(r.Total), with)
	case store.AnyTime:
	}
	return are(r.Total) + with + "."
}

func are(n int) string {
	if n == 0 {
		return "Nobody"
	}
	return people(n)
}

func (r *PeopleResult) notes() []string {
	var notes []string
	if r.Shown < r.Total {
		notes = append(notes, fmt.Sprintf("Showing %d of %d.", r.Shown, r.Total))
	}
	if r.timed && r.Period.WorkingDays == 0 {
		notes = append(notes, "There are no working days in this period, so nobody counts as free.")
	}
	if len(r.NearMisses) > 0 {
		notes = append(notes, "Nearest: "+strings.Join(r.NearMisses, "; ")+".")
	}
	return notes
}

// why is the receipt of a row: what the claim rests on, and how old that is.
func (p PersonLine) why(r *PeopleResult) string {
	var parts []string
	for _, s := range p.Skills {
		parts = append(parts, s.String())
	}
	if p.RollsOff != nil {
		parts = append(parts, "comes free after "+day(*p.RollsOff, r.today))
	}
	if r.timed {
		parts = append(parts, p.load(r.today)...)
	}
	return strings.Join(parts, "; ")
}

func (p PersonLine) load(today civil.Date) []string {
	var parts []string
	if p.Capacity < 100 {
		parts = append(parts, fmt.Sprintf("works %d %%", p.Capacity))
	}
	if p.Overbooked > 0 {
		parts = append(parts, fmt.Sprintf("up to %d %% on %s", p.Peak, count(p.Overbooked, "day")))
	}
	for _, b := range p.Booked {
		parts = append(parts, b.words(today))
	}
	for _, d := range p.Off {
		parts = append(parts, "off "+d.words(today))
	}
	if len(p.Booked)+len(p.Off) == 0 {
		parts = append(parts, "nothing booked")
	}
	for _, b := range p.Tentative {
		parts = append(parts, "perhaps "+b.words(today))
	}
	return parts
}

// String is a skill's receipt: "Go level 4, updated 14 months ago".
func (s SkillLine) String() string {
	level := "no level recorded"
	if s.Level != nil {
		level = fmt.Sprintf("level %d", *s.Level)
	}
	return fmt.Sprintf("%s %s, updated %s", s.Name, level, s.Updated)
}

// words is "Beacon 40 % until 18 Dec", "Beacon 40 % from 7 Dec".
func (b BusyLine) words(today civil.Date) string {
	s := b.Project + " " + percent(b.Percent)
	if b.From != nil && *b.From > today {
		s += " from " + day(*b.From, today)
	}
	if b.To != nil {
		s += " until " + day(*b.To, today)
	}
	return s
}

func (d DayRange) words(today civil.Date) string {
	s := day(d.From, today)
	if d.To != d.From {
		s += " – " + day(d.To, today)
	}
	if d.Kind != "" {
		s += " (" + d.Kind + ")"
	}
	return s
}

func optionalDay(d *civil.Date, today civil.Date) string {
	if d == nil {
		return "–"
	}
	return day(*d, today)
}
