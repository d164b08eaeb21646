package inbox

import (
	"context"
	"time"
)

// Load is how much there is to do.
type Load struct {
	Open   map[State]int // turns in each of the open states, notices included
	Oldest time.Time     // when the oldest open turn came in; zero without one
	Unsent int           // messages of open turns that have not arrived
}

// GetLoad counts what is open.
func (b *Inbox) GetLoad(ctx context.Context) (Load, error) {
	l := Load{Open: map[State]int{Received: 0, Running: 0, Ready: 0, Sending: 0}}
	rows, err := b.read.QueryContext(ctx, b.bind(`SELECT "state", COUNT(*), MIN("createdAt") FROM "turn" WHERE `+open+` GROUP BY "state"`), b.args(nil)...)
	if err != nil {
		return l, wrap("count open turns", err)
	}
	defer rows.Close()
	for rows.Next() {
		var s State
		var n int
		var since int64
		if err = rows.Scan(&s, &n, &since); err != nil {
			return l, wrap("count open turns", err)
		}
		l.Open[s] = n
		if at := time.UnixMicro(since); l.Oldest.IsZero() || at.Before(l.Oldest) {
			l.Oldest = at
		}
	}
	if err = rows.Err(); err != nil {
		return l, wrap("count open turns", err)
	}
	err = b.read.QueryRowContext(ctx, b.bind(`SELECT COUNT(*) FROM "turn" AS "t" JOIN "outbox" AS "o" ON "o"."turnId" = "t"."id"
WHERE "t"."state" IN ('received', 'running', 'answer_ready', 'sending') AND "o"."state" IN ('intent', 'unknown')`), b.args(nil)...).Scan(&l.Unsent)
	return l, wrap("count unsent messages", err)
}
