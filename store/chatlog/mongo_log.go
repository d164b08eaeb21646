package chatlog

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
)

// GetStatistics sums up the exchanges that match; see Log. Each sum is a query of its own:
// a group with several sums is not calculated alike by all compatible servers.
func (m *Mongo) GetStatistics(ctx context.Context, f Filter, by Grouping) ([]Statistic, error) {
	if err := by.check(); err != nil {
		return nil, err
	}
	sums := map[string]*Statistic{}
	for _, s := range []struct {
		of  any // what is added up
		add func(to *Statistic, sum int64)
	}{
		{1, func(to *Statistic, sum int64) { to.Exchanges = int(sum) }},
		{"$failedCount", func(to *Statistic, sum int64) { to.Failed = int(sum) }},
		{"$in", func(to *Statistic, sum int64) { to.In = sum }},
		{"$out", func(to *Statistic, sum int64) { to.Out = sum }},
		{"$cachedIn", func(to *Statistic, sum int64) { to.CachedIn = sum }},
		{"$costMicros", func(to *Statistic, sum int64) { to.Cost = sum }},
		{"$durationNs", func(to *Statistic, sum int64) { to.Duration = time.Duration(sum) }},
	} {
		found, err := m.sum(ctx, f, by, s.of)
		if err != nil {
			return nil, fmt.Errorf("sum up exchanges: %w", err)
		}
		for key, sum := range found {
			if sums[key] == nil {
				sums[key] = &Statistic{Key: key}
			}
			s.add(sums[key], sum)
		}
	}
	var all []Statistic
	for _, key := range slices.Sorted(maps.Keys(sums)) {
		all = append(all, *sums[key])
	}
	return all, nil
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
	e, err := m.Get(ctx, id)
	if err != nil {
		return err
	}
	e.Feedback = &f
	document, err := toMongo(e)
	if err == nil {
		_, err = m.exchanges.ReplaceOne(ctx, bson.D{{Key: "_id", Value: id}}, document)
	}
	if err != nil {
		return fmt.Errorf("keep feedback on exchange %s: %w", id, err)
	}
	return nil
}

// DeleteBefore forgets old exchanges; see Log.
func (m *Mongo) DeleteBefore(ctx context.Context, at time.Time) (int, error) {
	return m.remove(ctx, bson.D{{Key: "at", Value: bson.D{{Key: "$lt", Value: at.UnixMicro()}}}})
}

// DeletePerson forgets a person's exchanges; see Log.
func (m *Mongo) DeletePerson(ctx context.Context, askerID string) (int, error) {
	return m.remove(ctx, bson.D{{Key: "askerId", Value: askerID}})
}

func (m *Mongo) remove(ctx context.Context, which bson.D) (int, error) {
	result, err := m.exchanges.DeleteMany(ctx, which)
	if err != nil {
		return 0, fmt.Errorf("forget exchanges: %w", err)
	}
	return int(result.DeletedCount), nil
}
