package tools

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"rollcall/store/civil"
	"rollcall/tools/resolve"
)

// lengths is "by two weeks", "um 3 Monate": how much longer something shall take.
var lengths = regexp.MustCompile(`^(?:by|for|um|de|por)?\s*(?:another|further|more|weitere)?\s*(\d{1,3}|\p{L}+)\s+(?:more\s+|weitere\s+)?(days?|weeks?|months?|tage?n?|wochen?|monate?n?|jours?|semaines?|mois|dias?|semanas?|meses|mes)$`)

// lengthOf reads a length as days or calendar months, and reports whether the words say one.
func lengthOf(words string) (days, months int, ok bool) {
	m := lengths.FindStringSubmatch(oneLine(strings.Trim(words, " .!?")))
	if m == nil {
		return 0, 0, false
	}
	n, ok := numberWord(m[1])
	if !ok || n == 0 {
		return 0, 0, false
	}
	switch unit := m[2]; {
	case strings.HasPrefix(unit, "w"), strings.HasPrefix(unit, "sem"):
		return 7 * n, 0, true
	case strings.HasPrefix(unit, "m"):
		return 0, n, true
	}
	return n, 0, true
}

// lengthened returns the last day of the days made longer by the words, and whether the
// words say a length. A month is a calendar month.
func lengthened(days civil.Range, words string) (civil.Date, bool) {
	n, months, ok := lengthOf(words)
	if months > 0 {
		return days.To.AddMonths(months) - 1, true
	}
	return days.Last() + civil.Date(n), ok //nolint:gosec // three digits
}

// shifts is "a week later", "by 3 days earlier", "zwei Wochen später".
var shifts = regexp.MustCompile(`^(.+) (later|spater|plus tard|mas tarde|earlier|sooner|fruher|eher|plus tot|antes)$`)

var sooner = []string{"earlier", "sooner", "fruher", "eher", "plus tot", "antes"}

// shifted returns the day that lies later or earlier than the given one by the words, and
// whether they say so. A length alone does not say in which direction.
func shifted(from civil.Date, words string) (civil.Date, bool) {
	m := shifts.FindStringSubmatch(oneLine(strings.Trim(words, " .!?")))
	if m == nil {
		return 0, false
	}
	days, months, ok := lengthOf(m[1])
	if slices.Contains(sooner, m[2]) {
		days, months = -days, -months
	}
	if months != 0 {
		return from.AddMonths(months), true
	}
	return from + civil.Date(days), ok //nolint:gosec // three digits
}

func numberWord(w string) (int, bool) {
	if n, err := strconv.Atoi(w); err == nil {
		return n, true
	}
	if w == "a" || w == "another" {
		return 1, true
	}
	for n, all := range spelled {
		if n <= 5 && slices.Contains(all, resolve.Fold(w)) {
			return n, true
		}
	}
	more := map[string]int{"six": 6, "sechs": 6, "seis": 6, "eight": 8, "acht": 8, "ten": 10, "zehn": 10, "dix": 10, "diez": 10, "twelve": 12}
	n, ok := more[w]
	return n, ok
}
