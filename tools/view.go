package tools

import (
	"fmt"
	"time"

	"rollcall/proposal"
	"rollcall/store/civil"
)

// View is a result as a person reads it, without any channel's mark-up: a sentence, a
// table, and lines of text. Slack, the terminal and the web draw it each in their way.
// All text in it is data.
type View struct {
	Headline string         // one sentence that says what was found
	Period   string         // the period that was looked at, empty where none was
	Columns  []string       // the table's header; no table when empty
	Rows     [][]string     // as long as Columns each
	Sections []Section      // parts with a title of their own, after the table
	Notes    []string       // what the reader should know besides: near misses, tentative holds
	Options  []string       // choices to answer with, for a question
	Threads  []string       `json:",omitempty"` // the conversations that it speaks of, as Asker.Thread names them
	Card     *proposal.Card `json:",omitempty"` // a change to confirm, or what became of one; the text beside says nothing of it
}

// Section is a titled part of a view.
type Section struct {
	Title   string
	Columns []string
	Rows    [][]string
	Lines   []string
}

// day writes a day as people read it: "18 Dec", with the year when it is not this one's.
func day(d civil.Date, today civil.Date) string { return d.Words(today) }

// age writes how long ago something was: "today", "3 weeks ago", "14 months ago".
func age(t time.Time, today civil.Date) string {
	days := int(today - civil.FromTime(t))
	switch {
	case days <= 0:
		return "today"
	case days < 14:
		return count(days, "day") + " ago"
	case days < 60:
		return count(days/7, "week") + " ago"
	case days < 730:
		return count(days*12/365, "month") + " ago"
	}
	return count(days/365, "year") + " ago"
}

// count writes a number with its noun: "1 person" needs a noun of its own, see people.
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// noneOr is "No project", "1 project", "3 projects".
func noneOr(n int, noun string) string {
	if n == 0 {
		return "No " + noun
	}
	return count(n, noun)
}

func people(n int) string {
	if n == 1 {
		return "1 person"
	}
	return fmt.Sprintf("%d people", n)
}

func percent(n int) string { return fmt.Sprintf("%d %%", n) }
