// Package signin knows who calls the admin API.
package signin

import (
	"context"

	"rollcall/store"
)

// Principal is who makes a request.
type Principal struct {
	PersonID, Name, Email string
	Access                store.Access
	SessionID             string
	Cookie                bool // signed in by a cookie, which browsers send by themselves
}

type principalKey struct{}

// With returns a context in which From finds the principal.
func With(ctx context.Context, p Principal) context.Context {
	return context.WithValue(ctx, principalKey{}, p)
}

// From returns who makes the request, and false where nobody is signed in.
func From(ctx context.Context) (Principal, bool) {
	p, found := ctx.Value(principalKey{}).(Principal)
	return p, found
}
