package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"rollcall/store/batch"
	"rollcall/store/migrations"
)

// everybody is the account that all questions are booked on beside the asker's; no
// person's id is written like this.
const everybody = "*"

// spent is what one caller wants on the accounts, and how they are then.
type spent struct {
	day, person       string
	questions, tokens int
	ofPerson, ofAll   [2]int
}

const (
	mostSpent    = 64
	spendTimeout = 10 * time.Second
)

// newSpending books what callers want at the same moment in one transaction: the account
// of everybody is one row, for which they would wait in line.
func newSpending(s *Store) *batch.Group[*spent] { return batch.New(1, mostSpent, s.addSpending) }

// AddSpending books questions and tokens on the day's accounts of the person and of
// everybody, in one transaction, and returns both as they then are. The day is
// YYYY-MM-DD; an empty person is an account of its own.
func (s *Store) AddSpending(ctx context.Context, day, person string, questions, tokens int) (ofPerson, ofAll [2]int, err error) {
	b := &spent{day: day, person: person, questions: questions, tokens: tokens}
	if err := s.spending.Do(ctx, b); err != nil {
		return ofPerson, ofAll, fmt.Errorf("book spending: %w", translate(err))
	}
	return b.ofPerson, b.ofAll, nil
}

func (s *Store) addSpending(ctx context.Context, all []*spent) error {
	ctx, cancel := context.WithTimeout(ctx, spendTimeout)
	defer cancel()
	return s.InTx(ctx, func(ctx context.Context, tx *sql.Tx) error {
		for _, b := range all {
			if err := s.book(ctx, tx, b, b.person, &b.ofPerson); err != nil {
				return err
			}
			if err := s.book(ctx, tx, b, everybody, &b.ofAll); err != nil {
				return err
			}
		}
		return nil
	})
}

func (s *Store) book(ctx context.Context, tx *sql.Tx, b *spent, person string, sum *[2]int) error {
	placeholders, args := "?, ?, ?, ?", []any{b.day, person, b.questions, b.tokens}
	if s.dialect == migrations.Postgres { // prepared once: planning it costs more than running it
		placeholders, args = "$1, $2, $3, $4", append([]any{pgx.QueryExecModeCacheStatement}, args...)
	}
	return tx.QueryRowContext(ctx, `INSERT INTO "spending" ("day", "person", "questions", "tokens") VALUES (`+placeholders+`)
ON CONFLICT ("day", "person") DO UPDATE SET "questions" = "spending"."questions" + excluded."questions", "tokens" = "spending"."tokens" + excluded."tokens"
RETURNING "questions", "tokens"`, args...).Scan(&sum[0], &sum[1])
}

// DeleteSpendingBefore forgets the accounts of the days before the given one, YYYY-MM-DD.
func (s *Store) DeleteSpendingBefore(ctx context.Context, day string) error {
	_, err := s.write.NewDelete().Table("spending").Where(`"day" < ?`, day).Exec(ctx)
	return translate(err)
}
