package proposal

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"rollcall/store"
)

// may checks who may make the edits, by the table of rights: managers and admins all of
// them, staff their own skills, certificates and time off, and nobody confirms a skill of
// their own. The error is a *DeniedError that says who may.
func (c Config) may(ctx context.Context, tx *store.Store, by Person, edits []store.Edit) error {
	for _, e := range edits {
		allowed, err := allows(by, e)
		if err != nil {
			return err
		}
		if !allowed {
			return c.denied(ctx, tx, by, e)
		}
	}
	return nil
}

func allows(by Person, e store.Edit) (bool, error) {
	for i, side := range []json.RawMessage{e.Before, e.After} {
		if side == nil {
			continue
		}
		var row struct {
			UserID      string  `json:"userId"`
			ConfirmedBy *string `json:"confirmedBy"`
		}
		if err := json.Unmarshal(side, &row); err != nil {
			return false, fmt.Errorf("read an edit of %s: %w", e.Entity, err)
		}
		own := by.ID != "" && row.UserID == by.ID
		isNew := i == 1
		switch {
		case isNew && row.ConfirmedBy != nil && own:
			return false, nil
		case isManager(by):
		case !own || !isPersonal(e.Entity) || isNew && row.ConfirmedBy != nil:
			return false, nil
		}
	}
	return true, nil
}

func isManager(p Person) bool { return p.Access == store.Manager || p.Access == store.Admin }

// isPersonal reports whether rows of the entity are kept current by whom they are about.
func isPersonal(entity string) bool {
	switch entity {
	case store.PersonSkillEntity, store.PersonCertificationEntity, store.TimeOffEntity:
		return true
	}
	return false
}

var deeds = map[string]string{
	store.BookingEntity: "change who is on a project", store.ProjectEntity: "change projects", store.ClientProjectEntity: "change projects", DetailsEntity: "change projects",
	store.PersonSkillEntity: "change or confirm these skills", store.PersonCertificationEntity: "change other people’s certificates", store.TimeOffEntity: "change other people’s time off",
}

const mostNamed = 3

func (c Config) denied(ctx context.Context, tx *store.Store, by Person, e store.Edit) error {
	return deny(ctx, tx, by.ID, deeds[e.Entity])
}

// Denied is the error that tells the person of the id that they may not do something, and
// who may.
func (d *Drafts) Denied(ctx context.Context, person, deed string) error {
	return deny(ctx, d.config.Store, person, deed)
}

func deny(ctx context.Context, s *store.Store, person, deed string) error {
	managers, err := s.FindManagers(ctx, person, mostNamed)
	if err != nil {
		return err
	}
	names := make([]string, 0, len(managers))
	for _, m := range managers {
		names = append(names, m.Name)
	}
	who := "A manager may."
	if len(names) > 0 {
		who = fmt.Sprintf("A manager may, such as %s.", list(names))
	}
	return &DeniedError{Sentence: fmt.Sprintf("You may not %s. %s", deed, who)}
}

// fresh is the person with the access that they have now. Who is not there any more, or not
// active, may nothing.
func fresh(ctx context.Context, tx *store.Store, by Person) (Person, error) {
	if by.ID == "" {
		return by, nil
	}
	p, err := tx.GetPerson(ctx, by.ID)
	if errors.Is(err, store.ErrNotFound) || err == nil && !p.Active {
		return by, &DeniedError{Sentence: "Your account here is not active, so nothing was changed."}
	}
	return Person{ID: p.ID, Name: p.Name, Access: p.Access}, err
}
