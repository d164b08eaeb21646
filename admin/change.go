package admin

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"reflect"

	"github.com/danielgtaylor/huma/v2"

	"rollcall/admin/signin"
	"rollcall/store"
)

// createInput is a new row. The same key with the same row makes it once.
type createInput struct {
	IdempotencyKey string `header:"Idempotency-Key" maxLength:"200" doc:"Makes the row once, however often the request is sent within a day."`
	RawBody        []byte `contentType:"application/json"`
}

func (h *handlers[T, V]) addCreate() {
	op := h.operation(http.MethodPost, "create", "Create a "+h.one, false, http.StatusBadRequest, http.StatusConflict)
	op.DefaultStatus = http.StatusCreated
	op.RequestBody = jsonBody(h.newBody)
	op.SkipValidateBody = true
	addOperation(h.registrar, op, store.Admin, func(ctx context.Context, by signin.Principal, in *createInput) (*shown[V], error) {
		e, err := h.newRow(in.RawBody, "body")
		if err != nil {
			return nil, err
		}
		row, err := h.once(ctx, by, in, e)
		if err != nil {
			return nil, h.explain(ctx, e, err)
		}
		return h.shown(row, http.StatusCreated)
	})
}

func jsonBody(s *huma.Schema) *huma.RequestBody {
	return &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{"application/json": {Schema: s}}}
}

// parse reads a body and checks it against its schema.
func (h *handlers[T, V]) parse(raw []byte, schema *huma.Schema, at string) (map[string]any, error) {
	dec := json.NewDecoder(bytes.NewReader(raw))
	var value any
	if err := dec.Decode(&value); err != nil || dec.More() || !isText(string(raw)) {
		return nil, huma.Error400BadRequest("The body is not one JSON object.")
	}
	return h.checked(value, schema, at)
}

func (h *handlers[T, V]) checked(value any, schema *huma.Schema, at string) (map[string]any, error) {
	path, result := huma.NewPathBuffer([]byte{}, 0), &huma.ValidateResult{}
	path.Push(at)
	huma.Validate(h.api.OpenAPI().Components.Schemas, schema, path, huma.ModeWriteToServer, value, result)
	fields, isObject := value.(map[string]any)
	if len(result.Errors) > 0 || !isObject {
		return nil, huma.Error422UnprocessableEntity("The request has values that cannot be taken.", result.Errors...)
	}
	for n, v := range fields {
		if s, isString := v.(string); isString && !isText(s) {
			return nil, unprocessable(fieldError(at+"."+n, "has characters that no database can keep", nil))
		}
	}
	return fields, nil
}

// newRow is the edit that makes a row of a body.
func (h *handlers[T, V]) newRow(raw []byte, at string) (store.Edit, error) {
	fields, err := h.parse(raw, h.newBody, at)
	if err != nil {
		return store.Edit{}, err
	}
	return h.newEdit(fields, at)
}

func (h *handlers[T, V]) newEdit(fields map[string]any, at string) (store.Edit, error) {
	id := store.NewID()
	whole := map[string]any{"id": id}
	for _, f := range h.fields {
		if f.unset != nil {
			whole[f.name] = f.unset
		}
	}
	row, err := h.onto(whole, fields, at)
	if err != nil {
		return store.Edit{}, err
	}
	return store.NewEdit(h.entity, id, nil, row)
}

// onto puts the fields of a body onto a row.
func (h *handlers[T, V]) onto(whole, fields map[string]any, at string) (*T, error) {
	for n, v := range fields {
		whole[n] = v
	}
	text, err := json.Marshal(whole)
	if err != nil {
		return nil, fmt.Errorf("write a row: %w", err)
	}
	row := new(T)
	if err := json.Unmarshal(text, row); err != nil {
		return nil, h.misfit(err, at)
	}
	if h.prepare != nil {
		if err := h.prepare(row, fields); err != nil {
			return nil, relocated(err, at)
		}
	}
	return row, nil
}

// misfit names the field that a row cannot have as it was sent: a day that does not exist.
func (h *handlers[T, V]) misfit(err error, at string) error {
	var kind *json.UnmarshalTypeError
	if errors.As(err, &kind) && kind.Field != "" {
		return unprocessable(fieldError(at+"."+kind.Field, "is not of the right kind", nil))
	}
	return unprocessable(fieldError(at, err.Error(), nil))
}

// relocated puts the errors of prepare, which knows fields alone, where the body is.
func relocated(err error, at string) error {
	var model *huma.ErrorModel
	if errors.As(err, &model) {
		for _, d := range model.Errors {
			d.Location = at + "." + d.Location
		}
	}
	return err
}

type patchInput struct {
	RowID

	IfMatch string `header:"If-Match" maxLength:"2000" doc:"The row's ETag, or *."`
	RawBody []byte `contentType:"application/merge-patch+json"`
}

func (h *handlers[T, V]) addPatch() {
	op := h.operation(http.MethodPatch, "update", "Change a "+h.one, true, http.StatusBadRequest, http.StatusConflict, http.StatusPreconditionFailed, http.StatusPreconditionRequired)
	op.RequestBody = jsonBody(h.patchBody)
	op.RequestBody.Content["application/merge-patch+json"] = op.RequestBody.Content["application/json"]
	op.SkipValidateBody = true
	addOperation(h.registrar, op, store.Admin, func(ctx context.Context, by signin.Principal, in *patchInput) (*shown[V], error) {
		fields, err := h.parse(in.RawBody, h.patchBody, "body")
		if err != nil {
			return nil, err
		}
		var e store.Edit
		var row json.RawMessage
		err = h.Store.Transact(ctx, func(ctx context.Context, tx *store.Store) error {
			if e, err = h.patch(ctx, tx, in, fields); err != nil {
				return err
			}
			row, err = h.apply(ctx, tx, by, e)
			return err
		})
		if err != nil {
			return nil, h.explain(ctx, e, err)
		}
		return h.shown(row, http.StatusOK)
	})
}

// patch is the edit of a merge patch (RFC 7396) of a row that is as the caller knows it.
func (h *handlers[T, V]) patch(ctx context.Context, tx *store.Store, in *patchInput, fields map[string]any) (store.Edit, error) {
	now, err := tx.GetRow(ctx, h.entity, in.ID)
	if err != nil {
		return store.Edit{}, err
	}
	if err = match(in.IfMatch, now); err != nil {
		return store.Edit{}, err
	}
	var before T
	if err = json.Unmarshal(now, &before); err != nil {
		return store.Edit{}, fmt.Errorf("read a row: %w", err)
	}
	whole := map[string]any{}
	if err = json.Unmarshal(now, &whole); err != nil {
		return store.Edit{}, fmt.Errorf("read a row: %w", err)
	}
	after, err := h.onto(whole, fields, "body")
	if err != nil {
		return store.Edit{}, err
	}
	if reflect.DeepEqual(before, *after) { // nothing to change is no change, and leaves no entry
		return store.Edit{Entity: h.entity, ID: in.ID, Before: now, After: now}, nil
	}
	return store.NewEdit(h.entity, in.ID, &before, after)
}

// apply makes an edit with its entry in the trail, and returns the row as it then is.
func (h *handlers[T, V]) apply(ctx context.Context, tx *store.Store, by signin.Principal, e store.Edit) (json.RawMessage, error) {
	if bytes.Equal(e.Before, e.After) {
		return e.After, nil
	}
	made, err := tx.ApplyEdit(ctx, e)
	if err != nil {
		return nil, err
	}
	return made.After, audit(ctx, tx, by, made)
}

func audit(ctx context.Context, tx *store.Store, by signin.Principal, e store.Edit) error {
	e, err := e.WithoutSecrets()
	if err != nil {
		return err
	}
	return tx.CreateAudit(ctx, &store.Audit{
		Actor: actor(by), Approver: actor(by), Action: e.Action(), Entity: e.Entity, EntityID: e.ID, Before: e.Before, After: e.After, Origin: "api",
	})
}

type deleteInput struct {
	RowID

	IfMatch string `header:"If-Match" maxLength:"2000" doc:"The row's ETag, or *."`
}

func (h *handlers[T, V]) addDelete() {
	op := h.operation(http.MethodDelete, "delete", "Delete a "+h.one, true, http.StatusConflict, http.StatusPreconditionFailed, http.StatusPreconditionRequired)
	op.DefaultStatus = http.StatusNoContent
	addOperation(h.registrar, op, store.Admin, func(ctx context.Context, by signin.Principal, in *deleteInput) (*struct{}, error) {
		err := h.Store.Transact(ctx, func(ctx context.Context, tx *store.Store) error {
			now, err := tx.GetRow(ctx, h.entity, in.ID)
			if err != nil {
				return err
			}
			if err = match(in.IfMatch, now); err != nil {
				return err
			}
			_, err = h.apply(ctx, tx, by, store.Edit{Entity: h.entity, ID: in.ID, Before: now})
			return err
		})
		if errors.Is(err, store.ErrReference) {
			err = huma.Error409Conflict("Others still name this " + h.one + ". Delete or change them first.")
		}
		return nil, err
	})
}

// explain names the field behind what the database refused.
func (h *handlers[T, V]) explain(ctx context.Context, e store.Edit, err error) error {
	switch {
	case errors.Is(err, store.ErrReference) && e.After != nil:
		return h.missingRefs(ctx, e, err)
	case errors.Is(err, store.ErrInvalid):
		return huma.Error422UnprocessableEntity("A value is outside what is allowed, or an end lies before its start. The fields are " + columnNames(h.fields) + ".")
	}
	return err
}

// missingRefs says which of a row's references name nothing.
func (h *handlers[T, V]) missingRefs(ctx context.Context, e store.Edit, err error) error {
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
			wrong = append(wrong, fieldError("body."+f.name, "names nothing that is there", id))
		}
	}
	if wrong == nil {
		return err
	}
	return unprocessable(wrong...)
}
