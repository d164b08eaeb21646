package transfer_test

import (
	"database/sql"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"rollcall/store"
	"rollcall/store/chatlog"
	"rollcall/store/civil"
	"rollcall/store/migrations"
	"rollcall/store/sample"
	"rollcall/store/storetest"
	"rollcall/store/transfer"
)

func TestMain(m *testing.M) { storetest.Main(m) }

func docs(s *store.Store) *chatlog.SQL {
	write, read := s.SQL()
	return chatlog.NewSQL(write, read, s.Dialect() == migrations.Postgres, storetest.Clock)
}

// bring imports files and returns the report and the problems as lines.
func bring(tb testing.TB, s *store.Store, src fs.FS, opts transfer.Options) (transfer.Report, []string, error) {
	tb.Helper()
	var problems []string
	d := docs(s)
	opts.Problem = func(p transfer.Problem) { problems = append(problems, p.String()) }
	opts.Details = func(tx *sql.Tx) chatlog.Details { return d.InTx(tx) }
	r, err := transfer.Import(tb.Context(), s, src, opts)
	return r, problems, err
}

func folder(files map[string]string) fs.FS {
	m := fstest.MapFS{}
	for name, text := range files {
		m[name+".csv"] = &fstest.MapFile{Data: []byte(text)}
	}
	return m
}

// company is a small folder that is right.
func company() map[string]string {
	return map[string]string{
		"roles":                 "name,description\nDeveloper,Writes code\nDesigner,\n",
		"skills":                "name,description,aliases\nGo,,golang|go lang\nRust,,\n",
		"certifications":        "name,issuer\nCKA,CNCF\n",
		"clients":               "name,description\nAcme,\n\"North, West\",two words\n",
		"people":                "name,email,role,location,timezone,capacity,access,slack_id\nAna,ana@example.com,Developer,Berlin,Europe/Berlin,80,manager,U1\nBen,ben@example.com,,,,,,\n",
		"projects":              "name,client,description,starts_on,ends_on\nAtlas,\"Acme|North, West\",Maps,2026-01-01,2026-12-31\nInner,,,,\n",
		"people_skills":         "email,skill,level,acquired_on\nana@example.com,Go,4,2020-02-29\nben@example.com,Go,,\n",
		"people_certifications": "email,certification,issued_on,expires_on\nana@example.com,CKA,2024-01-01,2027-01-01\n",
		"assignments":           "project,email,role,percent,starts_on,ends_on,status\nAtlas,ana@example.com,Developer,50,2026-11-01,2026-12-18,tentative\nInner,ben@example.com,,,,,\n",
		"time_off":              "email,kind,starts_on,ends_on\nana@example.com,vacation,2026-12-21,2026-12-31\n",
		"project_details":       "project,json\nAtlas,\"{\"\"summary\"\":\"\"Maps\"\"}\"\n",
	}
}

// with returns the small folder with one file replaced.
func with(name, text string) map[string]string {
	c := company()
	c[name] = text
	return c
}

func export(tb testing.TB, s *store.Store) map[string]string {
	tb.Helper()
	dir := tb.TempDir()
	if _, err := transfer.Export(tb.Context(), s, docs(s), dir); err != nil {
		tb.Fatal(err)
	}
	files := map[string]string{}
	names, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		tb.Fatal(err)
	}
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			tb.Fatal(err)
		}
		files[strings.TrimSuffix(filepath.Base(name), ".csv")] = string(text)
	}
	return files
}

func TestExportThenImportIsTheIdentityOnBothDatabases(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		if err := sample.Load(t.Context(), s, docs(s), civil.FromTime(storetest.Now)); err != nil {
			t.Fatal(err)
		}
		first := export(t, s)
		for name, open := range map[string]func(testing.TB) *store.Store{"sqlite": storetest.SQLite, "postgres": storetest.Postgres} {
			other := open(t)
			if _, problems, err := bring(t, other, folder(first), transfer.Options{}); err != nil {
				t.Fatalf("into %s: %v %v", name, err, problems)
			}
			if diff := cmp.Diff(first, export(t, other)); diff != "" {
				t.Errorf("into %s (-exported +exported again):\n%s", name, diff)
			}
		}
	})
}

func TestImportingAgainUpdatesOnlyWhatDiffers(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		details := []transfer.FileReport{
			{File: "project_details.csv", Rows: 1, Created: 1}, {File: "project_details.csv", Rows: 1, Unchanged: 1}, {File: "project_details.csv", Rows: 1, Unchanged: 1},
		}
		for i, c := range []struct {
			files map[string]string
			want  transfer.FileReport // of people.csv
			cap   int
		}{
			{company(), transfer.FileReport{File: "people.csv", Rows: 2, Created: 2}, 80},
			{company(), transfer.FileReport{File: "people.csv", Rows: 2, Unchanged: 2}, 80},
			{with("people", "email,name,capacity\nANA@example.com,Ana,60\ncarl@example.com,Carl,\n"), transfer.FileReport{File: "people.csv", Rows: 2, Created: 1, Updated: 1}, 60},
		} {
			r, problems, err := bring(t, s, folder(c.files), transfer.Options{})
			if err != nil {
				t.Fatal(err, problems)
			}
			if diff := cmp.Diff(details[i], r.Files[len(r.Files)-1]); diff != "" {
				t.Errorf("import %d (-want +got):\n%s", i, diff)
			}
			for _, f := range r.Files {
				if f.File == "people.csv" {
					if diff := cmp.Diff(c.want, f); diff != "" {
						t.Errorf("import %d (-want +got):\n%s", i, diff)
					}
				}
			}
			ana, err := s.GetPersonByEmail(t.Context(), "ana@example.com")
			if err != nil || ana.Capacity != c.cap || ana.Access != store.Manager || ana.Location == nil {
				t.Errorf("import %d: %+v, error %v; a column that is not there must change nothing", i, ana, err)
			}
		}
	})
}

func TestABlankCellTakesAnOptionalValueAway(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		for _, files := range []map[string]string{company(), {"people": "name,email,location,slack_id\nAna,ana@example.com,,\n"}} {
			if _, problems, err := bring(t, s, folder(files), transfer.Options{}); err != nil {
				t.Fatal(err, problems)
			}
		}
		if ana, err := s.GetPersonByEmail(t.Context(), "ana@example.com"); err != nil || ana.Location != nil {
			t.Errorf("%+v, error %v", ana, err)
		}
		if out := export(t, s)["people"]; strings.Contains(out, "U1") {
			t.Errorf("the Slack id is still there:\n%s", out)
		}
	})
}

func TestEveryProblemIsNamedAndNothingIsWritten(t *testing.T) {
	t.Parallel()
	people := "name,email,role,location,timezone,capacity,access,slack_id\n"
	for name, c := range map[string]struct {
		files map[string]string
		want  string // the problems, one a line
	}{
		"a percent of 900":           {with("assignments", "project,email,percent\nAtlas,ana@example.com,900\n"), `assignments.csv line 2, percent "900": must be a whole number from 1 to 100`},
		"an end before its start":    {with("time_off", "email,kind,starts_on,ends_on\nana@example.com,sick,2026-12-31,2026-12-01\n"), `time_off.csv line 2, ends_on "2026-12-01": lies before starts_on 2026-12-31`},
		"a wrong column":             {with("roles", "name,descripton\nDeveloper,x\nDesigner,\n"), `roles.csv line 1, column "descripton": is unknown; the columns are name,description; did you mean "description"?`},
		"a missing column":           {with("roles", "description\nx\n"), `roles.csv line 1, column "name": is missing`},
		"a column twice":             {with("certifications", "name,name\nCKA,CKA\n"), `certifications.csv line 1, column "name": is there twice`},
		"a duplicate row":            {with("skills", "name\nGo\nRust\nGo\n"), `skills.csv line 4, name "Go": says the same as line 2`},
		"an unknown reference":       {with("people_skills", "email,skill\nana@example.com,Goo\n"), `people_skills.csv line 2, skill "Goo": names no skill; did you mean "Go"?`},
		"an unknown person":          {with("time_off", "email,kind,starts_on,ends_on\nanna@example.com,sick,2026-12-01,2026-12-01\n"), `time_off.csv line 2, email "anna@example.com": names no person; did you mean "ana@example.com"?`},
		"an unknown client":          {with("projects", "name,client\nAtlas,Akme\nInner,\n"), `projects.csv line 2, client "Akme": names no client; did you mean "Acme"?`},
		"invalid UTF-8":              {with("roles", "name,description\nDeveloper,\xff\nDesigner,\n"), `roles.csv line 2, description "�": is not valid UTF-8`},
		"a NUL character":            {with("roles", "name,description\nDeveloper,a\x00b\nDesigner,\n"), "roles.csv line 2, description \"a\\x00b\": holds a NUL character"},
		"a quote that is not closed": {with("roles", "name,description\nDeveloper,\nDesigner,\"oops\n"), `roles.csv line 3: is not valid CSV (extraneous or missing " in quoted-field); the rest of the file was not read`},
		"too many cells":             {with("certifications", "name,issuer\nCKA,a,b\nCKA,CNCF\n"), `certifications.csv line 2: has 3 cells, the header has 2`},
		"an empty file":              {with("certifications", ""), "certifications.csv: is empty; the first line must name the columns: name,issuer"},
		"a blank key":                {with("roles", "name,description\n,x\nDeveloper,\nDesigner,\n"), `roles.csv line 2, name "": must not be blank`},
		"a bad day":                  {with("people_skills", "email,skill,acquired_on\nana@example.com,Go,31.12.2026\n"), `people_skills.csv line 2, acquired_on "31.12.2026": must be a day written YYYY-MM-DD`},
		"a day that is none":         {with("projects", "name,starts_on\nAtlas,2026-02-30\nInner,\n"), `projects.csv line 2, starts_on "2026-02-30": must be a day written YYYY-MM-DD`},
		"a level of 7":               {with("people_skills", "email,skill,level\nana@example.com,Go,7\n"), `people_skills.csv line 2, level "7": must be a whole number from 1 to 5`},
		"no e-mail address":          {with("people", people+"Ana,ana@example.com,,,,,,\nBen,ben@example.com,,,,,,\nCarl,carl,,,,,,\n"), `people.csv line 4, email "carl": must be an e-mail address`},
		"an unknown zone":            {with("people", people+"Ana,ana@example.com,,,Mars/Base,,,\nBen,ben@example.com,,,,,,\n"), `people.csv line 2, timezone "Mars/Base": must be a time zone such as Europe/Berlin`},
		"an unknown access":          {with("people", people+"Ana,ana@example.com,,,,,root,\nBen,ben@example.com,,,,,,\n"), `people.csv line 2, access "root": must be one of staff, manager, admin`},
		"a Slack id twice":           {with("people", people+"Ana,ana@example.com,,,,,,U1\nBen,ben@example.com,,,,,,U1\n"), `people.csv line 3, slack_id "U1": belongs to somebody else already`},
		"details that are no JSON":   {with("project_details", "project,json\nAtlas,{\n"), `project_details.csv line 2, json "{": not valid project details: unexpected EOF`},
		"an unknown file":            {with("poeple", "name\nx\n"), `poeple.csv: is not a file that can be imported; did you mean "people.csv"?`},
		"several in several files": {map[string]string{
			"roles":  "name\nDeveloper\nDeveloper\n",
			"people": people + "Ana,ana@example.com,Pilot,,,900,,\n\"Ben\nthe second\",ben@example.com,,,,,,\nCarl,x,,,,,,\n",
		}, "roles.csv line 3, name \"Developer\": says the same as line 2\npeople.csv line 2, capacity \"900\": must be a whole number from 0 to 100\n" +
			"people.csv line 2, role \"Pilot\": names no role\npeople.csv line 5, email \"x\": must be an e-mail address"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			storetest.Each(t, func(t *testing.T, s *store.Store) {
				_, problems, err := bring(t, s, folder(c.files), transfer.Options{})
				if !errors.Is(err, transfer.ErrProblems) {
					t.Fatalf("got %v, want ErrProblems", err)
				}
				if diff := cmp.Diff(c.want, strings.Join(problems, "\n")); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
				for file, text := range export(t, s) {
					if strings.Count(text, "\n") != 1 {
						t.Errorf("%s was written:\n%s", file, text)
					}
				}
			})
		})
	}
}

func TestMarksAndLineEndsOfOtherSystemsAreRead(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		files := company()
		for name, text := range files {
			files[name] = "\ufeff" + strings.ReplaceAll(text, "\n", "\r\n")
		}
		if _, problems, err := bring(t, s, folder(files), transfer.Options{}); err != nil {
			t.Fatal(err, problems)
		}
		plain := storetest.SQLite(t)
		if _, problems, err := bring(t, plain, folder(company()), transfer.Options{}); err != nil {
			t.Fatal(err, problems)
		}
		if diff := cmp.Diff(export(t, plain), export(t, s)); diff != "" {
			t.Errorf("(-plain +marked):\n%s", diff)
		}
	})
}

func TestADryRunWritesNothing(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		r, problems, err := bring(t, s, folder(company()), transfer.Options{DryRun: true})
		if err != nil || len(r.Files) != 11 {
			t.Fatal(r, problems, err)
		}
		if n, err := s.CountPeople(t.Context()); err != nil || n != 0 {
			t.Errorf("%d people, error %v", n, err)
		}
	})
}

func TestAFolderWithoutAnyFileIsRefused(t *testing.T) {
	t.Parallel()
	if _, _, err := bring(t, storetest.SQLite(t), fstest.MapFS{"readme.txt": &fstest.MapFile{}}, transfer.Options{}); err == nil || !strings.Contains(err.Error(), "none of the files") {
		t.Errorf("got %v", err)
	}
}

// generated is a folder whose people and skills are made while they are read.
type generated struct{ people int }

func (g generated) Open(name string) (fs.File, error) {
	if name == "." {
		return generatedDir{g}, nil
	}
	i := 0
	next := map[string]func() (string, bool){
		"skills.csv": func() (string, bool) { i++; return fmt.Sprintf("Skill %d\n", i), i <= 300 },
		"people.csv": func() (string, bool) {
			i++
			return fmt.Sprintf("Person %d,p%d@example.com\n", i, i), i <= g.people
		},
		"people_skills.csv": func() (string, bool) {
			i++
			return fmt.Sprintf("p%d@example.com,Skill %d,%d\n", 1+i/5, 1+(i*7)%300, 1+i%5), i < 5*g.people
		},
	}[name]
	header := map[string]string{"skills.csv": "name\n", "people.csv": "name,email\n", "people_skills.csv": "email,skill,level\n"}[name]
	return &generatedFile{name: name, rest: header, next: next}, nil
}

type generatedFile struct {
	name, rest string
	next       func() (string, bool)
}

func (f *generatedFile) Read(p []byte) (int, error) {
	for len(f.rest) < 4096 {
		line, ok := f.next()
		if !ok {
			break
		}
		f.rest += line
	}
	if f.rest == "" {
		return 0, io.EOF
	}
	n := copy(p, f.rest)
	f.rest = f.rest[n:]
	return n, nil
}
func (f *generatedFile) Stat() (fs.FileInfo, error) { return generatedInfo{f.name}, nil }
func (f *generatedFile) Close() error               { return nil }

type generatedInfo struct{ name string }

func (i generatedInfo) Name() string       { return i.name }
func (i generatedInfo) Size() int64        { return 1 }
func (i generatedInfo) Mode() fs.FileMode  { return 0 }
func (i generatedInfo) ModTime() time.Time { return time.Time{} }
func (i generatedInfo) IsDir() bool        { return false }
func (i generatedInfo) Sys() any           { return nil }

type generatedDir struct{ generated }

func (d generatedDir) ReadDir(int) ([]fs.DirEntry, error) {
	return []fs.DirEntry{
		fs.FileInfoToDirEntry(generatedInfo{"people.csv"}), fs.FileInfoToDirEntry(generatedInfo{"people_skills.csv"}), fs.FileInfoToDirEntry(generatedInfo{"skills.csv"}),
	}, nil
}
func (d generatedDir) Stat() (fs.FileInfo, error) { return generatedInfo{"."}, nil }
func (d generatedDir) Read([]byte) (int, error)   { return 0, io.EOF }
func (d generatedDir) Close() error               { return nil }

// peakHeap imports a generated company and returns the largest live heap seen on the way.
func peakHeap(tb testing.TB, s *store.Store, people int) uint64 {
	tb.Helper()
	var peak uint64
	progress := func(string, int64, int64) {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		peak = max(peak, m.HeapAlloc)
	}
	if _, problems, err := bring(tb, s, generated{people}, transfer.Options{Progress: progress}); err != nil {
		tb.Fatal(err, problems)
	}
	return peak
}

// Holding the generated rows would take far more than the limit, which leaves room for
// the database's own caches: with 600,000 rows the benchmark shows 16 MB. This test
// measures the process's heap, so it does not run beside others.
func TestMemoryDoesNotGrowWithTheFiles(t *testing.T) {
	const people, limit = 20_000, 24 << 20
	for name, open := range map[string]func(testing.TB) *store.Store{"sqlite": storetest.SQLite, "postgres": storetest.Postgres} {
		if peak := peakHeap(t, open(t), people); peak == 0 || peak > limit {
			t.Errorf("%s: the peak heap was %d kB for %d rows", name, peak>>10, 6*people)
		}
	}
}

func BenchmarkImport(b *testing.B) {
	for name, open := range map[string]func(testing.TB) *store.Store{"sqlite": storetest.SQLite, "postgres": storetest.Postgres} {
		b.Run(name+"/100000 people, 500000 skills", func(b *testing.B) {
			for b.Loop() {
				start := time.Now()
				peak := peakHeap(b, open(b), 100_000)
				b.ReportMetric(600_000/time.Since(start).Seconds(), "rows/s")
				b.ReportMetric(float64(peak>>20), "MB-heap")
			}
		})
	}
}

func TestAnImportLeavesOneEntryOfWhatItMadeAndADryRunNone(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		for _, opts := range []transfer.Options{{DryRun: true, By: "operator"}, {}, {By: "operator"}} {
			if _, problems, err := bring(t, s, folder(company()), opts); err != nil {
				t.Fatal(err, problems)
			}
		}
		all, err := s.FindAudits(t.Context(), store.AuditFilter{})
		if err != nil || len(all) != 1 {
			t.Fatalf("%d entries, %v", len(all), err)
		}
		a := all[0]
		if a.Actor != "operator" || a.Entity != "import" || a.Action != "create" || a.Origin != "import" || !a.At.Equal(storetest.Now) ||
			!strings.Contains(strings.ReplaceAll(string(a.After), " ", ""), `"file":"roles.csv"`) {
			t.Errorf("%+v", a)
		}
	})
}
