package store

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"maps"
	"slices"
	"time"

	"rollcall/store/batch"
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

// account is one row of a day.
type account struct{ day, person string }

func (b *spent) accounts() [2]account { return [2]account{{b.day, b.person}, {b.day, everybody}} }

// addSpending writes each account once, and tells each caller what it would have been told
// had it come alone.
func (s *Store) addSpending(ctx context.Context, all []*spent) error {
	ctx, cancel := context.WithTimeout(ctx, spendTimeout)
	defer cancel()
	sums := map[account][2]int{}
	for _, b := range all {
		for _, a := range b.accounts() {
			sums[a] = [2]int{sums[a][0] + b.questions, sums[a][1] + b.tokens}
		}
	}
	left, err := s.bookAll(ctx, sums)
	for _, b := range slices.Backward(all) {
		of := b.accounts()
		b.ofPerson, b.ofAll = left[of[0]], left[of[1]]
		for _, a := range of {
			left[a] = [2]int{left[a][0] - b.questions, left[a][1] - b.tokens}
		}
	}
	return err
}

// bookAll adds the sums and returns the accounts as they then are. It goes through them in
// one order, so that two processes never hold a row each that the other waits for.
func (s *Store) bookAll(ctx context.Context, sums map[account][2]int) (map[account][2]int, error) {
	inOrder := slices.SortedFunc(maps.Keys(sums), func(a, b account) int {
		return cmp.Or(cmp.Compare(a.day, b.day), cmp.Compare(a.person, b.person))
	})
	after := make(map[account][2]int, len(sums))
	err := s.InTx(ctx, func(ctx context.Context, tx *sql.Tx) error {
		for _, a := range inOrder {
			sum, err := s.book(ctx, tx, a, sums[a])
			if err != nil {
				return err
			}
			after[a] = sum
		}
		return nil
	})
	return after, err
}

func (s *Store) book(ctx context.Context, tx *sql.Tx, a account, sum [2]int) (after [2]int, err error) {
	query, args := s.prepared(`INSERT INTO "spending" ("day", "person", "questions", "tokens") VALUES ($1, $2, $3, $4)
ON CONFLICT ("day", "person") DO UPDATE SET "questions" = "spending"."questions" + excluded."questions", "tokens" = "spending"."tokens" + excluded."tokens"
RETURNING "questions", "tokens"`, a.day, a.person, sum[0], sum[1])
	err = tx.QueryRowContext(ctx, query, args...).Scan(&after[0], &after[1])
	return after, err
}

// DeleteSpendingBefore forgets the accounts of the days before the given one, YYYY-MM-DD.
func (s *Store) DeleteSpendingBefore(ctx context.Context, day string) error {
	_, err := s.write.NewDelete().Table("spending").Where(`"day" < ?`, day).Exec(ctx)
	return translate(err)
}
