package store

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/uptrace/bun"
)

// Skill is something that people know.
type Skill struct {
	bun.BaseModel `bun:"table:skill,alias:sk" json:"-"`

	ID          string    `bun:"id,pk" json:"id"`
	Name        string    `bun:"name" json:"name"` // unique
	Description *string   `bun:"description" json:"description"`
	CreatedAt   time.Time `bun:"createdAt" json:"createdAt"`
	UpdatedAt   time.Time `bun:"updatedAt" json:"updatedAt"`
	Aliases     []string  `bun:"aliases,type:jsonb" json:"aliases"` // other names that people use for it, never nil
}

// CreateSkill inserts the row, filling an empty id and the times. A name in use is ErrConflict.
func (s *Store) CreateSkill(ctx context.Context, row *Skill) error {
	newID(&row.ID)
	row.CreatedAt, row.UpdatedAt = s.Now(), s.Now()
	return insert(ctx, s.write, row)
}

// GetSkill returns the skill with the id, or ErrNotFound.
func (s *Store) GetSkill(ctx context.Context, id string) (Skill, error) {
	return get[Skill](ctx, s.read, id)
}

// UpdateSkill writes all columns of the skill, or returns ErrNotFound.
func (s *Store) UpdateSkill(ctx context.Context, row *Skill) error {
	row.UpdatedAt = s.Now()
	return update(ctx, s.write, row)
}

// DeleteSkill removes the skill. A skill that somebody has is ErrReference, none is ErrNotFound.
func (s *Store) DeleteSkill(ctx context.Context, id string) error {
	return remove[Skill](ctx, s.write, id)
}

// GetSkillByName returns the skill of the name or alias, compared without case, or ErrNotFound.
func (s *Store) GetSkillByName(ctx context.Context, name string) (Skill, error) {
	var all []Skill
	if err := s.read.NewSelect().Model(&all).OrderExpr(`"sk"."name"`).Scan(ctx); err != nil {
		return Skill{}, translate(err)
	}
	for _, k := range all {
		if strings.EqualFold(k.Name, name) || slices.ContainsFunc(k.Aliases, func(a string) bool { return strings.EqualFold(a, name) }) {
			return k, nil
		}
	}
	return Skill{}, fmt.Errorf("skill %q: %w", name, ErrNotFound)
}
