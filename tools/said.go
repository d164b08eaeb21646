package tools

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"rollcall/tools/period"
	"rollcall/tools/resolve"
)

// What is to be changed must be the asker's own wish: every name, number, day and text of a
// change stems from what they wrote in this conversation or from a button that they
// pressed. A model that puts in something else, be it made up or read in a result, is told
// to ask.

// vocabulary is what the asker has said.
type vocabulary struct {
	text   string // folded, in one line
	tokens map[string]bool
}

var tokenForm = regexp.MustCompile(`[\p{L}\p{N}]+`)

func vocabularyOf(all []string) vocabulary {
	v := vocabulary{text: oneLine(strings.Join(all, "\n")), tokens: map[string]bool{}}
	for _, w := range tokensOf(v.text) {
		v.tokens[w] = true
	}
	return v
}

func oneLine(s string) string { return strings.Join(strings.Fields(resolve.Fold(s)), " ") }

func tokensOf(s string) []string {
	all := tokenForm.FindAllString(resolve.Fold(s), -1)
	for i, w := range all {
		all[i] = canonicalToken(w)
	}
	return all
}

var ordinal = regexp.MustCompile(`^(\d+)(?:st|nd|rd|th|er|e)$`)

// canonicalToken writes "1st" as "1" and a month as its first three letters.
func canonicalToken(w string) string {
	if m := ordinal.FindStringSubmatch(w); m != nil {
		return m[1]
	}
	if len(w) > 3 && slices.Contains(monthNames, w) {
		return w[:3]
	}
	return w
}

var monthNames = strings.Fields("january february march april june july august september october november december januar februar marz juni juli oktober dezember")

// has reports whether all words of the text were said. Words that only join others count.
func (v vocabulary) has(text string) bool {
	ws := tokensOf(text)
	return len(ws) > 0 && !slices.ContainsFunc(ws, func(w string) bool { return !v.tokens[w] && !slices.Contains(joining, w) })
}

var joining = strings.Fields("a an the of on in at from to until till by for and with since von ab bis im am de du le la el al")

// hasText reports whether the text was said as it stands.
func (v vocabulary) hasText(text string) bool {
	return strings.TrimSpace(text) != "" && strings.Contains(v.text, strings.Trim(oneLine(text), " .!"))
}

// spelled are numbers that people write as words.
var spelled = map[int][]string{
	1: {"one", "ein", "eine", "eins", "un", "une", "uno", "una"}, 2: {"two", "zwei", "deux", "dos"}, 3: {"three", "drei", "trois", "tres"}, 4: {"four", "vier", "quatre", "cuatro"}, 5: {"five", "funf", "cinq", "cinco"},
	20: {"fifth"}, 25: {"quarter"}, 50: {"half", "halb", "halbe", "halbtags", "fifty", "mi", "media", "moitie", "mitad"},
	100: {"full", "fulltime", "fully", "hundred", "vollzeit", "voll", "ganz", "plein", "completo", "completa"},
}

func (v vocabulary) hasNumber(n int) bool {
	return v.tokens[strconv.Itoa(n)] || slices.ContainsFunc(spelled[n], func(w string) bool { return v.tokens[w] })
}

func notSaid(field, message string, options ...string) *Error {
	return &Error{Code: NotSaid, Field: field, Message: message, DidYouMean: options, Retryable: true}
}

func missing(field, message string, options ...string) *Error {
	return &Error{Code: Missing, Field: field, Message: message, DidYouMean: options, Retryable: true}
}

// saidName resolves a name that the asker must have said. A name that was said and may be
// several people's is ambiguous, whichever of them a model has chosen.
func (c *Company) saidName(ctx context.Context, call Call, kind resolve.Kind, field, text string) (resolve.Entry, error) {
	entry, err := c.resolve(ctx, call, kind, field, text)
	if err != nil || entry.ID == "" || kind == resolve.Person && isMe(strings.TrimSpace(text)) {
		return entry, err
	}
	v := vocabularyOf(call.Asker.Words)
	if v.has(text) {
		return entry, nil
	}
	index, err := c.Names(ctx)
	if err != nil {
		return resolve.Entry{}, err
	}
	for _, words := range call.Asker.Words {
		for _, span := range index.Find(words) {
			of := span.Of(kind)
			switch i := slices.IndexFunc(of, func(e resolve.Entry) bool { return e.ID == entry.ID }); {
			case i >= 0 && len(of) == 1:
				return entry, nil
			case i >= 0:
				return resolve.Entry{}, ambiguous(kind, field, words[span.Start:span.End], resolve.Result{Candidates: of, Total: len(of)})
			}
		}
	}
	return resolve.Entry{}, notSaid(field, fmt.Sprintf("Do you mean %s?", entry.Name), entry.Name)
}

// saidPeriod reads a time that the asker must have said. No words are no period.
func (c *Company) saidPeriod(call Call, field, text, question string, options ...string) (period.Period, error) {
	if strings.TrimSpace(text) == "" {
		return period.Period{}, missing(field, question, options...)
	}
	p, err := c.Calendar.Parse(c.Now(), text)
	if err != nil {
		return period.Period{}, &Error{Code: PeriodUnclear, Field: field, Message: err.Error(), Retryable: true, err: err}
	}
	if vocabularyOf(call.Asker.Words).has(text) {
		return p, nil
	}
	for _, words := range call.Asker.Words {
		for _, m := range c.Calendar.Find(c.Now(), words) {
			if m.Period == p {
				return p, nil
			}
		}
	}
	return period.Period{}, notSaid(field, question, options...)
}

var percentOptions = []string{"100 %", "80 %", "50 %", "20 %"}

// saidPercent checks a percent that the asker must have said.
func (c *Company) saidPercent(call Call, n int) error {
	const question = "How many percent?"
	switch {
	case n == 0:
		return missing("percent", question, percentOptions...)
	case n < 0 || n > 100:
		return &Error{Code: Invalid, Field: "percent", Message: fmt.Sprintf("A booking is 1 to 100 percent, not %d", n), Retryable: true}
	case !vocabularyOf(call.Asker.Words).hasNumber(n):
		return notSaid("percent", question, percentOptions...)
	}
	return nil
}

// saidText checks text that goes into the company as it is.
func saidText(call Call, field, text string) error {
	if text != "" && !vocabularyOf(call.Asker.Words).hasText(text) {
		return notSaid(field, fmt.Sprintf("What exactly should the %s say?", strings.ReplaceAll(field, "_", " ")))
	}
	return nil
}

// saidPeople resolves up to five people who must have been said; none is the asker where
// orMe is set.
func (c *Company) saidPeople(ctx context.Context, call Call, field string, names []string, orMe bool) ([]resolve.Entry, error) {
	if len(names) == 0 && orMe {
		names = []string{"me"}
	}
	var all []resolve.Entry
	for _, name := range names {
		e, err := c.saidName(ctx, call, resolve.Person, field, name)
		if err != nil {
			return nil, err
		}
		if e.ID != "" && !slices.ContainsFunc(all, func(o resolve.Entry) bool { return o.ID == e.ID }) {
			all = append(all, e)
		}
	}
	if len(all) == 0 {
		return nil, missing(field, "Who?")
	}
	return all, nil
}
