package proposal

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"

	"rollcall/store"
)

// errGone means that what an edit would change is not there any more.
var errGone = errors.New("what would be changed is not there any more")

// errIdleChanged means that what was to stay as it was is not so any more: the edit does
// not tell which part of it was wished for.
var errIdleChanged = errors.New("what was to stay was changed")

// rebase puts a draft on top of what others have changed meanwhile: of each row that the
// draft changes only the fields that it meant to change are new. A row that is gone is
// errGone.
func (c Config) rebase(ctx context.Context, d Draft, documents documents) (Draft, error) {
	edits := make([]store.Edit, 0, len(d.Edits))
	for _, e := range d.Edits {
		now, err := c.current(ctx, e, documents)
		if err != nil {
			return d, err
		}
		if e, err = onTop(e, now); err != nil {
			return d, err
		}
		edits = append(edits, e)
	}
	d.Edits = edits
	return d, nil
}

// current is the row of an edit as it is now, nil for one that is to be made.
func (c Config) current(ctx context.Context, e store.Edit, documents documents) (json.RawMessage, error) {
	if e.Entity == DetailsEntity {
		text, err := json.Marshal(documents.of[e.ID].Project)
		if err != nil {
			return nil, fmt.Errorf("write project details: %w", err)
		}
		return text, nil
	}
	row, err := c.Store.GetRow(ctx, e.Entity, e.ID)
	switch {
	case errors.Is(err, store.ErrNotFound) && e.Before == nil:
		return nil, nil
	case errors.Is(err, store.ErrNotFound):
		return nil, errGone
	}
	return row, err
}

func onTop(e store.Edit, now json.RawMessage) (store.Edit, error) {
	if e.ChangesNothing() {
		if asNow := (store.Edit{Before: now, After: e.After}); !asNow.ChangesNothing() {
			return e, errIdleChanged
		}
		return e, nil
	}
	if e.Before == nil || e.After == nil {
		if e.After == nil {
			e.Before = now
		}
		return e, nil
	}
	changes, err := changesOf(e)
	if err != nil {
		return e, err
	}
	before, err := fieldsOf(e.Before)
	if err != nil {
		return e, err
	}
	row, err := fieldsOf(now)
	if err != nil {
		return e, err
	}
	for name, value := range changes {
		if merged, isList := mergeLists(before[name], value, row[name]); isList {
			value = merged
		}
		if row[name] = value; value == nil && e.Entity == DetailsEntity {
			delete(row, name)
		}
	}
	e.Before = now
	if e.After, err = json.Marshal(row); err != nil {
		return e, fmt.Errorf("write a row: %w", err)
	}
	return e, nil
}

// mergeLists puts the entries that a change adds to a list into the list as it is now, and
// takes those out that it removes: two open roles that two people add are both kept.
func mergeLists(before, after, now any) ([]any, bool) {
	old, _ := before.([]any)
	wanted, isList := after.([]any)
	list, _ := now.([]any)
	if !isList && (after != nil || len(old) == 0) {
		return nil, false
	}
	has := func(all []any, v any) bool {
		for _, o := range all {
			if reflect.DeepEqual(o, v) {
				return true
			}
		}
		return false
	}
	var merged []any
	for _, v := range list {
		if !has(old, v) || has(wanted, v) {
			merged = append(merged, v)
		}
	}
	for _, v := range wanted {
		if !has(old, v) && !has(merged, v) {
			merged = append(merged, v)
		}
	}
	return merged, true
}
