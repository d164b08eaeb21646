package proposal

import (
	"time"

	"rollcall/plaintext"
	"rollcall/store"
	"rollcall/store/civil"
)

// Kind is what a proposal is about.
type Kind string

// The kinds.
const (
	Assignment    Kind = "assignment"
	Skill         Kind = "skill"
	Certification Kind = "certification"
	TimeOff       Kind = "time_off"
	Project       Kind = "project"
)

// MaxLines is how many people or things one card is about.
const MaxLines = 5

// MaxRows is how many rows one card changes: a booking that is moved, or changed for some
// days, is more than one. All of them are shown, since all are confirmed.
const MaxRows = 2 * MaxLines

// Card is what a person reads before they click, and afterwards what became of it. It is
// written by code from the database alone; all text in it is data.
type Card struct {
	ID        string              `json:"id"` // what a click names: opaque, good for one decision
	Kind      Kind                `json:"kind"`
	State     store.ProposalState `json:"state"`
	Title     string              `json:"title"` // one sentence that says what would be, or was, done
	Lines     []Line              `json:"lines"` // 1 to MaxRows
	Load      []Load              `json:"load,omitempty"`
	Warnings  []string            `json:"warnings,omitempty"` // what to know first; one sentence each
	Notes     []string            `json:"notes,omitempty"`    // what else happens
	Outcome   string              `json:"outcome,omitempty"`  // what became of it, in one sentence; empty while it is open
	ExpiresAt time.Time           `json:"expires_at"`
	CanUndo   bool                `json:"can_undo,omitempty"`
}

// plain is the card with every text made harmless: names and notes are what people wrote.
func (c Card) plain() Card {
	c.Title = plaintext.Of(c.Title)
	for i, l := range c.Lines {
		c.Lines[i].Subject = plaintext.Of(l.Subject)
		for n, f := range l.Fields {
			c.Lines[i].Fields[n].Before, c.Lines[i].Fields[n].After = plaintext.Of(f.Before), plaintext.Of(f.After)
		}
	}
	for i, l := range c.Load {
		c.Load[i].Person = plaintext.Of(l.Person)
	}
	for _, all := range [][]string{c.Warnings, c.Notes} {
		for i, s := range all {
			all[i] = plaintext.Of(s)
		}
	}
	return c
}

// Line is one row's change: who or what it is about, and each value before and after.
type Line struct {
	Subject string  `json:"subject"` // "Priya Sharma on Atlas"
	Action  string  `json:"action"`  // create, update or delete
	Fields  []Field `json:"fields,omitempty"`
}

// Field is a value of a line. Before is empty for what is new, After for what goes.
type Field struct {
	Name   string `json:"name"`
	Before string `json:"before,omitempty"`
	After  string `json:"after,omitempty"`
}

// Load is how much of somebody is taken in each week of a stretch, before and after, in percent of full
// time on average over its working days. Tentative bookings are counted apart.
type Load struct {
	Person    string     `json:"person"`
	From      civil.Date `json:"from"`
	To        civil.Date `json:"to"` // the last day
	Before    int        `json:"before"`
	After     int        `json:"after"`
	Tentative int        `json:"tentative,omitempty"` // after
	DaysOff   int        `json:"days_off,omitempty"`  // after
	Over      bool       `json:"over,omitempty"`      // more than their capacity on a day, after
}

// Result is what a click came to.
type Result string

// The results.
const (
	Done       Result = "done"       // committed, cancelled or undone as was asked
	Already    Result = "already"    // it was decided before; nothing was done now
	Redrawn    Result = "redrawn"    // something changed since: the card is a new one to decide on
	Expired    Result = "expired"    // too late
	Superseded Result = "superseded" // a newer proposal in the conversation took its place
	Gone       Result = "gone"       // what it would change is no longer there, or was changed since
	Refused    Result = "refused"    // the person may not; the card stays as it is
)

// Outcome answers a click.
type Outcome struct {
	Result Result
	Card   Card   // takes the place of the one that was clicked; zero when Refused
	Said   string // one sentence for the person who clicked
}

// Person is who drafts or clicks. An empty ID is the operator at a terminal, who is nobody
// in the company and may do everything.
type Person struct {
	ID     string
	Name   string
	Access store.Access
}

// Verb is what a click asks for.
type Verb string

// The verbs.
const (
	Confirm Verb = "confirm"
	Cancel  Verb = "cancel"
	Undo    Verb = "undo"
)

// Answer is what an assigned person says to a booking.
type Answer string

// The answers of a handshake.
const (
	Accept  Answer = "accept"
	Decline Answer = "decline"
	Suggest Answer = "suggest" // other days, in the person's words
)

// Notice is a message that nobody asked for: to somebody who is to be booked, or to the
// owner of a hold.
type Notice struct {
	Key       string // the same key is said once
	PersonID  string // to whom
	Title     string // one sentence
	Lines     []string
	Handshake string // the id to answer, empty where nothing is to be answered
}
