package proposal_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"rollcall/proposal"
	"rollcall/store"
	"rollcall/store/civil"
)

// world is what the company must look like, kept beside the database by rules of its own:
// rows by id, and for each card what it would do and what has happened since.
type world struct {
	*rig

	random   *rand.Rand
	rows     map[string]store.Booking
	cards    []*drawn
	changes  int // of the rows, by whomever
	entries  int // of the trail
	isStaff  [2]bool
	happened map[string]int
}

// drawn is a card that somebody has.
type drawn struct {
	id            string
	owner         int
	thread        string
	before, after *store.Booking
	state         store.ProposalState
	at, decided   time.Time
	seen          int // how many changes there were when it was drawn
}

const propertySteps = 250

func TestRandomProposalsClicksUndosAndEditsNeverLoseOrDoubleAChange(t *testing.T) {
	t.Parallel()
	seeds := []uint64{1, 2, 3, 4, 5, 6, 195, 290}
	if text := os.Getenv("ROLLCALL_SEED"); text != "" {
		n, err := strconv.ParseUint(text, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		seeds = []uint64{n}
	} else if os.Getenv("ROLLCALL_SOAK") != "" {
		for n := range uint64(200) {
			if n != 95 && n != 190 {
				seeds = append(seeds, 100+n)
			}
		}
	}
	var mu sync.Mutex
	happened := map[string]int{}
	t.Cleanup(func() {
		for _, must := range []string{"confirm done", "confirm redrawn", "confirm gone", "confirm true already", "confirm expired", "confirm superseded", "undo done", "undo gone", "undo refused"} {
			if happened[must] == 0 && len(seeds) > 1 {
				t.Errorf("%s never happened: %v", must, happened)
			}
		}
	})
	for _, seed := range seeds {
		t.Run(fmt.Sprintf("seed_%d", seed), func(t *testing.T) {
			t.Parallel()
			each(t, func(r *rig) {
				w := &world{rig: r, random: rand.New(rand.NewPCG(seed, 7)), rows: map[string]store.Booking{}, happened: map[string]int{}}
				for step := range propertySteps {
					w.step()
					if w.check(step); w.t.Failed() {
						w.t.FailNow()
					}
				}
				mu.Lock()
				defer mu.Unlock()
				for what, n := range w.happened {
					happened[what] += n
				}
			})
		})
	}
}

func (w *world) step() {
	switch n := w.random.IntN(100); {
	case n < 35:
		w.draw()
	case n < 65:
		w.press(proposal.Confirm)
	case n < 70:
		w.press(proposal.Cancel)
	case n < 82:
		w.press(proposal.Undo)
	case n < 92:
		w.editDirectly()
	case n < 97:
		w.pass(time.Duration(w.random.IntN(8*60)) * time.Minute / time.Duration(1+w.random.IntN(30)))
	default:
		w.changeRight(w.random.IntN(2))
	}
	for i, is := range w.isStaff { // not for long, else nothing else happens
		if is && w.random.IntN(8) == 0 {
			w.changeRight(i)
		}
	}
}

// someRow is a random row, or nil when there is none.
func (w *world) someRow() *store.Booking {
	ids := make([]string, 0, len(w.rows))
	for id := range w.rows {
		ids = append(ids, id)
	}
	if len(ids) == 0 {
		return nil
	}
	slices.Sort(ids)
	row, err := w.store.GetBooking(w.t.Context(), ids[w.random.IntN(len(ids))])
	w.must(err)
	return &row
}

func (w *world) newRow() store.Booking {
	first := 1 + w.random.IntN(20)
	return w.booking(3+w.random.IntN(3), w.random.IntN(3), 1+w.random.IntN(100), first, first+w.random.IntN(11))
}

func (w *world) changed(row store.Booking) store.Booking {
	if w.random.IntN(2) == 0 {
		row.Percent = 1 + (row.Percent+w.random.IntN(98))%100
		return row
	}
	last := *row.EndsAt + civil.Date(1+w.random.IntN(20))
	row.EndsAt = &last
	return row
}

func (w *world) draw() {
	d := &drawn{owner: w.random.IntN(2), thread: fmt.Sprintf("t%d", w.random.IntN(4)), state: store.ProposalOpen, at: w.now(), seen: w.changes}
	if d.before = w.someRow(); d.before == nil || w.random.IntN(3) == 0 {
		row := w.newRow()
		d.before, d.after = nil, &row
	} else if w.random.IntN(5) > 0 {
		row := w.changed(*d.before)
		d.after = &row
	}
	card, err := w.drafts.Create(w.t.Context(), w.managers[d.owner], proposal.Draft{Kind: proposal.Assignment, Edits: []store.Edit{w.edit(d.before, d.after)}, Thread: d.thread})
	var denied *proposal.DeniedError
	if w.isStaff[d.owner] {
		if !errors.As(err, &denied) && err != nil {
			w.t.Fatal(err)
		}
		if err == nil { // Create trusts its caller for the access; the click does not
			w.add(d, card.ID)
		}
		return
	}
	w.must(err)
	w.add(d, card.ID)
}

func (w *world) add(d *drawn, id string) {
	d.id = id
	for _, o := range w.cards {
		if o.owner == d.owner && o.thread == d.thread && o.state == store.ProposalOpen {
			o.state = store.ProposalSuperseded
		}
	}
	w.cards = append(w.cards, d)
}

// press clicks a random card, the newer the likelier, mostly as its owner, and checks the
// outcome against what must come of it.
func (w *world) press(v proposal.Verb) {
	if len(w.cards) == 0 {
		return
	}
	d := w.someCard(v)
	who := d.owner
	if w.random.IntN(8) == 0 {
		who = 1 - who
	}
	out := w.click(w.managers[who], d.id, v)
	w.happened[string(v)+" "+string(out.Result)]++
	if who != d.owner {
		w.expect(d, v, out, proposal.Refused)
		return
	}
	switch v {
	case proposal.Confirm:
		w.confirmed(d, out)
	case proposal.Cancel:
		if w.decidable(d, v, out) {
			w.expect(d, v, out, proposal.Done)
			d.state = store.ProposalCancelled
		}
	case proposal.Undo:
		w.undone(d, out)
	}
}

// someCard is a random card, the newer the likelier, and mostly one that the click can mean.
func (w *world) someCard(v proposal.Verb) *drawn {
	wanted := store.ProposalOpen
	if v == proposal.Undo {
		wanted = store.ProposalCommitted
	}
	fit := slices.DeleteFunc(slices.Clone(w.cards), func(d *drawn) bool { return d.state != wanted })
	if len(fit) == 0 || w.random.IntN(3) == 0 {
		fit = w.cards
	}
	return fit[len(fit)-1-w.random.IntN(min(len(fit), 6))]
}

func (w *world) expect(d *drawn, v proposal.Verb, out proposal.Outcome, want proposal.Result) {
	w.t.Helper()
	if out.Result != want {
		w.t.Errorf("%s of a card that is %s: got %s %q, want %s", v, d.state, out.Result, out.Said, want)
	}
}

// decidable checks clicks on cards that are not open any more.
func (w *world) decidable(d *drawn, v proposal.Verb, out proposal.Outcome) bool {
	switch {
	case d.state == store.ProposalSuperseded:
		w.expect(d, v, out, proposal.Superseded)
	case d.state == store.ProposalExpired, d.state == store.ProposalOpen && !w.now().Before(d.at.Add(15*time.Minute)):
		w.expect(d, v, out, proposal.Expired)
		d.state = store.ProposalExpired
	case d.state != store.ProposalOpen:
		w.expect(d, v, out, proposal.Already)
	default:
		return true
	}
	return false
}

// isAs reports whether the row is in the database as the card knows it.
func (w *world) isAs(row *store.Booking, id string) bool {
	now, there := w.rows[id]
	return there == (row != nil) && (row == nil || sameBooking(now, *row))
}

func sameBooking(a, b store.Booking) bool {
	return a.Percent == b.Percent && *a.StartsAt == *b.StartsAt && *a.EndsAt == *b.EndsAt && a.UserID == b.UserID && a.ProjectID == b.ProjectID
}

func (d *drawn) row() string {
	if d.before != nil {
		return d.before.ID
	}
	return d.after.ID
}

func (w *world) confirmed(d *drawn, out proposal.Outcome) {
	if !w.decidable(d, proposal.Confirm, out) {
		return
	}
	_, there := w.rows[d.row()]
	switch {
	case w.isStaff[d.owner], d.before != nil && !there:
		w.expect(d, proposal.Confirm, out, proposal.Gone)
		d.state = store.ProposalCancelled
	case !w.isAs(d.before, d.row()), w.changes > d.seen && out.Result == proposal.Redrawn:
		w.redrawn(d, out)
	default: // nothing that the card tells of has changed
		w.expect(d, proposal.Confirm, out, proposal.Done)
		w.apply(d.row(), d.after)
		w.entries++
		d.state, d.decided = store.ProposalCommitted, w.now()
	}
}

// redrawn is a new card on top of what has changed: the old wish, the new row. Where the
// wish has come true meanwhile there is none.
func (w *world) redrawn(d *drawn, out proposal.Outcome) {
	next := &drawn{owner: d.owner, thread: d.thread, before: d.before, after: d.after, state: store.ProposalOpen, at: w.now(), seen: w.changes}
	if row, there := w.rows[d.row()]; there && d.before != nil {
		next.before = &row
		if d.after != nil {
			after := row
			if d.after.Percent != d.before.Percent {
				after.Percent = d.after.Percent
			}
			if *d.after.EndsAt != *d.before.EndsAt {
				after.EndsAt = d.after.EndsAt
			}
			next.after = &after
		}
	}
	if next.before != nil && next.after != nil && sameBooking(*next.before, *next.after) {
		w.expect(d, proposal.Confirm, out, proposal.Gone)
		w.happened["confirm true already"]++
		d.state = store.ProposalCancelled
		return
	}
	w.expect(d, proposal.Confirm, out, proposal.Redrawn)
	w.add(next, out.Card.ID)
}

func (w *world) undone(d *drawn, out proposal.Outcome) {
	switch {
	case d.state == store.ProposalUndone:
		w.expect(d, proposal.Undo, out, proposal.Already)
	case d.state != store.ProposalCommitted:
		w.expect(d, proposal.Undo, out, proposal.Gone)
	case !w.now().Before(d.decided.Add(24 * time.Hour)):
		w.expect(d, proposal.Undo, out, proposal.Expired)
	case w.isStaff[d.owner]:
		w.expect(d, proposal.Undo, out, proposal.Refused)
	case !w.isAs(d.after, d.row()):
		w.expect(d, proposal.Undo, out, proposal.Gone)
	default:
		w.expect(d, proposal.Undo, out, proposal.Done)
		w.apply(d.row(), d.before)
		w.entries++
		d.state = store.ProposalUndone
	}
}

func (w *world) apply(id string, row *store.Booking) {
	if w.changes++; row == nil {
		delete(w.rows, id)
		return
	}
	w.rows[id] = *row
}

// editDirectly is what another program does to the rows.
func (w *world) editDirectly() {
	row := w.someRow()
	if row == nil || w.random.IntN(3) == 0 {
		b := w.newRow()
		w.must(w.store.CreateBooking(w.t.Context(), &b))
		w.apply(b.ID, &b)
		return
	}
	if w.random.IntN(3) == 0 {
		w.must(w.store.DeleteBooking(w.t.Context(), row.ID))
		w.apply(row.ID, nil)
		return
	}
	b := w.changed(*row)
	w.must(w.store.UpdateBooking(w.t.Context(), &b))
	w.apply(b.ID, &b)
}

func (w *world) changeRight(i int) {
	w.isStaff[i] = !w.isStaff[i]
	p, err := w.store.GetPerson(w.t.Context(), w.managers[i].ID)
	w.must(err)
	p.Access = map[bool]store.Access{true: store.Staff, false: store.Manager}[w.isStaff[i]]
	w.must(w.store.UpdatePerson(w.t.Context(), &p))
}

// check compares the whole company and its trail with what they must be.
func (w *world) check(step int) {
	want := map[string]string{}
	for id, b := range w.rows {
		want[id] = fmt.Sprintf("%s %s %d %s–%s", b.UserID, b.ProjectID, b.Percent, b.StartsAt, b.EndsAt)
	}
	got := map[string]string{}
	for _, b := range w.bookings() {
		got[b.ID] = fmt.Sprintf("%s %s %d %s–%s", b.UserID, b.ProjectID, b.Percent, b.First, b.Last)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		w.t.Errorf("step %d (-must +is):\n%s", step, diff)
	}
	if n := len(w.audits()); n != w.entries {
		w.t.Errorf("step %d: the trail has %d entries, not %d", step, n, w.entries)
	}
}
