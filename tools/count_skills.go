package tools

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"

	"rollcall/store"
	"rollcall/tools/resolve"
)

type countSkillsArgs struct {
	Skills   []string `json:"skills" jsonschema:"null for every skill, rarest first"`
	MinLevel int      `json:"min_level" jsonschema:"1 to 5"`
	Location string   `json:"location"`
	Role     string   `json:"role"`
	Limit    int      `json:"limit"`
}

// CoverageResult is how many people know which skill.
type CoverageResult struct {
	Asked  []string       `json:"asked,omitempty"`
	People int            `json:"people_in_company"`
	Total  int            `json:"total"`
	Shown  int            `json:"shown"`
	Skills []CoverageLine `json:"skills"`
	every  bool
}

// CoverageLine is one skill. Levels counts people by level, 1 first; Unrated those without one.
type CoverageLine struct {
	Name    string `json:"name"`
	People  int    `json:"people"`
	Levels  [5]int `json:"levels"`
	Unrated int    `json:"unrated,omitempty"`
}

func countSkills(c *Company) Tool {
	return define("count_skills", "Count how many people know a skill, by level; without skills, which are rare. Use find_people for who they are.",
		func(ctx context.Context, call Call, a countSkillsArgs) (Result, error) {
			if a.MinLevel < 0 || a.MinLevel > 5 {
				return nil, &Error{Code: Invalid, Field: "min_level", Message: fmt.Sprintf("min_level must be 1 to 5, got %d", a.MinLevel), Retryable: true}
			}
			f := store.CoverageFilter{MinLevel: a.MinLevel}
			for i, name := range a.Skills {
				entry, err := c.resolve(ctx, call, resolve.Skill, fmt.Sprintf("skills[%d]", i), name)
				if err != nil {
					return nil, err
				}
				if entry.ID != "" {
					f.SkillIDs = append(f.SkillIDs, entry.ID)
				}
			}
			r := &CoverageResult{every: len(f.SkillIDs) == 0, Skills: []CoverageLine{}}
			var err error
			r.Asked, err = c.resolveAll(ctx, call, said{resolve.Location, a.Location, &f.Location}, said{resolve.Role, a.Role, &f.RoleID})
			if err != nil {
				return nil, err
			}
			if a.MinLevel > 0 {
				r.Asked = append(r.Asked, fmt.Sprintf("level ≥ %d", a.MinLevel))
			}
			return r, c.fillCoverage(ctx, r, f, a.Limit)
		})
}

func (c *Company) fillCoverage(ctx context.Context, r *CoverageResult, f store.CoverageFilter, limit int) error {
	n, err := c.Store.CountPeople(ctx)
	if err != nil {
		return err
	}
	found, err := c.Store.FindCoverage(ctx, f)
	if err != nil {
		return err
	}
	slices.SortStableFunc(found, func(a, b store.Coverage) int { return cmp.Compare(a.People, b.People) })
	r.People, r.Total = int(n), len(found)
	for _, s := range found[:min(rows(limit), len(found))] {
		line := CoverageLine{Name: s.Name, People: s.People, Unrated: s.Levels[0]}
		copy(line.Levels[:], s.Levels[1:])
		r.Skills = append(r.Skills, line)
	}
	r.Shown = len(r.Skills)
	return nil
}

// View shows the skills as a table of levels.
func (r *CoverageResult) View() View {
	v := View{Headline: r.headline(), Columns: []string{"Skill", "People", "Level 1", "2", "3", "4", "5", "Unrated"}}
	for _, s := range r.Skills {
		row := []string{s.Name, strconv.Itoa(s.People)}
		for _, n := range s.Levels {
			row = append(row, blankZero(n, ""))
		}
		v.Rows = append(v.Rows, append(row, blankZero(s.Unrated, "")))
	}
	if r.Shown < r.Total {
		v.Notes = append(v.Notes, fmt.Sprintf("Showing the rarest %d of %d skills.", r.Shown, r.Total))
	}
	return v
}

func (r *CoverageResult) headline() string {
	with := inBrackets(r.Asked)
	switch {
	case r.every:
		return fmt.Sprintf("Skills by how many of %s know them%s.", people(r.People), with)
	case len(r.Skills) == 1 && r.Skills[0].People == 1:
		return fmt.Sprintf("1 of %s knows %s%s.", people(r.People), r.Skills[0].Name, with)
	case len(r.Skills) == 1:
		return fmt.Sprintf("%d of %s know %s%s.", r.Skills[0].People, people(r.People), r.Skills[0].Name, with)
	}
	return fmt.Sprintf("How many of %s know each%s.", people(r.People), with)
}
