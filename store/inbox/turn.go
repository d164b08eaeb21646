package inbox

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// State is how far a turn has come.
type State string

// The states. The first four are open: somebody has still to do something.
const (
	Received  State = "received"
	Running   State = "running"
	Ready     State = "answer_ready" // the answer is stored and will not be made again
	Sending   State = "sending"      // some of it was tried, and not all has arrived
	Sent      State = "sent"
	Failed    State = "failed"    // the answer is stored and could not be brought to the person
	Cancelled State = "cancelled" // withdrawn or stopped by a person
)

const open = `"state" IN ('received', 'running', 'answer_ready', 'sending')`

// Where a turn came from.
const (
	DM      = "dm"
	Channel = "channel"
	Command = "command"
	Notice  = "notice" // nobody asked: a message of the bot's own accord
)

// Why a turn is to end early.
const (
	Stopped = "stopped" // by the stop button: the person is told
	Deleted = "deleted" // with its question: nothing is said
)

// Thread is what is worked on in order: the messages under one root message.
type Thread struct {
	Team    string `json:"team"`
	Channel string `json:"channel"`
	TS      string `json:"ts"` // of the root message
}

// Turn is one question, or a notice that answers none. Team, Channel and MessageTS are its key, whatever way and however
// often it came in.
type Turn struct {
	ID        string
	Thread    Thread
	MessageTS string // orders the turns of a thread
	Origin    string // DM, Channel, Command or Notice
	Asker     string // the messenger's id of the person; of a notice, whom it is for
	Question  string // of a notice, what it is about
	State     State
	Answer    json.RawMessage // what the bot stored with the answer; nil before
	Cancel    string          // Stopped, Deleted or empty
	Error     string          // for the operator
	Attempt   int             // how often it was taken up; only the newest may go on
	CreatedAt time.Time       // when it was kept, UTC
	UpdatedAt time.Time
}

const columns = `"id", "team", "channel", "threadTs", "messageTs", "origin", "asker", "question", "state", "answer", "cancel", "error", "attempt", "createdAt", "updatedAt"`

type row interface{ Scan(dest ...any) error }

func scan(r row) (Turn, error) {
	var t Turn
	var answer sql.NullString
	var created, updated int64
	err := r.Scan(&t.ID, &t.Thread.Team, &t.Thread.Channel, &t.Thread.TS, &t.MessageTS, &t.Origin, &t.Asker, &t.Question, &t.State, &answer,
		&t.Cancel, &t.Error, &t.Attempt, &created, &updated)
	if answer.Valid {
		t.Answer = json.RawMessage(answer.String)
	}
	t.CreatedAt, t.UpdatedAt = time.UnixMicro(created).UTC(), time.UnixMicro(updated).UTC()
	return t, err
}

// Add keeps a received turn and reports whether it is new. A turn with the same key stays
// as it is. The turn's ID must be set; state and times are not read.
func (b *Inbox) Add(ctx context.Context, t Turn) (bool, error) {
	a := &added{Turn: t}
	if err := b.adds.Do(ctx, a); err != nil {
		return false, wrap("keep the question", err)
	}
	return a.isNew, nil
}

// added is a turn that is being added.
type added struct {
	Turn

	isNew bool
}

// addAll keeps turns with one statement, in the order of their keys: a question comes in
// twice at the same moment, and two that keep the same pair the other way round would wait
// for each other.
func (b *Inbox) addAll(ctx context.Context, all []*added) error {
	all = slices.SortedFunc(slices.Values(all), func(x, y *added) int {
		return cmp.Or(cmp.Compare(x.Thread.Team, y.Thread.Team), cmp.Compare(x.Thread.Channel, y.Thread.Channel), cmp.Compare(x.MessageTS, y.MessageTS))
	})
	ctx, cancel := context.WithTimeout(ctx, groupTimeout)
	defer cancel()
	args := make([]any, 0, 10*len(all))
	for _, t := range all {
		args = append(args, t.ID, clean(t.Thread.Team), clean(t.Thread.Channel), clean(t.Thread.TS), clean(t.MessageTS), t.Origin, clean(t.Asker), clean(t.Question), b.micros(), b.micros())
	}
	rows, err := b.group.write.QueryContext(ctx, b.bind(`INSERT INTO "turn" ("id", "team", "channel", "threadTs", "messageTs", "origin", "asker", "question", "state", "createdAt", "updatedAt")
VALUES `+strings.TrimSuffix(strings.Repeat("(?, ?, ?, ?, ?, ?, ?, ?, 'received', ?, ?), ", len(all)), ", ")+`
ON CONFLICT ("team", "channel", "messageTs") DO NOTHING RETURNING "id"`), b.args(args)...)
	if err != nil {
		return err
	}
	defer rows.Close()
	isNew := map[string]bool{}
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return err
		}
		isNew[id] = true
	}
	if err := rows.Err(); err != nil {
		return err
	}
	for _, t := range all {
		t.isNew = isNew[t.ID]
	}
	return nil
}

// settle is how long a follow-up waits before it is taken up, so that one that was written
// before it and comes in after it is taken first. Messengers deliver beside each other.
const settle = 25 * time.Millisecond

// Claim takes up the oldest open turn of the thread, or reports that there is none, or
// none yet. From then on an earlier claim of the turn is lost. A turn that was received is
// running; one that has its answer keeps its state.
func (b *Inbox) Claim(ctx context.Context, th Thread) (Turn, bool, error) {
	var t Turn
	var found bool
	err := b.group.do(ctx, func(ctx context.Context, tx *sql.Tx) (err error) {
		t, err = scan(tx.QueryRowContext(ctx, b.bind(`UPDATE "turn" SET "attempt" = "attempt" + 1, "updatedAt" = ?,
	"state" = CASE WHEN "state" = 'received' THEN 'running' ELSE "state" END
WHERE "id" = (SELECT "id" FROM "turn" WHERE "team" = ? AND "channel" = ? AND "threadTs" = ? AND `+open+`
	AND ("messageTs" = "threadTs" OR "createdAt" <= ?) ORDER BY "messageTs", "id" LIMIT 1)
RETURNING `+columns), b.args([]any{b.micros(), th.Team, th.Channel, th.TS, b.micros() - settle.Microseconds()})...))
		found = err == nil
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		return err
	})
	if err != nil { // the change may still be running: what it sets is not to be read
		return Turn{}, false, wrap("take up a turn", err)
	}
	return t, found, nil
}

// Get returns the turn with the id, or ErrNotFound.
func (b *Inbox) Get(ctx context.Context, id string) (Turn, error) {
	t, err := scan(b.read.QueryRowContext(ctx, b.bind(`SELECT `+columns+` FROM "turn" WHERE "id" = ?`), id))
	if errors.Is(err, sql.ErrNoRows) {
		return t, fmt.Errorf("turn %s: %w", id, ErrNotFound)
	}
	return t, wrap("get the turn", err)
}

// Store keeps the answer of a claimed turn, the record of the exchange if there is one and
// the messages to send, all or nothing. A turn that was taken over meanwhile is ErrLost.
func (b *Inbox) Store(ctx context.Context, t Turn, record json.RawMessage, parts []Part) error {
	err := b.group.do(ctx, func(ctx context.Context, tx *sql.Tx) error {
		n, err := b.exec(ctx, tx, `UPDATE "turn" SET "state" = 'answer_ready', "answer" = ?, "record" = ?, "error" = ?, "updatedAt" = ?
WHERE "id" = ? AND "attempt" = ? AND "state" = 'running'`, string(t.Answer), sql.NullString{String: string(record), Valid: record != nil}, clean(t.Error), b.micros(), t.ID, t.Attempt)
		if err == nil && n == 0 {
			err = ErrLost
		}
		if err != nil {
			return err
		}
		return b.insertParts(ctx, tx, t.ID, parts)
	})
	return wrap("store the answer", err)
}

// End ends a claimed turn in the state, marks its record as written when recorded is set,
// and reports whether more of its thread is open. A turn that was taken over meanwhile is
// ErrLost.
func (b *Inbox) End(ctx context.Context, t Turn, s State, sent []Part, recorded bool) (bool, error) {
	var more bool
	err := b.group.do(ctx, func(ctx context.Context, tx *sql.Tx) error {
		for _, p := range sent {
			if err := b.setPart(ctx, tx, t.ID, p); err != nil {
				return err
			}
		}
		query := `UPDATE "turn" SET `
		if recorded {
			query += `"record" = NULL, `
		}
		query += `"state" = ?, "error" = ?, "updatedAt" = ? WHERE "id" = ? AND "attempt" = ? AND ` + open + `
RETURNING EXISTS (SELECT 1 FROM "turn" WHERE "team" = ? AND "channel" = ? AND "threadTs" = ? AND "id" <> ? AND ` + open + `)`
		err := tx.QueryRowContext(ctx, b.bind(query), b.args([]any{
			string(s), clean(t.Error), b.micros(), t.ID, t.Attempt, t.Thread.Team, t.Thread.Channel, t.Thread.TS, t.ID,
		})...).Scan(&more)
		if errors.Is(err, sql.ErrNoRows) {
			return ErrLost
		}
		return err
	})
	if err != nil {
		return false, wrap("end the turn", err)
	}
	return more, nil
}

// GiveBack has a claimed turn be as if it had not been taken up, when it could not be begun.
func (b *Inbox) GiveBack(ctx context.Context, t Turn) error {
	_, err := b.change(ctx, `UPDATE "turn" SET "attempt" = "attempt" - 1, "updatedAt" = ?, "state" = 'received' WHERE "id" = ? AND "attempt" = ? AND "state" = 'running'`,
		b.micros(), t.ID, t.Attempt)
	return wrap("give the turn back", err)
}

// SetThread moves a turn under another root message: an answer whose root is only known
// once it is sent. The root stands for the question from then on, which was no message and
// whose key says nothing of its time.
func (b *Inbox) SetThread(ctx context.Context, id string, th Thread) error {
	_, err := b.change(ctx, `UPDATE "turn" SET "channel" = ?, "threadTs" = ?, "messageTs" = ? WHERE "id" = ?`, th.Channel, th.TS, th.TS, id)
	return wrap("move the turn", err)
}

// Edit replaces the question while nobody has begun to answer it, and reports whether it did.
func (b *Inbox) Edit(ctx context.Context, team, channel, messageTS, question string) (bool, error) {
	n, err := b.change(ctx, `UPDATE "turn" SET "question" = ? WHERE "team" = ? AND "channel" = ? AND "messageTs" = ? AND "state" = 'received'`,
		clean(question), team, channel, messageTS)
	return n == 1, wrap("edit the question", err)
}

// Withdraw ends the turn of a deleted question early: at once when nobody has begun, else
// whoever works on it finds out. An answer that is stored is not withdrawn.
func (b *Inbox) Withdraw(ctx context.Context, team, channel, messageTS string) error {
	_, err := b.change(ctx, `UPDATE "turn" SET "cancel" = 'deleted', "updatedAt" = ?, "state" = CASE WHEN "state" = 'received' THEN 'cancelled' ELSE "state" END
WHERE "team" = ? AND "channel" = ? AND "messageTs" = ? AND "state" IN ('received', 'running')`, b.micros(), team, channel, messageTS)
	return wrap("withdraw the question", err)
}

// Stop asks for the early end of all turns of the thread that have no answer yet.
func (b *Inbox) Stop(ctx context.Context, th Thread) error {
	_, err := b.change(ctx, `UPDATE "turn" SET "cancel" = 'stopped', "updatedAt" = ? WHERE "team" = ? AND "channel" = ? AND "threadTs" = ? AND "cancel" = ''
AND "state" IN ('received', 'running')`, b.micros(), th.Team, th.Channel, th.TS)
	return wrap("stop the thread", err)
}
