package admin

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"rollcall/admin/signin"
	"rollcall/store"
)

// mostBulk is how many rows one request may make and remove, each.
const mostBulk = 500

// bulkInput is many rows at once.
type bulkInput struct {
	RawBody []byte `contentType:"application/json"`
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
	ID   string
	ETag string
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
		fields, err := h.parse(in.RawBody, schema, "body")
		if err != nil {
			return nil, err
		}
		edits, gone, err := h.bulkEdits(fields)
		if err != nil {
			return nil, err
		}
		out := &bulked{}
		out.Body.Created = make([]string, 0, len(edits))
		err = h.Store.Transact(ctx, func(ctx context.Context, tx *store.Store) error {
			for i, d := range gone {
				if err := h.removeOne(ctx, tx, by, d); err != nil {
					return h.inBulk("delete", i, err)
				}
				out.Body.Deleted++
			}
			for i, e := range edits {
				if _, err := h.apply(ctx, tx, by, e); err != nil {
					return h.inBulk("create", i, err)
				}
				out.Body.Created = append(out.Body.Created, e.ID)
			}
			return nil
		})
		return out, err
	})
}

func (h *handlers[T, V]) bulkEdits(fields map[string]any) ([]store.Edit, []doomed, error) {
	var edits []store.Edit
	rows, _ := fields["create"].([]any)
	for i, row := range rows {
		e, err := h.newEdit(row.(map[string]any), fmt.Sprintf("body.create[%d]", i)) // the schema has checked that it is one
		if err != nil {
			return nil, nil, err
		}
		edits = append(edits, e)
	}
	var gone []doomed
	ids, _ := fields["delete"].([]any)
	for _, one := range ids {
		of := one.(map[string]any)
		id, _ := of["id"].(string)
		tag, _ := of["etag"].(string)
		gone = append(gone, doomed{ID: id, ETag: tag})
	}
	return edits, gone, nil
}

func (h *handlers[T, V]) removeOne(ctx context.Context, tx *store.Store, by signin.Principal, d doomed) error {
	now, err := tx.GetRow(ctx, h.entity, d.ID)
	if err != nil {
		return err
	}
	if d.ETag != "" {
		if err = match(d.ETag, now); err != nil {
			return err
		}
	}
	_, err = h.apply(ctx, tx, by, store.Edit{Entity: h.entity, ID: d.ID, Before: now})
	return err
}

// inBulk says which of many rows failed; none of them is written.
func (h *handlers[T, V]) inBulk(part string, i int, err error) error {
	at := fmt.Sprintf("body.%s[%d]", part, i)
	why, status := "", http.StatusConflict
	switch {
	case errors.Is(err, store.ErrNotFound):
		why, status = "is not there", http.StatusNotFound
	case errors.Is(err, store.ErrStale):
		why, status = "was changed since it was read", http.StatusPreconditionFailed
	case errors.Is(err, store.ErrConflict):
		why = "exists already"
	case errors.Is(err, store.ErrReference):
		why = "names something that is not there, or is still named by others"
	case errors.Is(err, store.ErrInvalid):
		why, status = "has a value outside what is allowed", http.StatusUnprocessableEntity
	default:
		return err
	}
	return huma.NewError(status, "Nothing was changed: one of the rows cannot be taken.", fieldError(at, why, nil))
}
