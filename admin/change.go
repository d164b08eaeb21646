package admin

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

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
		fields, err := h.parse(in.RawBody, h.newBody)
		if err != nil {
			return nil, err
		}
		e, err := h.newEdit(ctx, fields, "body")
		if err != nil {
			return nil, err
		}
		out, err := once(ctx, h.Store, keyOf(by, h.path, in.IdempotencyKey, in.RawBody), h.again, func(key *store.Idempotency) (*shown[V], error) { return h.create(ctx, by, key, e) })
		if err != nil {
			return nil, h.explain(ctx, e, err, "body")
		}
		return out, nil
	})
}

func jsonBody(s *huma.Schema) *huma.RequestBody {
	return &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{"application/json": {Schema: s}}}
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
		fields, err := h.parse(in.RawBody, h.patchBody)
		if err == nil && h.digest != nil {
			err = h.digest(ctx, fields)
		}
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
			return nil, h.explain(ctx, e, err, "body")
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
	var before, after T // read twice: what is put onto one must not change the other
	if err = errors.Join(json.Unmarshal(now, &before), json.Unmarshal(now, &after)); err != nil {
		return store.Edit{}, fmt.Errorf("read a row: %w", err)
	}
	if err = h.onto(&after, fields, "body"); err != nil {
		return store.Edit{}, err
	}
	return store.NewEdit(h.entity, in.ID, &before, &after)
}

// apply makes an edit with its entry in the trail, and returns the row as it then is.
// Nothing to change is no change, and leaves no entry. What goes with a row that goes has
// entries of its own.
func (h *handlers[T, V]) apply(ctx context.Context, tx *store.Store, by signin.Principal, e store.Edit) (json.RawMessage, error) {
	if bytes.Equal(e.Before, e.After) {
		return e.After, nil
	}
	along, err := tx.FindCascade(ctx, e)
	if err != nil {
		return nil, err
	}
	for _, other := range along {
		if err = applyOne(ctx, tx, by, other); err != nil {
			return nil, err
		}
	}
	made, err := tx.ApplyEdit(ctx, e)
	if err != nil {
		return nil, err
	}
	return made.After, audit(ctx, tx, by, made)
}

func applyOne(ctx context.Context, tx *store.Store, by signin.Principal, e store.Edit) error {
	made, err := tx.ApplyEdit(ctx, e)
	if err != nil {
		return err
	}
	return audit(ctx, tx, by, made)
}

func audit(ctx context.Context, tx *store.Store, by signin.Principal, e store.Edit) error {
	return signin.Audit(ctx, tx, e, actor(by), "api")
}

type deleteInput struct {
	RowID

	IfMatch string `header:"If-Match" maxLength:"2000" doc:"The row's ETag, or *."`
}

func (h *handlers[T, V]) addDelete() {
	op := h.operation(http.MethodDelete, "delete", "Delete a "+h.one, true, http.StatusConflict, http.StatusPreconditionFailed, http.StatusPreconditionRequired)
	op.DefaultStatus = http.StatusNoContent
	addOperation(h.registrar, op, store.Admin, func(ctx context.Context, by signin.Principal, in *deleteInput) (*struct{}, error) {
		e := store.Edit{Entity: h.entity, ID: in.ID}
		err := h.Store.Transact(ctx, func(ctx context.Context, tx *store.Store) (err error) {
			if e.Before, err = tx.GetRow(ctx, h.entity, in.ID); err != nil {
				return err
			}
			if err = match(in.IfMatch, e.Before); err != nil {
				return err
			}
			_, err = h.apply(ctx, tx, by, e)
			return err
		})
		if err != nil {
			err = h.explain(ctx, e, err, "body")
		}
		return nil, err
	})
}
