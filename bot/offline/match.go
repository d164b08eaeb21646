package offline

import "slices"

// pick is an argument with the words that fill it.
type pick struct {
	as    string
	text  string
	level string // of a skill
	past  bool   // a time that is over
}

// longestSentence is in words; nobody asks for one change in a longer one.
const longestSentence = 60

// match calls next for every way in which the node explains the tokens from at on.
func (n *node) match(s *sentence, at int, got []pick, next func(at int, got []pick)) {
	n.again(s, at, got, 0, next)
}

func (n *node) again(s *sentence, at int, got []pick, times int, next func(int, []pick)) {
	if times >= n.least {
		next(at, got)
	}
	if times >= n.most {
		return
	}
	n.once(s, at, got, func(to int, more []pick) {
		if to > at || times < n.least {
			n.again(s, to, more, times+1, next)
		}
	})
}

func (n *node) once(s *sentence, at int, got []pick, next func(int, []pick)) {
	switch {
	case n.choices != nil:
		for _, c := range n.choices {
			c.match(s, at, got, next)
		}
	case n.parts != nil:
		follow(n.parts, s, at, got, next)
	case n.value != "":
		next(at, append(slices.Clip(got), pick{as: n.as, text: n.value}))
	default:
		n.here(s, at, got, next)
		if s.word(at) == "[,]" {
			n.here(s, at+1, got, next)
		}
	}
}

func follow(parts []*node, s *sentence, at int, got []pick, next func(int, []pick)) {
	if len(parts) == 0 {
		next(at, got)
		return
	}
	parts[0].match(s, at, got, func(to int, more []pick) { follow(parts[1:], s, to, more, next) })
}

// here matches words or a slot that begin at a token.
func (n *node) here(s *sentence, at int, got []pick, next func(int, []pick)) {
	for _, words := range n.words {
		if s.has(at, words) {
			next(at+len(words), got)
		}
	}
	if n.slot == "" || filled(got, n.as) {
		return
	}
	for _, f := range s.slot(n.slot, at) {
		all := slices.Clip(got)
		for _, p := range f.picks {
			if p.as == "" {
				p.as = n.as
			}
			all = append(all, p)
		}
		next(f.to, all)
	}
}

func filled(got []pick, as string) bool {
	return slices.ContainsFunc(got, func(p pick) bool { return p.as == as })
}

func (s *sentence) has(at int, words []string) bool {
	for n, w := range words {
		if s.word(at+n) != w {
			return false
		}
	}
	return true
}
