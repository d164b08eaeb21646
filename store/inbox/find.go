package inbox

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"strings"
	"time"
)

func (b *Inbox) turns(ctx context.Context, query string, args ...any) ([]Turn, error) {
	rows, err := b.read.QueryContext(ctx, b.bind(query), b.args(args)...)
	if err != nil {
		return nil, wrap("find turns", err)
	}
	defer rows.Close()
	var all []Turn
	for rows.Next() {
		t, err := scan(rows)
		if err != nil {
			return nil, wrap("find turns", err)
		}
		all = append(all, t)
	}
	return all, wrap("find turns", rows.Err())
}

// question leaves out what answers no question.
const question = `"origin" <> 'notice'`

// FindRecent returns the person's newest questions, newest first.
func (b *Inbox) FindRecent(ctx context.Context, team, asker string, limit int) ([]Turn, error) {
	return b.turns(ctx, `SELECT `+columns+` FROM "turn" WHERE "team" = ? AND "asker" = ? AND `+question+` ORDER BY "createdAt" DESC, "id" DESC LIMIT ?`, team, asker, limit)
}

// FindOpenThreads returns up to so many threads with a turn that is open and was not touched
// since the time, those that wait longest first.
func (b *Inbox) FindOpenThreads(ctx context.Context, before time.Time, limit int) ([]Thread, error) {
	return b.threads(ctx, `"updatedAt" < ? GROUP BY "team", "channel", "threadTs" ORDER BY MIN("updatedAt") LIMIT ?`, before.UnixMicro(), limit)
}

func (b *Inbox) threads(ctx context.Context, which string, args ...any) ([]Thread, error) {
	rows, err := b.read.QueryContext(ctx, b.bind(`SELECT "team", "channel", "threadTs" FROM "turn" WHERE `+open+` AND `+which), args...)
	if err != nil {
		return nil, wrap("find open threads", err)
	}
	defer rows.Close()
	var all []Thread
	for rows.Next() {
		var t Thread
		if err := rows.Scan(&t.Team, &t.Channel, &t.TS); err != nil {
			return nil, wrap("find open threads", err)
		}
		all = append(all, t)
	}
	return all, wrap("find open threads", rows.Err())
}

// FilterOpen returns those of the threads in which a turn is open.
func (b *Inbox) FilterOpen(ctx context.Context, threads []Thread) ([]Thread, error) {
	if len(threads) == 0 {
		return nil, nil
	}
	args := make([]any, 0, 3*len(threads))
	for _, th := range threads {
		args = append(args, th.Team, th.Channel, th.TS)
	}
	return b.threads(ctx, `("team", "channel", "threadTs") IN (VALUES `+strings.TrimSuffix(strings.Repeat("(?, ?, ?), ", len(threads)), ", ")+`) GROUP BY "team", "channel", "threadTs"`, args...)
}

// TakesPart reports whether the person has asked in the thread since the time.
func (b *Inbox) TakesPart(ctx context.Context, th Thread, asker string, since time.Time) (bool, error) {
	return b.exists(ctx, `SELECT 1 FROM "turn" WHERE "team" = ? AND "channel" = ? AND "threadTs" = ? AND "asker" = ? AND "createdAt" >= ? AND `+question+` LIMIT 1`,
		th.Team, th.Channel, th.TS, asker, since.UnixMicro())
}

// HasTurn reports whether there is a turn with the key.
func (b *Inbox) HasTurn(ctx context.Context, team, channel, messageTS string) (bool, error) {
	return b.exists(ctx, `SELECT 1 FROM "turn" WHERE "team" = ? AND "channel" = ? AND "messageTs" = ?`, team, channel, messageTS)
}

func (b *Inbox) exists(ctx context.Context, query string, args ...any) (bool, error) {
	var one int
	err := b.read.QueryRowContext(ctx, b.bind(query), b.args(args)...).Scan(&one)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	return err == nil, wrap("look for a turn", err)
}

// CountOpen counts the questions of the thread that wait or run.
func (b *Inbox) CountOpen(ctx context.Context, th Thread) (n int, err error) {
	err = b.read.QueryRowContext(ctx, b.bind(`SELECT COUNT(*) FROM "turn" WHERE "team" = ? AND "channel" = ? AND "threadTs" = ? AND `+question+` AND `+open), th.Team, th.Channel, th.TS).Scan(&n)
	return n, wrap("count turns", err)
}

// GetLastAnswer returns what was stored with the newest answer before the message in the
// thread, or nil.
func (b *Inbox) GetLastAnswer(ctx context.Context, th Thread, before string) (json.RawMessage, error) {
	var answer string
	err := b.read.QueryRowContext(ctx, b.bind(`SELECT "answer" FROM "turn" WHERE "team" = ? AND "channel" = ? AND "threadTs" = ? AND "messageTs" < ? AND "answer" IS NOT NULL AND `+question+`
ORDER BY "messageTs" DESC LIMIT 1`), b.args([]any{th.Team, th.Channel, th.TS, before})...).Scan(&answer)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return json.RawMessage(answer), wrap("get the last answer", err)
}

// FindCancelled returns, of the turns with the ids, why those that are to end early are.
func (b *Inbox) FindCancelled(ctx context.Context, ids []string) (map[string]string, error) {
	args := make([]any, len(ids))
	for i, id := range ids {
		args[i] = id
	}
	rows, err := b.read.QueryContext(ctx, b.bind(`SELECT "id", "cancel" FROM "turn" WHERE "cancel" <> '' AND "id" IN (`+placeholders(len(ids))+`)`), args...)
	if err != nil {
		return nil, wrap("find withdrawn questions", err)
	}
	defer rows.Close()
	found := map[string]string{}
	for rows.Next() {
		var id, why string
		if err := rows.Scan(&id, &why); err != nil {
			return nil, wrap("find withdrawn questions", err)
		}
		found[id] = why
	}
	return found, wrap("find withdrawn questions", rows.Err())
}

// Record is an exchange that is not in the log yet.
type Record struct {
	Turn     string
	Document json.RawMessage
}

// FindUnrecorded returns records of turns that were not touched since the time, oldest first.
func (b *Inbox) FindUnrecorded(ctx context.Context, before time.Time, limit int) (all []Record, err error) {
	rows, err := b.read.QueryContext(ctx, b.bind(`SELECT "id", "record" FROM "turn" WHERE "record" IS NOT NULL AND "updatedAt" < ? ORDER BY "updatedAt" LIMIT ?`), before.UnixMicro(), limit)
	if err != nil {
		return nil, wrap("find records", err)
	}
	defer rows.Close()
	for rows.Next() {
		var r Record
		var document string
		if err := rows.Scan(&r.Turn, &document); err != nil {
			return nil, wrap("find records", err)
		}
		r.Document = json.RawMessage(document)
		all = append(all, r)
	}
	return all, wrap("find records", rows.Err())
}

// SetRecorded forgets the record of a turn, which is in the log now.
func (b *Inbox) SetRecorded(ctx context.Context, turn string) error {
	_, err := b.change(ctx, `UPDATE "turn" SET "record" = NULL WHERE "id" = ?`, turn)
	return wrap("forget a record", err)
}

// DeleteBefore forgets ended turns from before the time, with their messages, and returns
// how many there were. Open ones and those whose record is not written stay.
func (b *Inbox) DeleteBefore(ctx context.Context, at time.Time) (int, error) {
	n, err := b.change(ctx, `DELETE FROM "turn" WHERE "createdAt" < ? AND "record" IS NULL AND NOT (`+open+`)`, at.UnixMicro())
	return int(n), wrap("forget turns", err)
}

// DeleteAsker forgets all turns of a person, with their messages.
func (b *Inbox) DeleteAsker(ctx context.Context, team, asker string) (int, error) {
	n, err := b.change(ctx, `DELETE FROM "turn" WHERE "team" = ? AND "asker" = ?`, team, asker)
	return int(n), wrap("forget a person's turns", err)
}

// DeletePerson forgets all turns of a person, with their messages and records that are not
// written yet, in every workspace. askers are the ids that they go by.
func (b *Inbox) DeletePerson(ctx context.Context, askers ...string) (int, error) {
	if len(askers) == 0 {
		return 0, nil
	}
	args := make([]any, len(askers))
	for i, id := range askers {
		args[i] = clean(id)
	}
	n, err := b.change(ctx, `DELETE FROM "turn" WHERE "asker" IN (`+placeholders(len(args))+`)`, args...)
	return int(n), wrap("forget a person's turns", err)
}
