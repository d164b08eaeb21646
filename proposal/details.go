package proposal

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"

	"rollcall/store"
	"rollcall/store/chatlog"
)

// NewDetailsEdit is the edit of a project's details, whole.
func NewDetailsEdit(projectID string, before, after chatlog.Project) (store.Edit, error) {
	e := store.Edit{Entity: DetailsEntity, ID: projectID}
	for _, side := range []struct {
		p  chatlog.Project
		to *json.RawMessage
	}{{before, &e.Before}, {after, &e.After}} {
		text, err := json.Marshal(side.p)
		if err != nil {
			return e, fmt.Errorf("write the details of project %s: %w", projectID, err)
		}
		*side.to = text
	}
	return e, nil
}

// sameDocument compares details with their text by value.
func sameDocument(p chatlog.Project, text json.RawMessage) (bool, error) {
	now, err := json.Marshal(p)
	if err != nil {
		return false, fmt.Errorf("write project details: %w", err)
	}
	a, err := fieldsOf(now)
	if err != nil {
		return false, err
	}
	b, err := fieldsOf(text)
	return reflect.DeepEqual(a, b), err
}

func fieldsOf(text json.RawMessage) (map[string]any, error) {
	fields := map[string]any{}
	if len(text) == 0 {
		return fields, nil
	}
	if err := json.Unmarshal(text, &fields); err != nil {
		return nil, fmt.Errorf("read a row: %w", err)
	}
	return fields, nil
}

// writeDetails writes the documents of the edits. A document that is already as it shall
// be was written by an earlier try; one that is neither that nor as it was is ErrStale.
func (c Config) writeDetails(ctx context.Context, edits []store.Edit) error {
	for _, e := range documentsOf(edits) {
		if err := c.writeDocument(ctx, e); err != nil {
			return err
		}
	}
	return nil
}

func (c Config) writeDocument(ctx context.Context, e store.Edit) error {
	d, err := c.Details.GetDetails(ctx, e.ID)
	if err != nil && !errors.Is(err, chatlog.ErrNotFound) {
		return fmt.Errorf("read the details of project %s: %w", e.ID, err)
	}
	done, err := sameDocument(d.Project, e.After)
	if err != nil || done {
		return err
	}
	unchanged, err := sameDocument(d.Project, e.Before)
	if err != nil || !unchanged {
		return errors.Join(err, fmt.Errorf("details of project %s: %w", e.ID, store.ErrStale))
	}
	patch, err := patchOf(e)
	if err != nil {
		return err
	}
	if _, err = c.Details.PatchDetails(ctx, e.ID, d.Revision, patch); errors.Is(err, chatlog.ErrRevision) {
		err = store.ErrStale
	}
	if err != nil {
		return fmt.Errorf("write the details of project %s: %w", e.ID, err)
	}
	return nil
}

// changesOf are the fields that an edit changes, with their new values; nil is gone.
func changesOf(e store.Edit) (map[string]any, error) {
	before, err := fieldsOf(e.Before)
	if err != nil {
		return nil, err
	}
	after, err := fieldsOf(e.After)
	if err != nil {
		return nil, err
	}
	changes := map[string]any{}
	for name, value := range after {
		if !reflect.DeepEqual(before[name], value) {
			changes[name] = value
		}
	}
	for name := range before {
		if _, kept := after[name]; !kept {
			changes[name] = nil
		}
	}
	return changes, nil
}

// patchOf is the JSON merge patch of an edit.
func patchOf(e store.Edit) (json.RawMessage, error) {
	changes, err := changesOf(e)
	if err != nil {
		return nil, err
	}
	text, err := json.Marshal(changes)
	if err != nil {
		return nil, fmt.Errorf("write a patch: %w", err)
	}
	return text, nil
}

// hasDetails reports whether documents are among the edits.
func hasDetails(edits []store.Edit) bool {
	return slices.ContainsFunc(edits, func(e store.Edit) bool { return e.Entity == DetailsEntity })
}

// rowsOf are the edits of rows, without those of documents.
func rowsOf(edits []store.Edit) []store.Edit {
	return slices.DeleteFunc(slices.Clone(edits), func(e store.Edit) bool { return e.Entity == DetailsEntity })
}

// documentsOf are the edits of documents.
func documentsOf(edits []store.Edit) []store.Edit {
	return slices.DeleteFunc(slices.Clone(edits), func(e store.Edit) bool { return e.Entity != DetailsEntity })
}
