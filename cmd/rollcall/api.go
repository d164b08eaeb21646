package main

import (
	"errors"
	"net/http"

	"rollcall/admin"
	"rollcall/admin/signin"
	"rollcall/store"
)

// identity puts who makes a request into its context.
type identity func(next http.Handler) http.Handler

// nobody is for as long as there is no way to sign in: every operation is refused.
func nobody(next http.Handler) http.Handler { return next }

// everybody makes whoever asks an administrator; see demoCmd.
func everybody(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(w, r.WithContext(signin.With(r.Context(), signin.Principal{Name: "Demo", Access: store.Admin})))
	})
}

var errNoPasswords = errors.New("passwords cannot be set here")

// api is what administrators and their scripts use.
func (a *app) api(who identity) http.Handler {
	return admin.New(admin.Config{
		Store: a.store, Details: a.docs, Logger: a.logger, Now: a.now, Version: version,
		HashPassword: func(string) (string, error) { return "", errNoPasswords },
		Identify:     who, Import: a.importedDetails,
	})
}
