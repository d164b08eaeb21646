package bot

import (
	"embed"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"strings"
	"sync"
	"unicode"

	"rollcall/tools"
)

// A language model's sentence reaches a reader only when it cannot be a lie about the
// data: each of its words is an ordinary one or was said in the question or found by a
// tool, its numbers and dates are those of the question or the head of a result, it does
// not tie a number to a name, and names that it ties to each other stand in one row. The
// table beside it says everything else.

//go:embed ordinary/*.txt
var ordinaryFiles embed.FS

// ordinary reads the word lists once.
var ordinary = sync.OnceValue(func() map[string]bool {
	words := map[string]bool{}
	entries, err := ordinaryFiles.ReadDir("ordinary")
	if err != nil {
		return words // without the lists no sentence is fit, which is safe
	}
	for _, e := range entries {
		text, err := ordinaryFiles.ReadFile("ordinary/" + e.Name())
		if err != nil {
			continue
		}
		for line := range strings.Lines(string(text)) {
			if !strings.HasPrefix(line, "#") {
				for _, w := range strings.Fields(line) {
					words[w] = true
				}
			}
		}
	}
	return words
})

// evidence is what a turn may speak of.
type evidence struct {
	asked   map[string]bool   // words and numbers of the question
	found   map[string]bool   // words of the results
	head    map[string]bool   // numbers, months and days at the head of the last result
	names   map[string]bool   // words of the results that are written like names
	months  [13]bool          // those at the head of the last result
	dates   map[string]bool   // days and years with their months, of the question and that head
	rows    []map[string]bool // the words of each row
	called  map[string]bool   // the words of what rows and options are called
	options []string          // what errors of the turn offered
	list    bool              // the last result counts what it lists
	nobody  bool              // the last result is empty
}

func newEvidence(question string, all []outcome) *evidence {
	e := &evidence{asked: wordSet(question), found: map[string]bool{}, head: map[string]bool{}, names: map[string]bool{}, called: map[string]bool{}, dates: datesIn(words(question))}
	for i := range all {
		if all[i].Err != nil {
			e.options = append(e.options, all[i].Err.DidYouMean...)
			continue
		}
		if all[i].Terminal {
			continue
		}
		var result map[string]any
		if json.Unmarshal(all[i].JSON, &result) != nil {
			continue
		}
		e.gather(result)
		if _, isList := result["total"]; !isList {
			e.rows = append(e.rows, textWords(result))
		}
		if i == len(all)-1 {
			e.readHead(result, all[i].Result.View())
		}
	}
	for _, option := range e.options {
		e.gather(option)
		maps.Copy(e.called, wordSet(option))
	}
	return e
}

// textWords are the words of every text in a result or a part of one.
func textWords(v any) map[string]bool {
	inner := &evidence{found: map[string]bool{}, names: map[string]bool{}, called: map[string]bool{}}
	inner.gather(v)
	return inner.found
}

// gather keeps the words of every text in a result.
func (e *evidence) gather(v any) {
	switch v := v.(type) {
	case map[string]any:
		for _, value := range v {
			e.gather(value)
		}
	case []any:
		for _, item := range v {
			e.gather(item)
			if row, isRow := item.(map[string]any); isRow {
				e.rows = append(e.rows, textWords(row))
				if name, named := row["name"].(string); named {
					maps.Copy(e.called, wordSet(name))
				}
			}
		}
	case string:
		for _, w := range words(v) {
			e.found[fold(w)] = true
			if r := []rune(w); unicode.IsUpper(r[0]) {
				e.names[fold(w)] = true
			}
		}
	}
}

// readHead keeps the numbers and dates that speak of the result as a whole.
func (e *evidence) readHead(result map[string]any, v tools.View) {
	head := words(v.Headline + " " + v.Period)
	for _, w := range head {
		e.head[fold(w)] = true
		e.months[months[fold(w)]] = true
	}
	maps.Copy(e.dates, datesIn(head))
	e.months[0] = false // what is no month
	total, counted := result["total"].(float64)
	e.list, e.nobody = counted, counted && total == 0
}

var wordOrNumber = regexp.MustCompile(`\p{N}+(?:[.,]\p{N}+)*[\p{L}\p{Mn}]*|[\p{L}\p{Mn}][\p{L}\p{Mn}\p{N}]*`)

// words splits text into words and numbers ("1.5" is one); what stands between them is dropped.
func words(s string) []string { return wordOrNumber.FindAllString(s, -1) }

// datesIn are the numbers beside the names of months: "31 dec", "dec 2026", and both ends
// of "1–31 Dec".
func datesIn(all []string) map[string]bool {
	dates := map[string]bool{}
	for i, w := range all {
		m := months[fold(w)]
		if m == 0 {
			continue
		}
		for _, at := range []int{i - 1, i + 1} {
			if at >= 0 && at < len(all) && isNumber(fold(all[at])) {
				dates[dateKey(all[at], m)] = true
				if at < i && at > 0 && isNumber(fold(all[at-1])) {
					dates[dateKey(all[at-1], m)] = true
				}
			}
		}
	}
	return dates
}

func dateKey(number string, month int) string {
	return fmt.Sprintf("%s %d", digits(fold(number)), month)
}

func wordSet(s string) map[string]bool {
	set := map[string]bool{}
	for _, w := range words(s) {
		set[fold(w)] = true
	}
	return set
}

func fold(w string) string { return strings.ToLower(w) }
