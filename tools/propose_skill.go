package tools

import (
	"context"
	"errors"
	"fmt"

	"rollcall/proposal"
	"rollcall/store"
	"rollcall/tools/resolve"
)

type proposeSkillArgs struct {
	Action string          `json:"action" need:"true" enum:"set,remove,confirm" jsonschema:"confirm: a manager vouches for it"`
	Person string          `json:"person" jsonschema:"null for the user"`
	Skills []skillLevelArg `json:"skills" need:"true" jsonschema:"up to 5"`
}

type skillLevelArg struct {
	Name  string `json:"name" need:"true"`
	Level int    `json:"level" jsonschema:"1 to 5, only if the user says it"`
}

func proposeSkill(c *Company) Tool {
	return defineProposal("propose_skill", "Prepare recording, changing, removing or confirming skills of the user or of somebody else. The user confirms it by a button.",
		func(ctx context.Context, call Call, a proposeSkillArgs) (Result, error) {
			if err := tooMany(len(a.Skills), "skills"); err != nil {
				return nil, err
			}
			people, err := c.saidPeople(ctx, call, "person", nonEmpty(a.Person), true)
			if err != nil {
				return nil, err
			}
			if a.Action == "confirm" && (!call.Asker.May(store.Manager) || people[0].ID == call.Asker.ID) { // of their own it would be no confirmation
				return nil, c.denied(ctx, call, "confirm these skills")
			}
			var edits []store.Edit
			for _, k := range a.Skills {
				e, err := c.skillEdit(ctx, call, a.Action, people[0], k)
				if err != nil {
					return nil, err
				}
				edits = append(edits, e)
			}
			return c.propose(ctx, call, proposal.Skill, edits...)
		})
}

func nonEmpty(s string) []string {
	if s == "" {
		return nil
	}
	return []string{s}
}

func (c *Company) skillEdit(ctx context.Context, call Call, action string, person resolve.Entry, k skillLevelArg) (store.Edit, error) {
	skill, err := c.saidName(ctx, call, resolve.Skill, "skills", k.Name)
	if err != nil {
		return store.Edit{}, err
	}
	if skill.ID == "" {
		return store.Edit{}, missing("skills", "Which skill?")
	}
	if err = saidLevel(call, k.Level); err != nil {
		return store.Edit{}, err
	}
	var before *store.PersonSkill
	row, err := c.Store.GetPersonSkillOf(ctx, person.ID, skill.ID)
	switch {
	case err == nil:
		before = &row
	case !errors.Is(err, store.ErrNotFound):
		return store.Edit{}, err
	case action != "set":
		return store.Edit{}, &Error{Code: NotFound, Field: "skills", Message: fmt.Sprintf("%s has not recorded %s", person.Name, skill.Name), Retryable: true}
	}
	if action == "remove" {
		return store.NewEdit(store.PersonSkillEntity, before.ID, before, nil)
	}
	after := c.skillAfter(call, person, skill, before, k.Level)
	if before != nil && levelOf(before.Level) == levelOf(after.Level) && (before.ConfirmedBy != nil || after.ConfirmedBy == nil) {
		return store.Edit{}, &Error{Code: Invalid, Field: "skills", Message: skill.Name + " is recorded like that already"}
	}
	return store.NewEdit(store.PersonSkillEntity, after.ID, before, &after)
}

// skillAfter is the row as it shall be. What a manager says of somebody else counts as
// confirmed; what people say of themselves does not.
func (c *Company) skillAfter(call Call, person, skill resolve.Entry, before *store.PersonSkill, level int) store.PersonSkill {
	after := store.PersonSkill{ID: store.NewID(), UserID: person.ID, SkillID: skill.ID, UpdatedAt: c.Store.Now()}
	if before != nil {
		after = *before
	}
	if level > 0 {
		after.Level = &level
	}
	after.ConfirmedBy, after.ConfirmedAt = nil, nil
	if a := call.Asker; a.ID != "" && a.ID != person.ID && a.May(store.Manager) {
		now := c.Store.Now()
		after.ConfirmedBy, after.ConfirmedAt = &a.ID, &now
	}
	return after
}

func levelOf(l *int) int {
	if l == nil {
		return 0
	}
	return *l
}

func saidLevel(call Call, level int) error {
	switch {
	case level == 0:
		return nil
	case level < 1 || level > 5:
		return &Error{Code: Invalid, Field: "skills", Message: fmt.Sprintf("A level is 1 to 5, not %d", level), Retryable: true}
	case !vocabularyOf(call.Asker.Words).hasNumber(level):
		return notSaid("skills", "Which level, from 1 (beginner) to 5 (expert)?", "level 1", "level 2", "level 3", "level 4", "level 5")
	}
	return nil
}
