package transfer

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"rollcall/store"
	"rollcall/store/chatlog"
)

// Options say how an import runs.
type Options struct {
	Problem  func(Problem)                        // called for every problem, by file and line; nil: not told
	Progress func(file string, read, total int64) // bytes over all files; nil: not told
	Details  func(tx *sql.Tx) chatlog.Details     // the project details as written by the transaction
	DryRun   bool                                 // check everything, keep nothing
	// By is who imports, a person's id or "operator": the trail keeps one entry that says how
	// many rows were made and changed. Empty leaves none.
	By string
}

// ErrNoFiles means that there is nothing that could be imported.
var ErrNoFiles = errors.New("there is nothing to import")

// errDry takes a transaction back that was only meant to be tried.
var errDry = errors.New("dry run")

// Import reads the CSV files of a folder in one transaction. Rows are matched by their
// keys: what is there is updated, what is not is created, what the files do not name is
// left alone. When anything is wrong, every problem is told, the error is ErrProblems
// and nothing has changed. Memory does not grow with the files.
func Import(ctx context.Context, s *store.Store, src fs.FS, opts Options) (Report, error) {
	in := &importer{opts: opts, src: src}
	if err := in.survey(); err != nil {
		return Report{}, err
	}
	err := s.InTx(ctx, func(ctx context.Context, tx *sql.Tx) error {
		m := newMerger(ctx, s, tx, opts.Details(tx))
		if err := in.run(m); err != nil {
			return err
		}
		if in.report.Problems > 0 {
			return ErrProblems
		}
		if opts.DryRun {
			return errDry
		}
		return in.remember(m)
	})
	switch {
	case errors.Is(err, ErrProblems):
		return in.report, fmt.Errorf("%w: the files have %d problems", ErrProblems, in.report.Problems)
	case errors.Is(err, errDry):
		return in.report, nil
	case err != nil:
		return in.report, fmt.Errorf("import: %w", err)
	}
	return in.report, nil
}

type importer struct {
	opts        Options
	src         fs.FS
	files       map[string]bool
	read, total int64
	report      Report
}

func (in *importer) tell(all []Problem) {
	sortProblems(all)
	in.report.Problems += len(all)
	for _, p := range all {
		if in.opts.Problem != nil {
			in.opts.Problem(p)
		}
	}
}

// survey finds the files; a CSV file of an unknown name is a problem, since its rows
// would silently be missing.
func (in *importer) survey() error {
	entries, err := fs.ReadDir(in.src, ".")
	if err != nil {
		return fmt.Errorf("import: %w", err)
	}
	var known []string
	for _, s := range sheets() {
		known = append(known, s.file)
	}
	in.files = map[string]bool{}
	var problems []Problem
	for _, e := range entries {
		switch info, err := e.Info(); {
		case err != nil:
			return fmt.Errorf("import: %w", err)
		case slices.Contains(known, e.Name()):
			in.files[e.Name()] = true
			in.total += info.Size()
		case strings.HasSuffix(strings.ToLower(e.Name()), ".csv"):
			problems = append(problems, Problem{File: e.Name(), Message: "is not a file that can be imported" + didYouMean(e.Name(), known)})
		}
	}
	if len(in.files) == 0 {
		return fmt.Errorf("import: %w: the folder has none of the files %s", ErrNoFiles, strings.Join(known, ", "))
	}
	in.tell(problems)
	return nil
}

func (in *importer) run(m *merger) error {
	for _, s := range sheets() {
		if !in.files[s.file] {
			continue
		}
		m.sheet, m.report, m.problems, m.earlier = s, FileReport{File: s.file}, nil, in.report.Problems > 0
		if err := in.file(m); err != nil {
			return fmt.Errorf("%s: %w", s.file, err)
		}
		in.tell(m.problems)
		m.report.Unchanged = m.report.Rows - m.report.Created - m.report.Updated
		in.report.Files = append(in.report.Files, m.report)
	}
	return m.dropNames()
}

func (in *importer) file(m *merger) (err error) {
	f, err := in.src.Open(m.sheet.file)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	table, ok := openTable(m.sheet, counter{f, func(n int) { in.advance(m.sheet.file, n) }}, m.add)
	if !ok {
		m.unread[m.sheet.table] = true
		return nil
	}
	m.table = table
	for _, step := range []func() error{m.stage, m.notice, m.unique, m.refer, m.merge, m.finish, m.drop} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// notice remembers a file that broke off.
func (m *merger) notice() error {
	m.unread[m.sheet.table] = m.table.cut
	return nil
}

// finish stores what does not fit into the table's columns.
func (m *merger) finish() error {
	if m.sheet.after == nil {
		return nil
	}
	return m.sheet.after(m)
}

func (in *importer) advance(file string, n int) {
	in.read += int64(n)
	if in.opts.Progress != nil {
		in.opts.Progress(file, in.read, in.total)
	}
}
