package main

import (
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
	"golang.org/x/term"

	"rollcall/bot"
	"rollcall/tools"
)

const defaultWidth = 120

// width returns the terminal's width in columns, or a fixed one where there is none.
func width(out io.Writer) int {
	if f, ok := out.(*os.File); ok {
		if w, _, err := term.GetSize(int(f.Fd())); err == nil && w >= 40 {
			return w
		}
	}
	return defaultWidth
}

// renderAnswer draws an answer: what the person should know first, what is left of the
// model's words, and the view.
func renderAnswer(out io.Writer, a bot.Answer, width int) {
	for _, line := range []string{a.Notice, a.Prose} {
		if line != "" {
			fmt.Fprintln(out, printable(line))
		}
	}
	if a.View.Card != nil {
		renderCard(out, *a.View.Card, width)
		return
	}
	render(out, a.View, width)
}

// render draws a view as text: the sentence, the period, the table, sections and notes.
func render(out io.Writer, v tools.View, width int) {
	fmt.Fprintln(out, printable(v.Headline))
	if v.Period != "" {
		fmt.Fprintln(out, v.Period)
	}
	renderTable(out, v.Columns, v.Rows, width)
	for _, s := range v.Sections {
		fmt.Fprintln(out, "\n"+printable(s.Title))
		for _, line := range s.Lines {
			fmt.Fprintln(out, "  "+printable(line))
		}
		renderTable(out, s.Columns, s.Rows, width)
	}
	for _, note := range v.Notes {
		fmt.Fprintln(out, printable(note))
	}
	for i, option := range v.Options {
		fmt.Fprintf(out, "  %d. %s\n", i+1, printable(option))
	}
}

// renderTable draws a table no wider than the terminal: the last column, which holds the
// reasons, is wrapped.
func renderTable(out io.Writer, columns []string, rows [][]string, width int) {
	if len(columns) == 0 || len(rows) == 0 {
		return
	}
	t := table.NewWriter()
	t.SetStyle(plainStyle())
	t.AppendHeader(cells(columns))
	used := 0
	for i := range columns[:len(columns)-1] {
		used += columnWidth(columns, rows, i) + 2
	}
	for _, row := range rows {
		t.AppendRow(cells(row))
	}
	t.SetColumnConfigs([]table.ColumnConfig{{Number: len(columns), WidthMax: max(24, width-used-3), WidthMaxEnforcer: text.WrapSoft}})
	fmt.Fprintln(out, "\n"+t.Render())
}

// plainStyle has a line under the header and no others.
func plainStyle() table.Style {
	style := table.StyleLight
	style.Options.SeparateRows, style.Options.DrawBorder, style.Options.SeparateColumns = false, false, false
	style.Format.Header = text.FormatDefault
	return style
}

func columnWidth(columns []string, rows [][]string, i int) int {
	widest := text.StringWidthWithoutEscSequences(columns[i])
	for _, row := range rows {
		widest = max(widest, text.StringWidthWithoutEscSequences(row[i]))
	}
	return widest
}

func cells(values []string) table.Row {
	row := make(table.Row, len(values))
	for i, v := range values {
		row[i] = printable(v)
	}
	return row
}

// printable drops control characters: text from the database must not steer a terminal.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || (r >= 0x80 && r < 0xa0) {
			return -1
		}
		return r
	}, s)
}
