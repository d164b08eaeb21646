package store

import (
	"context"
	"time"

	"github.com/uptrace/bun"
)

// Access is what a person may do in Rollcall.
type Access string

// The three accesses, from least to most.
const (
	Staff   Access = "staff"
	Manager Access = "manager"
	Admin   Access = "admin"
)

// Person is a row of the table "user": somebody who works here, or an account of the web
// application that shares the database.
type Person struct {
	bun.BaseModel `bun:"table:user,alias:u" json:"-"`

	ID            string    `bun:"id,pk" json:"id"`
	Name          string    `bun:"name" json:"name"`
	Email         string    `bun:"email" json:"email"` // unique, lower case
	EmailVerified bool      `bun:"emailVerified" json:"emailVerified"`
	Image         *string   `bun:"image" json:"image"`
	CreatedAt     time.Time `bun:"createdAt" json:"createdAt"`
	UpdatedAt     time.Time `bun:"updatedAt" json:"updatedAt"`
	Access        Access    `bun:"access" json:"access"`
	RoleID        *string   `bun:"roleId" json:"roleId"`
	Location      *string   `bun:"location" json:"location"`
	Timezone      *string   `bun:"timezone" json:"timezone"` // an IANA name
	Capacity      int       `bun:"capacity" json:"capacity"` // percent of full time, 0 to 100
	Active        bool      `bun:"active" json:"active"`     // false: has left; no query about people finds them
}

// CreatePerson inserts the person, filling an empty id and the times. An e-mail address
// that somebody has is ErrConflict; an unknown role is ErrReference.
func (s *Store) CreatePerson(ctx context.Context, p *Person) error {
	newID(&p.ID)
	p.CreatedAt, p.UpdatedAt = s.Now(), s.Now()
	return insert(ctx, s.write, p)
}

// GetPerson returns the person with the id, active or not, or ErrNotFound.
func (s *Store) GetPerson(ctx context.Context, id string) (Person, error) {
	return get[Person](ctx, s.read, id)
}

// GetPersonByEmail returns the person with the address, compared without case, or ErrNotFound.
func (s *Store) GetPersonByEmail(ctx context.Context, email string) (Person, error) {
	var p Person
	err := s.read.NewSelect().Model(&p).Where(`"u"."email" = LOWER(?)`, email).Scan(ctx)
	return p, translate(err)
}

// UpdatePerson writes all columns of the person and a new updatedAt, or returns ErrNotFound.
func (s *Store) UpdatePerson(ctx context.Context, p *Person) error {
	p.UpdatedAt = s.Now()
	return update(ctx, s.write, p)
}

// DeletePerson removes the person with everything that is theirs: skills, certificates,
// bookings, time off, sessions and accounts. Nobody there is ErrNotFound.
func (s *Store) DeletePerson(ctx context.Context, id string) error {
	return remove[Person](ctx, s.write, id)
}

// CountPeople returns the number of active people.
func (s *Store) CountPeople(ctx context.Context) (int64, error) {
	n, err := s.read.NewSelect().Model((*Person)(nil)).Where(`"u"."active"`).Count(ctx)
	return n, translate(err)
}

// FindManagers returns active managers, and admins after them, by name, without the person
// of the id: whom somebody may turn to.
func (s *Store) FindManagers(ctx context.Context, without string, limit int) ([]Person, error) {
	var all []Person
	err := s.read.NewSelect().Model(&all).Where(`"u"."active" AND "u"."access" IN (?, ?) AND "u"."id" <> ?`, Manager, Admin, without).
		OrderExpr(`CASE "u"."access" WHEN 'manager' THEN 0 ELSE 1 END, "u"."name", "u"."id"`).Limit(int64(limit)).Scan(ctx)
	return all, translate(err)
}
