package proposal

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"rollcall/store"
)

// warnDays is how many days before its end the owner of a hold is told.
const warnDays = 2

// lookAfterHolds warns the owners of holds that lapse soon, and removes those whose last
// day is over. Doing so twice, or in two processes at once, changes nothing: a row is
// removed once, and a notice has a key.
func (c *Clerk) lookAfterHolds(ctx context.Context) error {
	today := c.config.Today()
	holds, err := c.config.Store.FindHolds(ctx, today+warnDays)
	if err != nil {
		return err
	}
	for _, b := range holds {
		if *b.HoldUntil < today {
			err = errors.Join(err, c.lapse(ctx, b))
		} else {
			c.tellOwner(ctx, b, "warning", fmt.Sprintf("Your hold lapses after %s unless you confirm it.", b.HoldUntil.Words(today)))
		}
	}
	return err
}

// lapse removes a hold whose time is over, and leaves an entry that says so.
func (c *Clerk) lapse(ctx context.Context, b store.Booking) error {
	e, err := store.NewEdit(store.BookingEntity, b.ID, &b, nil)
	if err != nil {
		return err
	}
	err = c.config.Store.Transact(ctx, func(ctx context.Context, tx *store.Store) error {
		made, failed := tx.ApplyEdit(ctx, e)
		if failed != nil {
			return failed
		}
		return tx.CreateAudit(ctx, &store.Audit{
			Actor: Rollcall, Approver: Rollcall, Action: made.Action(), Entity: made.Entity, EntityID: made.ID, Before: made.Before, After: made.After, Origin: "hold",
		})
	})
	if errors.Is(err, store.ErrStale) { // changed just now, or lapsed by another process
		return nil
	}
	if err == nil {
		c.tellOwner(ctx, b, "lapsed", "Your hold has lapsed, so I removed it.")
	}
	return err
}

// tellOwner writes to whoever asked for the hold.
func (c *Clerk) tellOwner(ctx context.Context, b store.Booking, what, title string) {
	var from Provenance
	if len(b.Provenance) == 0 || json.Unmarshal(b.Provenance, &from) != nil {
		return // from an import: nobody here owns it
	}
	n := Notice{Key: fmt.Sprintf("hold-%s-%s-%s", what, b.ID, b.HoldUntil), PersonID: from.Asker, Title: title}
	f := &facts{today: c.config.Today()}
	person, err := c.config.Store.GetPerson(ctx, b.UserID)
	if err == nil {
		var project store.Project
		if project, err = c.config.Store.GetProject(ctx, b.ProjectID); err == nil {
			f.project = map[string]store.Project{project.ID: project}
			n.Lines = []string{fmt.Sprintf("%s on %s at %d %%, %s.", person.Name, project.Name, b.Percent, f.span(f.days(b)))}
		}
	}
	if err != nil {
		c.Logger.WarnContext(ctx, "the owner of a hold is told without its names", "booking", b.ID, "error", err)
	}
	c.tell(ctx, n)
}
