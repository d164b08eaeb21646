package store_test

import (
	"context"
	"database/sql"
	"errors"
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"rollcall/store"
	"rollcall/store/migrations"
	"rollcall/store/storetest"
)

var updateGolden = flag.Bool("update", false, "write the golden files anew")

// What each database says of its own schema, in a fixed order.
var schemaQueries = map[migrations.Dialect]string{
	migrations.SQLite: `SELECT "sql" || ';' FROM "sqlite_schema" WHERE "sql" IS NOT NULL AND "name" NOT LIKE 'goose%' AND "name" NOT LIKE 'sqlite%' ORDER BY "tbl_name", "type" DESC, "name"`,
	migrations.Postgres: `SELECT "line" FROM (
SELECT 1 AS "part", table_name AS "t", ordinal_position AS "n", table_name || '.' || column_name || ' ' || data_type ||
	CASE is_nullable WHEN 'NO' THEN ' not null' ELSE '' END || COALESCE(' default ' || column_default, '') AS "line"
FROM information_schema.columns WHERE table_schema = current_schema() AND table_name NOT LIKE 'goose%'
UNION ALL SELECT 2, conrelid::regclass::text, 0, conrelid::regclass::text || ' ' || pg_get_constraintdef(oid)
FROM pg_constraint WHERE connamespace = current_schema()::regnamespace AND conrelid::regclass::text NOT LIKE 'goose%'
UNION ALL SELECT 3, tablename, 0, replace(indexdef, current_schema() || '.', '') FROM pg_indexes WHERE schemaname = current_schema() AND tablename NOT LIKE 'goose%'
) AS "s" ORDER BY "part", "t", "n", "line"`,
}

func readLines(t *testing.T, db *sql.DB, query string) string {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var lines []string
	for rows.Next() {
		var line string
		if err := rows.Scan(&line); err != nil {
			t.Fatal(err)
		}
		lines = append(lines, line)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return strings.Join(lines, "\n") + "\n"
}

func TestTheMigrationsMakeTheSchemaThatIsWrittenDown(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		_, read := s.SQL()
		got, golden := readLines(t, read, schemaQueries[s.Dialect()]), "testdata/schema."+string(s.Dialect())+".golden"
		if *updateGolden {
			if err := os.WriteFile(golden, []byte(got), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), got); diff != "" {
			t.Errorf("(-written +made) go test ./store -update writes it anew:\n%s", diff)
		}
	})
}

func eachURL(t *testing.T, body func(t *testing.T, url string)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { t.Parallel(); body(t, storetest.SQLiteURL(t)) })
	t.Run("postgres", func(t *testing.T) { t.Parallel(); body(t, storetest.PostgresURL(t)) })
}

func TestADatabaseOfANewerProgramIsRefusedAndLeftAlone(t *testing.T) {
	t.Parallel()
	eachURL(t, func(t *testing.T, url string) {
		s := storetest.Open(t, url)
		write, _ := s.SQL()
		if _, err := write.ExecContext(t.Context(), `INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, true)`); err != nil {
			t.Fatal(err)
		}
		if _, err := store.Open(t.Context(), url, nil); !errors.Is(err, migrations.ErrNewer) {
			t.Errorf("open: got %v, want ErrNewer", err)
		}
		if _, err := store.GetMigrationStatus(t.Context(), url); !errors.Is(err, migrations.ErrNewer) {
			t.Errorf("status: got %v, want ErrNewer", err)
		}
	})
}

func TestSeveralProcessesMayOpenAFreshDatabaseAtOnce(t *testing.T) {
	t.Parallel()
	url := storetest.PostgresURL(t)
	failures := make(chan error, 4)
	for range cap(failures) {
		go func() {
			s, err := store.Open(context.Background(), url, nil)
			if err == nil {
				err = s.Close()
			}
			failures <- err
		}()
	}
	for range cap(failures) {
		if err := <-failures; err != nil {
			t.Error(err)
		}
	}
}

func TestADatabaseThatCannotBeOpenedSaysWhy(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	junk := dir + "/junk.db"
	if err := os.WriteFile(junk, []byte(strings.Repeat("this is no database ", 200)), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ url, want string }{
		"no scheme":               {"rollcall.db", "DATABASE_URL must be sqlite://FILE or postgres://"},
		"another database":        {"mysql://root@localhost/x", "DATABASE_URL must be"},
		"no file":                 {"sqlite://", "DATABASE_URL must be"},
		"a folder that is not":    {"sqlite://" + dir + "/none/rollcall.db", "does not exist"},
		"a folder for a file":     {"sqlite://" + dir, "is a folder"},
		"a file that is not one":  {"sqlite://" + junk, `junk.db": file is not a database`},
		"a malformed address":     {"postgres://user:hunter2@host:notaport/db", "not a valid postgres:// address"},
		"a server that is absent": {"postgres://user:hunter2@127.0.0.1:1/db?connect_timeout=2", "open the database"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := store.Open(t.Context(), c.url, nil)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Fatalf("got %v, want an error with %q", err, c.want)
			}
			if strings.Contains(err.Error(), "hunter2") {
				t.Errorf("the error holds the password: %v", err)
			}
		})
	}
}
