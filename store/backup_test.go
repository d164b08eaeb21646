package store_test

import (
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"rollcall/store"
	"rollcall/store/storetest"
)

func TestABackupIsTheDatabaseAsItWasAndOnlyItsOwnerReadsIt(t *testing.T) {
	t.Parallel()
	url := storetest.SQLiteURL(t)
	s := storetest.Open(t, url)
	role := store.Role{Name: "Developer"}
	if err := s.CreateRole(t.Context(), &role); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "copy.db")
	if err := store.Backup(t.Context(), url, file); err != nil {
		t.Fatal(err)
	}
	if err := s.CreateRole(t.Context(), &store.Role{Name: "Later"}); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(file)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
	names, err := storetest.Open(t, "sqlite://"+file).FindNames(t.Context())
	if err != nil || len(names) != 1 || names[0].ID != role.ID {
		t.Errorf("the copy has %v, %v", names, err)
	}
	if err = store.Backup(t.Context(), url, file); err == nil {
		t.Error("a backup was overwritten")
	}
}

func TestABackupMigratesNothingAndMakesNothingOfNothing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	db, err := sql.Open("sqlite", filepath.Join(dir, "old.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err = db.ExecContext(t.Context(), `create table "old" ("id" text)`); err != nil {
		t.Fatal(err)
	}
	if err = store.Backup(t.Context(), "sqlite://"+filepath.Join(dir, "old.db"), filepath.Join(dir, "copy.db")); err != nil {
		t.Fatal(err)
	}
	var n int
	if err = db.QueryRowContext(t.Context(), `select count(*) from sqlite_master`).Scan(&n); err != nil || n != 1 {
		t.Errorf("%d tables, %v", n, err)
	}
	if err = store.Backup(t.Context(), "sqlite://"+filepath.Join(dir, "none.db"), filepath.Join(dir, "none-copy.db")); err == nil {
		t.Error("a database that is not there was backed up")
	}
	if err = store.Backup(t.Context(), "postgres://x@127.0.0.1:1/x", filepath.Join(dir, "x")); !errors.Is(err, store.ErrBackupElsewhere) {
		t.Error(err)
	}
	for _, pattern := range []string{"none*", "*.partial"} {
		if left, err := filepath.Glob(filepath.Join(dir, pattern)); err != nil || len(left) > 0 {
			t.Errorf("left behind: %v, %v", left, err)
		}
	}
}
