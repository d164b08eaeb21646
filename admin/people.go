package admin

import (
	"context"
	"net/mail"
	"strings"
	"time"

	"rollcall/store"
)

// personView is a person with what was asked for besides.
type personView struct {
	store.Person

	Skills         []store.PersonSkill         `json:"skills,omitempty"`
	Certifications []store.PersonCertification `json:"certifications,omitempty"`
	Bookings       []store.Booking             `json:"bookings,omitempty"`
	TimeOff        []store.TimeOff             `json:"timeOff,omitempty"`
}

func people() resource[store.Person, personView] {
	return resource[store.Person, personView]{
		path: "people", one: "person", entity: store.PersonEntity, about: "Somebody who works here. Deleting somebody deletes what hangs on them; setting active to false is mostly what you want.",
		fields: []field{
			id(), name("name", true),
			{name: "email", kind: text, format: "email", need: true, most: 320, searched: true, doc: "Unique, in lower case."},
			{name: "emailVerified", kind: flag, unset: false},
			{name: "image", kind: text, null: true, most: 2000},
			{name: "access", kind: text, choices: []string{"staff", "manager", "admin"}, unset: "staff"},
			refTo("roleId", store.RoleEntity, false),
			{name: "location", kind: text, null: true, most: nameLength, searched: true},
			{name: "timezone", kind: text, null: true, most: nameLength, doc: "An IANA name."},
			{name: "capacity", kind: number, most: 100, unset: 100, doc: "In percent of full time."},
			{name: "active", kind: flag, unset: true},
			stamp("createdAt"), stamp("updatedAt"),
		},
		view:    func(p store.Person) personView { return personView{Person: p} },
		unique:  []string{"email"},
		prepare: preparePerson,
		expand: map[string]func(ctx context.Context, s *store.Store, rows []personView) error{
			"skills":         hang("userId", func(v *personView, r store.PersonSkill) { v.Skills = append(v.Skills, r) }, func(r store.PersonSkill) string { return r.UserID }),
			"certifications": hang("userId", func(v *personView, r store.PersonCertification) { v.Certifications = append(v.Certifications, r) }, func(r store.PersonCertification) string { return r.UserID }),
			"bookings":       hang("userId", func(v *personView, r store.Booking) { v.Bookings = append(v.Bookings, r) }, func(r store.Booking) string { return r.UserID }),
			"timeOff":        hang("userId", func(v *personView, r store.TimeOff) { v.TimeOff = append(v.TimeOff, r) }, func(r store.TimeOff) string { return r.UserID }),
		},
	}
}

func preparePerson(p *store.Person, _ map[string]any) error {
	p.Email = strings.ToLower(strings.TrimSpace(p.Email))
	if a, err := mail.ParseAddress(p.Email); err != nil || a.Address != p.Email {
		return unprocessable(fieldError("email", "is no e-mail address", p.Email))
	}
	if p.Timezone != nil {
		if _, err := time.LoadLocation(*p.Timezone); err != nil || *p.Timezone == "" || *p.Timezone == "Local" {
			return unprocessable(fieldError("timezone", "is no time zone such as Europe/Berlin", *p.Timezone))
		}
	}
	return nil
}

// id is the row that others hang on.
func (v personView) id() string { return v.ID }

// hang fills what hangs on rows, all rows in one query.
func hang[V interface{ id() string }, R any](column string, add func(v *V, r R), of func(r R) string) func(ctx context.Context, s *store.Store, rows []V) error {
	return func(ctx context.Context, s *store.Store, rows []V) error {
		ids, at := make([]string, 0, len(rows)), make(map[string]*V, len(rows))
		for i := range rows {
			ids = append(ids, rows[i].id())
			at[rows[i].id()] = &rows[i]
		}
		all, err := store.FindHanging[R](ctx, s, column, ids)
		for _, r := range all {
			add(at[of(r)], r)
		}
		return err
	}
}
