package main

import (
	"archive/zip"
	"bytes"
	"context"
	"database/sql"
	"io"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"rollcall/bot/slackio/fakeslack"
	"rollcall/store"
	"rollcall/store/chatlog"
	"rollcall/store/migrations"
	"rollcall/store/storetest"
	"rollcall/store/transfer"
)

// everything is what a backup must bring back: the company's files, and how much was said
// and changed.
func everything(t *testing.T, s *store.Store) string {
	t.Helper()
	write, read := s.SQL()
	docs := chatlog.NewSQL(write, read, s.Dialect() == migrations.Postgres, storetest.Clock)
	var packed bytes.Buffer
	if _, err := transfer.ExportZip(t.Context(), s, docs, &packed); err != nil {
		t.Fatal(err)
	}
	archive, err := zip.NewReader(bytes.NewReader(packed.Bytes()), int64(packed.Len()))
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for _, f := range archive.File {
		in, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		if _, err = io.Copy(&all, in); err != nil {
			t.Fatal(err)
		}
	}
	for _, table := range []string{"turn", "outbox", "audit", "spending"} {
		var n string
		if err := read.QueryRowContext(t.Context(), `SELECT CAST(COUNT(*) AS text) FROM "`+table+`"`).Scan(&n); err != nil {
			t.Fatal(err)
		}
		all.WriteString(table + " " + n + "\n")
	}
	return all.String()
}

// goesOn checks that a process answers on what was restored.
func (w *workplace) goesOn(t *testing.T, restored string) {
	t.Helper()
	p := w.start("DATABASE_URL=" + restored)
	ts := w.slack.Say(sam, "C0AFTER", "", fakeslack.Mention+goQuestion)
	eventually(t, "an answer of the restored company", func() bool { return len(w.slack.Replies("C0AFTER", ts)) == 1 })
	p.stop(t)
}

func TestASQLiteDatabaseIsBackedUpWhileItIsUsedAndRestored(t *testing.T) {
	t.Parallel()
	w := newWorkplace(t, storetest.SQLiteURL(t))
	p := w.start()
	w.answers("C0GENERAL", w.slack.Say(sam, "C0GENERAL", "", fakeslack.Mention+goQuestion), 1)
	before := everything(t, w.store)
	file := filepath.Join(t.TempDir(), "backup.db")
	if code, out, errOut := rollcall(t, "", "backup", file, "--database="+w.url); code != 0 || !strings.Contains(out, file) {
		t.Fatalf("status %d: %s", code, errOut)
	}
	w.answers("C0GENERAL", w.slack.Say(sam, "C0GENERAL", "", fakeslack.Mention+"who is away next week?"), 1)
	p.stop(t)
	if after := everything(t, storetest.Open(t, "sqlite://"+file)); after != before {
		t.Errorf("restored:\n%s\nbefore:\n%s", lastOf(after, 300), lastOf(before, 300))
	}
	w.goesOn(t, "sqlite://"+file)
}

// postgresTool finds a program of PostgreSQL's, or skips the test where there is none.
func postgresTool(t *testing.T, name string) string {
	t.Helper()
	if found, err := filepath.Glob("/usr/lib/postgresql/*/bin/" + name); err == nil && len(found) > 0 {
		return found[len(found)-1]
	}
	path, err := exec.LookPath(name)
	if err != nil {
		t.Skipf("there is no %s", name)
	}
	return path
}

// newDatabase makes an empty database beside the one of the address.
func newDatabase(t *testing.T, address, name string) string {
	t.Helper()
	db, err := sql.Open("pgx", address)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	name += "_" + strings.ReplaceAll(store.NewID(), "-", "")
	if _, err = db.ExecContext(t.Context(), `create database "`+name+`"`); err != nil {
		t.Skipf("the tests' server lets nobody make databases: %v", err)
	}
	t.Cleanup(func() {
		last, failed := sql.Open("pgx", address)
		if failed != nil {
			t.Error(failed)
			return
		}
		defer last.Close()
		if _, failed = last.ExecContext(context.Background(), `drop database "`+name+`" with (force)`); failed != nil {
			t.Error(failed)
		}
	})
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	q.Del("search_path")
	u.Path, u.RawQuery = "/"+name, q.Encode()
	return u.String()
}

func TestAPostgresDatabaseIsBackedUpWhileItIsUsedAndRestored(t *testing.T) {
	t.Parallel()
	dump, restore := postgresTool(t, "pg_dump"), postgresTool(t, "pg_restore")
	server := storetest.PostgresURL(t)
	restored := newDatabase(t, server, "restored")
	w := newWorkplace(t, newDatabase(t, server, "company"))
	p := w.start()
	w.answers("C0GENERAL", w.slack.Say(sam, "C0GENERAL", "", fakeslack.Mention+goQuestion), 1)
	before, file := everything(t, w.store), filepath.Join(t.TempDir(), "rollcall.dump")
	if said, err := exec.CommandContext(t.Context(), dump, "--format=custom", "--no-owner", "--file="+file, w.url).CombinedOutput(); err != nil {
		t.Fatalf("pg_dump: %v: %s", err, said)
	}
	p.stop(t)
	if said, err := exec.CommandContext(t.Context(), restore, "--no-owner", "--exit-on-error", "--single-transaction", "--dbname="+restored, file).CombinedOutput(); err != nil {
		t.Fatalf("pg_restore: %v: %s", err, said)
	}
	if after := everything(t, storetest.Open(t, restored)); after != before {
		t.Errorf("restored:\n%s\nbefore:\n%s", lastOf(after, 300), lastOf(before, 300))
	}
	w.goesOn(t, restored)
}

func TestTheTermsOfABackupThatCannotBeAreSaidPlainly(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "there.db")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for want, args := range map[string][]string{
		"pg_dump":          {"backup", file + ".new", "--database=postgres://u:pass-secret@127.0.0.1:1/x"},
		"no database file": {"backup", file + ".new", none(t)},
		"is there already": {"backup", file, "--database=sqlite://" + file},
	} {
		if code, out, errOut := rollcall(t, "", args...); code != 1 || !strings.Contains(errOut, want) || strings.Contains(out+errOut, "pass-secret") {
			t.Errorf("%s: status %d, %s", want, code, errOut)
		}
	}
}
