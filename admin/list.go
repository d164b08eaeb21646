package admin

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"rollcall/admin/signin"
	"rollcall/store"
)

// listed is one page.
type listed[V any] struct {
	Body struct {
		Items []V    `json:"items"`
		Next  string `json:"next,omitempty" doc:"The cursor of the next page; missing on the last one."`
		Total *int   `json:"total,omitempty" doc:"How many rows fit, when that was asked for."`
	}
}

func (h *handlers[T, V]) addList() {
	op := h.operation(http.MethodGet, "list", "List "+h.path, false)
	op.Parameters, op.SkipValidateParams = h.parameters(), true // read does it: huma knows the fields of structs alone
	addOperation(h.registrar, op, store.Admin, func(ctx context.Context, _ signin.Principal, in *listInput) (*listed[V], error) {
		a, err := h.read(in)
		if err != nil {
			return nil, err
		}
		page, err := store.FindPage[T](ctx, h.Store, a.PageQuery)
		if err != nil {
			return nil, err
		}
		out := &listed[V]{}
		out.Body.Items, out.Body.Total = make([]V, 0, len(page.Rows)), page.Total
		for _, row := range page.Rows {
			out.Body.Items = append(out.Body.Items, h.view(row))
		}
		if page.More {
			if out.Body.Next, err = h.cursorAfter(a, page.Rows[len(page.Rows)-1]); err != nil {
				return nil, err
			}
		}
		return out, h.fill(ctx, a.expand, out.Body.Items)
	})
}

func (h *handlers[T, V]) cursorAfter(a asked, row T) (string, error) {
	text, err := json.Marshal(row)
	if err != nil {
		return "", err
	}
	return h.nextCursor(a, text)
}

func (h *handlers[T, V]) fill(ctx context.Context, expand []string, rows []V) error {
	for _, name := range expand {
		if err := h.expand[name](ctx, h.Store, rows); err != nil {
			return err
		}
	}
	return nil
}

// getInput names a row and what to show with it.
type getInput struct {
	RowID

	Expand string `query:"expand" maxLength:"200" doc:"What to show with the row, separated by commas."`
}

func (h *handlers[T, V]) addGet() {
	op := h.operation(http.MethodGet, "get", "Get one "+h.one, true)
	if len(h.expand) == 0 {
		addOperation(h.registrar, op, store.Admin, func(ctx context.Context, _ signin.Principal, in *RowID) (*shown[V], error) {
			return h.get(ctx, in.ID, nil)
		})
		return
	}
	addOperation(h.registrar, op, store.Admin, func(ctx context.Context, _ signin.Principal, in *getInput) (*shown[V], error) {
		var a asked
		if in.Expand != "" {
			if wrong := h.readExpand(&a, in.Expand); wrong != "" {
				return nil, unprocessable(fieldError("query.expand", wrong, in.Expand))
			}
		}
		return h.get(ctx, in.ID, a.expand)
	})
}

func (h *handlers[T, V]) get(ctx context.Context, id string, expand []string) (*shown[V], error) {
	row, text, err := store.GetOf[T](ctx, h.Store, id)
	if err != nil {
		return nil, err
	}
	out := &shown[V]{ETag: etag(text), Status: http.StatusOK, Body: h.view(row)}
	if len(expand) == 0 {
		return out, nil
	}
	rows := []V{out.Body}
	err = h.fill(ctx, expand, rows)
	out.Body = rows[0]
	return out, err
}

// shown is the answer with a row.
func (h *handlers[T, V]) shown(row json.RawMessage, status int) (*shown[V], error) {
	var t T
	if err := json.Unmarshal(row, &t); err != nil {
		return nil, err
	}
	out := &shown[V]{ETag: etag(row), Status: status, Body: h.view(t)}
	if status == http.StatusCreated {
		var of struct {
			ID string `json:"id"`
		}
		if err := json.Unmarshal(row, &of); err != nil {
			return nil, err
		}
		out.Location = h.address() + "/" + of.ID
	}
	return out, nil
}

// columnNames are the fields that are shown, for descriptions.
func columnNames(fields []field) string {
	var all []string
	for _, f := range fields {
		if !f.hidden {
			all = append(all, f.name)
		}
	}
	slices.Sort(all)
	return strings.Join(all, ", ")
}

var _ huma.Resolver = (*listInput)(nil)
