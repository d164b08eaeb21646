package queue

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"rollcall/store/inbox"
)

// rescuer takes up jobs that nobody works on any more. On PostgreSQL every process holds a
// lock on its own name for as long as it lives; a job whose process has let go of its lock
// is free. The server lets go the moment a dead process's connection closes, so there is
// no lease to wait for.
type rescuer struct {
	id       string
	config   Config
	pool     *pgxpool.Pool // nil on SQLite
	alive    *pgxpool.Conn
	suspects map[int64]int // jobs of this process that it is not at work on, and for how many looks
}

// manyLooks is after how many looks a job that the process has and does not work on is
// free: its end may only not be written yet.
const manyLooks = 5

func newRescuer(c Config, pool *pgxpool.Pool) *rescuer {
	return &rescuer{id: "rollcall-" + uuid.NewString(), config: c, pool: pool, suspects: map[int64]int{}}
}

func lockOf(id string) int64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(id)) // never fails
	return int64(h.Sum64())    //nolint:gosec // any 64 bits make a lock's name
}

func (r *rescuer) start(ctx context.Context) error {
	if r.pool != nil {
		return r.once(ctx, nil)
	}
	queues := `'default'`
	if r.config.Threads != nil {
		queues = `'default', '` + threadQueue + `'`
	}
	for _, statement := range []string{`UPDATE river_job SET state = 'available' WHERE state = 'running' AND queue IN (` + queues + `)`, `DELETE FROM river_leader`} {
		if _, err := r.config.Write.ExecContext(ctx, statement); err != nil {
			return err
		}
	}
	return nil
}

func (r *rescuer) stop(ctx context.Context) {
	if r.alive != nil {
		_ = r.alive.Conn().Close(ctx) // a connection that goes back to the pool would keep the lock
		r.alive.Release()
		r.alive = nil
	}
}

// once says that the process lives and frees the jobs of those that do not, and its own
// that it has lost: a database that was away may have taken the news of their end with it.
func (r *rescuer) once(ctx context.Context, running map[int64]bool) error {
	if r.pool == nil {
		return r.freeOwn(ctx, running)
	}
	err := r.live(ctx)
	if err == nil {
		err = r.freeDead(ctx)
	}
	if err == nil && running != nil {
		err = r.freeOwn(ctx, running)
	}
	return err
}

// live holds the lock, anew when its connection was lost.
func (r *rescuer) live(ctx context.Context) error {
	if r.alive != nil {
		if err := r.alive.Ping(ctx); err == nil {
			return nil
		}
		r.stop(ctx)
	}
	conn, err := r.pool.Acquire(ctx)
	if err != nil {
		return err
	}
	var got bool
	err = conn.QueryRow(ctx, `SELECT pg_try_advisory_lock($1)`, lockOf(r.id)).Scan(&got)
	if err == nil && !got {
		err = errors.New("the lock of this process is held by a connection that is not closed yet")
	}
	if err != nil {
		conn.Release()
		return err
	}
	r.alive = conn
	return nil
}

func (r *rescuer) freeDead(ctx context.Context) error {
	rows, err := r.pool.Query(ctx, `SELECT DISTINCT attempted_by[array_upper(attempted_by, 1)] FROM river_job WHERE state = 'running'`)
	if err != nil {
		return err
	}
	names, err := pgx.CollectRows(rows, pgx.RowTo[*string])
	if err != nil {
		return err
	}
	for _, name := range names {
		if name != nil && *name != r.id {
			if err := r.freeIfDead(ctx, *name); err != nil {
				return err
			}
		}
	}
	return nil
}

func (r *rescuer) freeIfDead(ctx context.Context, name string) error {
	return pgx.BeginFunc(ctx, r.pool, func(tx pgx.Tx) error {
		var dead bool
		if err := tx.QueryRow(ctx, `SELECT pg_try_advisory_xact_lock($1)`, lockOf(name)).Scan(&dead); err != nil || !dead {
			return err
		}
		tag, err := tx.Exec(ctx, `UPDATE river_job SET state = 'available' WHERE state = 'running' AND attempted_by[array_upper(attempted_by, 1)] = $1`, name)
		if n := tag.RowsAffected(); err == nil && n > 0 {
			r.config.Logger.InfoContext(ctx, "took up the jobs of a process that ended", "jobs", n)
		}
		return err
	})
}

// freeOwn frees jobs of threads that the database says this process runs, and it does not.
func (r *rescuer) freeOwn(ctx context.Context, running map[int64]bool) error {
	if r.config.Threads == nil {
		return nil
	}
	ids, err := r.own(ctx)
	if err != nil {
		return err
	}
	suspects := map[int64]int{}
	for _, id := range ids {
		switch n := r.suspects[id] + 1; {
		case running[id]:
		case n < manyLooks:
			suspects[id] = n
		default:
			// Both dialects read a number that is written into the text; it is River's own.
			if _, err := r.config.Write.ExecContext(ctx, fmt.Sprintf(`UPDATE river_job SET state = 'available' WHERE state = 'running' AND id = %d`, id)); err != nil {
				return err
			}
		}
	}
	r.suspects = suspects
	return nil
}

func (r *rescuer) own(ctx context.Context) (ids []int64, err error) {
	query, args := `SELECT id FROM river_job WHERE state = 'running' AND queue = '`+threadQueue+`'`, []any(nil)
	if r.pool != nil {
		query, args = query+` AND attempted_by[array_upper(attempted_by, 1)] = $1`, []any{r.id}
	}
	rows, err := r.config.Write.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var id int64
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	return ids, rows.Err()
}

func threadOf(args []byte) (inbox.Thread, error) {
	var a threadArgs
	err := json.Unmarshal(args, &a)
	return a.Thread, err
}
