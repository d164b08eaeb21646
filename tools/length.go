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

// lengthened returns the last day of the days made longer by the words, and whether the
// words say a length. A month is a calendar month.
func lengthened(days civil.Range, words string) (civil.Date, bool) {
	m := lengths.FindStringSubmatch(oneLine(strings.Trim(words, " .!?")))
	if m == nil {
		return 0, false
	}
	n, ok := numberWord(m[1])
	if !ok || n == 0 {
		return 0, false
	}
	switch unit := m[2]; {
	case strings.HasPrefix(unit, "w"), strings.HasPrefix(unit, "sem"):
		return days.Last() + civil.Date(7*n), true //nolint:gosec // three digits
	case strings.HasPrefix(unit, "m"):
		return days.To.AddMonths(n) - 1, true
	}
	return days.Last() + civil.Date(n), true //nolint:gosec // three digits
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
