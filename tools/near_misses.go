package tools

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"rollcall/store"
	"rollcall/tools/resolve"
)

// relaxation is one way of asking for less.
type relaxation struct {
	words string // "if Go ≥ 3 instead of ≥ 4"
	query store.PeopleQuery
}

const (
	mostNear  = 4
	nearNames = 3
)

// nearMisses says, when nobody matches, which single restriction to drop or loosen and
// whom that gives, the gentlest first; and who would be free later in the period.
func (c *Company) nearMisses(ctx context.Context, s search) ([]string, error) {
	if s.span.WorkingDays == 0 {
		return nil, nil // nobody is free on a weekend, whatever is relaxed
	}
	misses, err := c.laterInPeriod(ctx, s)
	if err != nil {
		return nil, err
	}
	if misses, err = c.tryOut(ctx, s.relaxations(), misses); err != nil || len(misses) > 0 {
		return misses, err
	}
	return c.tryOut(ctx, s.skillsAlone(), nil)
}

// tryOut asks the relaxed queries until enough of them have found somebody.
func (c *Company) tryOut(ctx context.Context, all []relaxation, misses []string) ([]string, error) {
	for _, r := range all {
		if len(misses) == mostNear {
			break
		}
		r.query.Limit = nearNames
		found, total, err := c.Store.FindPeople(ctx, r.query)
		if err != nil {
			return nil, err
		}
		if total > 0 {
			misses = append(misses, fmt.Sprintf("%s %s (%s)", people(total), r.words, listNames(found, total)))
		}
	}
	return misses, nil
}

// skillsAlone asks for each skill by itself, at any level and time: what is left to say
// when no single restriction stands in the way.
func (s search) skillsAlone() []relaxation {
	var all []relaxation
	for i, need := range s.query.Filter.Skills {
		q := store.PeopleQuery{Window: s.query.Window, Filter: store.PeopleFilter{Skills: []store.SkillNeed{{SkillID: need.SkillID}}}}
		all = append(all, relaxation{fmt.Sprintf("with %s at all", s.skills[i].Name), q})
	}
	return all
}

// laterInPeriod names who is free from some day of the period to its end, though not
// enough of it: "Ana from 15 Dec".
func (c *Company) laterInPeriod(ctx context.Context, s search) ([]string, error) {
	if s.query.Condition != store.Free {
		return nil, nil
	}
	q := s.query
	q.Condition, q.Limit = store.AnyTime, 0
	found, _, err := c.Store.FindPeople(ctx, q)
	if err != nil {
		return nil, err
	}
	found = slices.DeleteFunc(found, func(p store.FoundPerson) bool { return p.FreeFrom == nil })
	slices.SortStableFunc(found, func(a, b store.FoundPerson) int { return int(*a.FreeFrom - *b.FreeFrom) })
	var names []string
	for _, p := range found[:min(nearNames, len(found))] {
		names = append(names, fmt.Sprintf("%s from %s", p.Name, day(*p.FreeFrom, c.today())))
	}
	if len(names) == 0 {
		return nil, nil
	}
	return []string{strings.Join(names, ", ")}, nil
}

// relaxations lists what can be asked less of, the gentlest first.
func (s search) relaxations() []relaxation {
	var all []relaxation
	for i, need := range s.query.Filter.Skills {
		if need.MinLevel > 1 {
			all = append(all, s.lowerLevel(i, need.MinLevel-1))
		}
	}
	if s.query.Condition == store.Free && s.query.MinFreePercent > 20 {
		q := s.query
		q.MinFreePercent = 20
		all = append(all, relaxation{fmt.Sprintf("if 20 %% free is enough instead of %d %%", s.query.MinFreePercent), q})
	}
	if len(s.query.Filter.Skills) > 1 && !s.query.Filter.AnySkill {
		for i := range s.query.Filter.Skills {
			all = append(all, s.withoutSkill(i))
		}
	}
	all = append(all, s.withoutFilter()...)
	if s.query.Condition != store.AnyTime && s.query.Condition != "" {
		q := s.query
		q.Condition = store.AnyTime
		all = append(all, relaxation{"whatever their time", q})
	}
	return all
}

func (s search) lowerLevel(i, level int) relaxation {
	q := s.query
	q.Filter.Skills = slices.Clone(q.Filter.Skills)
	q.Filter.Skills[i].MinLevel = level
	return relaxation{fmt.Sprintf("if %s instead of ≥ %d", needWords(s.skills[i].Name, level), level+1), q}
}

func (s search) withoutSkill(i int) relaxation {
	q := s.query
	q.Filter.Skills = slices.Delete(slices.Clone(q.Filter.Skills), i, i+1)
	return relaxation{"without " + s.skills[i].Name, q}
}

func (s search) withoutFilter() []relaxation {
	var all []relaxation
	for _, f := range []struct {
		kind  resolve.Kind
		clear func(*store.PeopleFilter)
	}{
		{resolve.Location, func(f *store.PeopleFilter) { f.Location = "" }},
		{resolve.Role, func(f *store.PeopleFilter) { f.RoleID = "" }},
		{resolve.Certification, func(f *store.PeopleFilter) { f.CertID = "" }},
		{resolve.Project, func(f *store.PeopleFilter) { f.ProjectID = "" }},
		{resolve.Client, func(f *store.PeopleFilter) { f.ClientID = "" }},
	} {
		if s.words[string(f.kind)] == "" {
			continue
		}
		q := s.query
		f.clear(&q.Filter)
		all = append(all, relaxation{fmt.Sprintf("without %s %s", f.kind, s.words[string(f.kind)]), q})
	}
	return all
}

func listNames(found []store.FoundPerson, total int) string {
	names := make([]string, 0, len(found)+1)
	for _, p := range found {
		names = append(names, p.Name)
	}
	if total > len(found) {
		names = append(names, "…")
	}
	return strings.Join(names, ", ")
}
