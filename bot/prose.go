package bot

import (
	"regexp"
	"slices"
	"strings"
	"unicode"

	"rollcall/tools"
)

// What is left of a model's words.
const (
	mostSentences   = 2
	longestSentence = 200 // characters
)

// unsayable marks a sentence as unfit whatever its words: addresses, mentions, code and
// marks of a call, which no answer of a model has business with.
var unsayable = regexp.MustCompile(`(?i)https?:|www\.|://|[@<>{}|\\` + "`" + `]|\]\(|[a-z0-9-]\.(com|org|net|io|dev|example)\b`)

// claims are words that say how somebody is or that something was done. The data decides
// that, and code writes it: a sentence that says it of a name, or of itself, is unfit.
var claims = wordSet(`free available availability busy booked bench overbooked capacity expired expires valid senior junior lead leads know knows knew work works working
frei verfügbar belegt gebucht ausgebucht abgelaufen gültig kennt arbeitet
libre libres disponible disponibles occupé occupée réservé expiré connaît travaille
ocupado ocupada reservado caducado conoce trabaja`)

// deeds are words for changes, of which a model makes none.
var deeds = wordSet(`assigned added booked confirmed created deleted removed saved scheduled updated changed done put moved
erledigt eingetragen gespeichert gebucht geändert gelöscht fait enregistré ajouté supprimé modifié hecho guardado asignado añadido borrado`)

// self are the words by which a model speaks of what it did.
var self = wordSet("i we ich wir je nous yo nosotros")

// denial are the words for nobody and nothing. They are true of an empty result alone.
var denial = wordSet("no nobody none nothing niemand keine kein keiner keinen nichts aucun aucune nadie ninguno ninguna ningún")

// numerals are numbers as words, with their digits; "one" and its like are articles in
// three of the languages and count as such there.
var numerals = map[string]string{
	"zero": "0", "one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7", "eight": "8", "nine": "9", "ten": "10",
	"eleven": "11", "twelve": "12", "dozen": "12", "twenty": "20", "thirty": "30", "forty": "40", "fifty": "50", "hundred": "100",
	"zwei": "2", "drei": "3", "vier": "4", "fünf": "5", "sechs": "6", "sieben": "7", "acht": "8", "neun": "9", "zehn": "10", "zwölf": "12",
	"deux": "2", "trois": "3", "quatre": "4", "cinq": "5", "sept": "7", "huit": "8", "neuf": "9", "dix": "10", "douze": "12",
	"dos": "2", "tres": "3", "cuatro": "4", "cinco": "5", "seis": "6", "siete": "7", "ocho": "8", "nueve": "9", "diez": "10", "doce": "12",
}

// grounded returns at most two sentences of a model's text that are fit to be read.
func (e *evidence) grounded(text string) string {
	var kept []string
	for _, s := range sentences(text) {
		if e.fit(s) {
			kept = append(kept, s)
		}
		if len(kept) == mostSentences {
			break
		}
	}
	return strings.Join(kept, " ")
}

// sentences splits text at the ends of sentences and lines. Decimal points and initials
// end none.
func sentences(text string) []string {
	var all []string
	var b strings.Builder
	runes := []rune(strings.ReplaceAll(strings.ToValidUTF8(text, ""), "**", ""))
	for i, r := range runes {
		ends := (r == '.' || r == '!' || r == '?') && (i+1 == len(runes) || unicode.IsSpace(runes[i+1]))
		if r != '\n' {
			b.WriteRune(r)
		}
		if ends || r == '\n' {
			all = append(all, strings.TrimSpace(b.String()))
			b.Reset()
		}
	}
	all = append(all, strings.TrimSpace(b.String()))
	return slices.DeleteFunc(all, func(s string) bool { return len(words(s)) == 0 })
}

// fit reports whether a sentence can be read without being a lie about the data.
func (e *evidence) fit(sentence string) bool {
	if unsayable.MatchString(sentence) || len([]rune(sentence)) > longestSentence || hasHidden(sentence) {
		return false
	}
	var counted, claimed, own, did bool
	var names []string
	all := words(sentence)
	for date := range datesIn(all) {
		if !e.dates[date] {
			return false
		}
	}
	for i, w := range all {
		low := fold(w)
		switch {
		case isNumber(low):
			if !e.asked[digits(low)] && !e.head[digits(low)] && !e.head[low] && !e.asked[low] {
				return false
			}
			counted = true
			continue
		case denial[low]:
			if !e.nobody {
				return false
			}
			continue
		}
		claimed, own, did = claimed || claims[low], own || self[low], did || deeds[low]
		if !e.knows(w, low, i == 0) {
			return false
		}
		if e.isName(w, low, i == 0) {
			names = append(names, low)
		}
	}
	named := len(names) > 0
	ties := named && (counted || claimed || !e.together(names)) || own && did
	return !ties
}

// knows reports whether a word is ordinary, or was said or found. An ordinary word in
// capitals inside a sentence may be a name ("Will", "May") and must have been found.
func (e *evidence) knows(w, low string, first bool) bool {
	if e.asked[low] || e.found[low] || e.head[low] || e.months[months[low]] {
		return true
	}
	if one, plural := strings.CutSuffix(low, "s"); plural && (e.asked[one] || e.found[one]) {
		return true
	}
	capital := unicode.IsUpper([]rune(w)[0])
	return ordinary()[low] && (!capital || first && !alsoNames[low] || low == "i" || isCommonNoun(low))
}

// alsoNames are ordinary words that begin a sentence about a person as well.
var alsoNames = wordSet("will may mark")

// isCommonNoun lets German nouns keep their capital: the list of ordinary words holds no names.
func isCommonNoun(low string) bool { return !alsoNames[low] && len(low) > 3 }

// isName reports whether a word is part of a name that something is said of. What a list
// was asked for ("people with Go") stands at its head and is not.
func (e *evidence) isName(w, low string, first bool) bool {
	if e.list && e.head[low] || first && ordinary()[low] {
		return false
	}
	return unicode.IsUpper([]rune(w)[0]) && (e.names[low] || e.asked[low] && !ordinary()[low])
}

// together reports whether nothing false can be said by naming these in one sentence: they
// are all what rows are called, or all in one row.
func (e *evidence) together(names []string) bool {
	if !slices.ContainsFunc(names, func(n string) bool { return !e.called[n] }) {
		return true
	}
	return slices.ContainsFunc(e.rows, func(row map[string]bool) bool {
		return !slices.ContainsFunc(names, func(n string) bool { return !row[n] })
	})
}

func isNumber(low string) bool {
	return numerals[low] != "" || strings.IndexFunc(low, unicode.IsDigit) >= 0
}

func digits(low string) string {
	if d := numerals[low]; d != "" {
		return d
	}
	return low
}

// hasHidden finds characters that a reader does not see.
func hasHidden(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool {
		return unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Co, r)
	})
}

// The questions that code asks where a model's own is unfit.
var questions = map[string]string{
	"ambiguous":       "That name fits more than one. Which one do you mean?",
	"missing":         "Something is missing for a look-up. Can you say it more fully?",
	"not_found":       "I do not know that name. Which one do you mean?",
	"period_unclear":  "Which time do you mean?",
	"confirm_reading": "Did I understand you rightly? Please say it in other words.",
}

// terminal draws a question back or a refusal that a language model made, with its words
// only where they are fit and its options only where a tool offered them.
func (e *evidence) terminal(o *outcome, v tools.View) tools.View {
	switch r := o.Result.(type) {
	case *tools.Question:
		v.Headline = questions[r.Reason]
		if own := e.grounded(r.Question); own != "" && len(sentences(r.Question)) == len(sentences(own)) {
			v.Headline = own
		}
		v.Options = slices.DeleteFunc(slices.Clone(v.Options), func(option string) bool { return !e.offered(option) })
	case *tools.Refusal:
		v.Notes = nil
	}
	return v
}

// offered reports whether an option is one of a tool's, or made of the asker's words.
func (e *evidence) offered(option string) bool {
	if slices.Contains(e.options, option) {
		return true
	}
	all := words(option)
	return len(all) > 0 && !unsayable.MatchString(option) && !slices.ContainsFunc(all, func(w string) bool { return !e.asked[fold(w)] && !e.found[fold(w)] })
}
