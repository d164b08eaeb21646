package tools

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"rollcall/store"
	"rollcall/store/civil"
	"rollcall/tools/period"
	"rollcall/tools/resolve"
)

type getCapacityArgs struct {
	Metric   string `json:"metric" enum:"utilization,free_days,bench,overbooked"`
	GroupBy  string `json:"group_by" enum:"none,role,skill,location,project,client,month"`
	Role     string `json:"role"`
	Skill    string `json:"skill"`
	Location string `json:"location"`
	Period   string `json:"period" jsonschema:"the user's own words for the time"`
}

// CapacityResult is how busy the company, or a part of it, is.
type CapacityResult struct {
	Period  Span           `json:"period"`
	Metric  string         `json:"metric"`
	GroupBy string         `json:"group_by"`
	Asked   []string       `json:"asked,omitempty"`
	All     CapacityLine   `json:"all"`
	Total   int            `json:"total"` // groups
	Shown   int            `json:"shown"`
	Groups  []CapacityLine `json:"groups,omitempty"`
	Names   []string       `json:"people,omitempty"` // on the bench or overbooked, when that is the metric
}

// CapacityLine is the sums of a group, in full-time days. Utilization is booked days
// divided by capacity days, in percent, and may exceed 100; days off count in neither.
// For a project or a client only people and booked days are known.
type CapacityLine struct {
	Group       string  `json:"group,omitempty"`
	People      int     `json:"people"`
	Capacity    float64 `json:"capacity_days,omitempty"`
	Booked      float64 `json:"booked_days"`
	Free        float64 `json:"free_days,omitempty"`
	Tentative   float64 `json:"tentative_days,omitempty"`
	Utilization *int    `json:"utilization_percent,omitempty"`
	Bench       int     `json:"bench,omitempty"`
	Overbooked  int     `json:"overbooked,omitempty"`
}

func getCapacity(c *Company) Tool {
	return define("get_capacity", "Sum up the company or a group: utilisation, free days, bench, overbooked people; grouped by role, skill, location, project, client or month.",
		func(ctx context.Context, call Call, a getCapacityArgs) (Result, error) {
			p, err := c.capacityPeriod(a)
			if err != nil {
				return nil, err
			}
			r := &CapacityResult{Period: spanOf(p), Metric: cmp.Or(a.Metric, "utilization"), GroupBy: cmp.Or(a.GroupBy, "none")}
			q := store.PeopleQuery{Window: p.Range, MinFreePercent: c.FreePercent, Order: store.ByName}
			var skill string
			r.Asked, err = c.resolveAll(ctx, call, said{resolve.Role, a.Role, &q.Filter.RoleID}, said{resolve.Skill, a.Skill, &skill}, said{resolve.Location, a.Location, &q.Filter.Location})
			if err != nil {
				return nil, err
			}
			if skill != "" {
				q.Filter.Skills = []store.SkillNeed{{SkillID: skill}}
			}
			return r, c.fillCapacity(ctx, r, q)
		})
}

// capacityPeriod is the running month for utilisation when nothing is said.
func (c *Company) capacityPeriod(a getCapacityArgs) (period.Period, error) {
	if a.Period == "" && (a.Metric == "" || a.Metric == "utilization") {
		first := c.today().StartOfMonth()
		return period.Period{Range: civil.Range{From: first, To: first.AddMonths(1)}}, nil
	}
	return c.period(a.Period)
}

func (c *Company) fillCapacity(ctx context.Context, r *CapacityResult, q store.PeopleQuery) error {
	everybody, _, err := c.Store.FindPeople(ctx, q)
	if err != nil {
		return err
	}
	all := newSums("")
	for _, p := range everybody {
		all.add(p)
		if (r.Metric == "bench" && p.IsOnBench()) || (r.Metric == "overbooked" && p.OverbookedDays > 0) {
			r.Names = append(r.Names, p.Name)
		}
	}
	r.All = all.line()
	r.Names = r.Names[:min(mostRows, len(r.Names))]
	switch r.GroupBy {
	case "role", "skill", "location":
		err = c.groupPeople(ctx, r, everybody)
	case "month":
		err = c.groupMonths(ctx, r, q)
	case "project", "client":
		err = c.groupBookings(ctx, r, q.Window, everybody)
	}
	r.Total = len(r.Groups)
	r.Groups = r.Groups[:min(mostRows, len(r.Groups))]
	r.Shown = len(r.Groups)
	return err
}

// sums adds people up, in percent-days, so that nothing is rounded before the end.
type sums struct {
	group                                            string
	people, capacity, booked, free, tentative, bench int
	overbooked                                       int
}

func newSums(group string) *sums { return &sums{group: group} }

func (s *sums) add(p store.FoundPerson) {
	s.people++
	s.capacity += p.Capacity * (p.WorkingDays - p.DaysOff)
	s.booked += p.WorkedPercent
	s.free += p.FreePercentDays
	s.tentative += p.TentativePercent
	if p.IsOnBench() {
		s.bench++
	}
	if p.OverbookedDays > 0 {
		s.overbooked++
	}
}

func (s *sums) line() CapacityLine {
	l := CapacityLine{
		Group: s.group, People: s.people, Capacity: days(s.capacity), Booked: days(s.booked), Free: days(s.free), Tentative: days(s.tentative),
		Bench: s.bench, Overbooked: s.overbooked,
	}
	if s.capacity > 0 {
		percent := (200*s.booked + s.capacity) / (2 * s.capacity)
		l.Utilization = &percent
	}
	return l
}

func days(percentDays int) float64 { return float64(percentDays) / 100 }

func (c *Company) groupPeople(ctx context.Context, r *CapacityResult, everybody []store.FoundPerson) error {
	groups, err := c.Store.FindGroups(ctx, store.GroupBy(r.GroupBy))
	if err != nil {
		return err
	}
	byName := map[string]*sums{}
	for _, p := range everybody {
		names := groups[p.ID]
		if len(names) == 0 {
			names = []string{"(none)"}
		}
		for _, name := range names {
			if byName[name] == nil {
				byName[name] = newSums(name)
			}
			byName[name].add(p)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(byName)) {
		r.Groups = append(r.Groups, byName[name].line())
	}
	return nil
}

func (c *Company) groupMonths(ctx context.Context, r *CapacityResult, q store.PeopleQuery) error {
	window := q.Window
	for from := window.From; from < window.To && len(r.Groups) < mostRows; {
		to := min(from.StartOfMonth().AddMonths(1), window.To)
		q.Window = civil.Range{From: from, To: to}
		everybody, _, err := c.Store.FindPeople(ctx, q)
		if err != nil {
			return err
		}
		s := newSums(from.Time().Format("Jan 2006"))
		for _, p := range everybody {
			s.add(p)
		}
		r.Groups = append(r.Groups, s.line())
		from = to
	}
	return nil
}

// groupBookings sums confirmed bookings by project or client over working days, days off
// included, because a day off is nobody's project.
func (c *Company) groupBookings(ctx context.Context, r *CapacityResult, window civil.Range, everybody []store.FoundPerson) error {
	bookings, err := c.Store.FindBookings(ctx, store.BookingFilter{Window: window})
	if err != nil {
		return err
	}
	asked := map[string]bool{}
	for _, p := range everybody {
		asked[p.ID] = true
	}
	booked, who := map[string]int{}, map[string]map[string]bool{}
	for _, b := range bookings {
		group := b.Project
		if r.GroupBy == "client" {
			group = cmp.Or(b.Client, "(no client)")
		}
		if !asked[b.UserID] || b.Status != store.Confirmed {
			continue
		}
		if who[group] == nil {
			who[group] = map[string]bool{}
		}
		who[group][b.UserID] = true
		booked[group] += b.Percent * bookedDays(b, window)
	}
	for _, name := range slices.Sorted(maps.Keys(booked)) {
		r.Groups = append(r.Groups, CapacityLine{Group: name, People: len(who[name]), Booked: days(booked[name])})
	}
	return nil
}

func bookedDays(b store.BookedTime, window civil.Range) int {
	span := window
	if b.First != nil {
		span.From = max(span.From, *b.First)
	}
	if b.Last != nil {
		span.To = min(span.To, *b.Last+1)
	}
	return span.WorkingDays()
}

// View shows the sum and the groups.
func (r *CapacityResult) View() View {
	v := View{Headline: r.headline(), Period: r.Period.String()}
	title := strings.ToUpper(r.GroupBy[:1]) + r.GroupBy[1:]
	if len(r.Groups) > 0 {
		v.Columns = []string{title, "People", "Utilisation", "Booked days", "Free days", "Bench", "Overbooked"}
	}
	for _, g := range r.Groups {
		used := ""
		if g.Utilization != nil {
			used = percent(*g.Utilization)
		}
		v.Rows = append(v.Rows, []string{g.Group, strconv.Itoa(g.People), used, number(g.Booked), number(g.Free), blankZero(g.Bench, ""), blankZero(g.Overbooked, "")})
	}
	if r.GroupBy == "project" || r.GroupBy == "client" {
		for i, row := range v.Rows {
			v.Rows[i] = []string{row[0], row[1], row[3]}
		}
		v.Columns = []string{title, "People", "Booked days"}
	}
	if len(r.Names) > 0 {
		v.Notes = append(v.Notes, strings.Join(r.Names, ", ")+".")
	}
	return v
}

func number(f float64) string { return strings.TrimSuffix(fmt.Sprintf("%.1f", f), ".0") }

func (r *CapacityResult) headline() string {
	of := people(r.All.People) + inBrackets(r.Asked)
	switch r.Metric {
	case "free_days":
		return fmt.Sprintf("%s have %s free full-time days.", of, number(r.All.Free))
	case "bench":
		return fmt.Sprintf("%d of %s on the bench.", r.All.Bench, of)
	case "overbooked":
		return fmt.Sprintf("%d of %s overbooked.", r.All.Overbooked, of)
	}
	if r.All.Utilization == nil {
		return of + " have no working days in this period."
	}
	return fmt.Sprintf("Utilisation of %s: %d %%, %s of %s full-time days booked.", of, *r.All.Utilization, number(r.All.Booked), number(r.All.Capacity))
}
