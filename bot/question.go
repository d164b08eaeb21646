package bot

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"rollcall/tools"
)

// MaxQuestion is how many characters a question may have.
const MaxQuestion = 4000

// ErrQuestion means that a question cannot be asked as it is; its text is for the person.
var ErrQuestion = errors.New("question")

// Question is what somebody asked, where, and what was said before.
type Question struct {
	Turn         string // the turn's id, unique
	Asker        tools.Asker
	Channel      string // terminal, slack or web
	Conversation string // what belongs together: a thread, or one run of chat
	Text         string
	History      []Message // of the same conversation, oldest first, as Answer.History gave it
	// Step is told the name of each tool as it is called; nil is nobody. It must not block.
	Step func(tool string)
}

func (q Question) step(tool string) {
	if q.Step != nil {
		q.Step(tool)
	}
}

// asker is the person with what they have said in the conversation: a change must stem
// from these words.
func (q Question) asker() tools.Asker {
	a := q.Asker
	a.Turn, a.Words = q.Turn, nil
	if a.Thread == "" {
		a.Thread = q.Channel + ":" + q.Conversation
	}
	for _, m := range q.History {
		if m.Role == User && m.From == q.Asker.ID {
			a.Words = append(a.Words, m.Text)
		}
	}
	a.Words = append(a.Words, q.Text)
	return a
}

// Check refuses text that nobody can answer: empty, too long or not UTF-8. The error is
// an ErrQuestion with a sentence for the person.
func (q Question) Check() error {
	switch n := utf8.RuneCountInString(q.Text); {
	case !utf8.ValidString(q.Text):
		return fmt.Errorf("the %w is not valid UTF-8 text", ErrQuestion)
	case strings.TrimSpace(q.Text) == "":
		return fmt.Errorf("the %w is empty", ErrQuestion)
	case n > MaxQuestion:
		return fmt.Errorf("the %w has %d characters; at most %d can be read", ErrQuestion, n, MaxQuestion)
	}
	return nil
}
