package store

import (
	"context"
	"fmt"

	"github.com/uptrace/bun"
)

// The four verbs are the same for every table; the entity files give them their names
// and types. Each runs as one statement.

func insert[T any](ctx context.Context, db bun.IDB, row *T) error {
	_, err := db.NewInsert().Model(row).Exec(ctx)
	return translate(err)
}

func get[T any](ctx context.Context, db bun.IDB, id string) (T, error) {
	var row T
	err := db.NewSelect().Model(&row).Where("?TablePKs = ?", id).Scan(ctx)
	return row, translate(err)
}

func update[T any](ctx context.Context, db bun.IDB, row *T) error {
	res, err := db.NewUpdate().Model(row).WherePK().Exec(ctx)
	if err != nil {
		return translate(err)
	}
	return oneRow(res.RowsAffected())
}

func remove[T any](ctx context.Context, db bun.IDB, id string) error {
	res, err := db.NewDelete().Model((*T)(nil)).Where("?TablePKs = ?", id).Exec(ctx)
	if err != nil {
		return translate(err)
	}
	return oneRow(res.RowsAffected())
}

func oneRow(n int64, err error) error {
	if err != nil {
		return err
	}
	if n == 0 {
		return fmt.Errorf("%w: no row has this id", ErrNotFound)
	}
	return nil
}

// newID fills an empty id.
func newID(id *string) {
	if *id == "" {
		*id = NewID()
	}
}
