package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"time"

	"rollcall/bot/slackio"
)

const readyTimeout = 2 * time.Second

// The states of a part.
const (
	partOK   = "ok"
	partDown = "down" // the process can do nothing useful
	partAway = "away" // what needs it waits
	partOff  = "off"  // it is not configured
)

// part is how one part of the process is doing, in words that hold no address and no
// error's text: everybody who reaches the port may read them.
type part struct {
	State string `json:"state"`
	Note  string `json:"note,omitempty"`
}

// readiness is what /readyz says.
type readiness struct {
	Status string          `json:"status"`
	Parts  map[string]part `json:"parts"`
}

// alive says that the process lives, whatever it can reach: who starts it anew because
// its database is away only makes things worse.
func alive(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	fmt.Fprintln(w, `{"status":"alive"}`)
}

// ready says whether requests should come here, and how each part is doing.
func (a *app) ready(slack *slackio.Slack) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), readyTimeout)
		defer cancel()
		answer, status := a.readiness(ctx, slack), http.StatusOK
		if answer.Status != "ready" {
			status = http.StatusServiceUnavailable
		}
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Cache-Control", "no-store")
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(answer) // a client that is gone cannot be told
	}
}

// readiness looks at all parts at once, so that one that hangs does not hide another.
func (a *app) readiness(ctx context.Context, slack *slackio.Slack) readiness {
	var database, documents part
	var both sync.WaitGroup
	both.Go(func() { database = a.databasePart(ctx) })
	both.Go(func() { documents = a.documentsPart(ctx) })
	both.Wait()
	all := readiness{Status: "ready", Parts: map[string]part{"database": database, "documents": documents, "slack": a.slackPart(ctx, slack)}}
	for _, p := range all.Parts {
		if p.State == partDown {
			all.Status = "not ready"
		}
	}
	return all
}

func (a *app) databasePart(ctx context.Context) part {
	write, _ := a.store.SQL()
	if err := write.PingContext(ctx); err != nil {
		a.logger.WarnContext(ctx, "not ready", "part", "database", "error", err)
		return part{partDown, "it does not answer"}
	}
	return part{State: partOK}
}

// documentsPart never makes the process unready: what is asked meanwhile is written later.
func (a *app) documentsPart(ctx context.Context) part {
	if a.mongo == nil {
		return part{partOK, "in the database"}
	}
	if err := a.mongo.Ping(ctx); err != nil {
		return part{partAway, "their server does not answer; exchanges wait in the database, and project details cannot be read"}
	}
	return part{partOK, "on their own server"}
}

func (a *app) slackPart(ctx context.Context, slack *slackio.Slack) part {
	if slack == nil {
		return part{partOff, "not configured"}
	}
	if err := slack.Ready(); err != nil {
		a.logger.WarnContext(ctx, "not ready", "part", "slack", "error", err)
		return part{partDown, err.Error()} // one of Ready's two sentences
	}
	return part{State: partOK}
}
