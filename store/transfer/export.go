package transfer

import (
	"archive/zip"
	"context"
	"database/sql"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"rollcall/store"
	"rollcall/store/chatlog"
	"rollcall/store/migrations"
)

// ErrSameName means that rows have a name in common that the files tell rows apart by.
var ErrSameName = errors.New("rows cannot be told apart by their names")

// Export writes the company to a folder as the files that Import reads, sorted, so that
// importing them into an empty database and exporting again gives the same bytes. Files
// of the same names are replaced, each at once; the folder is made when it is missing.
// People who left, and what is theirs, are not written. Two rows of a name that the
// files identify rows by are an error that names them, because no import could tell them apart.
//
// Cells are written exactly as they are, not made harmless for spreadsheets: a name that
// begins with = must come back as it was.
func Export(ctx context.Context, s *store.Store, details chatlog.Details, dir string) (Report, error) {
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return Report{}, fmt.Errorf("export: %w", err)
	}
	var report Report
	for _, sheet := range sheets() {
		n, err := exportFile(ctx, s, details, sheet, dir)
		if err != nil {
			return report, fmt.Errorf("export %s: %w", sheet.file, err)
		}
		report.Files = append(report.Files, FileReport{File: sheet.file, Rows: n})
	}
	return report, nil
}

// ExportZip writes the same files into one archive.
func ExportZip(ctx context.Context, s *store.Store, details chatlog.Details, w io.Writer) (Report, error) {
	archive := zip.NewWriter(w)
	var report Report
	for _, sheet := range sheets() {
		f, err := archive.CreateHeader(&zip.FileHeader{Name: sheet.file, Method: zip.Deflate, Modified: s.Now()})
		if err != nil {
			return report, fmt.Errorf("export %s: %w", sheet.file, err)
		}
		n, err := exportSheet(ctx, s, details, sheet, f)
		if err != nil {
			return report, fmt.Errorf("export %s: %w", sheet.file, err)
		}
		report.Files = append(report.Files, FileReport{File: sheet.file, Rows: n})
	}
	if err := archive.Close(); err != nil {
		return report, fmt.Errorf("export: %w", err)
	}
	return report, nil
}

func exportFile(ctx context.Context, s *store.Store, details chatlog.Details, sheet sheet, dir string) (n int, err error) {
	f, err := os.CreateTemp(dir, sheet.file+".*")
	if err != nil {
		return 0, err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(f.Name())
		}
	}()
	n, err = exportSheet(ctx, s, details, sheet, f)
	if err = errors.Join(err, f.Close()); err != nil {
		return 0, err
	}
	return n, os.Rename(f.Name(), filepath.Join(dir, sheet.file))
}

func exportSheet(ctx context.Context, s *store.Store, details chatlog.Details, sheet sheet, w io.Writer) (n int, err error) {
	out := csv.NewWriter(w)
	err = out.Write(sheet.names())
	if err == nil && sheet.table == "" {
		n, err = exportDetails(ctx, s, details, out)
	} else if err == nil {
		n, err = exportRows(ctx, s, sheet, out)
	}
	out.Flush()
	return n, errors.Join(err, out.Error())
}

func exportRows(ctx context.Context, s *store.Store, sheet sheet, out *csv.Writer) (n int, err error) {
	_, read := s.SQL()
	aggregate := `GROUP_CONCAT("names"."name", '|')`
	if s.Dialect() == migrations.Postgres {
		aggregate = `STRING_AGG("names"."name", '|')`
	}
	rows, err := read.QueryContext(ctx, strings.ReplaceAll(sheet.export, joinedNames, aggregate))
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	cells, into := make([]any, len(sheet.fields)), make([]any, len(sheet.fields))
	for i := range cells {
		into[i] = &cells[i]
	}
	last := ""
	for rows.Next() {
		if err = rows.Scan(into...); err != nil {
			return n, err
		}
		line := make([]string, len(cells))
		for i, c := range cells {
			if line[i], err = cell(c, sheet.fields[i].kind); err != nil {
				return n, err
			}
		}
		if n++; n > 1 && last == line[0] && sheet.fields[0].key && sheet.fields[0].ref == nil {
			return n, fmt.Errorf("%w: two are called %q", ErrSameName, last)
		}
		last = line[0]
		if err = out.Write(line); err != nil {
			return n, err
		}
	}
	return n, rows.Err()
}

// cell writes a value as Import reads it.
func cell(v any, k kind) (string, error) {
	switch v := v.(type) {
	case nil:
		return "", nil
	case int64:
		return strconv.FormatInt(v, 10), nil
	case time.Time:
		return v.Format(time.DateOnly), nil
	case []byte:
		return cell(string(v), k)
	case string:
		if k != array {
			return v, nil
		}
		var values []string
		err := json.Unmarshal([]byte(v), &values)
		return strings.Join(values, "|"), err
	}
	return "", fmt.Errorf("a value of type %T cannot be written", v)
}

// exportDetails writes the documents of the projects in the order of their names.
func exportDetails(ctx context.Context, s *store.Store, details chatlog.Details, out *csv.Writer) (int, error) {
	documents, err := details.FindDetails(ctx)
	if err != nil {
		return 0, err
	}
	byProject := make(map[string]chatlog.Project, len(documents))
	for _, d := range documents {
		byProject[d.ProjectID] = d.Project
	}
	_, read := s.SQL()
	rows, err := read.QueryContext(ctx, `SELECT "id", "name" FROM "project" ORDER BY "name"`)
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	n := 0
	for rows.Next() {
		var id, name sql.NullString
		if err := rows.Scan(&id, &name); err != nil {
			return n, err
		}
		p, has := byProject[id.String]
		if !has {
			continue
		}
		text, err := json.Marshal(p)
		if err != nil {
			return n, err
		}
		n++
		if err := out.Write([]string{name.String, string(text)}); err != nil {
			return n, err
		}
	}
	return n, rows.Err()
}
