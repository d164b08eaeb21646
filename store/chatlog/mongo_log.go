package chatlog

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

// GetStatistics sums up the exchanges that match; see Log. Each sum is a query of its own:
// a group with several sums is not calculated alike by all compatible servers.
func (m *Mongo) GetStatistics(ctx context.Context, f Filter, by Grouping) ([]Statistic, error) {
	if err := by.check(); err != nil {
		return nil, err
	}
	if by == ByTool {
		return m.sumByTool(ctx, f)
	}
	all := sums{}
	for _, s := range []struct {
		of   any                  // what is added up
		only func(f *Filter) bool // narrows, and reports whether anything can be left
		add  func(to *Statistic, sum int64)
	}{
		{1, nil, func(to *Statistic, sum int64) { to.Exchanges = int(sum) }},
		{"$failedCount", nil, func(to *Statistic, sum int64) { to.Failed = int(sum) }},
		{1, withFeedback(Good), func(to *Statistic, sum int64) { to.Good = int(sum) }},
		{1, withFeedback(Bad), func(to *Statistic, sum int64) { to.Bad = int(sum) }},
		{1, withReview(Right), func(to *Statistic, sum int64) { to.Right = int(sum) }},
		{1, withReview(Wrong), func(to *Statistic, sum int64) { to.Wrong = int(sum) }},
		{"$in", nil, func(to *Statistic, sum int64) { to.In = sum }},
		{"$out", nil, func(to *Statistic, sum int64) { to.Out = sum }},
		{"$cachedIn", nil, func(to *Statistic, sum int64) { to.CachedIn = sum }},
		{"$costMicros", nil, func(to *Statistic, sum int64) { to.Cost = sum }},
		{"$durationNs", nil, func(to *Statistic, sum int64) { to.Duration = time.Duration(sum) }},
	} {
		narrowed := f
		if s.only != nil && !s.only(&narrowed) {
			continue
		}
		found, err := m.sum(ctx, narrowed, by, s.of)
		if err != nil {
			return nil, fmt.Errorf("sum up exchanges: %w", err)
		}
		for key, sum := range found {
			s.add(all.at(key), sum)
		}
	}
	return all.sorted(), nil
}

func withFeedback(value string) func(*Filter) bool {
	return func(f *Filter) bool {
		was := f.Feedback
		f.Feedback = value
		return was == "" || was == value
	}
}

func withReview(verdict string) func(*Filter) bool {
	return func(f *Filter) bool {
		was := f.Review
		f.Review = verdict
		return was == "" || was == verdict
	}
}

// sumByTool adds up here, one exchange after the other without its document: taking a list
// apart is not something that all compatible servers do.
func (m *Mongo) sumByTool(ctx context.Context, f Filter) (_ []Statistic, err error) {
	cursor, err := m.exchanges.Find(ctx, mongoConditions(f), options.Find().SetProjection(bson.D{{Key: "document", Value: 0}, {Key: "search", Value: 0}}))
	if err != nil {
		return nil, fmt.Errorf("sum up exchanges: %w", err)
	}
	defer func() { err = errors.Join(err, cursor.Close(ctx)) }()
	all := sums{}
	for cursor.Next(ctx) {
		var d mongoExchange
		if err := cursor.Decode(&d); err != nil {
			return nil, fmt.Errorf("sum up exchanges: %w", err)
		}
		all.addTools(d.Tools, d.statistic())
	}
	return all.sorted(), cursor.Err()
}

// statistic is that of the one exchange.
func (d mongoExchange) statistic() Statistic {
	one := func(is bool) int {
		if is {
			return 1
		}
		return 0
	}
	return Statistic{
		Exchanges: 1, Failed: one(d.Failed), Good: one(d.Feedback == Good), Bad: one(d.Feedback == Bad), Right: one(d.Review == Right), Wrong: one(d.Review == Wrong),
		In: d.In, Out: d.Out, CachedIn: d.CachedIn, Cost: d.Cost, Duration: time.Duration(d.Duration),
	}
}

// Count counts the exchanges that match; see Log.
func (m *Mongo) Count(ctx context.Context, f Filter) (int, error) {
	n, err := m.exchanges.CountDocuments(ctx, mongoConditions(f))
	if err != nil {
		return 0, fmt.Errorf("count exchanges: %w", err)
	}
	return int(n), nil
}

func (m *Mongo) sum(ctx context.Context, f Filter, by Grouping, of any) (map[string]int64, error) {
	cursor, err := m.exchanges.Aggregate(ctx, mongo.Pipeline{
		{{Key: "$match", Value: mongoConditions(f)}},
		{{Key: "$group", Value: bson.D{{Key: "_id", Value: "$" + string(by)}, {Key: "sum", Value: bson.D{{Key: "$sum", Value: of}}}}}},
	})
	if err != nil {
		return nil, err
	}
	var rows []struct {
		Key string `bson:"_id"`
		Sum int64  `bson:"sum"`
	}
	if err := cursor.All(ctx, &rows); err != nil {
		return nil, err
	}
	sums := map[string]int64{}
	for _, r := range rows {
		sums[r.Key] = r.Sum
	}
	return sums, nil
}

// SetFeedback keeps the feedback; see Log.
func (m *Mongo) SetFeedback(ctx context.Context, id string, f Feedback) error {
	if err := f.check(); err != nil {
		return err
	}
	return m.change(ctx, id, func(e *Exchange) { e.Feedback = &f })
}

// SetReview keeps the review; see Log.
func (m *Mongo) SetReview(ctx context.Context, id string, r Review) error {
	if err := r.check(); err != nil {
		return err
	}
	return m.change(ctx, id, func(e *Exchange) { e.Review = &r })
}

// change writes an exchange anew, in place of the very document that was read: feedback
// and a review that come at once are both kept.
func (m *Mongo) change(ctx context.Context, id string, fn func(*Exchange)) error {
	for range mostTries {
		var old mongoExchange
		if err := m.get(ctx, id, &old); err != nil {
			return err
		}
		e, err := old.exchange()
		if err != nil {
			return err
		}
		fn(&e)
		document, err := toMongo(e)
		if err != nil {
			return err
		}
		result, err := m.exchanges.ReplaceOne(ctx, bson.D{{Key: "_id", Value: old.ID}, {Key: "document", Value: old.Document}}, document)
		if err != nil {
			return fmt.Errorf("write exchange %s: %w", id, err)
		}
		if result.MatchedCount > 0 {
			return nil
		}
	}
	return fmt.Errorf("exchange %s: %w", id, ErrRevision)
}

// DeleteBefore forgets old exchanges; see Log.
func (m *Mongo) DeleteBefore(ctx context.Context, at time.Time) (int, error) {
	return m.remove(ctx, bson.D{{Key: "at", Value: bson.D{{Key: "$lt", Value: at.UnixMicro()}}}})
}

// DeletePerson forgets a person's exchanges; see Log.
func (m *Mongo) DeletePerson(ctx context.Context, askerID string) (int, error) {
	for _, value := range []string{Good, Bad} {
		if err := m.forgetOpinions(ctx, value, askerID); err != nil {
			return 0, err
		}
	}
	return m.remove(ctx, bson.D{{Key: "askerId", Value: clean(askerID)}})
}

// forgetOpinions takes the person and their words from the feedback of the value.
func (m *Mongo) forgetOpinions(ctx context.Context, value, by string) error {
	var theirs []string
	err := Each(ctx, m, Filter{Feedback: value}, func(e Exchange) error {
		if e.Feedback.By == by && e.AskerID != by {
			theirs = append(theirs, e.ID)
		}
		return nil
	})
	for _, id := range theirs {
		if err != nil {
			break
		}
		if err = m.change(ctx, id, func(e *Exchange) { e.Feedback.By, e.Feedback.Note = "", "" }); errors.Is(err, ErrNotFound) {
			err = nil
		}
	}
	if err != nil {
		return fmt.Errorf("forget who gave feedback: %w", err)
	}
	return nil
}

func (m *Mongo) remove(ctx context.Context, which bson.D) (int, error) {
	result, err := m.exchanges.DeleteMany(ctx, which)
	if err != nil {
		return 0, fmt.Errorf("forget exchanges: %w", err)
	}
	return int(result.DeletedCount), nil
}
