package admin

import (
	"context"
	"encoding/json"
	"errors"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"rollcall/store"
)

// explain names the field behind what the database refused. The body is what stands at at.
func (h *handlers[T, V]) explain(ctx context.Context, e store.Edit, err error, at string) error {
	switch {
	case errors.Is(err, store.ErrReference) && e.After == nil:
		return huma.Error409Conflict("Others still name this " + h.one + ". Delete or change them first.")
	case errors.Is(err, store.ErrReference):
		return h.missingRefs(ctx, e, err, at)
	case errors.Is(err, store.ErrConflict) && h.unique != nil:
		return h.taken(at)
	case errors.Is(err, store.ErrInvalid):
		return huma.Error422UnprocessableEntity("A value is outside what is allowed, or an end lies before its start. The fields are " + columnNames(h.fields) + ".")
	}
	return err
}

// taken says which values another row has already.
func (h *handlers[T, V]) taken(at string) error {
	wrong := make([]error, 0, len(h.unique))
	for _, n := range h.unique {
		wrong = append(wrong, fieldError(at+"."+n, "is taken", nil))
	}
	return huma.Error409Conflict("Another "+h.one+" with the same "+strings.Join(h.unique, " and ")+" exists already.", wrong...)
}

// missingRefs says which of a row's references name nothing.
func (h *handlers[T, V]) missingRefs(ctx context.Context, e store.Edit, err error, at string) error {
	var row map[string]any
	if bad := json.Unmarshal(e.After, &row); bad != nil {
		return err
	}
	var wrong []*huma.ErrorDetail
	for _, f := range h.fields {
		id, given := row[f.name].(string)
		if f.to == "" || !given {
			continue
		}
		if _, gone := h.Store.GetRow(ctx, f.to, id); errors.Is(gone, store.ErrNotFound) {
			wrong = append(wrong, fieldError(at+"."+f.name, "names nothing that is there", id))
		}
	}
	if wrong == nil {
		return err
	}
	return unprocessable(wrong...)
}
