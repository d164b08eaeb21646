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
		{f.Channel, `"channel" = ?`, f.Channel},
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
	if f.Review != "" {
		add(`"review" = ?`, clean(f.reviewed()))
	}
	if len(f.IDs) > 0 {
		where = append(where, `"id" IN (?`+strings.Repeat(", ?", len(f.IDs)-1)+`)`)
		for _, id := range f.IDs {
			args = append(args, clean(id))
		}
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

// GetStatistics sums up the exchanges that match; see Log. Tools are told apart by the
// few sets of them that occur, which are added up here.
func (s *SQL) GetStatistics(ctx context.Context, f Filter, by Grouping) (_ []Statistic, err error) {
	if err = by.check(); err != nil {
		return nil, err
	}
	where, args := conditions(f)
	column := `"` + string(by) + `"` // one of the groupings
	rows, err := s.read.QueryContext(ctx, s.bind(`SELECT `+column+`, `+sumColumns+` FROM "exchange" WHERE `+strings.Join(where, " AND ")+` GROUP BY `+column), args...)
	if err != nil {
		return nil, fmt.Errorf("sum up exchanges: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	all := sums{}
	for rows.Next() {
		var one Statistic
		if err := rows.Scan(&one.Key, &one.Exchanges, &one.Failed, &one.Good, &one.Bad, &one.Right, &one.Wrong, &one.In, &one.Out, &one.CachedIn, &one.Cost, &one.Duration); err != nil {
			return nil, fmt.Errorf("sum up exchanges: %w", err)
		}
		if by == ByTool {
			all.addTools(strings.Fields(one.Key), one)
		} else {
			all.at(one.Key).add(one)
		}
	}
	return all.sorted(), rows.Err()
}

// sumColumns are what statistics consist of.
var sumColumns = strings.Join([]string{
	"COUNT(*)", counted(`"failed"`), counted(`"feedback" = 'good'`), counted(`"feedback" = 'bad'`), counted(`"review" = 'right'`), counted(`"review" = 'wrong'`),
	summed(`-> 'usage' ->> 'in'`), summed(`-> 'usage' ->> 'out'`), summed(`-> 'usage' ->> 'cachedIn'`), summed(`-> 'usage' ->> 'costMicros'`), summed(`->> 'durationNs'`),
}, ", ")

func counted(condition string) string { return `SUM(CASE WHEN ` + condition + ` THEN 1 ELSE 0 END)` }

func summed(path string) string {
	return `CAST(COALESCE(SUM(CAST("document" ` + path + ` AS bigint)), 0) AS bigint)`
}

// Count counts the exchanges that match; see Log.
func (s *SQL) Count(ctx context.Context, f Filter) (int, error) {
	where, args := conditions(f)
	found, err := collect[int](ctx, s, `SELECT CAST(COUNT(*) AS text) FROM "exchange" WHERE `+strings.Join(where, " AND "), args...)
	if err != nil || len(found) != 1 {
		return 0, fmt.Errorf("count exchanges: %w", err)
	}
	return found[0], nil
}

// SetFeedback keeps the feedback; see Log.
func (s *SQL) SetFeedback(ctx context.Context, id string, f Feedback) error {
	if err := f.check(); err != nil {
		return err
	}
	return s.set(ctx, id, "feedback", f.Value, f)
}

// SetReview keeps the review; see Log.
func (s *SQL) SetReview(ctx context.Context, id string, r Review) error {
	if err := r.check(); err != nil {
		return err
	}
	return s.set(ctx, id, "review", r.Verdict, r)
}

// set puts a value into one field of the document and its sign into the column of the same
// name. It leaves the rest to the database, so that feedback and a review that come at once
// are both kept.
func (s *SQL) set(ctx context.Context, id, field, sign string, value any) error {
	text, err := encode(value)
	if err != nil {
		return fmt.Errorf("write the %s on exchange %s: %w", field, id, err)
	}
	changed := `json_set("document", '$.` + field + `', json(?))`
	if s.numbered {
		changed = `jsonb_set("document", '{` + field + `}', CAST(? AS jsonb))`
	}
	n, err := s.exec(ctx, `UPDATE "exchange" SET "`+field+`" = ?, "document" = `+changed+` WHERE "id" = ?`, sign, text, clean(id))
	if err == nil && n == 0 {
		err = ErrNotFound
	}
	if err != nil {
		return fmt.Errorf("keep the %s on exchange %s: %w", field, id, err)
	}
	return nil
}

// DeleteBefore forgets old exchanges; see Log.
func (s *SQL) DeleteBefore(ctx context.Context, at time.Time) (int, error) {
	return s.remove(ctx, `"at" < ?`, at.UnixMicro())
}

// DeletePerson forgets a person's exchanges; see Log.
func (s *SQL) DeletePerson(ctx context.Context, askerID string) (int, error) {
	changed := `json_remove(json_set("document", '$.feedback.by', ''), '$.feedback.note')`
	if s.numbered {
		changed = `jsonb_set("document", '{feedback,by}', '""') #- '{feedback,note}'`
	}
	_, err := s.exec(ctx, `UPDATE "exchange" SET "document" = `+changed+` WHERE "feedback" <> '' AND "document" -> 'feedback' ->> 'by' = ?`, clean(askerID))
	if err != nil {
		return 0, fmt.Errorf("forget who gave feedback: %w", err)
	}
	return s.remove(ctx, `"askerId" = ?`, clean(askerID))
}

func (s *SQL) remove(ctx context.Context, condition string, arg any) (int, error) {
	n, err := s.exec(ctx, `DELETE FROM "exchange" WHERE `+condition, arg)
	if err != nil {
		return 0, fmt.Errorf("forget exchanges: %w", err)
	}
	return n, nil
}

// exec runs a statement and returns how many rows it changed.
func (s *SQL) exec(ctx context.Context, statement string, args ...any) (int, error) {
	result, err := s.write.ExecContext(ctx, s.bind(statement), args...)
	if err != nil {
		return 0, err
	}
	n, err := result.RowsAffected()
	return int(n), err
}
