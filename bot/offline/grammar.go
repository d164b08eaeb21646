package offline

import (
	"errors"
	"fmt"
	"math"
	"strings"
)

// wish is one kind of change: the call that it is, and the ways in which people say it.
// What a change says depends on the order of its words, which the frames of questions do
// not see.
type wish struct {
	name string
	tool string
	set  map[string]string
	says []*node
}

// node is a part of a way of saying something.
type node struct {
	words       [][]string // each is one way to write it
	slot, as    string     // a slot, and the argument that it fills
	value       string     // fills the argument as without any word
	parts       []*node    // one after the other
	choices     []*node    // one of them
	least, most int        // how often it is said
}

// grammar is the file changes.txt.
type grammar struct {
	defs   map[string]*node
	frames map[string]string // around what is said; … stands for it
	wishes []wish
	words  map[string]bool // every word in it: none of them is a new name
}

func readGrammar() (*grammar, error) {
	text, err := files.ReadFile("changes.txt")
	if err != nil {
		return nil, fmt.Errorf("read the changes: %w", err)
	}
	g := &grammar{defs: map[string]*node{}, frames: map[string]string{}, words: map[string]bool{}}
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		if err := g.read(line); err != nil {
			return nil, fmt.Errorf("changes.txt: %q: %w", line, err)
		}
	}
	return g, nil
}

func (g *grammar) read(line string) error {
	head, rest, _ := strings.Cut(line, " ")
	rest = strings.TrimSpace(rest)
	last := len(g.wishes) - 1
	switch {
	case head == "def":
		name, form, _ := strings.Cut(rest, " = ")
		n, err := g.parse(form)
		g.defs[name] = n
		return err
	case head == "around":
		name, form, _ := strings.Cut(rest, " = ")
		g.frames[name] = form
	case head == "change":
		g.wishes = append(g.wishes, wish{name: rest, set: map[string]string{}})
	case last < 0:
		return errors.New("nothing is begun")
	case head == "tool":
		g.wishes[last].tool = rest
	case head == "set":
		for word := range strings.FieldsSeq(rest) {
			name, value, _ := strings.Cut(word, "=")
			g.wishes[last].set[name] = value
		}
	case g.frames[head] != "":
		n, err := g.parse(strings.ReplaceAll(g.frames[head], "…", "( "+rest+" )"))
		g.wishes[last].says = append(g.wishes[last].says, n)
		return err
	default:
		return fmt.Errorf("there is no %q", head)
	}
	return nil
}

// parse reads a form: words, a|b for one of them, two_words, @slot, @slot:argument,
// =argument:value, $definition, ( … | … ); after each may stand ? or *.
func (g *grammar) parse(form string) (*node, error) {
	p := &parser{grammar: g, tokens: strings.Fields(form)}
	n, err := p.choice()
	if err == nil && p.at < len(p.tokens) {
		err = fmt.Errorf("nothing opens %q", p.tokens[p.at])
	}
	return n, err
}

type parser struct {
	grammar *grammar
	tokens  []string
	at      int
}

func (p *parser) choice() (*node, error) {
	n := &node{least: 1, most: 1}
	for {
		one, err := p.sequence()
		if err != nil {
			return nil, err
		}
		n.choices = append(n.choices, one)
		if p.at >= len(p.tokens) || p.tokens[p.at] != "|" {
			return n, nil
		}
		p.at++
	}
}

func (p *parser) sequence() (*node, error) {
	n := &node{least: 1, most: 1, parts: []*node{}}
	for p.at < len(p.tokens) && p.tokens[p.at] != "|" && p.tokens[p.at][0] != ')' {
		one, err := p.atom()
		if err != nil {
			return nil, err
		}
		n.parts = append(n.parts, one)
	}
	return n, nil
}

func (p *parser) atom() (*node, error) {
	token := p.tokens[p.at]
	p.at++
	if token == "(" {
		n, err := p.choice()
		if err != nil {
			return nil, err
		}
		if p.at >= len(p.tokens) {
			return nil, errors.New("a bracket is not closed")
		}
		_, n.least, n.most = repeats(p.tokens[p.at])
		p.at++
		return n, nil
	}
	token, least, most := repeats(token)
	n, err := p.grammar.atom(token)
	if err == nil {
		n.least, n.most = least, most
	}
	return n, err
}

func repeats(token string) (rest string, least, most int) {
	if rest, found := strings.CutSuffix(token, "*"); found {
		return rest, 0, math.MaxInt
	}
	if rest, found := strings.CutSuffix(token, "?"); found {
		return rest, 0, 1
	}
	return token, 1, 1
}

func (g *grammar) atom(token string) (*node, error) {
	switch token[0] {
	case '$':
		def, known := g.defs[token[1:]]
		if !known {
			return nil, fmt.Errorf("%s is not defined", token)
		}
		n := *def
		return &n, nil
	case '@':
		slot, as, renamed := strings.Cut(token[1:], ":")
		if !renamed {
			as = slot
		}
		return &node{slot: slot, as: as}, nil
	case '=':
		as, value, _ := strings.Cut(token[1:], ":")
		return &node{as: as, value: value}, nil
	}
	n := &node{}
	for way := range strings.SplitSeq(token, "|") {
		words := strings.Split(way, "_")
		n.words = append(n.words, words)
		for _, w := range words {
			g.words[w] = true
		}
	}
	return n, nil
}
