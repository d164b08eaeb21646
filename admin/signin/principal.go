package signin

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"rollcall/store"
)

// Principal is who makes a request. Access is the one that the person has at this moment.
type Principal struct {
	PersonID, Name, Email string
	Access                store.Access
	SessionID             string // empty where nobody signs in
	Cookie                bool   // known by a cookie, which a browser sends by itself
}

type principalKey struct{}

// With returns a context whose requests are the principal's.
func With(ctx context.Context, p Principal) context.Context {
	return context.WithValue(ctx, principalKey{}, p)
}

// From returns who makes the request, or false for nobody.
func From(ctx context.Context) (Principal, bool) {
	p, known := ctx.Value(principalKey{}).(Principal)
	return p, known
}

// What nobody is told.
const (
	signInFirst = "Sign in first."
	challenge   = "WWW-Authenticate"
	scheme      = `Bearer realm="rollcall"`
)

// Require returns who makes the request; nobody is an error that is answered with 401.
func Require(ctx context.Context) (Principal, error) {
	if p, known := From(ctx); known {
		return p, nil
	}
	return Principal{}, huma.ErrorWithHeaders(huma.Error401Unauthorized(signInFirst), http.Header{challenge: {scheme}})
}

// caller is what else is known of a request: where it comes from and what names its principal.
type caller struct {
	address string // empty when it is not known
	agent   string
	bearer  bool // it came with a token, which no browser sends by itself
	failed  bool // nobody could find out whose request it is
}

type callerKey struct{}

func callerOf(ctx context.Context) caller {
	c, _ := ctx.Value(callerKey{}).(caller) // none: a request that Middleware has not seen
	return c
}
