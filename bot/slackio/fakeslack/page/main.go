// Command page runs the fake Slack workspace for trying the bot by hand: it prints the
// settings for "rollcall serve" and shows the workspace as a page.
package main

import (
	"context"
	"encoding/csv"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"os/signal"
	"slices"

	"rollcall/bot/slackio/fakeslack"
)

func main() {
	listen := flag.String("listen", "127.0.0.1:8090", "loopback address of the workspace")
	people := flag.String("people", "", "a people.csv with the column slack_id: who is in the workspace")
	events := flag.String("events", "", "where the bot serves HTTP events, such as http://127.0.0.1:8080; without it, Socket Mode")
	flag.Parse()
	if err := run(*listen, *people, *events); err != nil {
		log.Fatal(err)
	}
}

func run(listen, people, events string) error {
	s, err := fakeslack.New(listen)
	if err != nil {
		return err
	}
	defer s.Close()
	s.Events = events
	s.AddUser(fakeslack.User{ID: "U0STRANGER", Name: "Somebody unknown", Email: "nobody@elsewhere.example"})
	s.AddChannel(fakeslack.Channel{ID: "C0GENERAL"})
	if err := addPeople(s, people); err != nil {
		return err
	}
	s.Serve()
	fmt.Fprintf(os.Stdout, "Open http://%s/ and start the bot with\n", listen)
	fmt.Fprintf(os.Stdout, "  SLACK_API_URL=%s SLACK_BOT_TOKEN=%s SLACK_APP_TOKEN=%s rollcall serve\n", s.URL, fakeslack.BotToken, fakeslack.AppToken)
	fmt.Fprintf(os.Stdout, "or with SLACK_SIGNING_SECRET=%s instead of the app token, and --events here.\n", fakeslack.SigningSecret)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	<-ctx.Done()
	return nil
}

func addPeople(s *fakeslack.Server, file string) (err error) {
	if file == "" {
		return nil
	}
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	r := csv.NewReader(f)
	header, err := r.Read()
	if err != nil {
		return err
	}
	name, email, id := slices.Index(header, "name"), slices.Index(header, "email"), slices.Index(header, "slack_id")
	if min(name, email, id) < 0 {
		return errors.New("the file needs the columns name, email and slack_id")
	}
	for {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if row[id] != "" {
			s.AddUser(fakeslack.User{ID: row[id], Name: row[name], Email: row[email]})
		}
	}
}
