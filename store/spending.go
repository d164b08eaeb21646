package store

import (
	"context"
	"fmt"
)

// everybody is the account that all questions are booked on beside the asker's; no
// person's id is written like this.
const everybody = "*"

// AddSpending books questions and tokens on the day's accounts of the person and of
// everybody, in one transaction, and returns both as they then are. The day is
// YYYY-MM-DD; an empty person is an account of its own.
func (s *Store) AddSpending(ctx context.Context, day, person string, questions, tokens int) (ofPerson, ofAll [2]int, err error) {
	tx, err := s.write.BeginTx(ctx, nil)
	if err != nil {
		return ofPerson, ofAll, fmt.Errorf("book spending: %w", translate(err))
	}
	defer func() { _ = tx.Rollback() }() // after a commit it does nothing
	for _, account := range []struct {
		person string
		sum    *[2]int
	}{{person, &ofPerson}, {everybody, &ofAll}} {
		row := tx.QueryRowContext(ctx, `INSERT INTO "spending" ("day", "person", "questions", "tokens") VALUES (?, ?, ?, ?)
ON CONFLICT ("day", "person") DO UPDATE SET "questions" = "spending"."questions" + excluded."questions", "tokens" = "spending"."tokens" + excluded."tokens"
RETURNING "questions", "tokens"`, day, account.person, questions, tokens)
		if err := row.Scan(&account.sum[0], &account.sum[1]); err != nil {
			return ofPerson, ofAll, fmt.Errorf("book spending: %w", translate(err))
		}
	}
	if err := tx.Commit(); err != nil {
		return ofPerson, ofAll, fmt.Errorf("book spending: %w", translate(err))
	}
	return ofPerson, ofAll, nil
}

// DeleteSpendingBefore forgets the accounts of the days before the given one, YYYY-MM-DD.
func (s *Store) DeleteSpendingBefore(ctx context.Context, day string) error {
	_, err := s.write.NewDelete().Table("spending").Where(`"day" < ?`, day).Exec(ctx)
	return translate(err)
}
