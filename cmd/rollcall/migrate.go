package main

import (
	"context"
	"fmt"

	"rollcall/store"
)

type migrateCmd struct {
	Up     migrateUpCmd     `cmd:"" help:"Bring the schema up to date; makes the database where there is none."`
	Status migrateStatusCmd `cmd:"" help:"Show the schema's version without changing anything."`
}

type migrateUpCmd struct{}

// Run migrates.
func (migrateUpCmd) Run(ctx context.Context, cfg *Config, s streams) error {
	a, err := cfg.open(ctx, s.err, false)
	if err != nil {
		return err
	}
	if err := a.close(ctx); err != nil {
		return err
	}
	return migrateStatusCmd{}.Run(ctx, cfg, s)
}

type migrateStatusCmd struct{}

// Run prints how far the schema is.
func (migrateStatusCmd) Run(ctx context.Context, cfg *Config, s streams) error {
	if file, isFile := store.SQLiteFile(cfg.DatabaseURL); isFile && !exists(file) {
		return fmt.Errorf("there is no database %s yet; rollcall migrate up makes it", file)
	}
	st, err := store.GetMigrationStatus(ctx, cfg.DatabaseURL)
	if err != nil {
		return err
	}
	fmt.Fprintf(s.out, "schema version %d of %d\n", st.Current, st.Latest)
	return nil
}
