package proposal

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"rollcall/store"
	"rollcall/store/civil"
)

// facts are a draft's edits, read, with the names of what they are about as they are
// before the change.
type facts struct {
	draft     Draft
	today     civil.Date
	bookings  []pair[store.Booking]
	skills    []pair[store.PersonSkill]
	certs     []pair[store.PersonCertification]
	timeOff   []pair[store.TimeOff]
	projects  []pair[store.Project]
	clients   []pair[store.ClientProject]
	details   []pair[json.RawMessage]
	documents documents

	people  map[string]store.Person
	project map[string]store.Project // also those that the draft makes
	names   map[string]string        // of roles, skills, certifications and clients, by id
}

// pair is one row before and after; nil is none.
type pair[T any] struct {
	id            string
	before, after *T
}

// any returns the row after the change, or the one before when it goes.
func (p pair[T]) any() T {
	if p.after != nil {
		return *p.after
	}
	return *p.before
}

func read[T any](into *[]pair[T], e store.Edit) error {
	p := pair[T]{id: e.ID}
	for _, side := range []struct {
		text json.RawMessage
		to   **T
	}{{e.Before, &p.before}, {e.After, &p.after}} {
		if side.text == nil {
			continue
		}
		*side.to = new(T)
		if err := json.Unmarshal(side.text, *side.to); err != nil {
			return fmt.Errorf("read an edit of %s: %w", e.Entity, err)
		}
	}
	*into = append(*into, p)
	return nil
}

func (c Config) facts(ctx context.Context, tx *store.Store, d Draft) (*facts, error) {
	f := &facts{draft: d, today: c.Today(), people: map[string]store.Person{}, project: map[string]store.Project{}, names: map[string]string{}}
	for _, e := range d.Edits {
		if err := f.read(e); err != nil {
			return nil, err
		}
	}
	if len(f.bookings)+len(f.skills)+len(f.certs)+len(f.timeOff) > MaxRows {
		return nil, invalid("One card is about at most %d people or things. Please say it in parts.", MaxLines)
	}
	if err := f.fill(ctx, tx); err != nil {
		return nil, err
	}
	return f, f.checkDays()
}

// checkDays refuses a booking that would have no day: its project's other end may lie
// before its own, and what nobody would ever work is no booking to confirm.
func (f *facts) checkDays() error {
	for _, b := range f.bookings {
		if b.after == nil || f.days(*b.after).Days() > 0 || b.before != nil && f.days(*b.before).Days() == 0 {
			continue
		}
		p := f.project[b.after.ProjectID]
		switch {
		case p.EndedAt != nil && b.after.StartsAt != nil && b.after.EndsAt == nil:
			return invalid("%s ends on %s, before a booking from %s on would begin. Please say until when, or which other days.", p.Name, f.day(*p.EndedAt), f.day(*b.after.StartsAt))
		case p.StartedAt != nil && b.after.EndsAt != nil && b.after.StartsAt == nil:
			return invalid("%s begins on %s, after a booking until %s would end. Please say from when, or which other days.", p.Name, f.day(*p.StartedAt), f.day(*b.after.EndsAt))
		}
		return invalid("That booking would end before it begins.")
	}
	return nil
}

func (f *facts) read(e store.Edit) error {
	switch e.Entity {
	case store.BookingEntity:
		return read(&f.bookings, e)
	case store.PersonSkillEntity:
		return read(&f.skills, e)
	case store.PersonCertificationEntity:
		return read(&f.certs, e)
	case store.TimeOffEntity:
		return read(&f.timeOff, e)
	case store.ProjectEntity:
		return read(&f.projects, e)
	case store.ClientProjectEntity:
		return read(&f.clients, e)
	case DetailsEntity:
		return read(&f.details, e)
	}
	return fmt.Errorf("no proposal changes %q", e.Entity)
}

// fill looks the names up. A card has few lines, so that one look-up each will do.
func (f *facts) fill(ctx context.Context, tx *store.Store) error {
	for _, p := range f.projects {
		f.project[p.id] = p.any()
	}
	for _, id := range f.personIDs() {
		p, err := tx.GetPerson(ctx, id)
		if err == nil && !p.Active {
			return invalid("%s is not active.", p.Name)
		}
		if err != nil {
			return missing(err, "The person is not there any more.")
		}
		f.people[id] = p
	}
	for _, id := range f.projectIDs() {
		if _, known := f.project[id]; known {
			continue
		}
		p, err := tx.GetProject(ctx, id)
		if err != nil {
			return missing(err, "The project is not there any more.")
		}
		f.project[id] = p
	}
	return f.fillNames(ctx, tx)
}

func missing(err error, sentence string) error {
	if errors.Is(err, store.ErrNotFound) {
		return &InvalidError{Sentence: sentence}
	}
	return err
}

func (f *facts) fillNames(ctx context.Context, tx *store.Store) error {
	named := func(id string, name string, err error) error {
		f.names[id] = name
		return missing(err, "Something that the change names is not there any more.")
	}
	for _, b := range f.bookings {
		for _, row := range []*store.Booking{b.before, b.after} {
			if row == nil || row.RoleID == nil {
				continue
			}
			r, err := tx.GetRole(ctx, *row.RoleID)
			if err = named(r.ID, r.Name, err); err != nil {
				return err
			}
		}
	}
	for _, k := range f.skills {
		s, err := tx.GetSkill(ctx, k.any().SkillID)
		if err = named(s.ID, s.Name, err); err != nil {
			return err
		}
	}
	for _, k := range f.certs {
		s, err := tx.GetCertification(ctx, k.any().CertID)
		if err = named(s.ID, s.Name, err); err != nil {
			return err
		}
	}
	for _, k := range f.clients {
		s, err := tx.GetClient(ctx, k.any().ClientID)
		if err = named(s.ID, s.Name, err); err != nil {
			return err
		}
	}
	return nil
}

// personIDs are the people that the edits are about, in order.
func (f *facts) personIDs() []string {
	var ids []string
	for _, b := range f.bookings {
		ids = append(ids, b.any().UserID)
	}
	for _, s := range f.skills {
		ids = append(ids, s.any().UserID)
	}
	for _, c := range f.certs {
		ids = append(ids, c.any().UserID)
	}
	for _, t := range f.timeOff {
		ids = append(ids, t.any().UserID)
	}
	return distinct(ids)
}

func (f *facts) projectIDs() []string {
	var ids []string
	for _, e := range f.draft.Edits {
		ids = append(ids, projectOf(e))
	}
	return distinct(ids)
}

// distinct drops what is empty or was there before.
func distinct(all []string) []string {
	var kept []string
	for _, s := range all {
		if s != "" && !slices.Contains(kept, s) {
			kept = append(kept, s)
		}
	}
	return kept
}

// projectOf is the project that an edit is about, or nothing.
func projectOf(e store.Edit) string {
	if e.Entity == DetailsEntity || e.Entity == store.ProjectEntity {
		return e.ID
	}
	row := e.After
	if row == nil {
		row = e.Before
	}
	var of struct {
		ProjectID string `json:"projectId"`
	}
	if json.Unmarshal(row, &of) != nil {
		return ""
	}
	return of.ProjectID
}

// days are the days that a booking takes: its own, or its project's. What has no end is
// open, with the last day that there is.
func (f *facts) days(b store.Booking) civil.Range {
	p := f.project[b.ProjectID]
	first, last := earliest, latest
	for _, d := range []*civil.Date{p.StartedAt, b.StartsAt} {
		if d != nil {
			first = *d
		}
	}
	for _, d := range []*civil.Date{p.EndedAt, b.EndsAt} {
		if d != nil {
			last = *d
		}
	}
	return civil.Range{From: first, To: last + 1}
}

var earliest, latest = civil.Of(1900, 1, 1), civil.Of(2199, 12, 31)
