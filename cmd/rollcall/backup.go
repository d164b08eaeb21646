package main

import (
	"context"
	"fmt"

	"rollcall/store"
)

type backupCmd struct {
	File string `arg:"" type:"path" help:"The file to write; it must not be there."`
}

// Run copies a SQLite database while it is in use.
func (c *backupCmd) Run(ctx context.Context, cfg *Config, s streams) error {
	if err := store.Backup(ctx, cfg.DatabaseURL, c.File); err != nil {
		return err
	}
	fmt.Fprintf(s.out, "wrote %s; to use it, set DATABASE_URL=sqlite://%s\n", c.File, c.File)
	return nil
}
