package admin

import (
	"bytes"
	"encoding/json"
	"regexp"
	"slices"
	"strings"

	"rollcall/store/chatlog"
)

// masked is the exchange as a reviewer sees it: where conversations are anonymised, without
// whose it is. The asker's names go from every text, also where they are somebody else's:
// to hide too much is the lesser mistake.
func (c *conversations) masked(e chatlog.Exchange) chatlog.Exchange {
	if c.Mode != Anonymised {
		return e
	}
	m := maskOf(e.Asker)
	e.Question, e.Answer, e.Error, e.Fallback = m.text(e.Question), m.text(e.Answer), m.text(e.Error), m.text(e.Fallback)
	calls := make([]chatlog.ToolCall, len(e.Tools))
	for i, t := range e.Tools {
		t.Arguments, t.Result = m.json(t.Arguments), m.json(t.Result)
		calls[i] = t
	}
	e.Tools = calls
	e.ModelCalls = slices.Clone(e.ModelCalls)
	for i := range e.ModelCalls { // a server's error may repeat what it was sent
		e.ModelCalls[i].Error = m.text(e.ModelCalls[i].Error)
	}
	if e.Feedback != nil {
		f := *e.Feedback
		f.By, f.Note = "", m.text(f.Note)
		e.Feedback = &f
	}
	if e.Review != nil {
		r := *e.Review
		r.Note, r.Args = m.text(r.Note), m.json(r.Args)
		e.Review = &r
	}
	e.AskerID, e.Asker, e.Access = "", "", ""
	e.Conversation = "" // a direct message is somebody's, and a thread shows who wrote
	return e
}

// mask is the words of a name, in lower case.
type mask map[string]bool

const (
	masking = "[asker]"
	// shortestName leaves initials alone.
	shortestName = 2
)

var words = regexp.MustCompile(`[\p{L}\p{M}\p{N}]+`)

func maskOf(name string) mask {
	m := mask{}
	for _, w := range words.FindAllString(name, -1) {
		if len([]rune(w)) >= shortestName {
			m[strings.ToLower(w)] = true
		}
	}
	return m
}

func (m mask) text(s string) string {
	if len(m) == 0 {
		return s
	}
	s = words.ReplaceAllStringFunc(s, func(w string) string {
		if m[strings.ToLower(w)] {
			return masking
		}
		return w
	})
	return strings.ReplaceAll(s, masking+" "+masking, masking)
}

// json hides the words in the texts of a document, and leaves its numbers as they are.
func (m mask) json(document json.RawMessage) json.RawMessage {
	if len(m) == 0 || len(document) == 0 {
		return document
	}
	var v any
	dec := json.NewDecoder(bytes.NewReader(document))
	dec.UseNumber()
	if dec.Decode(&v) != nil {
		return nil // what cannot be read cannot be cleared
	}
	text, err := json.Marshal(m.value(v))
	if err != nil {
		return nil
	}
	return text
}

func (m mask) value(v any) any {
	switch v := v.(type) {
	case string:
		return m.text(v)
	case []any:
		for i := range v {
			v[i] = m.value(v[i])
		}
	case map[string]any:
		cleared := make(map[string]any, len(v))
		for k, inner := range v {
			cleared[m.text(k)] = m.value(inner)
		}
		return cleared
	}
	return v
}
