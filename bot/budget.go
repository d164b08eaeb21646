package bot

import (
	"context"
	"fmt"
	"time"
)

// Budget limits what the language model may be asked per day of the organisation. Zero
// is no limit.
type Budget struct {
	PersonQuestions, PersonTokens int // of one person
	Questions, Tokens             int // of everybody together
}

// Spending is what was spent on a day.
type Spending struct{ Questions, Tokens int }

// Ledger counts what is spent, in one place for all replicas.
type Ledger interface {
	// Spend adds to the day's account of the person and of everybody, and returns both as
	// they then are. The day is YYYY-MM-DD; an empty person is the operator.
	Spend(ctx context.Context, day, person string, s Spending) (ofPerson, ofAll Spending, err error)
}

// SpentError means that a day's budget is used up.
type SpentError struct {
	Everybody bool   // the budget of all together, else the asker's
	What      string // questions or tokens
	Limit     int
}

// Error is for the operator.
func (e *SpentError) Error() string {
	who := "the asker's"
	if e.Everybody {
		who = "everybody's"
	}
	return fmt.Sprintf("%s daily budget of %d %s is spent", who, e.Limit, e.What)
}

// Sentence is for the person.
func (e *SpentError) Sentence() string {
	if e.Everybody {
		return fmt.Sprintf("Today's budget of %d %s for the language model, which everybody shares, is spent until midnight.", e.Limit, e.What)
	}
	return fmt.Sprintf("Your budget of %d %s a day for the language model is spent until midnight.", e.Limit, e.What)
}

func (t *turn) day() string { return t.bot.Now().In(t.bot.Location).Format(time.DateOnly) }

// afford counts the question and refuses it when a budget is spent. Tokens are known
// after a turn, so that the last one within a budget may go beyond it.
func (t *turn) afford(ctx context.Context) error {
	b := t.bot.Budget
	if t.bot.Ledger == nil || b == (Budget{}) {
		return nil
	}
	person, all, err := t.bot.Ledger.Spend(ctx, t.day(), t.question.Asker.ID, Spending{Questions: 1})
	if err != nil {
		return fmt.Errorf("count the question: %w", err)
	}
	for _, limit := range []struct {
		spent, limit int
		err          SpentError
	}{
		{person.Questions - 1, b.PersonQuestions, SpentError{What: "questions"}},
		{person.Tokens, b.PersonTokens, SpentError{What: "tokens"}},
		{all.Questions - 1, b.Questions, SpentError{What: "questions", Everybody: true}},
		{all.Tokens, b.Tokens, SpentError{What: "tokens", Everybody: true}},
	} {
		if limit.limit > 0 && limit.spent >= limit.limit {
			limit.err.Limit = limit.limit
			return &limit.err
		}
	}
	return nil
}

// spend books the tokens of the turn. A booking that fails is the operator's matter.
func (t *turn) spend(ctx context.Context) {
	used := t.answer.Usage().Tokens()
	if t.bot.Ledger == nil || t.bot.Budget == (Budget{}) || used == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), recordTimeout)
	defer cancel()
	if _, _, err := t.bot.Ledger.Spend(ctx, t.day(), t.question.Asker.ID, Spending{Tokens: used}); err != nil {
		t.bot.Logger.ErrorContext(ctx, "tokens were not booked", "turn", t.question.Turn, "tokens", used, "error", err)
	}
}
