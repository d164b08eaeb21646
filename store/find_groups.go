package store

import (
	"context"
	"fmt"

	"rollcall/store/civil"
)

// GroupBy says what people are grouped by.
type GroupBy string

// The groups that a person belongs to.
const (
	ByRole     GroupBy = "role"
	ByLocation GroupBy = "location"
	BySkill    GroupBy = "skill" // a person is in the group of every skill they have
)

// FindGroups returns the names of the groups that each active person belongs to, by the
// person's id. A person without one is missing from the map.
func (s *Store) FindGroups(ctx context.Context, by GroupBy) (map[string][]string, error) {
	statements := map[GroupBy]string{
		ByRole:     `SELECT "u"."id", "r"."name" FROM "user" AS "u" JOIN "role" AS "r" ON "r"."id" = "u"."roleId" WHERE "u"."active"`,
		ByLocation: `SELECT "u"."id", "u"."location" AS "name" FROM "user" AS "u" WHERE "u"."active" AND "u"."location" IS NOT NULL`,
		BySkill: `SELECT "u"."id", "sk"."name" FROM "user" AS "u" JOIN "user_skill" AS "us" ON "us"."userId" = "u"."id"
JOIN "skill" AS "sk" ON "sk"."id" = "us"."skillId" WHERE "u"."active"`,
	}
	var rows []struct{ ID, Name string }
	if err := s.read.NewRaw(statements[by]+` ORDER BY 1, 2`).Scan(ctx, &rows); err != nil {
		return nil, fmt.Errorf("find groups: %w", translate(err))
	}
	groups := make(map[string][]string, len(rows))
	for _, r := range rows {
		groups[r.ID] = append(groups[r.ID], r.Name)
	}
	return groups, nil
}

// Week is a stretch of days with how free somebody is in it.
type Week struct {
	civil.Range
	Availability
}

// FindWeeks returns the availability of the person for each of the ranges, in their
// order. The ranges must follow each other without gaps. Nobody active with the id is
// ErrNotFound.
func (s *Store) FindWeeks(ctx context.Context, userID string, weeks []civil.Range, minFreePercent int) ([]Week, error) {
	if len(weeks) == 0 {
		return nil, nil
	}
	window := civil.Range{From: weeks[0].From, To: weeks[len(weeks)-1].To}
	q := PeopleQuery{Filter: PeopleFilter{IDs: []string{userID}}, Window: window}
	crowd, err := s.loadCrowd(ctx, q, newMeter(window, minFreePercent).reach())
	if err != nil {
		return nil, fmt.Errorf("find weeks: %w", translate(err))
	}
	if len(crowd.people) == 0 {
		return nil, fmt.Errorf("find weeks: %w", ErrNotFound)
	}
	found := make([]Week, 0, len(weeks))
	for _, w := range weeks {
		found = append(found, Week{Range: w, Availability: crowd.measure(newMeter(w, minFreePercent), 0).Availability})
	}
	return found, nil
}
