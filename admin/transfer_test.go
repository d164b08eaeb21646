package admin_test

import (
	"archive/zip"
	"bytes"
	"context"
	"database/sql"
	"io"
	"maps"
	"mime/multipart"
	"net/http"
	"slices"
	"strings"
	"testing"

	"rollcall/admin"
	"rollcall/store"
	"rollcall/store/chatlog"
	"rollcall/store/storetest"
)

const importPath, exportPath = "/api/v1/import", "/api/v1/export"

func zipped(t testing.TB, files map[string]string) string {
	t.Helper()
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		f, err := w.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(f, files[name]); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func formed(t testing.TB, files map[string]string) (body, contentType string) {
	t.Helper()
	var out bytes.Buffer
	w := multipart.NewWriter(&out)
	for name, text := range files {
		f, err := w.CreateFormFile("files", name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(f, text); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.String(), w.FormDataContentType()
}

var newcomers = map[string]string{
	"roles.csv":           "name,description\nDeveloper,\n",
	"people.csv":          "name,email,role,capacity\nAda,ada@example.com,Developer,100\nBo,bo@example.com,,80\n",
	"projects.csv":        "name,starts_on\nAtlas,2026-12-01\n",
	"project_details.csv": "project,json\nAtlas,\"{\"\"summary\"\":\"\"A map\"\"}\"\n",
}

func (r *rig) entries(entity string) []store.Audit {
	r.t.Helper()
	all, err := r.store.FindAudits(r.t.Context(), store.AuditFilter{Entities: []string{entity}})
	r.must(err)
	return all
}

func TestAnImportOverHTTPWritesTheFilesAndLeavesOneEntry(t *testing.T) {
	t.Parallel()
	each(t, func(r *rig) {
		form, kind := formed(r.t, newcomers)
		dry := r.expect(200, http.MethodPost, importPath+"?dry_run=true", form, "Content-Type", kind)
		if dry.body["written"] != false || len(dry.body["files"].([]any)) != 4 || len(r.entries("import")) != 0 {
			r.t.Errorf("the dry run: %s", dry.text)
		}
		if _, err := r.store.GetPersonByEmail(r.t.Context(), "ada@example.com"); err == nil {
			r.t.Error("the dry run wrote")
		}
		first := r.expect(200, http.MethodPost, importPath, form, "Content-Type", kind)
		if first.body["written"] != true || !strings.Contains(first.text, `{"file":"people.csv","rows":2,"created":2,"updated":0,"unchanged":0}`) {
			r.t.Errorf("the import: %s", first.text)
		}
		again := r.expect(200, http.MethodPost, importPath, zipped(r.t, newcomers), "Content-Type", "application/zip")
		if !strings.Contains(again.text, `{"file":"people.csv","rows":2,"created":0,"updated":0,"unchanged":2}`) || !strings.Contains(again.text, `{"file":"project_details.csv","rows":1,"created":0,"updated":0,"unchanged":1}`) {
			r.t.Errorf("the same again: %s", again.text)
		}
		trail := r.entries("import")
		if len(trail) != 2 || trail[1].Actor != r.people["admin"].ID || trail[1].Origin != "import" || !strings.Contains(strings.ReplaceAll(string(trail[1].After), " ", ""), `"created":2`) {
			r.t.Errorf("the trail: %+v", trail)
		}
	})
}

func TestEveryProblemOfAnImportIsNamedByFileLineColumnAndValue(t *testing.T) {
	t.Parallel()
	each(t, func(r *rig) {
		files := map[string]string{"people.csv": "name,email,capacity\nAda,ada@example.com,900\nBo,nowhere,80\n", "peeple.csv": "x\n"}
		a := r.expect(422, http.MethodPost, importPath, zipped(r.t, files), "Content-Type", "application/zip")
		for _, want := range []string{`"location":"people.csv:2:capacity"`, `"value":"900"`, `"location":"people.csv:3:email"`, `"value":"nowhere"`, `"location":"peeple.csv:0:"`, "did you mean"} {
			if !strings.Contains(a.text, want) {
				r.t.Errorf("the answer lacks %s: %s", want, a.text)
			}
		}
		if a.header.Get("Content-Type") != "application/problem+json" || len(r.entries("import")) != 0 {
			r.t.Errorf("%s", a.header.Get("Content-Type"))
		}
		dry := r.expect(200, http.MethodPost, importPath+"?dry_run=true", zipped(r.t, files), "Content-Type", "application/zip")
		if !strings.Contains(dry.text, `{"file":"people.csv","line":2,"column":"capacity","value":"900","message":"must be a whole number from 0 to 100"}`) || dry.body["problem_count"] != 3.0 {
			r.t.Errorf("the dry run: %s", dry.text)
		}
	})
}

func TestUploadsThatAreNotWhatTheyShouldBeAreRefusedAndLeadNowhere(t *testing.T) {
	t.Parallel()
	each(t, func(r *rig) {
		people := "name,email\nAda,ada@example.com\n"
		bomb := zipped(r.t, map[string]string{"people.csv": "name,email\n" + strings.Repeat("x", 70<<20)})
		cut, kind := formed(r.t, newcomers)
		for name, c := range map[string]struct {
			body, kind string
			status     int
		}{
			"no zip":         {"PK\x03\x04 and nothing", "application/zip", 400},
			"damaged":        {zipped(r.t, newcomers)[:200], "application/zip", 400},
			"a cut form":     {cut[:100], kind, 400},
			"no boundary":    {cut, "multipart/form-data", 400},
			"another kind":   {"{}", "application/json", 415},
			"nothing to do":  {zipped(r.t, map[string]string{"readme.txt": "x"}), "application/zip", 422},
			"a bomb":         {bomb, "application/zip", 413},
			"too large":      {strings.Repeat("x", 33<<20), "application/zip", 413},
			"twice the same": {zipped(r.t, map[string]string{"a/people.csv": people, "b/people.csv": people}), "application/zip", 422},
		} {
			if a := r.call(http.MethodPost, importPath, c.body, "Content-Type", c.kind); a.status != c.status || !strings.Contains(a.header.Get("Content-Type"), "problem+json") {
				r.t.Errorf("%s: %d %s", name, a.status, a.text)
			}
		}
		// A path is no place: the file is taken by its name and lands in the database alone.
		r.expect(200, http.MethodPost, importPath, zipped(r.t, map[string]string{"../../../etc/people.csv": people}), "Content-Type", "application/zip")
	})
}

func TestOnlyAdminsImportAndExport(t *testing.T) {
	t.Parallel()
	each(t, func(r *rig) {
		for token, status := range map[string]int{"": 401, "staff": 403, "manager": 403} {
			r.expect(status, http.MethodGet, exportPath, "", "Authorization", "Bearer "+token)
			r.expect(status, http.MethodPost, importPath, zipped(r.t, newcomers), "Authorization", "Bearer "+token, "Content-Type", "application/zip")
		}
	})
}

func TestWhatIsExportedOverHTTPIsWhatWasImported(t *testing.T) {
	t.Parallel()
	each(t, func(r *rig) {
		r.expect(200, http.MethodPost, importPath, zipped(r.t, newcomers), "Content-Type", "application/zip")
		first := r.expect(200, http.MethodGet, exportPath, "")
		if first.header.Get("Content-Type") != "application/zip" || !strings.Contains(first.header.Get("Content-Disposition"), ".zip") || len(r.entries("export")) != 1 {
			r.t.Errorf("%v", first.header)
		}
		archive, err := zip.NewReader(strings.NewReader(first.text), int64(len(first.text)))
		r.must(err)
		if len(archive.File) != 11 {
			r.t.Errorf("the archive has %d files", len(archive.File))
		}
		again := r.expect(200, http.MethodPost, importPath, first.text, "Content-Type", "application/zip")
		files, _ := again.body["files"].([]any)
		for _, one := range files {
			if f, _ := one.(map[string]any); f["unchanged"] != f["rows"] {
				r.t.Errorf("importing an export changed something: %v", f)
			}
		}
		if len(files) != 11 {
			r.t.Errorf("%d files came back: %s", len(files), again.text)
		}
	})
}

func TestOneImportRunsAtATime(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		began, release := make(chan struct{}), make(chan struct{})
		r := newRig(t, s, func(c *admin.Config) {
			c.Import = func() (func(tx *sql.Tx) chatlog.Details, func(ctx context.Context) error) {
				return func(*sql.Tx) chatlog.Details { return docsOf(s) }, func(context.Context) error { close(began); <-release; return nil }
			}
		})
		first := make(chan answer, 1)
		go func() {
			a, err := r.try(http.MethodPost, importPath, zipped(t, map[string]string{"roles.csv": newcomers["roles.csv"]}), "Content-Type", "application/zip")
			if err != nil {
				t.Error(err)
			}
			first <- a
		}()
		<-began
		for method, path := range map[string]string{http.MethodPost: importPath, http.MethodGet: exportPath} {
			if a := r.expect(http.StatusServiceUnavailable, method, path, "", "Content-Type", "application/zip"); a.header.Get("Retry-After") == "" {
				t.Errorf("%s %s says not when to come back", method, path)
			}
		}
		close(release)
		if a := <-first; a.status != http.StatusOK {
			t.Errorf("the first: %d %s", a.status, a.text)
		}
		r.expect(http.StatusOK, http.MethodGet, exportPath, "")
	})
}
