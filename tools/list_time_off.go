package tools

import (
	"context"
	"fmt"
	"strconv"

	"rollcall/store"
	"rollcall/store/civil"
	"rollcall/tools/period"
	"rollcall/tools/resolve"
)

type listTimeOffArgs struct {
	Person   string `json:"person"`
	Role     string `json:"role"`
	Location string `json:"location"`
	Kind     string `json:"kind" enum:"vacation,sick,parental,other" jsonschema:"only when the user asks for this kind"`
	Period   string `json:"period" jsonschema:"the user's own words for the time"`
	Limit    int    `json:"limit"`
}

// TimeOffResult is who is away.
type TimeOffResult struct {
	Period  Span       `json:"period"`
	Person  string     `json:"person,omitempty"`
	Total   int        `json:"total"`
	Shown   int        `json:"shown"`
	TimeOff []AwayLine `json:"time_off"`
	today   civil.Date
}

// AwayLine is one stretch of time off.
type AwayLine struct {
	Person      string     `json:"person"`
	Role        string     `json:"role,omitempty"`
	Location    string     `json:"location,omitempty"`
	From        civil.Date `json:"from"`
	To          civil.Date `json:"to"`
	WorkingDays int        `json:"working_days"`
	Kind        string     `json:"kind,omitempty"` // only for those who may know it
}

const (
	awayDays   = 14  // an open question about absences looks at two weeks
	personDays = 366 // and for one person at a year
)

func listTimeOff(c *Company) Tool {
	return define("list_time_off", "List who is away and when: vacation, sickness, leave.",
		func(ctx context.Context, call Call, a listTimeOffArgs) (Result, error) {
			f := store.TimeOffFilter{Kind: store.TimeOffKind(a.Kind)}
			person, err := c.resolve(ctx, call, resolve.Person, "person", a.Person)
			if err != nil {
				return nil, err
			}
			if _, err := c.resolveAll(ctx, call, said{resolve.Role, a.Role, &f.RoleID}, said{resolve.Location, a.Location, &f.Location}); err != nil {
				return nil, err
			}
			if person.ID != "" {
				f.UserIDs = []string{person.ID}
			}
			if a.Kind != "" && !call.mayKnow(person.ID) {
				return nil, &Error{Code: NotPermitted, Field: "kind", Message: "only managers may ask why somebody is away; ask who is away instead"}
			}
			return c.timeOff(ctx, call, f, a, person.Name)
		})
}

func (c *Company) timeOff(ctx context.Context, call Call, f store.TimeOffFilter, a listTimeOffArgs, person string) (Result, error) {
	p, err := c.awayPeriod(a.Period, person != "")
	if err != nil {
		return nil, err
	}
	f.Window = p.Range
	found, err := c.Store.FindTimeOff(ctx, f)
	if err != nil {
		return nil, err
	}
	r := &TimeOffResult{Period: spanOf(p), Person: person, Total: len(found), TimeOff: []AwayLine{}, today: c.today()}
	for _, t := range found[:min(rows(a.Limit), len(found))] {
		d := absence(t.TimeOff, call.mayKnow(t.UserID))
		days := civil.Range{From: d.From, To: d.To + 1}.WorkingDays()
		r.TimeOff = append(r.TimeOff, AwayLine{Person: t.Person, Role: t.Role, Location: t.Location, From: d.From, To: d.To, WorkingDays: days, Kind: d.Kind})
	}
	r.Shown = len(r.TimeOff)
	return r, nil
}

func (c *Company) awayPeriod(words string, onePerson bool) (period.Period, error) {
	if words != "" {
		return c.period(words)
	}
	days := civil.Date(awayDays)
	if onePerson {
		days = personDays
	}
	return period.Period{Range: civil.Range{From: c.today(), To: c.today() + days}}, nil
}

// View shows the absences as a table.
func (r *TimeOffResult) View() View {
	v := View{Period: r.Period.String(), Headline: r.headline()}
	if r.Total == 0 {
		return v
	}
	v.Columns = []string{"Name", "Role", "Location", "Away", "Working days", "Kind"}
	known := false
	for _, t := range r.TimeOff {
		known = known || t.Kind != ""
		v.Rows = append(v.Rows, []string{t.Person, t.Role, t.Location, DayRange{From: t.From, To: t.To}.words(r.today), strconv.Itoa(t.WorkingDays), t.Kind})
	}
	if !known { // nobody's kind is this asker's business
		v.Columns = v.Columns[:5]
		for i := range v.Rows {
			v.Rows[i] = v.Rows[i][:5]
		}
	}
	if r.Shown < r.Total {
		v.Notes = append(v.Notes, fmt.Sprintf("Showing %d of %d.", r.Shown, r.Total))
	}
	return v
}

func (r *TimeOffResult) headline() string {
	switch {
	case r.Person != "" && r.Total == 0:
		return r.Person + " has no time off."
	case r.Person != "":
		return fmt.Sprintf("%s is away %s.", r.Person, times(r.Total))
	case r.Total == 0:
		return "Nobody is away."
	}
	names := map[string]bool{}
	for _, t := range r.TimeOff {
		names[t.Person] = true
	}
	if r.Shown == r.Total {
		return people(len(names)) + " away."
	}
	return count(r.Total, "absence") + "."
}

func times(n int) string {
	if n == 1 {
		return "once"
	}
	return fmt.Sprintf("%d times", n)
}
