package bot

import (
	"regexp"
	"slices"

	"rollcall/plaintext"
	"rollcall/tools"
)

// addresses have no business in a sentence; a project's links stand in its lines.
var addresses = regexp.MustCompile(`(?i)\S*://\S*`)

// shown is a view without what text from the database could do to a reader: hidden
// characters, mentions, and addresses in sentences.
func shown(v tools.View) tools.View {
	v.Headline, v.Notes, v.Options = sentenceOf(v.Headline), each(v.Notes, sentenceOf), each(v.Options, plaintext.Of)
	v.Rows = rowsOf(v.Rows)
	v.Sections = slices.Clone(v.Sections)
	for i, s := range v.Sections {
		v.Sections[i].Title, v.Sections[i].Lines, v.Sections[i].Rows = sentenceOf(s.Title), each(s.Lines, plaintext.Of), rowsOf(s.Rows)
	}
	return v
}

func rowsOf(rows [][]string) [][]string {
	rows = slices.Clone(rows)
	for i, row := range rows {
		rows[i] = each(row, plaintext.Of)
	}
	return rows
}

func each(all []string, do func(string) string) []string {
	all = slices.Clone(all)
	for i, s := range all {
		all[i] = do(s)
	}
	return all
}

func sentenceOf(s string) string { return plaintext.Of(addresses.ReplaceAllString(s, "…")) }
