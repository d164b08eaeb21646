package bot_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"rollcall/bot"
	"rollcall/bot/offline"
	"rollcall/store"
	"rollcall/store/chatlog"
	"rollcall/store/migrations"
	"rollcall/store/storetest"
	"rollcall/tools"
	"rollcall/tools/period"
)

func TestMain(m *testing.M) { storetest.Main(m) }

const benchPeople = 10_000

// router is a model that takes no time: it looks people up and then says a sentence.
type router struct{}

func (router) Name() string { return "router" }

func (router) Complete(_ context.Context, r bot.Request) (bot.Response, error) {
	last := r.Messages[len(r.Messages)-1]
	if last.Role != bot.User {
		return bot.Response{Text: "Here are the people who match.", Usage: bot.Usage{In: 3000, Out: 20}}, nil
	}
	_, skill, _ := strings.Cut(last.Text, "knows ")
	arguments, err := json.Marshal(map[string]any{"skills": []any{map[string]any{"name": skill, "min_level": nil}}, "condition": "free", "period": "next month"})
	return bot.Response{Calls: []bot.ToolCall{{ID: "c", Name: "find_people", Arguments: arguments}}, Usage: bot.Usage{In: 3000, Out: 40}}, err
}

// largeBot is a bot on a company of ten thousand people with the budgets, the record and
// the fallback that a real one has.
func largeBot(b *testing.B, s *store.Store) *bot.Bot {
	b.Helper()
	storetest.Fill(b, s, benchPeople)
	write, read := s.SQL()
	docs := chatlog.NewSQL(write, read, s.Dialect() == migrations.Postgres, storetest.Clock)
	company := &tools.Company{Store: s, Details: docs, Calendar: period.Calendar{Location: time.UTC, WeekStart: time.Monday}, FreePercent: 50, Now: storetest.Clock}
	m, err := offline.New(company.Calendar, company.Names, storetest.Clock)
	if err != nil {
		b.Fatal(err)
	}
	return &bot.Bot{
		Model: router{}, Fallback: m, Budget: bot.Budget{PersonTokens: 1 << 40}, Ledger: ledger{s}, Tools: tools.All(company), Log: docs,
		Prompt: glossary(), Location: time.UTC, Now: storetest.Clock, Logger: slog.New(slog.DiscardHandler),
	}
}

// BenchmarkTurnAt10000People reports what the loop adds to a question beside the model and
// the look-up itself: prompts, resolving, budgets, grounding, the record; and the whole.
func BenchmarkTurnAt10000People(b *testing.B) {
	for name, open := range map[string]func(testing.TB) *store.Store{"sqlite": storetest.SQLite, "postgres": storetest.Postgres} {
		b.Run(name, func(b *testing.B) {
			large := largeBot(b, open(b))
			const warm = 20
			n := max(b.N, 300)
			var overhead, whole []time.Duration
			for i := range n + warm {
				q := question(fmt.Sprintf("who knows Skill %d", 20+i%200))
				q.Asker.ID = "00000000-0000-7000-8000-000000000001"
				start := time.Now()
				a, err := large.Ask(context.Background(), q)
				took := time.Since(start) // the record is kept before the answer goes out
				if err != nil || a.Kind != bot.Answered || a.Prose == "" {
					b.Fatalf("%s %v %v", a.Kind, err, a.Err)
				}
				if i < warm {
					continue
				}
				rest := took
				for _, c := range a.Calls {
					rest -= c.Took
				}
				for _, c := range a.ModelCalls {
					rest -= c.Took
				}
				overhead, whole = append(overhead, rest), append(whole, took)
			}
			report(b, "loop", overhead)
			report(b, "turn", whole)
		})
	}
}

func report(b *testing.B, what string, all []time.Duration) {
	b.Helper()
	slices.Sort(all)
	at := func(q float64) float64 {
		return float64(all[min(len(all)-1, int(q*float64(len(all))))].Microseconds()) / 1000
	}
	b.ReportMetric(at(0.5), what+"-p50-ms")
	b.ReportMetric(at(0.99), what+"-p99-ms")
}
