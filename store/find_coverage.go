package store

import (
	"context"
	"fmt"

	"github.com/uptrace/bun"
)

// Coverage is how many active people know a skill.
type Coverage struct {
	SkillID string
	Name    string
	People  int
	Levels  [6]int // people by level 1 to 5; Levels[0] counts those without a level
}

// CoverageFilter says whom to count. Empty fields ask for nothing.
type CoverageFilter struct {
	SkillIDs []string
	MinLevel int // from 1 on only a recorded level counts
	RoleID   string
	Location string
}

// FindCoverage returns the skills by name, each with the number of people who know it. A
// skill that nobody knows is there with 0.
func (s *Store) FindCoverage(ctx context.Context, f CoverageFilter) ([]Coverage, error) {
	var rows []struct {
		ID, Name string
		Level    int
		People   int
	}
	known := s.read.NewSelect().TableExpr(`"user_skill" AS "us"`).ColumnExpr(`"us"."skillId", "us"."level"`).
		Join(`JOIN "user" AS "u" ON "u"."id" = "us"."userId" AND "u"."active"`)
	if f.MinLevel > 0 {
		known.Where(`"us"."level" >= ?`, f.MinLevel)
	}
	if f.RoleID != "" {
		known.Where(`"u"."roleId" = ?`, f.RoleID)
	}
	if f.Location != "" {
		known.Where(`"u"."location" = ?`, f.Location)
	}
	sel := s.read.NewSelect().TableExpr(`"skill" AS "sk"`).Join(`LEFT JOIN (?) AS "k" ON "k"."skillId" = "sk"."id"`, known).
		ColumnExpr(`"sk"."id", "sk"."name", COALESCE("k"."level", 0) AS "level", COUNT("k"."skillId") AS "people"`).
		GroupExpr(`"sk"."id", "sk"."name", COALESCE("k"."level", 0)`).OrderExpr(`"sk"."name", "sk"."id"`)
	if f.SkillIDs != nil {
		sel.Where(`"sk"."id" IN (?)`, bun.List(append([]string{""}, f.SkillIDs...)))
	}
	if err := sel.Scan(ctx, &rows); err != nil {
		return nil, fmt.Errorf("count skills: %w", translate(err))
	}
	var all []Coverage
	for _, r := range rows {
		if n := len(all); n == 0 || all[n-1].SkillID != r.ID {
			all = append(all, Coverage{SkillID: r.ID, Name: r.Name})
		}
		c := &all[len(all)-1]
		c.People += r.People
		c.Levels[r.Level] += r.People
	}
	return all, nil
}
