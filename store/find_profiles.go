package store

import (
	"context"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"rollcall/store/civil"
)

// Profile is a person with what hangs on them.
type Profile struct {
	Person
	Role           string // the role's name, empty for none
	Skills         []KnownSkill
	Certifications []Holding
	Bookings       []BookedTime // that touch the asked window
	TimeOff        []TimeOff    // that touches the asked window
}

// KnownSkill is a skill in a profile, highest level first.
type KnownSkill struct {
	UserID     string      `bun:"userId"`
	SkillID    string      `bun:"skillId"`
	Name       string      `bun:"name"`
	Level      *int        `bun:"level"`
	AcquiredAt *civil.Date `bun:"acquiredAt"`
	UpdatedAt  time.Time   `bun:"updatedAt"`
}

// BookedTime is a booking with its names and the days that it takes: its own, or its
// project's where it has none.
type BookedTime struct {
	ID        string        `bun:"id"`
	UserID    string        `bun:"userId"`
	Person    string        `bun:"person"`
	ProjectID string        `bun:"projectId"`
	Project   string        `bun:"project"`
	Client    string        `bun:"client"` // the first by name, empty for none
	Role      string        `bun:"role"`   // in the project, empty for none
	Percent   int           `bun:"percent"`
	First     *civil.Date   `bun:"first"` // nil: it was always there
	Last      *civil.Date   `bun:"last"`  // inclusive, nil: open-ended
	Status    BookingStatus `bun:"status"`
	HoldUntil *civil.Date   `bun:"holdUntil"`
}

// FindProfiles returns the profiles of the people with the ids, in the order of the ids;
// an id that nobody has is left out. It runs five statements, whatever the number of ids.
func (s *Store) FindProfiles(ctx context.Context, ids []string, window civil.Range) ([]Profile, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	byID := make(map[string]*Profile, len(ids))
	for _, fill := range []func(context.Context, []string, civil.Range, map[string]*Profile) error{
		s.fillPeople, s.fillSkills, s.fillCertifications, s.fillBookings, s.fillTimeOff,
	} {
		if err := fill(ctx, ids, window, byID); err != nil {
			return nil, fmt.Errorf("find profiles: %w", translate(err))
		}
	}
	profiles := make([]Profile, 0, len(ids))
	for _, id := range ids {
		if p := byID[id]; p != nil {
			profiles = append(profiles, *p)
		}
	}
	return profiles, nil
}

func (s *Store) fillPeople(ctx context.Context, ids []string, _ civil.Range, byID map[string]*Profile) error {
	var rows []struct {
		Person `bun:",extend"`

		Role string `bun:"role"`
	}
	err := s.read.NewSelect().Model(&rows).ModelTableExpr(`"user" AS "u"`).ColumnExpr(`"u".*, COALESCE("r"."name", '') AS "role"`).
		Join(`LEFT JOIN "role" AS "r" ON "r"."id" = "u"."roleId"`).Where(`"u"."id" IN (?)`, bun.List(ids)).Scan(ctx)
	for _, r := range rows {
		byID[r.ID] = &Profile{Person: r.Person, Role: r.Role}
	}
	return err
}

func (s *Store) fillSkills(ctx context.Context, ids []string, _ civil.Range, byID map[string]*Profile) error {
	var rows []KnownSkill
	err := s.read.NewRaw(`SELECT "us"."userId", "us"."skillId", "sk"."name", "us"."level", "us"."acquiredAt", "us"."updatedAt"
FROM "user_skill" AS "us" JOIN "skill" AS "sk" ON "sk"."id" = "us"."skillId"
WHERE "us"."userId" IN (?) ORDER BY COALESCE("us"."level", 0) DESC, "sk"."name"`, bun.List(ids)).Scan(ctx, &rows)
	for _, r := range rows {
		if p := byID[r.UserID]; p != nil {
			p.Skills = append(p.Skills, r)
		}
	}
	return err
}

func (s *Store) fillCertifications(ctx context.Context, ids []string, _ civil.Range, byID map[string]*Profile) error {
	rows, err := s.FindHoldings(ctx, HoldingFilter{UserIDs: ids})
	for _, r := range rows {
		if p := byID[r.UserID]; p != nil {
			p.Certifications = append(p.Certifications, r)
		}
	}
	return err
}

func (s *Store) fillBookings(ctx context.Context, ids []string, window civil.Range, byID map[string]*Profile) error {
	rows, err := s.FindBookings(ctx, BookingFilter{UserIDs: ids, Window: window})
	for _, r := range rows {
		if p := byID[r.UserID]; p != nil {
			p.Bookings = append(p.Bookings, r)
		}
	}
	return err
}

func (s *Store) fillTimeOff(ctx context.Context, ids []string, window civil.Range, byID map[string]*Profile) error {
	rows, err := s.FindTimeOff(ctx, TimeOffFilter{UserIDs: ids, Window: window})
	for _, r := range rows {
		if p := byID[r.UserID]; p != nil {
			p.TimeOff = append(p.TimeOff, r.TimeOff)
		}
	}
	return err
}
