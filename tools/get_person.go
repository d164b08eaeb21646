package tools

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"rollcall/store"
	"rollcall/store/civil"
	"rollcall/tools/resolve"
)

type getPersonArgs struct {
	Person  string   `json:"person" need:"true" jsonschema:"a name, an e-mail address, a Slack mention, or me"`
	Aspects []string `json:"aspects" enum:"profile,skills,certifications,assignments,availability,time_off" jsonschema:"what to tell; null for everything"`
	Period  string   `json:"period" jsonschema:"the user's own words for the time"`
}

// PersonResult is what get_person tells of somebody.
type PersonResult struct {
	Period         *Span           `json:"period,omitempty"`
	Name           string          `json:"name"`
	Role           string          `json:"role,omitempty"`
	Location       string          `json:"location,omitempty"`
	Capacity       int             `json:"capacity"`
	Skills         []SkillLine     `json:"skills,omitempty"`
	Certifications []CertLine      `json:"certifications,omitempty"`
	Assignments    []BusyLine      `json:"assignments,omitempty"`
	Tentative      []BusyLine      `json:"tentative,omitempty"`
	Availability   *FreeLine       `json:"availability,omitempty"`
	TimeOff        []DayRange      `json:"time_off,omitempty"`
	aspects        map[string]bool // what was asked for
	today          civil.Date
}

// FreeLine is how free somebody is, in all and week by week.
type FreeLine struct {
	FreePercent int         `json:"free_percent"`
	FreeDays    float64     `json:"free_days"`
	FreeFrom    *civil.Date `json:"free_from,omitempty"` // in the period; without a period the next day within a year
	Weeks       []WeekLine  `json:"weeks,omitempty"`
}

// WeekLine is one week, or what lies of it in the period.
type WeekLine struct {
	From        civil.Date `json:"from"`
	To          civil.Date `json:"to"`
	FreePercent int        `json:"free_percent"`
	Booked      int        `json:"booked_percent"`
	DaysOff     int        `json:"days_off,omitempty"`
	Tentative   int        `json:"tentative_percent,omitempty"`
}

// CertLine is a certificate of a list.
type CertLine struct {
	Person   string      `json:"person,omitempty"`
	Role     string      `json:"role,omitempty"`
	Name     string      `json:"name,omitempty"`
	Issuer   string      `json:"issuer,omitempty"`
	Expires  *civil.Date `json:"expires,omitempty"` // the last valid day; missing: never
	DaysLeft *int        `json:"days_left,omitempty"`
	Expired  bool        `json:"expired,omitempty"`
}

var allAspects = []string{"profile", "skills", "certifications", "assignments", "availability", "time_off"}

func getPerson(c *Company) Tool {
	return define("get_person", "Tell about one person: skills, certificates, current and coming assignments, how free they are week by week, time off.",
		func(ctx context.Context, call Call, a getPersonArgs) (Result, error) {
			entry, err := c.resolve(ctx, call, resolve.Person, "person", a.Person)
			if err != nil {
				return nil, err
			}
			if entry.ID == "" {
				return nil, &Error{Code: Invalid, Field: "person", Message: "person must not be empty", Retryable: true}
			}
			p, err := c.period(a.Period)
			if err != nil {
				return nil, err
			}
			profiles, err := c.Store.FindProfiles(ctx, []string{entry.ID}, p.Range)
			if err != nil {
				return nil, err
			}
			if len(profiles) == 0 {
				return nil, notFound(resolve.Person, "person", a.Person, resolve.Result{})
			}
			r := &PersonResult{Name: entry.Name, aspects: wanted(a.Aspects), today: c.today()}
			if r.aspects["availability"] || r.aspects["assignments"] || r.aspects["time_off"] {
				span := spanOf(p)
				r.Period = &span
			}
			return r, c.fillPerson(ctx, call, r, profiles[0], p.Range, a.Period != "")
		})
}

func wanted(aspects []string) map[string]bool {
	if len(aspects) == 0 {
		aspects = allAspects
	}
	all := map[string]bool{}
	for _, a := range aspects {
		all[a] = true
	}
	return all
}

func (c *Company) fillPerson(ctx context.Context, call Call, r *PersonResult, p store.Profile, window civil.Range, said bool) error {
	r.Role, r.Capacity = p.Role, p.Capacity
	if p.Location != nil {
		r.Location = *p.Location
	}
	if r.aspects["skills"] {
		for _, k := range p.Skills {
			r.Skills = append(r.Skills, SkillLine{Name: k.Name, Level: k.Level, Updated: age(k.UpdatedAt, r.today)})
		}
	}
	if r.aspects["certifications"] {
		for _, h := range p.Certifications {
			line := certLine(h, r.today)
			line.Person, line.Role = "", ""
			r.Certifications = append(r.Certifications, line)
		}
	}
	if r.aspects["assignments"] || r.aspects["availability"] {
		for _, b := range p.Bookings {
			line := BusyLine{Project: b.Project, Percent: b.Percent, From: b.First, To: b.Last, Role: b.Role, Client: b.Client}
			if b.Status == store.Tentative {
				r.Tentative = append(r.Tentative, line)
			} else {
				r.Assignments = append(r.Assignments, line)
			}
		}
	}
	if r.aspects["time_off"] || r.aspects["availability"] {
		for _, t := range p.TimeOff {
			r.TimeOff = append(r.TimeOff, absence(t, call.mayKnow(p.ID)))
		}
	}
	if !r.aspects["availability"] {
		return nil
	}
	return c.fillWeeks(ctx, r, p.ID, window, said)
}

// absence hides the kind of time off from those who may not know it.
func absence(t store.TimeOff, mayKnow bool) DayRange {
	d := DayRange{From: t.StartsOn, To: t.EndsOn}
	if mayKnow {
		d.Kind = string(t.Kind)
	}
	return d
}

const (
	mostWeeks = 13
	lookAhead = 366 // days to look for when somebody comes free
)

func (c *Company) fillWeeks(ctx context.Context, r *PersonResult, id string, window civil.Range, said bool) error {
	q := store.PeopleQuery{Filter: store.PeopleFilter{IDs: []string{id}}, Window: window, MinFreePercent: c.FreePercent}
	found, _, err := c.Store.FindPeople(ctx, q)
	if err != nil || len(found) == 0 {
		return err
	}
	r.Availability = &FreeLine{FreePercent: found[0].FreePercent(), FreeDays: found[0].FreeDays(), FreeFrom: found[0].FreeFrom}
	if !said && r.Availability.FreeFrom == nil {
		if r.Availability.FreeFrom, err = c.comesFree(ctx, id, window.From); err != nil {
			return err
		}
	}
	weeks, err := c.Store.FindWeeks(ctx, id, c.weeks(window), c.FreePercent)
	for _, w := range weeks {
		line := WeekLine{From: w.From, To: w.Last(), FreePercent: w.FreePercent(), DaysOff: w.DaysOff}
		if w.Availability.WorkingDays > 0 {
			line.Booked, line.Tentative = w.BookedPercent/w.Availability.WorkingDays, w.TentativePercent/w.Availability.WorkingDays
			r.Availability.Weeks = append(r.Availability.Weeks, line)
		}
	}
	return err
}

// comesFree looks for the first working day within a year on which the person is free
// for the minimum, and stays so for two working weeks.
func (c *Company) comesFree(ctx context.Context, id string, from civil.Date) (*civil.Date, error) {
	var days []civil.Range
	for d := from; d < from+lookAhead; d++ {
		days = append(days, civil.Range{From: d, To: d + 1})
	}
	found, err := c.Store.FindWeeks(ctx, id, days, c.FreePercent)
	if err != nil {
		return nil, err
	}
	run := 0
	var first civil.Date
	for _, d := range found {
		switch {
		case d.Availability.WorkingDays == 0:
			continue
		case !d.IsFree(min(c.FreePercent, 100)):
			run = 0
			continue
		case run == 0:
			first = d.From
		}
		if run++; run == 10 {
			return &first, nil
		}
	}
	return nil, nil
}

// weeks cuts the window at the starts of weeks, or of months when the weeks are many.
func (c *Company) weeks(window civil.Range) []civil.Range {
	var all []civil.Range
	for from := window.From; from < window.To; {
		to := from.StartOfWeek(c.Calendar.WeekStart) + 7
		if window.Days() > 7*mostWeeks {
			to = from.StartOfMonth().AddMonths(1)
		}
		all = append(all, civil.Range{From: from, To: min(to, window.To)})
		from = to
	}
	return all
}

func certLine(h store.Holding, today civil.Date) CertLine {
	line := CertLine{Person: h.Person, Role: h.Role, Name: h.Name, Issuer: h.Issuer, Expires: h.ExpiresAt}
	if h.ExpiresAt != nil {
		left := int(*h.ExpiresAt - today)
		if line.Expired = left < 0; !line.Expired {
			line.DaysLeft = &left
		}
	}
	return line
}

// View tells about the person in the order of what was asked.
func (r *PersonResult) View() View {
	v := View{Headline: r.headline()}
	if r.Period != nil && r.Availability != nil {
		v.Period = r.Period.String()
	}
	if r.Availability != nil {
		v.Columns = []string{"Week", "Free", "Booked", "Days off", "Tentative"}
		for _, w := range r.Availability.Weeks {
			v.Rows = append(v.Rows, []string{DayRange{From: w.From, To: w.To}.words(r.today), percent(w.FreePercent), percent(w.Booked), blankZero(w.DaysOff, ""), blankZero(w.Tentative, " %")})
		}
	}
	for _, s := range []Section{
		{Title: "Skills", Lines: lines(r.Skills, SkillLine.String)},
		{Title: "Certificates", Lines: lines(r.Certifications, func(c CertLine) string { return c.words(r.today) })},
		{Title: "Booked", Lines: lines(r.Assignments, func(b BusyLine) string { return b.long(r.today) })},
		{Title: "Tentative", Lines: lines(r.Tentative, func(b BusyLine) string { return b.long(r.today) })},
		{Title: "Time off", Lines: lines(r.TimeOff, func(d DayRange) string { return d.words(r.today) })},
	} {
		if len(s.Lines) > 0 {
			v.Sections = append(v.Sections, s)
		}
	}
	v.Notes = r.nothing()
	return v
}

func (r *PersonResult) headline() string {
	who := r.Name
	if about := strings.Join(slices.DeleteFunc([]string{r.Role, r.Location}, func(s string) bool { return s == "" }), ", "); about != "" {
		who += " (" + about + ")"
	}
	if r.Capacity < 100 {
		who += fmt.Sprintf(", works %d %%", r.Capacity)
	}
	if r.Availability == nil {
		return who + "."
	}
	free := fmt.Sprintf("%s: %d %% free, %.4g days", who, r.Availability.FreePercent, r.Availability.FreeDays)
	if r.Availability.FreeFrom != nil {
		free += ", free from " + day(*r.Availability.FreeFrom, r.today)
	}
	return free + "."
}

// nothing says what was asked for and is not there.
func (r *PersonResult) nothing() []string {
	if len(r.aspects) == len(allAspects) {
		return nil
	}
	var notes []string
	for _, a := range []struct {
		aspect, note string
		n            int
	}{
		{"skills", "No skills are recorded.", len(r.Skills)},
		{"certifications", "No certificates are recorded.", len(r.Certifications)},
		{"assignments", "Nothing is booked in this period.", len(r.Assignments) + len(r.Tentative)},
		{"time_off", "No time off is recorded in this period.", len(r.TimeOff)},
	} {
		if r.aspects[a.aspect] && a.n == 0 {
			notes = append(notes, a.note)
		}
	}
	return notes
}

func lines[T any](from []T, words func(T) string) []string {
	all := make([]string, 0, len(from))
	for _, v := range from {
		all = append(all, words(v))
	}
	return all
}

func blankZero(n int, unit string) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf("%d%s", n, unit)
}

func (c CertLine) words(today civil.Date) string {
	switch {
	case c.Expires == nil:
		return c.Name + ", never expires"
	case c.Expired:
		return c.Name + ", expired on " + day(*c.Expires, today)
	}
	return c.Name + ", valid until " + day(*c.Expires, today)
}

// long is a booking with role, client and both days.
func (b BusyLine) long(today civil.Date) string {
	s := b.Project
	if b.Client != "" {
		s += " (" + b.Client + ")"
	}
	s += " " + percent(b.Percent)
	if b.Role != "" {
		s += " as " + b.Role
	}
	if b.From != nil {
		s += ", from " + day(*b.From, today)
	}
	if b.To != nil {
		return s + " until " + day(*b.To, today)
	}
	return s + ", open-ended"
}
