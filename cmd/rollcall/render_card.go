package main

import (
	"fmt"
	"io"
	"strings"

	"rollcall/proposal"
	"rollcall/store"
	"rollcall/store/civil"
)

// renderCard draws a change: what it is, what to know first, each value before and after,
// the load of each week, and how to decide.
func renderCard(out io.Writer, c proposal.Card, width int) {
	mark := ""
	if c.State == store.ProposalOpen {
		mark = "?"
	}
	fmt.Fprintln(out, printable(c.Title)+mark)
	if c.Outcome != "" {
		fmt.Fprintln(out, printable(c.Outcome))
	}
	if c.State != store.ProposalOpen { // what would come of it was said before
		renderButtons(out, c)
		return
	}
	for _, w := range c.Warnings {
		fmt.Fprintln(out, "  ! "+printable(w))
	}
	for _, l := range c.Lines {
		fmt.Fprintln(out, "  "+printable(l.Subject)+": "+printable(fieldWords(l)))
	}
	renderTable(out, []string{"Who", "Weeks", "Load", "Tentative", "Days off"}, loadRows(c.Load), width)
	for _, n := range c.Notes {
		fmt.Fprintln(out, printable(n))
	}
	renderButtons(out, c)
}

// fieldWords writes "50 % → 80 %, until 12 Dec → 31 Jan", and for a row that goes what it was.
func fieldWords(l proposal.Line) string {
	parts := make([]string, 0, len(l.Fields))
	for _, f := range l.Fields {
		value := f.Before + " → " + f.After
		if f.Before == "" || f.After == "" {
			value = f.Before + f.After
		}
		parts = append(parts, strings.ToLower(f.Name[:1])+f.Name[1:]+" "+value)
	}
	words := strings.Join(parts, ", ")
	if l.Action == "delete" {
		return "goes (" + words + ")"
	}
	return words
}

func loadRows(all []proposal.Load) [][]string {
	rows := make([][]string, 0, len(all))
	for _, l := range all {
		load := fmt.Sprintf("%d → %d %%", l.Before, l.After)
		if l.Over {
			load += " (over)"
		}
		rows = append(rows, []string{l.Person, weekWords(l.From, l.To), load, blankZero(l.Tentative, " %"), blankZero(l.DaysOff, "")})
	}
	return rows
}

func weekWords(from, to civil.Date) string {
	return from.Words(to) + " – " + to.Time().Format("2 Jan 2006")
}

func blankZero(n int, unit string) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf("%d%s", n, unit)
}

func renderButtons(out io.Writer, c proposal.Card) {
	switch {
	case c.State == store.ProposalOpen:
		fmt.Fprintf(out, "Nothing is changed yet. Decide with “confirm” or “cancel” in a chat, or, within 15 minutes:\n  rollcall confirm %s\n", c.ID)
	case c.CanUndo && c.State == store.ProposalCommitted:
		fmt.Fprintf(out, "To take it back within a day: “undo” in a chat, or\n  rollcall undo %s\n", c.ID)
	}
}
