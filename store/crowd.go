package store

import (
	"context"
	"errors"

	"rollcall/store/civil"
)

// crowd is the candidates of one query with everything that touches the window, as the
// rows came: entries of one person are chained, so that nothing is sorted or copied.
type crowd struct {
	people []FoundPerson
	head   []int32 // per person: the place of the newest entry, -1 for none
	spans  []span
	next   []int32 // per entry: the place of the person's one before, -1 for none
	byID   map[string]int32
	buffer []span
}

// loadCrowd reads candidates, bookings and time off in one statement, so that they stem
// from one moment and the candidates are computed once.
func (s *Store) loadCrowd(ctx context.Context, q PeopleQuery, reach civil.Range) (_ *crowd, err error) {
	first, last := `COALESCE("b"."startsAt", "p"."startedAt", '0001-01-01')`, `COALESCE("b"."endsAt", "p"."endedAt", '9999-12-31')`
	// CROSS JOIN keeps SQLite's planner from starting at the large tables; PostgreSQL's plans
	// it like any join. The own dates are compared first and as they stand, so that the
	// index on them serves.
	statement := `WITH "cand" AS MATERIALIZED (?)
SELECT 0 AS "kind", "id", "name", "capacity" AS "percent", "levels" AS "first", 0 AS "last" FROM "cand"
UNION ALL
SELECT CASE WHEN "b"."status" = 'confirmed' THEN 1 ELSE 2 END, "b"."userId", '', "b"."percent", ` + s.epochDay(first) + `, ` + s.epochDay(last) + `
FROM "cand" CROSS JOIN "project_user" AS "b" CROSS JOIN "project" AS "p"
WHERE "b"."userId" = "cand"."id" AND "p"."id" = "b"."projectId" AND ("b"."startsAt" IS NULL OR "b"."startsAt" < ?) AND ("b"."endsAt" IS NULL OR "b"."endsAt" >= ?)
  AND ` + first + ` < ? AND ` + last + ` >= ?
UNION ALL
SELECT 3, "t"."userId", '', 0, ` + s.epochDay(`"t"."startsOn"`) + `, ` + s.epochDay(`"t"."endsOn"`) + `
FROM "cand" CROSS JOIN "time_off" AS "t" WHERE "t"."userId" = "cand"."id" AND "t"."startsOn" < ? AND "t"."endsOn" >= ?`
	rows, err := s.read.QueryContext(ctx, statement, s.candidates(q), reach.To, reach.From, reach.To, reach.From, reach.To, reach.From)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	c := &crowd{byID: make(map[string]int32)}
	var kind, percent int32
	var id, name string
	var from, to civil.Date
	for rows.Next() {
		if err := rows.Scan(&kind, &id, &name, &percent, &from, &to); err != nil {
			return nil, err
		}
		c.add(kind, id, name, percent, from, to)
	}
	return c, rows.Err()
}

func (c *crowd) add(kind int32, id, name string, percent int32, from, to civil.Date) {
	i, known := c.byID[id]
	if !known {
		i = int32(len(c.people)) //nolint:gosec // people fit in memory
		c.byID[id] = i
		c.people = append(c.people, FoundPerson{ID: id})
		c.head = append(c.head, -1)
	}
	if kind == 0 {
		p := &c.people[i]
		p.Name, p.Capacity, p.Levels = name, int(percent), int(from)
		return
	}
	c.spans = append(c.spans, span{first: from, last: to, percent: percent, kind: spanKind(kind - 1)}) //nolint:gosec // 1, 2 or 3
	c.next = append(c.next, c.head[i])
	c.head[i] = int32(len(c.spans) - 1) //nolint:gosec // entries fit in memory
}

// measure returns person i with the availability that the meter's window gives.
func (c *crowd) measure(m *meter, i int) FoundPerson {
	c.buffer = c.buffer[:0]
	for at := c.head[i]; at >= 0; at = c.next[at] {
		c.buffer = append(c.buffer, c.spans[at])
	}
	p := c.people[i]
	p.Availability = m.measure(p.Capacity, c.buffer)
	return p
}
