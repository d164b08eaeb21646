package chatlog

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.mongodb.org/mongo-driver/v2/x/mongo/driver/connstring"
)

// Mongo keeps the documents on a MongoDB server. It uses what every compatible server
// has: single documents, plain and unique indexes, and sums over groups.
type Mongo struct {
	client    *mongo.Client
	exchanges *mongo.Collection
	details   *mongo.Collection
	now       func() time.Time
}

var (
	_ Log     = (*Mongo)(nil)
	_ Details = (*Mongo)(nil)
)

// Times after which a server that does not answer is an error.
const (
	mongoConnect   = 3 * time.Second
	mongoOperation = 10 * time.Second
)

// NewMongo prepares to keep documents on the server that the address names; its path is
// the database, rollcall when there is none. It makes no connection: a server that is
// away is an error of each operation, not of the start. An error never holds the address,
// which may have a password.
func NewMongo(address string, now func() time.Time) (*Mongo, error) {
	parsed, err := connstring.ParseAndValidate(address)
	if err != nil {
		return nil, errors.New("MONGODB_URI is not an address such as mongodb://127.0.0.1:27017/rollcall")
	}
	name := parsed.Database
	if name == "" {
		name = "rollcall"
	}
	client, err := mongo.Connect(options.Client().ApplyURI(address).SetAppName("rollcall").SetRetryWrites(false).
		SetServerSelectionTimeout(mongoConnect).SetConnectTimeout(mongoConnect).SetTimeout(mongoOperation))
	if err != nil {
		return nil, errors.New("MONGODB_URI cannot be used: the driver refuses its options")
	}
	db := client.Database(name)
	return &Mongo{client: client, exchanges: db.Collection("exchange"), details: db.Collection("project_details"), now: now}, nil
}

// Close ends the connections.
func (m *Mongo) Close(ctx context.Context) error { return m.client.Disconnect(ctx) }

// Ping reports whether the server answers.
func (m *Mongo) Ping(ctx context.Context) error {
	if err := m.client.Ping(ctx, nil); err != nil {
		return fmt.Errorf("reach the documents' server: %w", err)
	}
	return nil
}

// MakeIndexes makes the indexes that the queries use. Making them again changes nothing.
func (m *Mongo) MakeIndexes(ctx context.Context) error {
	keys := []bson.D{{{Key: "at", Value: -1}}}
	for _, first := range []string{"askerId", "conversation", "kind", "feedback", "review", "tools"} {
		keys = append(keys, bson.D{{Key: first, Value: 1}, {Key: "at", Value: -1}})
	}
	for _, key := range keys { // one at a time, which every compatible server can
		if _, err := m.exchanges.Indexes().CreateOne(ctx, mongo.IndexModel{Keys: key}); err != nil {
			return fmt.Errorf("make the documents' indexes: %w", err)
		}
	}
	return nil
}

// mongoExchange is an exchange with the fields that queries need beside the whole of it,
// which stays JSON text: arguments and results have names that no document may have.
type mongoExchange struct {
	ID           string   `bson:"_id"`
	At           int64    `bson:"at"` // microseconds since 1970: the server's own times are coarser
	Day          string   `bson:"day"`
	AskerID      string   `bson:"askerId"`
	Conversation string   `bson:"conversation"`
	Channel      string   `bson:"channel"`
	Kind         string   `bson:"kind"`
	Model        string   `bson:"model"`
	Failed       bool     `bson:"failed"`
	FailedCount  int64    `bson:"failedCount"` // 1 or 0, to be summed
	Feedback     string   `bson:"feedback"`
	Review       string   `bson:"review,omitempty"` // left out as older documents lack it
	Tools        []string `bson:"tools"`
	Search       string   `bson:"search"`
	In           int64    `bson:"in"`
	Out          int64    `bson:"out"`
	CachedIn     int64    `bson:"cachedIn"`
	Cost         int64    `bson:"costMicros"`
	Duration     int64    `bson:"durationNs"`
	Document     string   `bson:"document"`
}

func toMongo(e Exchange) (mongoExchange, error) {
	document, err := encode(e)
	out := mongoExchange{
		ID: e.ID, At: e.At.UnixMicro(), Day: dayOf(e), AskerID: clean(e.AskerID), Conversation: clean(e.Conversation), Channel: clean(e.Channel),
		Kind: e.Kind, Model: clean(e.Model), Failed: e.Error != "", Feedback: feedbackOf(e), Review: reviewOf(e), Tools: toolsOf(e), Search: searchable(e),
		In: int64(e.Usage.In), Out: int64(e.Usage.Out), CachedIn: int64(e.Usage.CachedIn), Cost: e.Usage.Cost, Duration: int64(e.Duration), Document: document,
	}
	if out.Failed {
		out.FailedCount = 1
	}
	return out, err
}

// Append keeps the exchange; see Log.
func (m *Mongo) Append(ctx context.Context, e Exchange) error {
	document, err := toMongo(e)
	if err == nil {
		_, err = m.exchanges.InsertOne(ctx, document)
	}
	if err != nil && !mongo.IsDuplicateKeyError(err) {
		return fmt.Errorf("keep exchange %s: %w", e.ID, err)
	}
	return nil
}

// Get returns the exchange; see Log.
func (m *Mongo) Get(ctx context.Context, id string) (Exchange, error) {
	var found mongoExchange
	if err := m.get(ctx, id, &found); err != nil {
		return Exchange{}, err
	}
	return found.exchange()
}

func (m *Mongo) get(ctx context.Context, id string, into *mongoExchange) error {
	err := m.exchanges.FindOne(ctx, bson.D{{Key: "_id", Value: clean(id)}}).Decode(into)
	switch {
	case errors.Is(err, mongo.ErrNoDocuments):
		return fmt.Errorf("exchange %s: %w", id, ErrNotFound)
	case err != nil:
		return fmt.Errorf("get exchange %s: %w", id, err)
	}
	return nil
}

func (d mongoExchange) exchange() (Exchange, error) {
	var e Exchange
	if err := json.Unmarshal([]byte(d.Document), &e); err != nil {
		return Exchange{}, fmt.Errorf("read exchange %s: %w", d.ID, err)
	}
	return e, nil
}

// Find returns the exchanges that match; see Log.
func (m *Mongo) Find(ctx context.Context, f Filter) ([]Exchange, error) {
	where := mongoConditions(f)
	if f.Before != (Cursor{}) {
		at := f.Before.At.UnixMicro()
		where = append(where, bson.E{Key: "$or", Value: bson.A{
			bson.D{{Key: "at", Value: bson.D{{Key: "$lt", Value: at}}}},
			bson.D{{Key: "at", Value: at}, {Key: "_id", Value: bson.D{{Key: "$lt", Value: clean(f.Before.ID)}}}},
		}})
	}
	if f.Limit == 0 {
		f.Limit = defaultLimit
	}
	cursor, err := m.exchanges.Find(ctx, where, options.Find().SetSort(bson.D{{Key: "at", Value: -1}, {Key: "_id", Value: -1}}).SetLimit(int64(f.Limit)))
	if err != nil {
		return nil, fmt.Errorf("find exchanges: %w", err)
	}
	var documents []mongoExchange
	if err := cursor.All(ctx, &documents); err != nil {
		return nil, fmt.Errorf("find exchanges: %w", err)
	}
	var all []Exchange
	for _, d := range documents {
		e, err := d.exchange()
		if err != nil {
			return nil, err
		}
		all = append(all, e)
	}
	return all, nil
}

// mongoConditions are a filter's as a query. Values are always compared with $eq, so that
// none is taken for an operator.
func mongoConditions(f Filter) bson.D {
	where := bson.D{}
	for _, c := range []struct{ field, value string }{
		{"askerId", f.AskerID},
		{"conversation", f.Conversation},
		{"channel", f.Channel},
		{"kind", f.Kind},
		{"model", f.Model},
		{"tools", f.Tool},
		{"feedback", f.Feedback},
	} {
		if c.value != "" {
			where = append(where, bson.E{Key: c.field, Value: clean(c.value)})
		}
	}
	if f.Failed {
		where = append(where, bson.E{Key: "failed", Value: true})
	}
	switch f.Review {
	case "":
	case Unreviewed:
		where = append(where, bson.E{Key: "review", Value: bson.D{{Key: "$exists", Value: false}}})
	default:
		where = append(where, bson.E{Key: "review", Value: clean(f.Review)})
	}
	if len(f.IDs) > 0 {
		ids := bson.A{}
		for _, id := range f.IDs {
			ids = append(ids, clean(id))
		}
		where = append(where, bson.E{Key: "_id", Value: bson.D{{Key: "$in", Value: ids}}})
	}
	if f.Text != "" {
		where = append(where, bson.E{Key: "search", Value: bson.Regex{Pattern: regexp.QuoteMeta(strings.ToLower(clean(f.Text)))}})
	}
	span := bson.D{}
	if !f.From.IsZero() {
		span = append(span, bson.E{Key: "$gte", Value: f.From.UnixMicro()})
	}
	if !f.To.IsZero() {
		span = append(span, bson.E{Key: "$lt", Value: f.To.UnixMicro()})
	}
	if len(span) > 0 {
		where = append(where, bson.E{Key: "at", Value: span})
	}
	return where
}
