package tools

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"rollcall/proposal"
	"rollcall/store"
	"rollcall/store/civil"
	"rollcall/tools/resolve"
)

type proposeAssignmentArgs struct {
	Action      string   `json:"action" need:"true" enum:"assign,hold,change,start,extend,end,confirm,move" jsonschema:"hold: tentative, until its release; start: another first day; confirm: make a hold a booking"`
	People      []string `json:"people" need:"true" jsonschema:"up to 5"`
	Project     string   `json:"project" jsonschema:"move: the new one"`
	FromProject string   `json:"from_project" jsonschema:"only for move"`
	Percent     int      `json:"percent"`
	Period      string   `json:"period" jsonschema:"the user's own words: when it is; start: the first day or how much later; extend, end: until when or by how long"`
	Role        string   `json:"role"`
	Release     string   `json:"release" jsonschema:"hold: the user's own words for when it lapses"`
}

func proposeAssignment(c *Company) Tool {
	return defineProposal("propose_assignment", "Prepare putting people on a project, or a change, extension, end, hold or move of their bookings. The user confirms it by a button.",
		func(ctx context.Context, call Call, a proposeAssignmentArgs) (Result, error) {
			if !call.Asker.May(store.Manager) { // before anything that is missing is asked for
				return nil, c.denied(ctx, call, "change who is on a project")
			}
			w, err := c.assignmentWish(ctx, call, a)
			if err != nil {
				return nil, err
			}
			var edits []store.Edit
			for _, p := range w.people {
				some, err := c.assignmentEdits(ctx, call, w, p)
				if err != nil {
					return nil, nothing(err)
				}
				edits = append(edits, some...)
			}
			return c.propose(ctx, call, proposal.Assignment, edits...)
		})
}

// assignmentWish is what is wanted, with its names resolved.
type assignmentWish struct {
	proposeAssignmentArgs

	people        []resolve.Entry
	project, from resolve.Entry
	role          resolve.Entry
}

func (c *Company) assignmentWish(ctx context.Context, call Call, a proposeAssignmentArgs) (assignmentWish, error) {
	w := assignmentWish{proposeAssignmentArgs: a}
	err := tooMany(len(a.People), "people")
	if err == nil {
		w.people, err = c.saidPeople(ctx, call, "people", a.People, false)
	}
	if err == nil {
		w.project, err = c.saidName(ctx, call, resolve.Project, "project", a.Project)
	}
	if err == nil {
		w.from, err = c.saidName(ctx, call, resolve.Project, "from_project", a.FromProject)
	}
	if err == nil {
		w.role, err = c.saidName(ctx, call, resolve.Role, "role", a.Role)
	}
	if err == nil && w.project.ID == "" && slices.Contains([]string{"assign", "hold", "move"}, a.Action) {
		err = missing("project", "Which project?")
	}
	if err == nil && (a.Percent != 0 || a.Role != "") && slices.Contains([]string{"start", "extend", "end", "confirm"}, a.Action) { // a card without them would look as if they were in it
		err = &Error{Code: Invalid, Field: "percent", Message: "This changes neither percent nor role. Please ask for that on its own", Retryable: true}
	}
	return w, err
}

func (c *Company) assignmentEdits(ctx context.Context, call Call, w assignmentWish, person resolve.Entry) ([]store.Edit, error) {
	switch w.Action {
	case "assign", "hold":
		b, err := c.newBooking(call, w, person)
		if err != nil {
			return nil, err
		}
		if same, isThere, err := c.sameDays(ctx, b); err != nil || isThere {
			return changedTo(same, b, err)
		}
		return editsOf(store.NewEdit(store.BookingEntity, b.ID, nil, &b))
	case "move":
		return c.moveEdits(ctx, call, w, person)
	}
	b, days, err := c.bookingOf(ctx, w.project, person, w.Action == "confirm")
	if err != nil {
		return nil, err
	}
	switch w.Action {
	case "extend":
		return c.extendEdits(call, w, person, b, days)
	case "end":
		return c.endEdits(call, w.Period, person, b, days)
	case "start":
		return c.startEdits(call, w.Period, person, b, days)
	case "confirm":
		after := b
		after.Status, after.HoldUntil = store.Confirmed, nil
		return editsOf(store.NewEdit(store.BookingEntity, b.ID, &b, &after))
	}
	return c.changeEdits(call, w, b, days)
}

// sameDays finds a booking of the same person on the same project in exactly the same days:
// who books again after confirming means to correct it ("make it 80 %"), not to book twice.
func (c *Company) sameDays(ctx context.Context, b store.Booking) (store.Booking, bool, error) {
	found, err := c.Store.FindBookings(ctx, store.BookingFilter{UserIDs: []string{b.UserID}, ProjectIDs: []string{b.ProjectID}})
	if err != nil {
		return store.Booking{}, false, err
	}
	for _, f := range found {
		old, err := c.Store.GetBooking(ctx, f.ID)
		if err != nil {
			return store.Booking{}, false, err
		}
		if same(old.StartsAt, b.StartsAt) && same(old.EndsAt, b.EndsAt) && old.Status == b.Status {
			return old, true, nil
		}
	}
	return store.Booking{}, false, nil
}

// changedTo is the edit that makes the old booking like the new one.
func changedTo(old, b store.Booking, err error) ([]store.Edit, error) {
	if err != nil {
		return nil, err
	}
	after := old
	after.Percent, after.HoldUntil = b.Percent, b.HoldUntil
	if b.RoleID != nil {
		after.RoleID = b.RoleID
	}
	return editsOf(store.NewEdit(store.BookingEntity, old.ID, &old, &after))
}

func editsOf(e store.Edit, err error) ([]store.Edit, error) {
	if err != nil {
		return nil, err
	}
	return []store.Edit{e}, nil
}

var startOptions = []string{"from today", "from next Monday", "from next month"}

func (c *Company) newBooking(call Call, w assignmentWish, person resolve.Entry) (store.Booking, error) {
	b := store.Booking{ID: store.NewID(), ProjectID: w.project.ID, UserID: person.ID, Status: store.Confirmed, Percent: w.Percent}
	p, err := c.saidPeriod(call, "period", w.Period, "From when?", c.readable(startOptions)...)
	if err != nil {
		return b, err
	}
	if err := c.saidPercent(call, w.Percent); err != nil {
		return b, err
	}
	b.StartsAt = &p.From
	if last := p.Last(); !p.OpenEnd {
		b.EndsAt = &last
	}
	if w.role.ID != "" {
		b.RoleID = &w.role.ID
	}
	if w.Action == "hold" {
		release, err := c.saidPeriod(call, "release", w.Release, "Until when should the hold stand?", c.readable(releaseOptions)...)
		if err != nil {
			return b, err
		}
		last := release.Last()
		b.Status, b.HoldUntil = store.Tentative, &last
	}
	return b, nil
}

var releaseOptions = []string{"until Friday", "until the end of next week", "until the end of the month"}

// readable keeps the options that the calendar can read, so that a button never leads to
// an answer that is not understood.
func (c *Company) readable(options []string) []string {
	return slices.DeleteFunc(slices.Clone(options), func(o string) bool {
		_, err := c.Calendar.Parse(c.Now(), o)
		return err != nil
	})
}

// bookingOf finds the booking that words are about: the person's on the project, or their
// only one. One that is over is left alone.
func (c *Company) bookingOf(ctx context.Context, project, person resolve.Entry, tentative bool) (store.Booking, civil.Range, error) {
	today := c.today()
	f := store.BookingFilter{UserIDs: []string{person.ID}, Window: civil.Range{From: today, To: today + civil.Date(100*366)}}
	if project.ID != "" {
		f.ProjectIDs = []string{project.ID}
	}
	found, err := c.Store.FindBookings(ctx, f)
	if err != nil {
		return store.Booking{}, civil.Range{}, err
	}
	if tentative {
		found = slices.DeleteFunc(found, func(b store.BookedTime) bool { return b.Status != store.Tentative })
	}
	if len(found) != 1 {
		return store.Booking{}, civil.Range{}, whichBooking(found, project, person, today)
	}
	b, err := c.Store.GetBooking(ctx, found[0].ID)
	return b, daysOf(found[0]), err
}

// noEnd is the day behind a booking that has no end.
var noEnd = civil.Of(2200, 1, 1)

func daysOf(b store.BookedTime) civil.Range {
	r := civil.Range{From: civil.Of(1900, 1, 1), To: noEnd}
	if b.First != nil {
		r.From = *b.First
	}
	if b.Last != nil {
		r.To = *b.Last + 1
	}
	return r
}

func whichBooking(found []store.BookedTime, project, person resolve.Entry, today civil.Date) error {
	where := ""
	if project.ID != "" {
		where = " on " + project.Name
	}
	if len(found) == 0 {
		return &Error{Code: NotFound, Field: "project", Message: fmt.Sprintf("%s has no such booking%s that is not over", person.Name, where), Retryable: true}
	}
	e := &Error{Code: Missing, Field: "project", Retryable: true}
	var facts []string
	for _, b := range found {
		facts = append(facts, busyLine(b).long(today))
		if project.ID == "" && !slices.Contains(e.DidYouMean, b.Project) {
			e.DidYouMean = append(e.DidYouMean, b.Project)
		}
	}
	e.Message = fmt.Sprintf("Which booking of %s%s? %s", person.Name, where, strings.Join(facts, "; "))
	return e
}
