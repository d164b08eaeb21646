// Package inbox keeps the bot's own state: one turn per question, from its arrival to its
// answer, and the messages that an answer is sent in. What is in it survives the process.
// It imports nothing of ours, so that the bot stands on it without reaching the company's
// entities.
package inbox

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"rollcall/store/batch"
)

var (
	// ErrNotFound means that there is no such turn.
	ErrNotFound = errors.New("no such turn")
	// ErrLost means that somebody else has taken the turn over, or that it has ended: the
	// caller must do nothing more with it.
	ErrLost = errors.New("the turn is somebody else's now")
)

// LaterError means that nothing can be done for a thread before the time is over.
type LaterError struct{ After time.Duration }

// Error names the time.
func (e *LaterError) Error() string { return "not before " + e.After.String() }

// Inbox is the tables turn and outbox. It is safe for concurrent use, by any number of
// processes on PostgreSQL.
type Inbox struct {
	read     *sql.DB
	group    *group
	adds     *batch.Group[*added]
	numbered bool
}

const (
	// postgresGroups is how many transactions of grouped changes run beside each other.
	postgresGroups = 4
	sqliteGroups   = 1 // the database has one writer
)

// New keeps turns in the tables that the schema's migrations make. numbered says that
// placeholders are $1 and so on, as PostgreSQL's are. Times are the system's: they say who
// is late, which a clock fixed for a demonstration cannot.
func New(write, read *sql.DB, numbered bool) *Inbox {
	slots := sqliteGroups
	if numbered {
		slots = postgresGroups
	}
	b := &Inbox{read: read, group: newGroup(write, slots), numbered: numbered}
	b.adds = batch.New(slots, mostGrouped, b.addAll)
	return b
}

// micros is the form of times in the tables.
func (b *Inbox) micros() int64 { return time.Now().UnixMicro() }

// bind writes placeholders as the database has them.
func (b *Inbox) bind(query string) string {
	if !b.numbered {
		return query
	}
	var out strings.Builder
	n := 0
	for part := range strings.SplitSeq(query, "?") {
		if n > 0 {
			out.WriteString("$" + strconv.Itoa(n))
		}
		out.WriteString(part)
		n++
	}
	return out.String()
}

// args are a statement's arguments. PostgreSQL prepares the few statements of this package
// once for each connection: planning them costs it more than running them.
func (b *Inbox) args(all []any) []any {
	if !b.numbered {
		return all
	}
	return append([]any{pgx.QueryExecModeCacheStatement}, all...)
}

// change runs one statement that changes something and returns how many rows it changed.
func (b *Inbox) change(ctx context.Context, query string, args ...any) (int64, error) {
	var n int64
	err := b.group.do(ctx, func(ctx context.Context, tx *sql.Tx) (err error) {
		n, err = b.exec(ctx, tx, query, args...)
		return err
	})
	if err != nil { // the change may still be running: what it sets is not to be read
		return 0, err
	}
	return n, nil
}

func (b *Inbox) exec(ctx context.Context, tx *sql.Tx, query string, args ...any) (int64, error) {
	res, err := tx.ExecContext(ctx, b.bind(query), b.args(args)...)
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}

func placeholders(n int) string { return strings.TrimSuffix(strings.Repeat("?, ", n), ", ") }

func wrap(what string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", what, err)
}

// clean makes text that every database can keep: valid UTF-8 without the zero character.
func clean(s string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "")
}
