package store

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/uptrace/bun"

	"rollcall/store/civil"
)

// SkillNeed asks for a skill. MinLevel 0 takes every level and people without one;
// from 1 on only a recorded level counts.
type SkillNeed struct {
	SkillID  string
	MinLevel int
}

// PeopleFilter says who is looked at. Empty fields ask for nothing; all that are set must
// hold. Only active people are ever found.
type PeopleFilter struct {
	IDs       []string
	Skills    []SkillNeed
	AnySkill  bool   // one of Skills is enough, instead of all
	RoleID    string // the person's own role
	Location  string // exactly as recorded
	CertID    string // holds it, valid on the window's first day
	ProjectID string // is or was booked on it
	ClientID  string // is or was booked on a project of it
}

// Condition says what must hold of a person's time in the window.
type Condition string

// The conditions, as Availability defines them. AnyTime asks for nothing.
const (
	AnyTime    Condition = "any"
	Free       Condition = "free"
	Bench      Condition = "bench"
	RollingOff Condition = "rolling_off"
	Overbooked Condition = "overbooked"
)

// PeopleOrder says who comes first. Ties go by name and then id.
type PeopleOrder string

// The orders. ByAvailability is most free days first, earlier FreeFrom first, except for
// RollingOff (first to roll off first) and Overbooked (most overbooked days first).
// ByLevel is the highest sum of the asked skills' levels first.
const (
	ByAvailability PeopleOrder = "availability"
	ByLevel        PeopleOrder = "level"
	ByName         PeopleOrder = "name"
)

// PeopleQuery asks for people and how free they are.
type PeopleQuery struct {
	Filter         PeopleFilter
	Window         civil.Range // half-open, not empty
	MinFreePercent int
	Condition      Condition   // "" is AnyTime
	Order          PeopleOrder // "" is ByAvailability
	Limit          int         // 0 is no limit
}

// FoundPerson is one result of FindPeople.
type FoundPerson struct {
	Availability
	ID       string
	Name     string
	Capacity int
	Levels   int // the sum of the asked skills' levels when ordered by level, else 0
}

// FindPeople returns the people who match, at most Limit of them, and how many match in
// all. It runs one statement, whatever the number of people. No match is an empty slice
// and 0; an empty window is ErrInvalid.
func (s *Store) FindPeople(ctx context.Context, q PeopleQuery) ([]FoundPerson, int, error) {
	if q.Window.Days() == 0 {
		return nil, 0, fmt.Errorf("%w: the window has no days", ErrInvalid)
	}
	m := newMeter(q.Window, q.MinFreePercent)
	crowd, err := s.loadCrowd(ctx, q, m.reach())
	if err != nil {
		return nil, 0, fmt.Errorf("find people: %w", translate(err))
	}
	found := make([]FoundPerson, 0, len(crowd.people))
	for i := range crowd.people {
		p := crowd.measure(m, i)
		if q.holds(p) {
			found = append(found, p)
		}
	}
	slices.SortFunc(found, q.compare)
	total := len(found)
	if q.Limit > 0 && total > q.Limit {
		found = slices.Clip(found[:q.Limit])
	}
	return found, total, nil
}

func (q PeopleQuery) holds(p FoundPerson) bool {
	switch q.Condition {
	case Free:
		return p.IsFree(q.MinFreePercent)
	case Bench:
		return p.IsOnBench()
	case RollingOff:
		return p.RollsOff != nil
	case Overbooked:
		return p.OverbookedDays > 0
	case AnyTime:
	}
	return true
}

func (q PeopleQuery) compare(a, b FoundPerson) int {
	order := 0
	switch {
	case q.Order == ByLevel:
		order = b.Levels - a.Levels
	case q.Order == ByName:
	case q.Condition == RollingOff:
		order = int(*a.RollsOff - *b.RollsOff)
	case q.Condition == Overbooked:
		order = b.OverbookedDays - a.OverbookedDays
	}
	if order == 0 && q.Order != ByName {
		order = compareFree(a, b)
	}
	if order == 0 {
		order = strings.Compare(a.Name, b.Name)
	}
	if order == 0 {
		order = strings.Compare(a.ID, b.ID)
	}
	return order
}

func compareFree(a, b FoundPerson) int {
	if a.FreePercentDays != b.FreePercentDays {
		return b.FreePercentDays - a.FreePercentDays
	}
	switch {
	case a.FreeFrom == nil && b.FreeFrom == nil:
		return 0
	case a.FreeFrom == nil:
		return 1
	case b.FreeFrom == nil:
		return -1
	}
	return int(*a.FreeFrom - *b.FreeFrom)
}

// candidates selects who is looked at: id, name, capacity and, for ByLevel, levels.
func (s *Store) candidates(q PeopleQuery) *bun.SelectQuery {
	f := q.Filter
	sel := s.read.NewSelect().TableExpr(`"user" AS "u"`).ColumnExpr(`"u"."id", "u"."name", "u"."capacity"`).Where(`"u"."active"`)
	if q.Order == ByLevel && len(f.Skills) > 0 {
		sel.ColumnExpr(`(SELECT COALESCE(SUM("us"."level"), 0) FROM "user_skill" AS "us" WHERE "us"."userId" = "u"."id" AND "us"."skillId" IN (?)) AS "levels"`,
			bun.List(skillIDs(f.Skills)))
	} else {
		sel.ColumnExpr(`0 AS "levels"`)
	}
	if f.IDs != nil {
		sel.Where(`"u"."id" IN (?)`, bun.List(append([]string{""}, f.IDs...)))
	}
	if f.RoleID != "" {
		sel.Where(`"u"."roleId" = ?`, f.RoleID)
	}
	if f.Location != "" {
		sel.Where(`"u"."location" = ?`, f.Location)
	}
	if len(f.Skills) > 0 {
		sel.Where(`"u"."id" IN (?)`, s.skilled(f))
	}
	s.whereHistory(sel, q)
	return sel
}

func (s *Store) whereHistory(sel *bun.SelectQuery, q PeopleQuery) {
	f := q.Filter
	if f.CertID != "" {
		sel.Where(`EXISTS (SELECT 1 FROM "user_certification" AS "uc" WHERE "uc"."userId" = "u"."id" AND "uc"."certId" = ? AND ("uc"."expiresAt" IS NULL OR "uc"."expiresAt" >= ?))`,
			f.CertID, q.Window.From)
	}
	if f.ProjectID != "" {
		sel.Where(`EXISTS (SELECT 1 FROM "project_user" AS "h" WHERE "h"."userId" = "u"."id" AND "h"."projectId" = ?)`, f.ProjectID)
	}
	if f.ClientID != "" {
		sel.Where(`EXISTS (SELECT 1 FROM "project_user" AS "h" JOIN "client_project" AS "cp" ON "cp"."projectId" = "h"."projectId" WHERE "h"."userId" = "u"."id" AND "cp"."clientId" = ?)`, f.ClientID)
	}
}

// skilled selects the ids of the people who have all the skills (or any), each at its
// own level. INTERSECT stays fast where a common skill meets a rare one.
func (s *Store) skilled(f PeopleFilter) *bun.SelectQuery {
	var all *bun.SelectQuery
	for _, need := range f.Skills {
		arm := s.read.NewSelect().Table("user_skill").Column("userId").Where(`"skillId" = ?`, need.SkillID)
		if need.MinLevel > 0 {
			arm.Where(`"level" >= ?`, need.MinLevel)
		}
		switch {
		case all == nil:
			all = arm
		case f.AnySkill:
			all.UnionAll(arm)
		default:
			all.Intersect(arm)
		}
	}
	return all
}

func skillIDs(needs []SkillNeed) []string {
	ids := make([]string, len(needs))
	for i, n := range needs {
		ids[i] = n.SkillID
	}
	return ids
}
