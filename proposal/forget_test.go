package proposal_test

import (
	"errors"
	"testing"
	"time"

	"rollcall/proposal"
	"rollcall/store"
)

func TestOldProposalsAreForgottenAndWhatTheyChangedIsNot(t *testing.T) {
	t.Parallel()
	each(t, func(r *rig) {
		old, _, id := asked(r)
		r.pass(time.Hour)
		b := r.booking(4, 0, 10, 1, 2)
		young := r.propose(r.managers[0], "u", proposal.Assignment, r.edit(nil, &b))
		r.must(r.store.DeleteProposalsBefore(r.t.Context(), r.now().Add(-time.Minute)))
		if _, err := r.store.GetProposal(r.t.Context(), old.ID); !errors.Is(err, store.ErrNotFound) {
			r.t.Errorf("the old one: %v", err)
		}
		if _, err := r.store.GetProposal(r.t.Context(), young.ID); err != nil {
			r.t.Errorf("the young one: %v", err)
		}
		if len(r.bookings()) != 1 || len(r.audits()) != 1 {
			r.t.Errorf("%d bookings, %d entries", len(r.bookings()), len(r.audits()))
		}
		r.respond(3, id, proposal.Accept, "", "do not know")
		if out := r.click(r.managers[0], old.ID, proposal.Undo); out.Result != proposal.Refused {
			r.t.Errorf("%+v", out)
		}
	})
}
