// Package prompts holds every word that is said to a model, one template each. They
// never name a person, a project or a day, so that they are the same bytes for every
// question and a provider can cache them.
package prompts

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"strings"
	"sync"
	"text/template"
	"time"
)

//go:embed *.tmpl
var files embed.FS

// Instructions is what every conversation begins with: the rules, and the company's words.
type Instructions struct {
	Organisation string // how the company calls itself; empty where nobody said
	Glossary     Glossary
}

// Glossary is what words mean in the company. It names no person, skill or project: its
// size does not grow with the company.
type Glossary struct {
	FreePercent     int // from which free percent on somebody counts as free
	WeekStart       time.Weekday
	SprintWeeks     int
	FiscalYearStart time.Month
}

// Text renders the instructions, and after them the glossary.
func (i Instructions) Text() (string, error) {
	rules, err := render("instructions.tmpl", i)
	if err != nil {
		return "", err
	}
	words, err := render("glossary.tmpl", i.Glossary)
	if err != nil {
		return "", err
	}
	return rules + "\n\n" + words, nil
}

// Today is the line that goes before a question, and changes with every day and asker.
type Today struct {
	Date  string // "Wednesday 25 November 2026"
	Zone  string
	Asker string // empty where the asker is nobody in the company
}

// Text renders the line.
func (t Today) Text() (string, error) { return render("today.tmpl", t) }

// AfterToday returns a message without the line that Text put before it, for a model that
// has a clock of its own.
func AfterToday(message string) string {
	line, rest, found := strings.Cut(message, "\n\n")
	if found && strings.HasPrefix(line, "Today is ") && !strings.Contains(line, "\n") {
		return rest
	}
	return message
}

// Version names the wording of all templates, for the record: the same words have the
// same version, and any change gives another.
func Version() (string, error) { return version() }

var version = sync.OnceValues(func() (string, error) {
	entries, err := files.ReadDir(".")
	if err != nil {
		return "", fmt.Errorf("list the prompts: %w", err)
	}
	sum := sha256.New()
	for _, e := range entries {
		text, err := files.ReadFile(e.Name())
		if err != nil {
			return "", fmt.Errorf("read the prompt %s: %w", e.Name(), err)
		}
		sum.Write(text)
	}
	return hex.EncodeToString(sum.Sum(nil))[:12], nil
})

var templates = sync.OnceValues(func() (*template.Template, error) {
	return template.New("").Option("missingkey=error").ParseFS(files, "*.tmpl")
})

func render(name string, data any) (string, error) {
	t, err := templates()
	if err != nil {
		return "", fmt.Errorf("read the prompt %s: %w", name, err)
	}
	var b strings.Builder
	if err := t.ExecuteTemplate(&b, name, data); err != nil {
		return "", fmt.Errorf("write the prompt %s: %w", name, err)
	}
	return strings.TrimSpace(b.String()), nil
}
