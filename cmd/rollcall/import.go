package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"rollcall/store"
	"rollcall/store/chatlog"
	"rollcall/store/transfer"
)

type importCmd struct {
	Dir    string `arg:"" type:"existingdir" help:"The folder with the CSV files."`
	DryRun bool   `help:"Check the files and write nothing."`
}

// Run imports the folder, or says everything that is wrong with it.
func (c *importCmd) Run(ctx context.Context, cfg *Config, s streams) (err error) {
	file, isFile := store.SQLiteFile(cfg.DatabaseURL)
	fresh := isFile && !exists(file)
	a, err := cfg.open(ctx, s.err, false)
	if err != nil {
		return err
	}
	defer func() {
		err = errors.Join(err, a.close(ctx))
		if fresh && (err != nil || c.DryRun) { // leave no empty database behind: the next question would be asked of it
			err = errors.Join(err, os.Remove(file))
		}
	}()
	progress, finish := bar(s.err)
	details, write := a.importedDetails()
	report, err := transfer.Import(ctx, a.store, os.DirFS(c.Dir), transfer.Options{
		Problem:  func(p transfer.Problem) { fmt.Fprintln(s.err, printable(p.String())) },
		Progress: progress,
		Details:  details,
		DryRun:   c.DryRun,
		By:       "operator",
	})
	finish()
	if err != nil {
		return err
	}
	if !c.DryRun {
		if err := write(ctx); err != nil {
			return err
		}
	}
	for _, f := range report.Files {
		fmt.Fprintf(s.out, "%-26s %7d rows: %d new, %d changed, %d as before\n", f.File, f.Rows, f.Created, f.Updated, f.Unchanged)
	}
	if c.DryRun {
		fmt.Fprintln(s.out, "Nothing was written: this was a dry run.")
	}
	return nil
}

// importedDetails says where an import puts project details: into its own transaction, or,
// where a server of their own keeps them, aside until the transaction is through.
func (a *app) importedDetails() (in func(tx *sql.Tx) chatlog.Details, write func(ctx context.Context) error) {
	if a.mongo == nil {
		return func(tx *sql.Tx) chatlog.Details { return a.sql.InTx(tx) }, func(context.Context) error { return nil }
	}
	aside := transfer.NewAside(a.mongo)
	return func(*sql.Tx) chatlog.Details { return aside }, aside.Write
}

// bar draws a progress bar on a terminal, and nothing elsewhere.
func bar(out io.Writer) (progress func(file string, read, total int64), finish func()) {
	f, ok := out.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return nil, func() {}
	}
	var b *progressbar.ProgressBar
	progress = func(file string, read, total int64) {
		if b == nil {
			b = progressbar.NewOptions64(total, progressbar.OptionSetWriter(out), progressbar.OptionShowBytes(true), progressbar.OptionClearOnFinish())
		}
		b.Describe(file)
		_ = b.Set64(read)
	}
	return progress, func() {
		if b != nil {
			_ = b.Finish()
		}
	}
}

type exportCmd struct {
	Dir string `arg:"" help:"The folder to write; it is made when it is missing."`
}

// Run exports the company, or the sample company where there is no database yet.
func (c *exportCmd) Run(ctx context.Context, cfg *Config, s streams) (err error) {
	a, err := cfg.open(ctx, s.err, true)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.close(ctx)) }()
	if a.isSample {
		fmt.Fprint(s.err, sampleNotice+"\n")
	}
	report, err := transfer.Export(ctx, a.store, a.docs, c.Dir)
	if err != nil {
		return err
	}
	for _, f := range report.Files {
		fmt.Fprintf(s.out, "%-26s %7d rows\n", f.File, f.Rows)
	}
	return nil
}
