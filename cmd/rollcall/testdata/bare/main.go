// Command bare is what the benchmark compares with: a Slack bot that keeps each question in
// a table before it acknowledges, works from that table, asks a model, looks one thing up,
// asks again and answers, and can do nothing else.
package main

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib"
	"github.com/slack-go/slack"
	_ "modernc.org/sqlite"
)

const workers = 64

type bot struct {
	write, read                        *sql.DB
	insert, take, done, away           string
	wake                               chan struct{}
	slots                              chan struct{}
	client                             *http.Client
	slackURL, token, modelURL, signing string
}

type question struct{ id, channel, ts, text string }

func main() {
	b := &bot{
		wake: make(chan struct{}, 1), slots: make(chan struct{}, workers), slackURL: os.Getenv("SLACK_API_URL"), token: os.Getenv("SLACK_BOT_TOKEN"),
		modelURL: os.Getenv("OPENAI_BASE_URL"), signing: os.Getenv("SLACK_SIGNING_SECRET"),
		client: &http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 256}},
	}
	if err := b.open(os.Getenv("DATABASE_URL")); err != nil {
		log.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	go b.dispatch()
	fmt.Printf("listening on http://%s\nready\n", listener.Addr())
	http.HandleFunc("/slack/events", b.event)
	log.Fatal(http.Serve(listener, nil))
}

func (b *bot) open(address string) (err error) {
	create := `CREATE TABLE IF NOT EXISTS bare (id TEXT PRIMARY KEY, channel TEXT NOT NULL, ts TEXT NOT NULL, text TEXT NOT NULL, state INTEGER NOT NULL)`
	b.away = `SELECT u."name", COALESCE(r."name", ''), COALESCE(u."location", ''), t."startsOn", t."endsOn" FROM "time_off" t JOIN "user" u ON u."id" = t."userId" AND u."active"
LEFT JOIN "role" r ON r."id" = u."roleId" WHERE t."startsOn" <= '2026-12-06' AND t."endsOn" >= '2026-11-30' ORDER BY t."startsOn", u."name"`
	if file, isSQLite := strings.CutPrefix(address, "sqlite://"); isSQLite {
		dsn := "file:" + file + "?_txlock=immediate&_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)"
		if b.write, err = sql.Open("sqlite", dsn); err != nil {
			return err
		}
		b.write.SetMaxOpenConns(1)
		if b.read, err = sql.Open("sqlite", dsn); err != nil {
			return err
		}
		b.read.SetMaxOpenConns(4)
		b.insert = `INSERT INTO bare VALUES (?, ?, ?, ?, 0) ON CONFLICT DO NOTHING`
		b.take = `UPDATE bare SET state = 1 WHERE id IN (SELECT id FROM bare WHERE state = 0 LIMIT 32) RETURNING id, channel, ts, text`
		b.done = `UPDATE bare SET state = 2 WHERE id = ?`
	} else {
		if b.write, err = sql.Open("pgx", address); err != nil {
			return err
		}
		b.write.SetMaxOpenConns(16)
		b.write.SetMaxIdleConns(16)
		b.read = b.write
		b.insert = `INSERT INTO bare VALUES ($1, $2, $3, $4, 0) ON CONFLICT DO NOTHING`
		b.take = `UPDATE bare SET state = 1 WHERE id IN (SELECT id FROM bare WHERE state = 0 LIMIT 32 FOR UPDATE SKIP LOCKED) RETURNING id, channel, ts, text`
		b.done = `UPDATE bare SET state = 2 WHERE id = $1`
	}
	if _, err = b.write.Exec(create); err == nil {
		_, err = b.write.Exec(`CREATE INDEX IF NOT EXISTS bare_open ON bare (state) WHERE state = 0`)
	}
	return err
}

func (b *bot) event(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, "no", http.StatusBadRequest)
		return
	}
	v, err := slack.NewSecretsVerifier(r.Header, b.signing)
	if err == nil {
		_, _ = v.Write(body)
		err = v.Ensure()
	}
	if err != nil {
		http.Error(w, "no", http.StatusUnauthorized)
		return
	}
	var e struct {
		Event struct{ Channel, TS, Text string } `json:"event"`
	}
	if err := json.Unmarshal(body, &e); err != nil {
		http.Error(w, "no", http.StatusBadRequest)
		return
	}
	if _, err := b.write.ExecContext(r.Context(), b.insert, e.Event.Channel+" "+e.Event.TS, e.Event.Channel, e.Event.TS, e.Event.Text); err != nil {
		http.Error(w, "no", http.StatusServiceUnavailable)
		return
	}
	select {
	case b.wake <- struct{}{}:
	default:
	}
}

func (b *bot) dispatch() {
	for range b.wake {
		for b.takeSome() {
		}
	}
}

func (b *bot) takeSome() bool {
	rows, err := b.write.Query(b.take)
	if err != nil {
		log.Print(err)
		return false
	}
	var all []question
	for rows.Next() {
		var q question
		if err := rows.Scan(&q.id, &q.channel, &q.ts, &q.text); err != nil {
			log.Print(err)
		}
		all = append(all, q)
	}
	_ = rows.Close()
	for _, q := range all {
		b.slots <- struct{}{}
		go func() {
			defer func() { <-b.slots }()
			if err := b.answer(q); err != nil {
				log.Print(err)
			}
		}()
	}
	return len(all) > 0
}

func (b *bot) answer(q question) error {
	messages := []any{map[string]any{"role": "user", "content": q.text}}
	call, err := b.ask(messages)
	if err != nil {
		return err
	}
	rows, err := b.lookUp()
	if err != nil {
		return err
	}
	result, _ := json.Marshal(rows)
	messages = append(messages, call, map[string]any{"role": "tool", "tool_call_id": "c", "content": string(result)})
	last, err := b.ask(messages)
	if err != nil {
		return err
	}
	var text strings.Builder
	fmt.Fprintln(&text, last["content"])
	for _, r := range rows {
		fmt.Fprintln(&text, strings.Join(r, " · "))
	}
	if err := b.post(q, text.String()); err != nil {
		return err
	}
	_, err = b.write.Exec(b.done, q.id)
	return err
}

func (b *bot) ask(messages []any) (map[string]any, error) {
	body, err := json.Marshal(map[string]any{"model": "m", "messages": messages})
	if err != nil {
		return nil, err
	}
	resp, err := b.client.Post(b.modelURL+"/chat/completions", "application/json", bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	var answer struct {
		Choices []struct {
			Message map[string]any `json:"message"`
		} `json:"choices"`
	}
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil {
		return nil, err
	}
	if len(answer.Choices) == 0 {
		return nil, errors.New("no choice")
	}
	return answer.Choices[0].Message, nil
}

func (b *bot) lookUp() ([][]string, error) {
	rows, err := b.read.QueryContext(context.Background(), b.away)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all [][]string
	for rows.Next() {
		var name, role, location string
		var from, to any
		if err := rows.Scan(&name, &role, &location, &from, &to); err != nil {
			return nil, err
		}
		all = append(all, []string{name, role, location, fmt.Sprint(from), fmt.Sprint(to)})
	}
	return all, rows.Err()
}

func (b *bot) post(q question, text string) error {
	form := url.Values{"token": {b.token}, "channel": {q.channel}, "thread_ts": {q.ts}, "text": {text}}
	resp, err := b.client.PostForm(b.slackURL+"chat.postMessage", form)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	_, err = io.Copy(io.Discard, resp.Body)
	return err
}
