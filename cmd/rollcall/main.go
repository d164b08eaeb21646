// Command rollcall answers staffing questions.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	_ "time/tzdata" // organisations name zones on machines that have no zone files

	"github.com/alecthomas/kong"
)

// version is set by the build of a release.
var version = "development"

type cli struct {
	Config

	Demo    demoCmd          `cmd:"" help:"Serve a sample company and its API on this machine, without accounts."`
	Serve   serveCmd         `cmd:"" help:"Answer in Slack, and serve the API, metrics and health."`
	Ask     askCmd           `cmd:"" help:"Ask one question."`
	Chat    chatCmd          `cmd:"" help:"Hold a conversation."`
	Confirm confirmCmd       `cmd:"" help:"Confirm a change that ask has proposed."`
	Cancel  cancelCmd        `cmd:"" help:"Cancel a change that ask has proposed."`
	Undo    undoCmd          `cmd:"" help:"Take a change back that was confirmed."`
	Audit   auditCmd         `cmd:"" help:"Print who changed what, oldest first, one JSON object per line."`
	Grant   grantCmd         `cmd:"" help:"Give somebody the access staff, manager or admin."`
	Admin   adminCmd         `cmd:"" help:"Make administrators."`
	Forget  forgetCmd        `cmd:"" help:"Forget all that a person has asked."`
	Import  importCmd        `cmd:"" help:"Read a company from a folder of CSV files."`
	Export  exportCmd        `cmd:"" help:"Write the company to a folder of CSV files."`
	Migrate migrateCmd       `cmd:"" help:"Bring the database's schema up to date, or show how far it is."`
	Backup  backupCmd        `cmd:"" help:"Copy a SQLite database into a file while it is in use."`
	Health  healthCmd        `cmd:"" help:"Ask the process that serves on this machine how it is doing."`
	Doctor  doctorCmd        `cmd:"" help:"Check the database, the documents, Slack and the model."`
	Eval    evalCmd          `cmd:"" help:"Score the answers to questions with known results."`
	Model   modelCmd         `cmd:"" help:"Serve the offline interpreter as an OpenAI-compatible model."`
	Version kong.VersionFlag `help:"Print the version."`
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], streams{os.Stdin, os.Stdout, os.Stderr})
	stop()
	os.Exit(code)
}

// streams is where a command reads and writes, so that tests can be the terminal.
type streams struct {
	in       io.Reader
	out, err io.Writer
}

// untilEnded waits for what read returns or for the end of ctx: reading from a terminal cannot
// be interrupted, waiting for it can. A read that is left behind ends with the process.
func untilEnded[T any](ctx context.Context, read func() (T, error)) (T, error) {
	type result struct {
		value T
		err   error
	}
	done := make(chan result, 1)
	go func() {
		value, err := read()
		done <- result{value, err}
	}()
	select {
	case r := <-done:
		return r.value, r.err
	case <-ctx.Done():
		var none T
		return none, context.Cause(ctx)
	}
}

// errSilent ends a command with status 1 after it has said what went wrong.
var errSilent = errors.New("already said")

// run executes the command line and returns the exit status: 0, 1 for a command that
// failed, 2 for a line that makes no sense.
func run(ctx context.Context, args []string, s streams) int {
	var c cli
	exit := -1
	parser, err := kong.New(&c, kong.Name("rollcall"), kong.Description("Staffing questions, answered from your company's data."),
		kong.Writers(s.out, s.err), kong.Exit(func(code int) { exit = code }), kong.Vars{"version": version},
		kong.UsageOnError(), kong.BindTo(ctx, (*context.Context)(nil)), kong.Bind(s))
	if err != nil {
		fmt.Fprintln(s.err, "rollcall:", err)
		return 2
	}
	line, err := parser.Parse(args)
	if exit >= 0 { // --help and --version end here
		return exit
	}
	if err != nil {
		fmt.Fprintln(s.err, "rollcall:", err)
		return 2
	}
	return status(line.Run(&c.Config), s)
}

func status(err error, s streams) int {
	switch {
	case err == nil:
		return 0
	case !errors.Is(err, errSilent):
		fmt.Fprintln(s.err, "rollcall:", err)
	}
	return 1
}
