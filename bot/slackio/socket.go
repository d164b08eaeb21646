package slackio

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log"
	"sync"
	"time"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/socketmode"
)

const (
	// sockets is how many connections are open at once: while Slack renews one of them, the
	// other takes events in.
	sockets = 2
	// atOnce is how many events of a connection are kept beside each other. The library
	// stops answering pings when its events are not read.
	atOnce         = 64
	firstReconnect = time.Second
	mostReconnect  = time.Minute
)

// Listen takes events in over Socket Mode until ctx ends. A connection that ends is opened
// again, whatever the reason: a token may be renewed.
func (s *Slack) Listen(ctx context.Context) {
	var all sync.WaitGroup
	for range sockets {
		all.Go(func() {
			for wait := firstReconnect; ctx.Err() == nil; wait = min(2*wait, mostReconnect) {
				start := time.Now()
				err := s.listenOnce(ctx)
				if ctx.Err() != nil {
					return
				}
				if time.Since(start) > mostReconnect {
					wait = firstReconnect
				}
				s.config.Logger.ErrorContext(ctx, "a connection to Slack ended", "reason", reason(err), "wait", wait)
				select {
				case <-ctx.Done():
				case <-time.After(wait):
				}
			}
		})
	}
	all.Wait()
}

func (s *Slack) listenOnce(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	client := socketmode.New(s.config.api(), socketmode.OptionLog(log.New(io.Discard, "", 0)))
	var all sync.WaitGroup
	all.Go(func() { s.drain(ctx, client) })
	err := client.RunContext(ctx)
	cancel()
	all.Wait()
	return err
}

// drain reads a connection's events, each kept beside the others.
func (s *Slack) drain(ctx context.Context, client *socketmode.Client) {
	slots := make(chan struct{}, atOnce)
	open := false
	set := func(isOpen bool) {
		if isOpen != open {
			open = isOpen
			s.sockets.Add(map[bool]int32{true: 1, false: -1}[isOpen])
		}
	}
	defer set(false)
	for {
		select {
		case <-ctx.Done():
			return
		case e := <-client.Events:
			switch e.Type {
			case socketmode.EventTypeHello:
				set(true)
				continue
			case socketmode.EventTypeConnecting:
				set(false)
				continue
			case socketmode.EventTypeConnectionError:
				s.config.Logger.WarnContext(ctx, "a connection to Slack could not be opened; trying again", "reason", reason(connectionError(e)))
				set(false)
				continue
			default: // a request, or news of the connection that changes nothing
			}
			r, found := request(e)
			if !found {
				continue
			}
			slots <- struct{}{}
			s.late.Go(func() {
				defer func() { <-slots }()
				s.serveSocket(ctx, client, r)
			})
		}
	}
}

func connectionError(e socketmode.Event) error {
	if failed, ok := e.Data.(*slack.ConnectionErrorEvent); ok {
		return failed.ErrorObj
	}
	return errNothing
}

// request finds what came in. What the library could not read it hands over whole.
func request(e socketmode.Event) (socketmode.Request, bool) {
	if e.Request != nil {
		return *e.Request, true
	}
	bad, isBad := e.Data.(*socketmode.ErrorBadMessage)
	if !isBad {
		return socketmode.Request{}, false
	}
	var r struct {
		Type     text            `json:"type"`
		Envelope text            `json:"envelope_id"`
		Payload  json.RawMessage `json:"payload"`
	}
	if json.Unmarshal(bad.Message, &r) != nil || r.Envelope == "" {
		return socketmode.Request{}, false
	}
	return socketmode.Request{Type: string(r.Type), EnvelopeID: string(r.Envelope), Payload: r.Payload}, true
}

// serveSocket does what a request asks for and acknowledges it. What could not be kept is
// not acknowledged: Slack sends it again. open ends with the connection: the work goes on
// then, and what nobody can be told any more is not waited for.
func (s *Slack) serveSocket(open context.Context, client *socketmode.Client, r socketmode.Request) {
	ctx := context.WithoutCancel(open)
	var answer any
	var err error
	switch r.Type {
	case socketmode.RequestTypeEventsAPI:
		err = s.take(ctx, r.Payload)
	case socketmode.RequestTypeInteractive:
		answer, err = s.act(ctx, r.Payload)
	case socketmode.RequestTypeSlashCommands:
		var c command
		if json.Unmarshal(r.Payload, &c) != nil {
			err = errMalformed
		} else {
			answer, err = s.command(ctx, c)
		}
	}
	if errors.Is(err, errMalformed) {
		s.config.Logger.WarnContext(ctx, "Slack sent what cannot be read", "error", err)
		err = nil
	}
	if err != nil {
		s.config.Logger.ErrorContext(ctx, "an event was not kept; Slack will send it again", "error", err)
		return
	}
	if err = client.AckCtx(open, r.EnvelopeID, answer); err != nil {
		s.config.Logger.WarnContext(ctx, "an event was not acknowledged; it may come again", "reason", reason(err))
	}
	s.at("ack")
}
