package slackio

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/socketmode"
)

func TestNobodyWaitsToAcknowledgeOnAConnectionThatHasEnded(t *testing.T) {
	t.Parallel()
	s := New(Config{Logger: slog.New(slog.DiscardHandler)})
	ended, end := context.WithCancel(t.Context())
	end()
	client, done := socketmode.New(slack.New("")), make(chan struct{})
	go func() {
		defer close(done)
		for range 2 * atOnce { // more than the library holds for a connection to come
			s.serveSocket(ended, client, socketmode.Request{EnvelopeID: "x"})
		}
	}()
	select {
	case <-done:
	case <-time.After(30 * time.Second):
		t.Fatal("an acknowledgement is waited for that nobody will send")
	}
}
