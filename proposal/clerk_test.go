package proposal_test

import (
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"rollcall/proposal"
	"rollcall/store"
	"rollcall/store/chatlog"
	"rollcall/store/civil"
)

func TestAProposalChangesNothingUntilItsButtonIsPressed(t *testing.T) {
	t.Parallel()
	each(t, func(r *rig) {
		b := r.booking(3, 0, 50, 1, 31)
		card := r.propose(r.managers[0], "t", proposal.Assignment, r.edit(nil, &b))
		if n := len(r.bookings()); n != 0 {
			r.t.Fatalf("%d bookings before the click", n)
		}
		out := r.click(r.managers[0], card.ID, proposal.Confirm)
		if out.Result != proposal.Done || !out.Card.CanUndo || out.Card.State != store.ProposalCommitted {
			r.t.Fatalf("%+v", out)
		}
		all, audits := r.bookings(), r.audits()
		if len(all) != 1 || all[0].Percent != 50 || len(audits) != 1 {
			r.t.Fatalf("%+v, %+v", all, audits)
		}
		a := audits[0]
		if a.Actor != r.managers[0].ID || a.Approver != r.managers[0].ID || a.Action != "create" || *a.Thread != "t" || *a.ProposalID != card.ID || *a.TurnID != "turn-1" || a.Before != nil || a.After == nil {
			r.t.Errorf("%+v", a)
		}
		row, err := r.store.GetBooking(r.t.Context(), b.ID)
		r.must(err)
		var from proposal.Provenance
		r.must(json.Unmarshal(row.Provenance, &from))
		if from.Asker != r.managers[0].ID || from.Proposal != card.ID || from.Thread != "t" || from.Turn != "turn-1" {
			r.t.Errorf("provenance %+v", from)
		}
		if out := r.click(r.managers[0], card.ID, proposal.Undo); out.Result != proposal.Done || len(r.bookings()) != 0 || len(r.audits()) != 2 {
			r.t.Errorf("undo: %+v", out)
		}
		if out := r.click(r.managers[0], card.ID, proposal.Undo); out.Result != proposal.Already || len(r.audits()) != 2 {
			r.t.Errorf("undo again: %+v", out)
		}
	})
}

func TestManyClicksAtOnceCommitOnce(t *testing.T) {
	t.Parallel()
	each(t, func(r *rig) {
		b := r.booking(3, 0, 50, 1, 31)
		card := r.propose(r.managers[0], "t", proposal.Assignment, r.edit(nil, &b))
		results := make([]proposal.Outcome, 12)
		var all sync.WaitGroup
		for i := range results {
			all.Go(func() {
				verb := proposal.Confirm
				if i%4 == 3 {
					verb = proposal.Cancel
				}
				out, err := r.clerk.Decide(r.t.Context(), r.managers[0], card.ID, verb)
				if err != nil {
					r.t.Error(err)
				}
				results[i] = out
			})
		}
		all.Wait()
		done := 0
		for _, out := range results {
			if out.Result == proposal.Done {
				done++
			} else if out.Result != proposal.Already || out.Said == "" {
				r.t.Errorf("%+v", out)
			}
		}
		p, err := r.store.GetProposal(r.t.Context(), card.ID)
		r.must(err)
		committed := p.State == store.ProposalCommitted
		if done != 1 || committed != (len(r.bookings()) == 1) || committed != (len(r.audits()) == 1) {
			r.t.Errorf("%d done, %s, %d bookings, %d entries", done, p.State, len(r.bookings()), len(r.audits()))
		}
	})
}

func TestTwoManagersWhoChangeTheSameRowAtOnceDoNotLoseAnything(t *testing.T) {
	t.Parallel()
	each(t, func(r *rig) {
		for round := range 8 {
			b := r.booking(3, round%3, 50, 1, 31)
			r.must(r.store.CreateBooking(r.t.Context(), &b))
			var cards []proposal.Card
			for m := range 2 {
				after := b
				after.Percent = 60 + m
				cards = append(cards, r.propose(r.managers[m], "t", proposal.Assignment, r.edit(&b, &after)))
			}
			outs := make([]proposal.Outcome, 2)
			var both sync.WaitGroup
			for m := range outs {
				both.Go(func() {
					out, err := r.clerk.Decide(r.t.Context(), r.managers[m], cards[m].ID, proposal.Confirm)
					if err != nil {
						r.t.Error(err)
					}
					outs[m] = out
				})
			}
			both.Wait()
			winner := 0
			if outs[1].Result == proposal.Done {
				winner = 1
			}
			loser := outs[1-winner]
			row, err := r.store.GetBooking(r.t.Context(), b.ID)
			r.must(err)
			if outs[winner].Result != proposal.Done || loser.Result != proposal.Redrawn || row.Percent != 60+winner {
				r.t.Fatalf("%s and %s, percent %d", outs[0].Result, outs[1].Result, row.Percent)
			}
			if !strings.Contains(loser.Card.Title, "from 6") || loser.Card.State != store.ProposalOpen || loser.Card.ID == cards[1-winner].ID {
				r.t.Errorf("drawn anew: %+v", loser.Card)
			}
			if out := r.click(r.managers[1-winner], loser.Card.ID, proposal.Confirm); out.Result != proposal.Done {
				r.t.Errorf("the second try: %+v", out)
			}
		}
	})
}

func TestEveryClickThatComesTooLateOrFromSomebodyElseTellsTheTruth(t *testing.T) {
	t.Parallel()
	each(t, func(r *rig) {
		owner := r.managers[0]
		draw := func(thread string) proposal.Card {
			b := r.booking(3, 0, 10, 1, 31)
			return r.propose(owner, thread, proposal.Assignment, r.edit(nil, &b))
		}
		expect := func(what string, out proposal.Outcome, want proposal.Result, words string) {
			r.t.Helper()
			if out.Result != want || !strings.Contains(out.Said, words) || len(r.bookings()) != 0 || len(r.audits()) != 0 {
				r.t.Errorf("%s: %s %q, %d bookings", what, out.Result, out.Said, len(r.bookings()))
			}
		}
		expect("nobody's id", r.click(owner, "nonsense", proposal.Confirm), proposal.Refused, "do not know")
		card := draw("a")
		expect("somebody else", r.click(r.managers[1], card.ID, proposal.Confirm), proposal.Refused, "Only Person 0")
		expect("an admin", r.click(r.managers[2], card.ID, proposal.Confirm), proposal.Refused, "Only Person 0")
		expect("the operator", r.click(proposal.Person{Access: store.Admin}, card.ID, proposal.Confirm), proposal.Refused, "Only Person 0")
		expect("another verb", r.click(owner, card.ID, "delete"), proposal.Refused, "button")
		expect("undo before", r.click(owner, card.ID, proposal.Undo), proposal.Gone, "nothing to undo")
		newer := draw("a")
		expect("superseded", r.click(owner, card.ID, proposal.Confirm), proposal.Superseded, "newer proposal")
		expect("superseded, cancelled", r.click(owner, card.ID, proposal.Cancel), proposal.Superseded, "newer proposal")
		expect("cancelled", r.click(owner, newer.ID, proposal.Cancel), proposal.Done, "Cancelled")
		expect("cancelled before", r.click(owner, newer.ID, proposal.Confirm), proposal.Already, "cancelled before")
		late := draw("b")
		r.pass(15 * time.Minute)
		expect("expired", r.click(owner, late.ID, proposal.Confirm), proposal.Expired, "not confirmed in time")
		expect("expired again", r.click(owner, late.ID, proposal.Cancel), proposal.Expired, "not confirmed in time")
		lost := draw("c")
		p, err := r.store.GetPerson(r.t.Context(), owner.ID)
		r.must(err)
		p.Access = store.Staff
		r.must(r.store.UpdatePerson(r.t.Context(), &p))
		expect("without the right", r.click(owner, lost.ID, proposal.Confirm), proposal.Gone, "You may not")
		p.Access = store.Manager
		r.must(r.store.UpdatePerson(r.t.Context(), &p))
		gone := draw("e")
		p.Active = false
		r.must(r.store.UpdatePerson(r.t.Context(), &p))
		expect("somebody who has left", r.click(owner, gone.ID, proposal.Confirm), proposal.Gone, "not active")
	})
}

func TestUndoEndsAfterADayAndWithTheNextChange(t *testing.T) {
	t.Parallel()
	each(t, func(r *rig) {
		owner := r.managers[0]
		commit := func() (store.Booking, string) {
			b := r.booking(3, 0, 10, 1, 31)
			card := r.propose(owner, "t"+b.ID, proposal.Assignment, r.edit(nil, &b))
			if out := r.click(owner, card.ID, proposal.Confirm); out.Result != proposal.Done {
				r.t.Fatalf("%+v", out)
			}
			row, err := r.store.GetBooking(r.t.Context(), b.ID)
			r.must(err)
			return row, card.ID
		}
		b, id := commit()
		b.Percent = 99
		r.must(r.store.UpdateBooking(r.t.Context(), &b))
		if out := r.click(owner, id, proposal.Undo); out.Result != proposal.Gone || len(r.bookings()) != 1 {
			r.t.Errorf("changed since: %+v", out)
		}
		_, id = commit()
		if out := r.click(r.managers[1], id, proposal.Undo); out.Result != proposal.Refused {
			r.t.Errorf("somebody else: %+v", out)
		}
		r.pass(24*time.Hour - time.Second)
		if out := r.click(owner, id, proposal.Undo); out.Result != proposal.Done {
			r.t.Errorf("within a day: %+v", out)
		}
		_, id = commit()
		r.pass(24 * time.Hour)
		if out := r.click(owner, id, proposal.Undo); out.Result != proposal.Expired || out.Card.CanUndo {
			r.t.Errorf("after a day: %+v", out)
		}
	})
}

func TestWhatTheCardSaysIsWhatIsCheckedAtTheClick(t *testing.T) {
	t.Parallel()
	each(t, func(r *rig) {
		owner := r.managers[0]
		b := r.booking(3, 0, 80, 1, 31)
		card := r.propose(owner, "t", proposal.Assignment, r.edit(nil, &b))
		if len(card.Warnings) != 0 {
			r.t.Fatalf("%q", card.Warnings)
		}
		other := r.booking(3, 1, 50, 7, 11)
		r.must(r.store.CreateBooking(r.t.Context(), &other))
		out := r.click(owner, card.ID, proposal.Confirm)
		if out.Result != proposal.Redrawn || len(out.Card.Warnings) != 1 || !strings.Contains(out.Card.Warnings[0], "week of 7 Dec at 130 %") || len(r.bookings()) != 1 {
			r.t.Fatalf("%+v", out)
		}
		if again := r.click(owner, card.ID, proposal.Confirm); again.Result != proposal.Superseded {
			r.t.Errorf("the old card: %+v", again)
		}
		if again := r.click(owner, out.Card.ID, proposal.Confirm); again.Result != proposal.Done || len(r.bookings()) != 2 {
			r.t.Errorf("the new card: %+v", again)
		}
		r.must(r.store.DeleteBooking(r.t.Context(), other.ID))
		after := b
		after.Percent = 20
		row, err := r.store.GetBooking(r.t.Context(), b.ID)
		r.must(err)
		after.Provenance = row.Provenance
		card = r.propose(owner, "t", proposal.Assignment, r.edit(&row, &after))
		r.must(r.store.DeleteBooking(r.t.Context(), b.ID))
		if out := r.click(owner, card.ID, proposal.Confirm); out.Result != proposal.Gone || !strings.Contains(out.Said, "not there any more") {
			r.t.Errorf("a row that is gone: %+v", out)
		}
	})
}

func TestProjectDetailsAreWrittenOnceAndTakenBack(t *testing.T) {
	t.Parallel()
	each(t, func(r *rig) {
		owner, id := r.managers[0], r.projects[0].ID
		edit := func(before, after chatlog.Project) store.Edit {
			e, err := proposal.NewDetailsEdit(id, before, after)
			r.must(err)
			return e
		}
		now := func() chatlog.Project {
			d, err := r.config.Details.GetDetails(r.t.Context(), id)
			if !errors.Is(err, chatlog.ErrNotFound) {
				r.must(err)
			}
			return d.Project
		}
		role := func(name string) chatlog.OpenRole { return chatlog.OpenRole{Role: name, Percent: 100, Count: 1} }
		mine := r.propose(owner, "a", proposal.Project, edit(chatlog.Project{}, chatlog.Project{OpenRoles: []chatlog.OpenRole{role("Designer")}}))
		theirs := r.propose(r.managers[1], "b", proposal.Project, edit(chatlog.Project{}, chatlog.Project{Notes: "Hello", OpenRoles: []chatlog.OpenRole{role("Developer")}}))
		if out := r.click(owner, mine.ID, proposal.Confirm); out.Result != proposal.Done || out.Card.State != store.ProposalCommitted || len(now().OpenRoles) != 1 {
			r.t.Fatalf("%+v", out)
		}
		again := r.click(r.managers[1], theirs.ID, proposal.Confirm)
		if again.Result != proposal.Redrawn {
			r.t.Fatalf("%+v", again)
		}
		if out := r.click(r.managers[1], again.Card.ID, proposal.Confirm); out.Result != proposal.Done || len(now().OpenRoles) != 2 || now().Notes != "Hello" {
			r.t.Fatalf("%+v, %+v", out, now())
		}
		if out := r.click(owner, mine.ID, proposal.Undo); out.Result != proposal.Gone || len(now().OpenRoles) != 2 {
			r.t.Errorf("undo of what was changed since: %+v", out)
		}
		if out := r.click(r.managers[1], again.Card.ID, proposal.Undo); out.Result != proposal.Done || len(now().OpenRoles) != 1 || now().Notes != "" {
			r.t.Errorf("undo: %+v, %+v", out, now())
		}
		if n := len(r.audits()); n != 3 {
			r.t.Errorf("%d entries", n)
		}
		bad := edit(chatlog.Project{}, chatlog.Project{OpenRoles: []chatlog.OpenRole{{Role: "X", Percent: 400, Count: 1}}})
		var invalid *proposal.InvalidError
		if _, err := r.drafts.Create(r.t.Context(), owner, proposal.Draft{Kind: proposal.Project, Edits: []store.Edit{bad}, Thread: "c"}); !errors.As(err, &invalid) {
			r.t.Errorf("impossible details: %v", err)
		}
	})
}

func TestAConfirmedDetailThatCouldNotBeWrittenIsWrittenLater(t *testing.T) {
	t.Parallel()
	each(t, func(r *rig) {
		broken := &brokenDetails{Details: r.config.Details}
		r.config.Details = broken
		r.wire()
		row := store.Project{ID: store.NewID(), Name: "Zephyr"}
		e, err := store.NewEdit(store.ProjectEntity, row.ID, nil, &row)
		r.must(err)
		d, err := proposal.NewDetailsEdit(row.ID, chatlog.Project{}, chatlog.Project{Summary: "Wind"})
		r.must(err)
		card := r.propose(r.managers[0], "t", proposal.Project, e, d)
		broken.away = true
		out := r.click(r.managers[0], card.ID, proposal.Confirm)
		if out.Result != proposal.Done || !strings.Contains(out.Said, "keep trying") {
			r.t.Fatalf("%+v", out)
		}
		if again := r.click(r.managers[0], card.ID, proposal.Confirm); again.Result != proposal.Already {
			r.t.Errorf("%+v", again)
		}
		if err = r.clerk.Sweep(r.t.Context()); err != nil {
			r.t.Error(err)
		}
		broken.away = false
		for range 2 {
			r.must(r.clerk.Sweep(r.t.Context()))
		}
		got, err := broken.GetDetails(r.t.Context(), row.ID)
		r.must(err)
		p, err := r.store.GetProposal(r.t.Context(), card.ID)
		r.must(err)
		if got.Project.Summary != "Wind" || p.State != store.ProposalCommitted || len(r.audits()) != 2 {
			r.t.Errorf("%+v, %s, %d entries", got, p.State, len(r.audits()))
		}
		if out := r.click(r.managers[0], card.ID, proposal.Undo); out.Result != proposal.Done {
			r.t.Errorf("undo: %+v", out)
		}
		if _, err := r.store.GetProject(r.t.Context(), row.ID); !errors.Is(err, store.ErrNotFound) {
			r.t.Errorf("the project: %v", err)
		}
	})
}

func TestTheTrailCannotBeChangedOrRemoved(t *testing.T) {
	t.Parallel()
	each(t, func(r *rig) {
		r.must(r.store.CreateAudit(r.t.Context(), &store.Audit{Actor: "a", Approver: "a", Action: "create", Entity: "e", EntityID: "1", Origin: "chat", After: json.RawMessage(`{"a":1}`)}))
		write, _ := r.store.SQL()
		for _, statement := range []string{`UPDATE "audit" SET "actor" = 'b'`, `DELETE FROM "audit"`} {
			if _, err := write.ExecContext(r.t.Context(), statement); err == nil || !strings.Contains(err.Error(), "append-only") {
				r.t.Errorf("%s: %v", statement, err)
			}
		}
		if all := r.audits(); len(all) != 1 || all[0].Actor != "a" {
			r.t.Errorf("%+v", all)
		}
	})
}

func TestTheTrailIsReadInPagesInOrder(t *testing.T) {
	t.Parallel()
	each(t, func(r *rig) {
		for range 1203 {
			r.must(r.store.CreateAudit(r.t.Context(), &store.Audit{Actor: "a", Approver: "a", Action: "create", Entity: "e", EntityID: store.NewID(), Origin: "chat"}))
		}
		seen := map[string]bool{}
		last := ""
		r.must(r.store.EachAudit(r.t.Context(), store.AuditFilter{Entities: []string{"e"}}, func(a store.Audit) error {
			if seen[a.ID] || a.ID < last {
				r.t.Errorf("%s comes twice or out of order", a.ID)
			}
			seen[a.ID], last = true, a.ID
			return nil
		}))
		if len(seen) != 1203 {
			r.t.Errorf("%d entries", len(seen))
		}
	})
}

func TestAHoldWarnsItsOwnerAndLapsesByItself(t *testing.T) {
	t.Parallel()
	each(t, func(r *rig) {
		b := r.booking(3, 0, 50, 7, 31)
		until := civil.Of(2026, 11, 30)
		b.Status, b.HoldUntil = store.Tentative, &until
		card := r.propose(r.managers[0], "t", proposal.Assignment, r.edit(nil, &b))
		r.click(r.managers[0], card.ID, proposal.Confirm)
		sweep := func(notices, bookings int) {
			r.t.Helper()
			for range 2 {
				r.must(r.clerk.Sweep(r.t.Context()))
			}
			keys := map[string]bool{}
			for _, n := range r.notices {
				keys[n.Key] = n.PersonID == r.managers[0].ID
			}
			if len(keys) != notices || len(r.bookings()) != bookings {
				r.t.Errorf("on %s: %d notices %v, %d bookings", r.now().Format(time.DateOnly), len(keys), keys, len(r.bookings()))
			}
		}
		sweep(0, 1)
		r.pass(3 * 24 * time.Hour) // 28 November
		sweep(1, 1)
		r.pass(2 * 24 * time.Hour) // 30 November, its last day
		sweep(1, 1)
		r.pass(24 * time.Hour)
		sweep(2, 0)
		audits := r.audits()
		if audits[0].Actor != proposal.Rollcall || audits[0].Action != "delete" || audits[0].Origin != "hold" {
			r.t.Errorf("%+v", audits[0])
		}
		if out := r.click(r.managers[0], card.ID, proposal.Undo); out.Result == proposal.Done {
			r.t.Errorf("undo of a hold that lapsed: %+v", out)
		}
	})
}

// The details are documents, which no transaction takes back: they stay when the project
// cannot go any more because somebody is on it.
func TestAnUndoThatCannotBeDoneLeavesTheDetails(t *testing.T) {
	t.Parallel()
	each(t, func(r *rig) {
		p := store.Project{ID: store.NewID(), Name: "Zephyr"}
		row, err := store.NewEdit(store.ProjectEntity, p.ID, nil, &p)
		r.must(err)
		details, err := proposal.NewDetailsEdit(p.ID, chatlog.Project{}, chatlog.Project{Summary: "A wind"})
		r.must(err)
		card := r.propose(r.managers[0], "t", proposal.Project, row, details)
		if out := r.click(r.managers[0], card.ID, proposal.Confirm); out.Result != proposal.Done {
			r.t.Fatalf("%+v", out)
		}
		b := r.booking(3, 0, 50, 1, 31)
		b.ProjectID = p.ID
		r.must(r.store.CreateBooking(r.t.Context(), &b))
		if out := r.click(r.managers[0], card.ID, proposal.Undo); out.Result != proposal.Gone {
			r.t.Errorf("%+v", out)
		}
		d, err := r.config.Details.GetDetails(r.t.Context(), p.ID)
		if r.must(err); d.Project.Summary != "A wind" {
			r.t.Errorf("%+v", d)
		}
	})
}
