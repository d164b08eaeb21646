package chatlog

import (
	"context"
	"fmt"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
)

// GetStatistics sums up the exchanges that match; see Log.
func (m *Mongo) GetStatistics(ctx context.Context, f Filter, by Grouping) ([]Statistic, error) {
	if err := by.check(); err != nil {
		return nil, err
	}
	group := bson.D{{Key: "_id", Value: "$" + string(by)}, {Key: "exchanges", Value: bson.D{{Key: "$sum", Value: 1}}}}
	for _, field := range []string{"failedCount", "in", "out", "cachedIn", "costMicros", "durationNs"} {
		group = append(group, bson.E{Key: field, Value: bson.D{{Key: "$sum", Value: "$" + field}}})
	}
	cursor, err := m.exchanges.Aggregate(ctx, mongo.Pipeline{
		{{Key: "$match", Value: mongoConditions(f)}},
		{{Key: "$group", Value: group}},
		{{Key: "$sort", Value: bson.D{{Key: "_id", Value: 1}}}},
	})
	if err != nil {
		return nil, fmt.Errorf("sum up exchanges: %w", err)
	}
	var rows []struct {
		Key       string `bson:"_id"`
		Exchanges int    `bson:"exchanges"`
		Failed    int    `bson:"failedCount"`
		In        int64  `bson:"in"`
		Out       int64  `bson:"out"`
		CachedIn  int64  `bson:"cachedIn"`
		Cost      int64  `bson:"costMicros"`
		Duration  int64  `bson:"durationNs"`
	}
	if err := cursor.All(ctx, &rows); err != nil {
		return nil, fmt.Errorf("sum up exchanges: %w", err)
	}
	var all []Statistic
	for _, r := range rows {
		all = append(all, Statistic{
			Key: r.Key, Exchanges: r.Exchanges, Failed: r.Failed, In: r.In, Out: r.Out, CachedIn: r.CachedIn, Cost: r.Cost, Duration: time.Duration(r.Duration),
		})
	}
	return all, nil
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
