package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
)

var (
	// ErrBackupElsewhere means that the database has tools of its own for backups.
	ErrBackupElsewhere = errors.New("PostgreSQL is backed up with pg_dump; see OPERATIONS.md")
	errNoFile          = errors.New("there is no database file to back up")
)

// Backup copies the SQLite database that the URL names into a new file, as it is at one
// moment, while others read and write it. The schema stays as it is, so that an upgrade
// can be preceded by a backup. A file that is there already is an error.
func Backup(ctx context.Context, url, file string) (err error) {
	path, isFile := SQLiteFile(url)
	if !isFile {
		return ErrBackupElsewhere
	}
	if _, err = os.Stat(path); err != nil {
		return fmt.Errorf("%w: %w", errNoFile, err)
	}
	if _, err = os.Lstat(file); !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("back up: %q is there already", file)
	}
	s, err := connect(ctx, url, nil)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	return s.copyTo(ctx, file)
}

// copyTo writes beside the file first: under its own name a backup is always whole.
func (s *Store) copyTo(ctx context.Context, file string) (err error) {
	partial := file + ".partial"
	f, err := os.OpenFile(partial, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600) //nolint:gosec // the operator names it
	if err != nil {
		return fmt.Errorf("back up: %w", err)
	}
	defer func() {
		if err != nil {
			_ = os.Remove(partial)
		}
	}()
	if _, err = s.pools.write.ExecContext(ctx, `VACUUM INTO ?`, partial); err != nil {
		return errors.Join(fmt.Errorf("back up: %w", err), f.Close())
	}
	if err = errors.Join(f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("back up: %w", err)
	}
	if err = os.Rename(partial, file); err != nil {
		return fmt.Errorf("back up: %w", err)
	}
	return nil
}
