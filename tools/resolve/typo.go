package resolve

import "slices"

// typos finds known words near a misspelt one. It keeps for each word what is left when
// one letter (or two, of long words) is dropped: two words within the distance share one
// of those (the method is Wolf Garbe's symmetric delete).
type typos struct {
	words map[string]bool
	near  map[string][]string
}

const (
	shortest = 4 // letters below which nothing is forgiven
	long     = 8 // letters from which on two mistakes are
)

func newTypos() *typos { return &typos{words: map[string]bool{}, near: map[string][]string{}} }

func (t *typos) add(w string) {
	if t.words[w] {
		return
	}
	t.words[w] = true
	if len(w) < shortest || len(w) > 40 {
		return
	}
	drops := deletes(w, allowed(len(w), len(w)))
	drops[single(w)] = true
	for d := range drops {
		t.near[d] = append(t.near[d], w)
	}
}

// single writes doubled letters once: which letter of a name is the doubled one is the
// commonest mistake (appolo, Apollo), and counts as one.
func single(w string) string {
	out := make([]byte, 0, len(w))
	for i := range len(w) {
		if i == 0 || w[i] != w[i-1] {
			out = append(out, w[i])
		}
	}
	return string(out)
}

// mistakes counts the mistakes between two words.
func mistakes(a, b string) int {
	if a != b && single(a) == single(b) {
		return 1
	}
	return Distance(a, b)
}

// allowed is how many mistakes are forgiven between words of these lengths in bytes.
func allowed(a, b int) int {
	switch n := min(a, b); {
	case n < shortest:
		return 0
	case n < long:
		return 1
	}
	return 2
}

// deletes returns the word and what is left when up to n of its bytes are dropped.
func deletes(w string, n int) map[string]bool {
	all := map[string]bool{w: true}
	edge := []string{w}
	for range n {
		var next []string
		for _, s := range edge {
			for i := range len(s) {
				if d := s[:i] + s[i+1:]; !all[d] {
					all[d] = true
					next = append(next, d)
				}
			}
		}
		edge = next
	}
	return all
}

// candidate is a known word at a distance from the one that was written.
type candidate struct {
	word     string
	distance int
}

// find returns the known words that w may be, nearest first; the word itself alone when
// it is known. slack forgives one more mistake, for suggestions.
func (t *typos) find(w string, slack int) []candidate {
	if t.words[w] {
		return []candidate{{w, 0}}
	}
	if len(w) < shortest-slack || len(w) > 40 {
		return nil
	}
	var all []candidate
	drops := deletes(w, min(2, allowed(len(w), len(w)+1)+slack))
	drops[single(w)] = true
	for d := range drops {
		for _, known := range t.near[d] {
			c := candidate{known, mistakes(w, known)}
			limit := min(allowed(len(w), len(known))+slack, max(1, min(len(w), len(known))/2))
			startsAlike := min(len(w), len(known)) > shortest || w[0] == known[0]
			if c.distance <= limit && startsAlike && !slices.Contains(all, c) {
				all = append(all, c)
			}
		}
	}
	slices.SortFunc(all, func(a, b candidate) int {
		if a.distance != b.distance {
			return a.distance - b.distance
		}
		return compareText(a.word, b.word)
	})
	return all
}

func compareText(a, b string) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// Distance is the optimal string alignment distance: letters inserted, deleted,
// replaced, or swapped with their neighbour.
func Distance(a, b string) int {
	before, previous, current := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range previous {
		previous[j] = j
	}
	for i := 1; i <= len(a); i++ {
		current[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			current[j] = min(previous[j]+1, current[j-1]+1, previous[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				current[j] = min(current[j], before[j-2]+1)
			}
		}
		before, previous, current = previous, current, before
	}
	return previous[len(b)]
}
