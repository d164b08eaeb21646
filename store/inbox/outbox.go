package inbox

import (
	"context"
	"database/sql"
	"encoding/json"
)

// PartState is what is known of one message.
type PartState string

// The states of a message.
const (
	Intent   PartState = "intent"  // stored; after a crash nobody knows whether it was sent
	Done     PartState = "sent"    // it is there, under MessageTS
	Unknown  PartState = "unknown" // it was sent and the outcome is not known
	Rejected PartState = "failed"  // it will never be there
)

// Part is one message of an answer. Number orders them and is their key within the turn.
type Part struct {
	Number    int
	Kind      string // how it is sent; the messenger's matter
	Channel   string
	Payload   json.RawMessage
	State     PartState
	MessageTS string // empty until it is known
	Attempt   int    // how often it was sent
}

func (b *Inbox) insertParts(ctx context.Context, tx *sql.Tx, turn string, parts []Part) error {
	for _, p := range parts {
		_, err := b.exec(ctx, tx, `INSERT INTO "outbox" ("turnId", "part", "kind", "channel", "payload", "state", "messageTs", "attempt", "updatedAt")
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT ("turnId", "part") DO UPDATE SET "kind" = excluded."kind", "channel" = excluded."channel",
	"payload" = excluded."payload", "state" = excluded."state", "messageTs" = excluded."messageTs", "attempt" = excluded."attempt", "updatedAt" = excluded."updatedAt"`,
			turn, p.Number, p.Kind, p.Channel, string(p.Payload), string(p.State), p.MessageTS, p.Attempt, b.micros())
		if err != nil {
			return err
		}
	}
	return nil
}

func (b *Inbox) setPart(ctx context.Context, tx *sql.Tx, turn string, p Part) error {
	_, err := b.exec(ctx, tx, `UPDATE "outbox" SET "state" = ?, "messageTs" = ?, "attempt" = ?, "updatedAt" = ? WHERE "turnId" = ? AND "part" = ?`,
		string(p.State), p.MessageTS, p.Attempt, b.micros(), turn, p.Number)
	return err
}

// AddParts keeps messages of a claimed turn that are sent before its answer is stored. A
// turn that was taken over meanwhile is ErrLost.
func (b *Inbox) AddParts(ctx context.Context, t Turn, parts ...Part) error {
	return wrap("keep messages to send", b.guarded(ctx, t, func(ctx context.Context, tx *sql.Tx) error { return b.insertParts(ctx, tx, t.ID, parts) }))
}

// SetPart keeps what is known of one message of a claimed turn whose answer is stored: the
// turn is sending from then on. A turn that was taken over meanwhile is ErrLost.
func (b *Inbox) SetPart(ctx context.Context, t Turn, p Part) error {
	return wrap("keep a message's state", b.guarded(ctx, t, func(ctx context.Context, tx *sql.Tx) error { return b.setPart(ctx, tx, t.ID, p) }))
}

// guarded runs a change of a turn's messages if the turn is still the caller's.
func (b *Inbox) guarded(ctx context.Context, t Turn, do func(ctx context.Context, tx *sql.Tx) error) error {
	return b.group.do(ctx, func(ctx context.Context, tx *sql.Tx) error {
		n, err := b.exec(ctx, tx, `UPDATE "turn" SET "updatedAt" = ?, "state" = CASE WHEN "state" = 'answer_ready' THEN 'sending' ELSE "state" END
WHERE "id" = ? AND "attempt" = ? AND `+open, b.micros(), t.ID, t.Attempt)
		if err == nil && n == 0 {
			err = ErrLost
		}
		if err != nil {
			return err
		}
		return do(ctx, tx)
	})
}

// FindParts returns the messages of a turn in order.
func (b *Inbox) FindParts(ctx context.Context, turn string) (parts []Part, err error) {
	rows, err := b.read.QueryContext(ctx, b.bind(`SELECT "part", "kind", "channel", "payload", "state", "messageTs", "attempt" FROM "outbox" WHERE "turnId" = ? ORDER BY "part"`), turn)
	if err != nil {
		return nil, wrap("find messages", err)
	}
	defer rows.Close()
	for rows.Next() {
		var p Part
		var payload string
		if err := rows.Scan(&p.Number, &p.Kind, &p.Channel, &payload, &p.State, &p.MessageTS, &p.Attempt); err != nil {
			return nil, wrap("find messages", err)
		}
		p.Payload = json.RawMessage(payload)
		parts = append(parts, p)
	}
	return parts, wrap("find messages", rows.Err())
}
