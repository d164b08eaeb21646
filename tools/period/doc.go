// Package period turns the words people use for time ("next sprint", "by end of Q1",
// "nächste Woche") into whole days of the organisation's calendar. A period is a
// half-open range of days. What it cannot read is an error that names the part; it never
// guesses a day.
//
// The words of each language are tables (en.go, de.go, fr.go, es.go); one grammar reads
// the meanings that the tables give, so that a new language is a table.
package period
