package store

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"rollcall/store/civil"
)

// PersonSkill says that a person has a skill, at most once per pair.
type PersonSkill struct {
	bun.BaseModel `bun:"table:user_skill,alias:us" json:"-"`

	ID          string      `bun:"id,pk" json:"id"`
	UserID      string      `bun:"userId" json:"userId"`
	SkillID     string      `bun:"skillId" json:"skillId"`
	AcquiredAt  *civil.Date `bun:"acquiredAt" json:"acquiredAt"`
	Level       *int        `bun:"level" json:"level"` // 1 (beginner) to 5 (expert), nil when nobody said
	ConfirmedBy *string     `bun:"confirmedBy" json:"confirmedBy"`
	ConfirmedAt *time.Time  `bun:"confirmedAt" json:"confirmedAt"`
	UpdatedAt   time.Time   `bun:"updatedAt" json:"updatedAt"` // when level or date were last written
}

// CreatePersonSkill inserts the row, filling an empty id and the times. A pair that exists is ErrConflict; an unknown person or skill is ErrReference.
func (s *Store) CreatePersonSkill(ctx context.Context, row *PersonSkill) error {
	newID(&row.ID)
	row.UpdatedAt = s.Now()
	return insert(ctx, s.write, row)
}

// GetPersonSkill returns the entry with the id, or ErrNotFound.
func (s *Store) GetPersonSkill(ctx context.Context, id string) (PersonSkill, error) {
	return get[PersonSkill](ctx, s.read, id)
}

// UpdatePersonSkill writes all columns of the entry, or returns ErrNotFound.
func (s *Store) UpdatePersonSkill(ctx context.Context, row *PersonSkill) error {
	row.UpdatedAt = s.Now()
	return update(ctx, s.write, row)
}

// DeletePersonSkill removes the entry, or returns ErrNotFound.
func (s *Store) DeletePersonSkill(ctx context.Context, id string) error {
	return remove[PersonSkill](ctx, s.write, id)
}

// GetPersonSkillOf returns the person's entry of the skill, or ErrNotFound.
func (s *Store) GetPersonSkillOf(ctx context.Context, userID, skillID string) (PersonSkill, error) {
	var row PersonSkill
	err := s.read.NewSelect().Model(&row).Where(`"us"."userId" = ? AND "us"."skillId" = ?`, userID, skillID).Scan(ctx)
	return row, translate(err)
}
