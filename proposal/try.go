package proposal

import (
	"context"
	"errors"
	"fmt"

	"rollcall/store"
	"rollcall/store/chatlog"
	"rollcall/store/civil"
)

// try makes the edits in the transaction and returns the card that tells what comes of
// them. The caller takes them back: what is shown is what a commit does, because it is the
// same.
func (c Config) try(ctx context.Context, tx *store.Store, by Person, d Draft, documents documents) (Card, error) {
	if err := c.may(ctx, tx, by, d.Edits); err != nil {
		return Card{}, err
	}
	changing, idle := d.split()
	if len(changing.Edits) == 0 {
		return Card{}, ErrNothing
	}
	f, err := c.facts(ctx, tx, changing)
	if err != nil {
		return Card{}, err
	}
	f.documents = documents
	before, err := c.load(ctx, tx, f)
	if err != nil {
		return Card{}, err
	}
	ifConfirmed, err := c.loadIfConfirmed(ctx, tx, f)
	if err != nil {
		return Card{}, err
	}
	if _, err = apply(ctx, tx, d.Edits, documents); err != nil {
		return Card{}, err
	}
	after, err := c.load(ctx, tx, f)
	if err != nil {
		return Card{}, err
	}
	card := Card{Kind: d.Kind, Title: f.title(), Lines: f.lines()}
	card.Load = loadLines(f, before, after)
	if card.Warnings, err = c.warnings(ctx, tx, f, before, ifConfirmed); err != nil {
		return Card{}, err
	}
	if card.Notes, err = c.idleNotes(ctx, tx, idle); err != nil {
		return Card{}, err
	}
	card.Notes = append(card.Notes, c.notes(ctx, by, f)...)
	return card.plain(), nil
}

// split parts what a draft changes from what it wants as it is already.
func (d Draft) split() (changing, idle Draft) {
	changing, idle = d, d
	changing.Edits, idle.Edits = nil, nil
	for _, e := range d.Edits {
		if e.ChangesNothing() {
			idle.Edits = append(idle.Edits, e)
		} else {
			changing.Edits = append(changing.Edits, e)
		}
	}
	return changing, idle
}

// idleNotes tell of every wish of the card that is true already.
func (c Config) idleNotes(ctx context.Context, tx *store.Store, idle Draft) ([]string, error) {
	f, err := c.facts(ctx, tx, idle)
	if err != nil {
		return nil, err
	}
	var all []string
	for _, l := range f.lines() {
		all = append(all, l.Subject+": that is so already and stays.")
	}
	return all, nil
}

// apply makes the edits of rows, and checks those of documents, which are written later.
func apply(ctx context.Context, tx *store.Store, edits []store.Edit, documents documents) ([]store.Edit, error) {
	made := make([]store.Edit, 0, len(edits))
	for _, e := range edits {
		if e.Entity == DetailsEntity {
			if err := documents.check(e); err != nil {
				return nil, err
			}
			made = append(made, e)
			continue
		}
		m, err := tx.ApplyEdit(ctx, e)
		if err != nil {
			return nil, err
		}
		made = append(made, m)
	}
	return made, nil
}

// documents are the details of the projects that a draft is about, as they are now.
type documents struct {
	of     map[string]chatlog.Document // by project; one without details has revision 0
	failed bool                        // they could not be read
}

// documents reads the details of every project that the edits are about. Edits of details
// need them; for others they only hold what a role asks for, so that a failure is noted and
// the card says so.
func (c Config) documents(ctx context.Context, edits []store.Edit) (documents, error) {
	all := documents{of: map[string]chatlog.Document{}}
	for _, e := range edits {
		id := projectOf(e)
		if _, known := all.of[id]; known || id == "" {
			continue
		}
		d, err := c.Details.GetDetails(ctx, id)
		switch {
		case errors.Is(err, chatlog.ErrNotFound):
			d = chatlog.Document{ProjectID: id}
		case err != nil && e.Entity == DetailsEntity:
			return all, fmt.Errorf("read the details of project %s: %w", id, err)
		case err != nil:
			all.failed = true
			continue
		}
		all.of[id] = d
	}
	return all, nil
}

// check reports whether the document is as the edit says it must be: else ErrStale.
func (d documents) check(e store.Edit) error {
	if _, err := chatlog.ParseProject(e.After); err != nil {
		return &InvalidError{Sentence: sentence(err.Error())}
	}
	same, err := sameDocument(d.of[e.ID].Project, e.Before)
	if err != nil {
		return err
	}
	if !same {
		return fmt.Errorf("details of project %s: %w", e.ID, store.ErrStale)
	}
	return nil
}

// window is the days that a card's warnings look at: from the first week that is touched
// and not over, a year at most. What has no end is looked at for that long.
func (c Config) window(days civil.Range) civil.Range {
	from := max(days.From, c.Today()).StartOfWeek(c.WeekStart)
	return civil.Range{From: from, To: min(days.To, from+7*mostWeeks)}
}

const (
	mostWeeks  = 53
	shownWeeks = 13 // whose load a card shows
)
