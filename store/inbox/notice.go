package inbox

import (
	"context"
	"database/sql"
	"encoding/json"
)

// AddReady keeps a turn of the origin Notice with the messages to send, all or nothing, and
// reports whether it is new: nobody has to work an answer out. One with the same key stays
// as it is. Notices are no questions: what finds those leaves them out.
func (b *Inbox) AddReady(ctx context.Context, t Turn, answer json.RawMessage, parts []Part) (bool, error) {
	var isNew bool
	err := b.group.do(ctx, func(ctx context.Context, tx *sql.Tx) error {
		n, err := b.exec(ctx, tx, `INSERT INTO "turn" ("id", "team", "channel", "threadTs", "messageTs", "origin", "asker", "question", "state", "answer", "createdAt", "updatedAt")
VALUES (?, ?, ?, ?, ?, 'notice', ?, ?, 'answer_ready', ?, ?, ?) ON CONFLICT ("team", "channel", "messageTs") DO NOTHING`,
			t.ID, clean(t.Thread.Team), clean(t.Thread.Channel), clean(t.Thread.TS), clean(t.MessageTS), clean(t.Asker), clean(t.Question), string(answer), b.micros(), b.micros())
		isNew = n == 1
		if err != nil || !isNew {
			return err
		}
		return b.insertParts(ctx, tx, t.ID, parts)
	})
	if err != nil { // the change may still be running: what it sets is not to be read
		return false, wrap("keep a notice", err)
	}
	return isNew, nil
}
