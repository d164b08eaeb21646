package admin

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"rollcall/admin/signin"
	"rollcall/store"
)

// mostBulk is how many rows one request may make and remove, each.
const mostBulk = 500

// bulkInput is many rows at once.
type bulkInput struct {
	IdempotencyKey string `header:"Idempotency-Key" maxLength:"200" doc:"Makes and removes the rows once, however often the request is sent within a day."`
	RawBody        []byte `contentType:"application/json"`
}

// bulked is what came of it.
type bulked struct {
	Body struct {
		Created []string `json:"created" doc:"The ids of the new rows, in the order of the request."`
		Deleted int      `json:"deleted"`
	}
}

// doomed names a row to remove.
type doomed struct {
	ID, ETag string
	at       string // in the body
}

func (h *handlers[T, V]) bulkSchema() *huma.Schema {
	most := mostBulk
	gone := &huma.Schema{Type: huma.TypeObject, Required: []string{"id"}, AdditionalProperties: false, Properties: map[string]*huma.Schema{
		"id":   {Type: huma.TypeString, MinLength: intPointer(1), MaxLength: intPointer(nameLength)},
		"etag": {Type: huma.TypeString, MaxLength: intPointer(nameLength), Description: "Remove the row only if it is still this one."},
	}}
	s := &huma.Schema{Type: huma.TypeObject, AdditionalProperties: false, MinProperties: intPointer(1), Properties: map[string]*huma.Schema{
		"create": {Type: huma.TypeArray, Items: h.newBody, MaxItems: &most}, "delete": {Type: huma.TypeArray, Items: gone, MaxItems: &most},
	}}
	gone.PrecomputeMessages()
	s.PrecomputeMessages()
	return s
}

func (h *handlers[T, V]) addBulk() {
	op := h.operation(http.MethodPost, "bulk", "Create and delete many "+h.path+" in one transaction", false, http.StatusBadRequest, http.StatusConflict, http.StatusNotFound, http.StatusPreconditionFailed)
	op.Path += "/bulk"
	schema := h.bulkSchema()
	op.RequestBody = jsonBody(schema)
	op.SkipValidateBody = true
	addOperation(h.registrar, op, store.Admin, func(ctx context.Context, by signin.Principal, in *bulkInput) (*bulked, error) {
		fields, err := h.parse(in.RawBody, schema)
		if err != nil {
			return nil, err
		}
		edits, gone, err := h.bulkEdits(ctx, fields)
		if err != nil {
			return nil, err
		}
		out, err := once(ctx, h.Store, keyOf(by, h.path+"/bulk", in.IdempotencyKey, in.RawBody), bulkedBefore, func(key *store.Idempotency) (*bulked, error) {
			return h.bulkOnce(ctx, by, key, edits, gone)
		})
		if err != nil {
			return nil, h.inBulk(ctx, err)
		}
		return out, nil
	})
}

// bulkedBefore is the answer to a request that was made before.
func bulkedBefore(kept json.RawMessage) (*bulked, error) {
	out := &bulked{}
	return out, json.Unmarshal(kept, &out.Body)
}

func (h *handlers[T, V]) bulkOnce(ctx context.Context, by signin.Principal, key *store.Idempotency, edits []store.Edit, gone []doomed) (*bulked, error) {
	out := &bulked{}
	out.Body.Created = make([]string, 0, len(edits))
	err := h.Store.Transact(ctx, func(ctx context.Context, tx *store.Store) error {
		err := h.bulk(ctx, tx, by, edits, gone, out)
		if err != nil || key == nil {
			return err
		}
		return keep(ctx, tx, key, out.Body)
	})
	return out, err
}

func (h *handlers[T, V]) bulk(ctx context.Context, tx *store.Store, by signin.Principal, edits []store.Edit, gone []doomed, out *bulked) error {
	for _, d := range gone {
		if e, err := h.removeOne(ctx, tx, by, d); err != nil {
			return &bulkError{at: d.at, edit: e, err: err}
		}
		out.Body.Deleted++
	}
	for i, e := range edits {
		if _, err := h.apply(ctx, tx, by, e); err != nil {
			return &bulkError{at: fmt.Sprintf("body.create[%d]", i), edit: e, err: err}
		}
		out.Body.Created = append(out.Body.Created, e.ID)
	}
	return nil
}

// bulkError says which of many rows failed.
type bulkError struct {
	at   string
	edit store.Edit
	err  error
}

// Error is the row's error.
func (e *bulkError) Error() string { return e.at + ": " + e.err.Error() }

// Unwrap is the row's error.
func (e *bulkError) Unwrap() error { return e.err }

func (h *handlers[T, V]) bulkEdits(ctx context.Context, fields map[string]any) ([]store.Edit, []doomed, error) {
	var edits []store.Edit
	rows, _ := fields["create"].([]any)
	for i, row := range rows {
		e, err := h.newEdit(ctx, row.(map[string]any), fmt.Sprintf("body.create[%d]", i)) // the schema has checked that it is one
		if err != nil {
			return nil, nil, err
		}
		edits = append(edits, e)
	}
	var gone []doomed
	ids, _ := fields["delete"].([]any)
	for i, one := range ids {
		of := one.(map[string]any)
		id, _ := of["id"].(string)
		tag, _ := of["etag"].(string)
		gone = append(gone, doomed{ID: id, ETag: tag, at: fmt.Sprintf("body.delete[%d]", i)})
	}
	// Two requests that lock the same rows in the same order do not wait for each other in a ring.
	slices.SortStableFunc(gone, func(a, b doomed) int { return strings.Compare(a.ID, b.ID) })
	return edits, gone, nil
}

func (h *handlers[T, V]) removeOne(ctx context.Context, tx *store.Store, by signin.Principal, d doomed) (store.Edit, error) {
	e := store.Edit{Entity: h.entity, ID: d.ID}
	now, err := tx.GetRow(ctx, h.entity, d.ID)
	if err != nil {
		return e, err
	}
	if d.ETag != "" {
		if err = match(d.ETag, now); err != nil {
			return e, err
		}
	}
	e.Before = now
	_, err = h.apply(ctx, tx, by, e)
	return e, err
}

// inBulk says which of many rows failed; none of them is written.
func (h *handlers[T, V]) inBulk(ctx context.Context, err error) error {
	var failed *bulkError
	if !errors.As(err, &failed) {
		return err
	}
	var model *huma.ErrorModel
	err = h.problem(ctx, h.explain(ctx, failed.edit, failed.err, failed.at))
	if !errors.As(err, &model) || model.Status >= http.StatusInternalServerError {
		return err
	}
	if len(model.Errors) == 0 {
		model.Errors = []*huma.ErrorDetail{fieldError(failed.at, model.Detail, nil)}
	}
	model.Detail = "Nothing was changed: one of the rows cannot be taken."
	return model
}
