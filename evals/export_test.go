package evals

import (
	"context"

	"rollcall/tools"
)

// Confirm makes the click of a case whose proposal is there, and reports whether it did
// what it had to.
func Confirm(ctx context.Context, c *Company, of Case, asker tools.Asker) (bool, error) {
	w := &worker{company: c}
	return w.changed(ctx, of, asker)
}
