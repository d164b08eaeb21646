package chatlog

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
)

// conditions are a filter's as SQL, with their values.
func conditions(f Filter) (where []string, args []any) {
	where = []string{"1 = 1"}
	add := func(condition string, arg any) { where, args = append(where, condition), append(args, arg) }
	for _, c := range []struct{ value, condition, arg string }{
		{f.AskerID, `"askerId" = ?`, f.AskerID},
		{f.Conversation, `"conversation" = ?`, f.Conversation},
		{f.Channel, `"document" ->> 'channel' = ?`, f.Channel},
		{f.Kind, `"kind" = ?`, f.Kind},
		{f.Model, `"model" = ?`, f.Model},
		{f.Feedback, `"feedback" = ?`, f.Feedback},
		{f.Tool, `"tools" LIKE ? ESCAPE '!'`, like(" " + f.Tool + " ")},
		{f.Text, `"search" LIKE ? ESCAPE '!'`, like(strings.ToLower(f.Text))},
	} {
		if c.value != "" {
			add(c.condition, clean(c.arg))
		}
	}
	if f.Failed {
		where = append(where, `"failed"`)
	}
	if !f.From.IsZero() {
		add(`"at" >= ?`, f.From.UnixMicro())
	}
	if !f.To.IsZero() {
		add(`"at" < ?`, f.To.UnixMicro())
	}
	return where, args
}

// like is a pattern for text that contains s.
func like(s string) string {
	return "%" + strings.NewReplacer("!", "!!", "%", "!%", "_", "!_").Replace(s) + "%"
}

// GetStatistics sums up the exchanges that match; see Log.
func (s *SQL) GetStatistics(ctx context.Context, f Filter, by Grouping) (all []Statistic, err error) {
	if err = by.check(); err != nil {
		return nil, err
	}
	where, args := conditions(f)
	column := `"` + string(by) + `"` // one of the four groupings
	sum := func(path string) string {
		return `CAST(COALESCE(SUM(CAST("document" ` + path + ` AS bigint)), 0) AS bigint)`
	}
	query := `SELECT ` + column + `, COUNT(*), SUM(CASE WHEN "failed" THEN 1 ELSE 0 END), ` + strings.Join([]string{
		sum(`-> 'usage' ->> 'in'`), sum(`-> 'usage' ->> 'out'`), sum(`-> 'usage' ->> 'cachedIn'`), sum(`-> 'usage' ->> 'costMicros'`), sum(`->> 'durationNs'`),
	}, ", ") + ` FROM "exchange" WHERE ` + strings.Join(where, " AND ") + ` GROUP BY ` + column + ` ORDER BY ` + column
	rows, err := s.read.QueryContext(ctx, s.bind(query), args...)
	if err != nil {
		return nil, fmt.Errorf("sum up exchanges: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var one Statistic
		if err := rows.Scan(&one.Key, &one.Exchanges, &one.Failed, &one.In, &one.Out, &one.CachedIn, &one.Cost, &one.Duration); err != nil {
			return nil, fmt.Errorf("sum up exchanges: %w", err)
		}
		all = append(all, one)
	}
	return all, rows.Err()
}

// SetFeedback keeps the feedback; see Log.
func (s *SQL) SetFeedback(ctx context.Context, id string, f Feedback) error {
	if err := f.check(); err != nil {
		return err
	}
	e, err := s.Get(ctx, id)
	if err != nil {
		return err
	}
	e.Feedback = &f
	document, err := encode(e)
	if err == nil {
		_, err = s.write.ExecContext(ctx, s.bind(`UPDATE "exchange" SET "feedback" = ?, "document" = ? WHERE "id" = ?`), f.Value, document, id)
	}
	if err != nil {
		return fmt.Errorf("keep feedback on exchange %s: %w", id, err)
	}
	return nil
}

// DeleteBefore forgets old exchanges; see Log.
func (s *SQL) DeleteBefore(ctx context.Context, at time.Time) (int, error) {
	return s.remove(ctx, `"at" < ?`, at.UnixMicro())
}

// DeletePerson forgets a person's exchanges; see Log.
func (s *SQL) DeletePerson(ctx context.Context, askerID string) (int, error) {
	return s.remove(ctx, `"askerId" = ?`, askerID)
}

func (s *SQL) remove(ctx context.Context, condition string, arg any) (int, error) {
	result, err := s.write.ExecContext(ctx, s.bind(`DELETE FROM "exchange" WHERE `+condition), arg)
	if err != nil {
		return 0, fmt.Errorf("forget exchanges: %w", err)
	}
	n, err := result.RowsAffected()
	return int(n), err
}
