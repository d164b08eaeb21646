package evals

import (
	"context"

	"rollcall/proposal"
	"rollcall/tools"
)

// Confirm makes the click of a case and reports whether it did what it had to.
func Confirm(ctx context.Context, c *Company, of Case, card *proposal.Card) (bool, error) {
	w := &worker{company: c}
	return w.changed(ctx, of, tools.Asker{}, card)
}
