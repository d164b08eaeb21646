package proposal_test

import (
	"slices"
	"strings"
	"testing"

	"rollcall/proposal"
	"rollcall/store"
)

func TestTheCardsThatANewerOneTookThePlaceOfAreFoundWithTheirQuestions(t *testing.T) {
	t.Parallel()
	each(t, func(r *rig) {
		b := r.booking(3, 0, 50, 1, 31)
		draw := func(by int, thread, turn string) proposal.Card {
			c, err := r.drafts.Create(t.Context(), r.managers[by], proposal.Draft{Kind: proposal.Assignment, Edits: []store.Edit{r.edit(nil, &b)}, Turn: turn, Thread: thread})
			r.must(err)
			return c
		}
		draw(0, "t", "turn-1")
		draw(1, "t", "turn-2")  // another's
		draw(0, "t2", "turn-3") // in another conversation
		draw(0, "t", "turn-4")
		draw(0, "t", "turn-5") // of an attempt that died
		newest := draw(0, "t", "turn-5")
		all, err := r.clerk.FindReplaced(t.Context(), newest.ID)
		r.must(err)
		var turns []string
		for _, c := range all {
			turns = append(turns, c.Turn)
			if !strings.Contains(c.Card.Outcome, "A newer proposal in this conversation took its place") || c.Card.Title == "" {
				t.Errorf("%+v", c.Card)
			}
		}
		if !slices.Equal(turns, []string{"turn-4", "turn-1"}) {
			t.Errorf("replaced: %v", turns)
		}
		if _, err = r.clerk.FindReplaced(t.Context(), "nobody"); err == nil {
			t.Error("of a card that is not there")
		}
	})
}
