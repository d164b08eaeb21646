package admin

import (
	"context"
	"maps"
	"mime"
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"rollcall/admin/signin"
	"rollcall/store"
)

const nothingHere = "There is no such thing here."

// anybody is the access of operations for everybody who is signed in.
const anybody = store.Staff

var ranks = map[store.Access]int{store.Staff: 1, store.Manager: 2, store.Admin: 3}

// addOperation adds an operation for people with at least the access. Its handler is told
// who asks; what it returns as an error becomes a problem document (RFC 9457), and what is
// no *huma.ErrorModel is a failure whose words are the operator's alone.
func addOperation[I, O any](r *registrar, op huma.Operation, access store.Access, handler func(ctx context.Context, by signin.Principal, in *I) (*O, error)) {
	op.Security = []map[string][]string{{"bearer": {}}, {"cookie": {}}}
	op.MaxBodyBytes = mostBody
	op.BodyReadTimeout = requestTime
	content := contentOf(op.RequestBody)
	op.Errors = append(op.Errors, http.StatusUnauthorized, http.StatusForbidden, http.StatusUnprocessableEntity, http.StatusInternalServerError, http.StatusServiceUnavailable)
	if content != nil {
		op.Errors = append(op.Errors, http.StatusBadRequest, http.StatusRequestTimeout, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType)
	}
	if op.Middlewares == nil {
		op.Middlewares = huma.Middlewares{r.guard(access), r.takeOnly(content)}
	}
	huma.Register(r.api, op, func(ctx context.Context, in *I) (*O, error) {
		ctx, cancel := context.WithTimeout(ctx, requestTime)
		defer cancel()
		by, _ := signin.From(ctx)
		out, err := handler(ctx, by, in)
		if err != nil {
			return nil, r.problem(ctx, err)
		}
		return out, nil
	})
	if content != nil { // huma has described a raw body as bytes
		op.RequestBody.Content = content
	}
}

func contentOf(body *huma.RequestBody) map[string]*huma.MediaType {
	if body == nil {
		return nil
	}
	return maps.Clone(body.Content)
}

// takeOnly refuses addresses that can name nothing, and bodies of other kinds than the
// operation's. A body that does not say what it
// is is refused too: browsers send such bodies to other sites without asking.
func (r *registrar) takeOnly(content map[string]*huma.MediaType) func(ctx huma.Context, next func(huma.Context)) {
	kinds := slices.Sorted(maps.Keys(content))
	return func(ctx huma.Context, next func(huma.Context)) {
		if u := ctx.URL(); !isText(u.Path) {
			r.refuse(ctx, http.StatusNotFound, nothingHere)
			return
		}
		kind, _, err := mime.ParseMediaType(ctx.Header("Content-Type"))
		if content != nil && (err != nil || content[kind] == nil) {
			r.refuse(ctx, http.StatusUnsupportedMediaType, "Send the body as "+strings.Join(kinds, " or ")+".")
			return
		}
		next(ctx)
	}
}

// guard refuses who may not, before anything of the request is read: nobody learns from an
// error what they may not see.
func (r *registrar) guard(access store.Access) func(ctx huma.Context, next func(huma.Context)) {
	return func(ctx huma.Context, next func(huma.Context)) {
		by, found := signin.From(ctx.Context())
		switch {
		case !found:
			ctx.SetHeader("WWW-Authenticate", `Bearer realm="rollcall"`)
			r.refuse(ctx, http.StatusUnauthorized, "Sign in first.")
		case ranks[by.Access] < ranks[access]:
			r.refuse(ctx, http.StatusForbidden, "You may not do that; it needs the access "+string(access)+".")
		default:
			next(ctx)
		}
	}
}

func (r *registrar) refuse(ctx huma.Context, status int, why string) {
	if err := huma.WriteErr(r.api, ctx, status, why); err != nil {
		r.Logger.WarnContext(ctx.Context(), "a refusal could not be written", "status", status, "error", err)
	}
}

// actor is who a change is told by in the trail.
func actor(by signin.Principal) string {
	if by.PersonID == "" {
		return "operator"
	}
	return by.PersonID
}
