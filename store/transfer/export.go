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
	return exportAll(ctx, s, details, func(e *exporter, sheet sheet) (int, error) { return e.file(ctx, sheet, dir) })
}

// ExportZip writes the same files into one archive.
func ExportZip(ctx context.Context, s *store.Store, details chatlog.Details, w io.Writer) (Report, error) {
	archive := zip.NewWriter(w)
	report, err := exportAll(ctx, s, details, func(e *exporter, sheet sheet) (int, error) {
		f, err := archive.CreateHeader(&zip.FileHeader{Name: sheet.file, Method: zip.Deflate, Modified: s.Now()})
		if err != nil {
			return 0, err
		}
		return e.sheet(ctx, sheet, f)
	})
	if err != nil {
		return report, err
	}
	if err := archive.Close(); err != nil {
		return report, fmt.Errorf("export: %w", err)
	}
	return report, nil
}

// exporter reads the tables as they were at one moment.
type exporter struct {
	tx      *sql.Tx
	dialect migrations.Dialect
	details chatlog.Details
}

// exportAll writes each file in one transaction that reads: what one file names is in another,
// whatever is written meanwhile.
func exportAll(ctx context.Context, s *store.Store, details chatlog.Details, write func(e *exporter, sheet sheet) (int, error)) (report Report, err error) {
	_, read := s.SQL()
	tx, err := read.BeginTx(ctx, &sql.TxOptions{Isolation: oneMoment(s.Dialect()), ReadOnly: true})
	if err != nil {
		return report, fmt.Errorf("export: %w", err)
	}
	defer func() { _ = tx.Rollback() }() // it has written nothing
	e := &exporter{tx: tx, dialect: s.Dialect(), details: details}
	for _, sheet := range sheets() {
		n, err := write(e, sheet)
		if err != nil {
			return report, fmt.Errorf("export %s: %w", sheet.file, err)
		}
		report.Files = append(report.Files, FileReport{File: sheet.file, Rows: n})
	}
	return report, nil
}

// oneMoment is the level at which all queries of a transaction see the same rows: on SQLite
// every one.
func oneMoment(d migrations.Dialect) sql.IsolationLevel {
	if d == migrations.Postgres {
		return sql.LevelRepeatableRead
	}
	return sql.LevelDefault
}

func (e *exporter) file(ctx context.Context, sheet sheet, dir string) (n int, err error) {
	f, err := os.CreateTemp(dir, sheet.file+".*")
	if err != nil {
		return 0, err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(f.Name())
		}
	}()
	n, err = e.sheet(ctx, sheet, f)
	if err = errors.Join(err, f.Close()); err != nil {
		return 0, err
	}
	return n, os.Rename(f.Name(), filepath.Join(dir, sheet.file))
}

func (e *exporter) sheet(ctx context.Context, sheet sheet, w io.Writer) (n int, err error) {
	out := csv.NewWriter(w)
	err = out.Write(sheet.names())
	if err == nil && sheet.table == "" {
		n, err = e.documents(ctx, out)
	} else if err == nil {
		n, err = e.rows(ctx, sheet, out)
	}
	out.Flush()
	return n, errors.Join(err, out.Error())
}

func (e *exporter) rows(ctx context.Context, sheet sheet, out *csv.Writer) (n int, err error) {
	aggregate := `GROUP_CONCAT("names"."name", '|')`
	if e.dialect == migrations.Postgres {
		aggregate = `STRING_AGG("names"."name", '|')`
	}
	rows, err := e.tx.QueryContext(ctx, strings.ReplaceAll(sheet.export, joinedNames, aggregate))
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

// documents writes the documents of the projects in the order of their names.
func (e *exporter) documents(ctx context.Context, out *csv.Writer) (int, error) {
	documents, err := e.details.FindDetails(ctx)
	if err != nil {
		return 0, err
	}
	byProject := make(map[string]chatlog.Project, len(documents))
	for _, d := range documents {
		byProject[d.ProjectID] = d.Project
	}
	rows, err := e.tx.QueryContext(ctx, `SELECT "id", "name" FROM "project" ORDER BY "name"`)
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
