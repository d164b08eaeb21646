package admin

import (
	"context"
	"net/http"
	"reflect"

	"github.com/danielgtaylor/huma/v2"

	"rollcall/store"
)

// resource is everything about one entity: T is its row, V what is shown of it.
type resource[T, V any] struct {
	path   string // the plural, in the address: "people"
	one    string // "person"
	about  string
	entity string
	fields []field
	view   func(T) V
	unique []string // fields that no two rows have the same of, together
	// digest replaces what must not be kept as it is sent, outside of any transaction.
	digest func(ctx context.Context, body map[string]any) error
	// prepare completes a row before it is written: what was sent is in body. It may refuse
	// values with errors of unprocessable's form.
	prepare func(row *T, body map[string]any) error
	// expand fills, by name, what hangs on the rows.
	expand map[string]func(ctx context.Context, s *store.Store, rows []V) error
}

// same is the view of rows that have nothing to hide.
func same[T any](row T) T { return row }

// addResource adds the operations of an entity: list, create, get, change, delete, and many
// at once in one transaction. All of them are for administrators.
func addResource[T, V any](r *registrar, res resource[T, V]) {
	h := &handlers[T, V]{registrar: r, resource: res, byName: map[string]field{}, newBody: body(res.fields, true), patchBody: body(res.fields, false)}
	for _, f := range res.fields {
		h.byName[f.name] = f
	}
	h.addList()
	h.addGet()
	h.addCreate()
	h.addPatch()
	h.addDelete()
	h.addBulk()
	h.allowNulls()
}

// allowNulls says of the answers which fields may be null: of days, which have a type of
// their own, huma does not see it.
func (h *handlers[T, V]) allowNulls() {
	all := h.api.OpenAPI().Components.Schemas
	shown := all.SchemaFromRef(all.Schema(reflect.TypeFor[V](), true, "").Ref)
	for _, f := range h.fields {
		if s := shown.Properties[f.name]; s != nil {
			s.Nullable = f.null
		}
	}
}

// handlers are the operations of one resource.
type handlers[T, V any] struct {
	*registrar
	resource[T, V]

	byName             map[string]field
	newBody, patchBody *huma.Schema
}

func (h *handlers[T, V]) address() string { return apiPath + "/" + h.path }

// operation is an operation on one row, or on all where id is not set.
func (h *handlers[T, V]) operation(method, verb, summary string, onOne bool, errors ...int) huma.Operation {
	path := h.address()
	if onOne {
		path += "/{id}"
		errors = append(errors, http.StatusNotFound)
	}
	return huma.Operation{OperationID: verb + "-" + h.path, Method: method, Path: path, Summary: summary, Description: h.about, Tags: []string{h.path}, Errors: errors}
}

// RowID is the part of an address that names a row.
type RowID struct {
	ID string `path:"id" maxLength:"200" minLength:"1"`
}

// shown is an answer with one row.
type shown[V any] struct {
	ETag     string `header:"ETag" doc:"What to send as If-Match to change this row."`
	Location string `header:"Location"`
	Status   int
	Body     V
}
