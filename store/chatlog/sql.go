package chatlog

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// SQL keeps the documents as JSON beside the company's tables, with the columns that
// queries need next to the document. Times are microseconds since 1970, so that both
// databases order and compare them alike.
type SQL struct {
	write, read handle
	numbered    bool // placeholders are $1, $2 (PostgreSQL) instead of ?
	now         func() time.Time
}

// handle is what *sql.DB and *sql.Tx have in common.
type handle interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

var (
	_ Log     = (*SQL)(nil)
	_ Details = (*SQL)(nil)
)

// NewSQL keeps documents in the tables exchange and project_details, which the schema's
// migrations make. numbered says that placeholders are $1 and so on, as PostgreSQL's are.
// The clock stamps changes of project details.
func NewSQL(write, read *sql.DB, numbered bool, now func() time.Time) *SQL {
	return &SQL{write: write, read: read, numbered: numbered, now: now}
}

// InTx returns the same documents as seen and changed by a transaction.
func (s *SQL) InTx(tx *sql.Tx) *SQL {
	return &SQL{write: tx, read: tx, numbered: s.numbered, now: s.now}
}

// Append keeps the exchange; see Log.
func (s *SQL) Append(ctx context.Context, e Exchange) error {
	document, err := encode(e)
	if err != nil {
		return fmt.Errorf("keep exchange %s: %w", e.ID, err)
	}
	_, err = s.write.ExecContext(ctx, s.bind(`INSERT INTO "exchange" ("id", "at", "day", "askerId", "conversation", "kind", "model", "failed", "feedback", "tools", "search", "channel", "review", "document")
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT ("id") DO NOTHING`),
		e.ID, e.At.UnixMicro(), dayOf(e), clean(e.AskerID), clean(e.Conversation), e.Kind, clean(e.Model), e.Error != "", feedbackOf(e),
		" "+strings.Join(toolsOf(e), " ")+" ", searchable(e), clean(e.Channel), reviewOf(e), document)
	if err != nil {
		return fmt.Errorf("keep exchange %s: %w", e.ID, err)
	}
	return nil
}

// Get returns the exchange; see Log.
func (s *SQL) Get(ctx context.Context, id string) (Exchange, error) {
	found, err := collect[Exchange](ctx, s, `SELECT "document" FROM "exchange" WHERE "id" = ?`, clean(id))
	if err != nil {
		return Exchange{}, fmt.Errorf("get exchange %s: %w", id, err)
	}
	if len(found) == 0 {
		return Exchange{}, fmt.Errorf("exchange %s: %w", id, ErrNotFound)
	}
	return found[0], nil
}

// Find returns the exchanges that match; see Log.
func (s *SQL) Find(ctx context.Context, f Filter) ([]Exchange, error) {
	where, args := conditions(f)
	if f.Before != (Cursor{}) {
		where, args = append(where, `("at", "id") < (?, ?)`), append(args, f.Before.At.UnixMicro(), clean(f.Before.ID))
	}
	if f.Limit == 0 {
		f.Limit = defaultLimit
	}
	query := `SELECT "document" FROM "exchange" WHERE ` + strings.Join(where, " AND ") + ` ORDER BY "at" DESC, "id" DESC LIMIT ?`
	found, err := collect[Exchange](ctx, s, query, append(args, f.Limit)...)
	if err != nil {
		return nil, fmt.Errorf("find exchanges: %w", err)
	}
	return found, nil
}

// collect reads the JSON documents that the query's only column holds.
func collect[T any](ctx context.Context, s *SQL, query string, args ...any) (_ []T, err error) {
	rows, err := s.read.QueryContext(ctx, s.bind(query), args...)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	var all []T
	for rows.Next() {
		var document []byte
		var one T
		if err := rows.Scan(&document); err != nil {
			return nil, err
		}
		if err := json.Unmarshal(document, &one); err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	return all, rows.Err()
}

// bind writes the placeholders as the database wants them. The statements of this
// package hold no other question mark.
func (s *SQL) bind(query string) string {
	if !s.numbered {
		return query
	}
	var b strings.Builder
	for n := 1; ; n++ {
		before, after, found := strings.Cut(query, "?")
		b.WriteString(before)
		if !found {
			return b.String()
		}
		b.WriteString("$" + strconv.Itoa(n))
		query = after
	}
}

// encode writes the document without the NUL characters that PostgreSQL cannot keep. An
// escaped backslash before "u0000" is text and stays.
func encode(v any) (string, error) {
	document, err := json.Marshal(v)
	var b strings.Builder
	for i := 0; i < len(document); i++ {
		if document[i] == '\\' && i+1 < len(document) {
			if bytes.HasPrefix(document[i:], []byte(`\u0000`)) {
				i += len(`\u0000`) - 1
				continue
			}
			b.WriteByte(document[i])
			i++
		}
		b.WriteByte(document[i])
	}
	return b.String(), err
}

// clean makes text that every database can keep: valid UTF-8 without the zero character.
func clean(s string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "")
}
