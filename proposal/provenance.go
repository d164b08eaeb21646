package proposal

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"rollcall/store"
)

// Provenance is where a booking comes from; it is kept with the booking.
type Provenance struct {
	Asker    string    `json:"asker"`    // the id of who asked for it
	Approver string    `json:"approver"` // the id of who confirmed it
	At       time.Time `json:"at"`
	Thread   string    `json:"thread,omitempty"`
	Turn     string    `json:"turn,omitempty"`
	Proposal string    `json:"proposal,omitempty"`
}

// The actors that are no people.
const (
	Operator = "operator" // at a terminal
	Rollcall = "rollcall" // by itself: a hold that lapses
)

func actor(id *string) string {
	if id == nil || *id == "" {
		return Operator
	}
	return *id
}

// signed puts the provenance into bookings that are made.
func (c *Clerk) signed(by Person, p store.Proposal, edits []store.Edit) []store.Edit {
	from := Provenance{Asker: actor(p.UserID), Approver: actor(orNil(by.ID)), At: c.config.Store.Now(), Thread: p.Thread, Proposal: p.ID}
	if p.TurnID != nil {
		from.Turn = *p.TurnID
	}
	all := make([]store.Edit, 0, len(edits))
	for _, e := range edits {
		if e.Entity == store.BookingEntity && e.Before == nil {
			if signed, err := withProvenance(e, from); err == nil {
				e = signed
			}
		}
		all = append(all, e)
	}
	return all
}

func withProvenance(e store.Edit, from Provenance) (store.Edit, error) {
	var b store.Booking
	err := json.Unmarshal(e.After, &b)
	if err == nil {
		b.Provenance, err = json.Marshal(from)
	}
	if err != nil {
		return e, fmt.Errorf("sign a booking: %w", err)
	}
	return store.NewEdit(e.Entity, e.ID, nil, &b)
}

// audit leaves an entry for every row that was changed.
func (c *Clerk) audit(ctx context.Context, tx *store.Store, by Person, p store.Proposal, made []store.Edit, origin string) error {
	var err error
	for _, e := range made {
		err = errors.Join(err, tx.CreateAudit(ctx, &store.Audit{
			Actor: actor(p.UserID), Approver: actor(orNil(by.ID)), Action: e.Action(), Entity: e.Entity, EntityID: e.ID, Before: e.Before, After: e.After,
			Origin: origin, TurnID: p.TurnID, ProposalID: orNil(p.ID), Thread: orNil(p.Thread),
		}))
	}
	return err
}
