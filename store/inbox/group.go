package inbox

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"rollcall/store/batch"
)

// group makes one transaction of the changes that many callers want at the same time, as
// what a commit costs does not depend on how much it keeps.
type group struct {
	write *sql.DB
	batch *batch.Group[change]
}

// change is part of a transaction. It may run twice, the first time in one that is rolled
// back.
type change func(ctx context.Context, tx *sql.Tx) error

const (
	mostGrouped = 64
	// groupTimeout ends a transaction on a database that hangs. It is not a caller's own,
	// because one that gives up must not take the others' changes with it.
	groupTimeout = 10 * time.Second
)

func newGroup(write *sql.DB, slots int) *group {
	g := &group{write: write}
	g.batch = batch.New(slots, mostGrouped, g.run)
	return g
}

// do returns once the change is committed, or with the error that kept it from being.
// When ctx ends first the change may still come to pass.
func (g *group) do(ctx context.Context, c change) error { return g.batch.Do(ctx, c) }

func (g *group) run(ctx context.Context, changes []change) (err error) {
	ctx, cancel := context.WithTimeout(ctx, groupTimeout)
	defer cancel()
	tx, err := g.write.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	for _, do := range changes {
		if err = do(ctx, tx); err != nil {
			return errors.Join(err, ended(tx.Rollback()))
		}
	}
	if err = tx.Commit(); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	return nil
}

// ended forgets that a transaction was over already.
func ended(err error) error {
	if errors.Is(err, sql.ErrTxDone) {
		return nil
	}
	return err
}
