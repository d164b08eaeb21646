package admin

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"runtime/debug"

	"github.com/go-chi/chi/v5"

	"rollcall/store"
)

// recoverer answers as any failure does where a handler panics.
func recoverer(logger *slog.Logger) func(next http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			ctx := r.Context()
			defer func() {
				if what := recover(); what != nil {
					afterPanic(ctx, logger, w, what)
				}
			}()
			next.ServeHTTP(w, r)
		})
	}
}

func afterPanic(ctx context.Context, logger *slog.Logger, w http.ResponseWriter, what any) {
	if err, isError := what.(error); isError && errors.Is(err, http.ErrAbortHandler) {
		panic(what) // the server ends the connection
	}
	id := store.NewID()
	logger.ErrorContext(ctx, "a request panicked", "request", id, "panic", what, "stack", string(debug.Stack()))
	writeProblem(w, http.StatusInternalServerError, failedWords(id))
}

// limitBody ends bodies that are too large, and requests whose body breaks off.
func limitBody(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Body = wholeBody{http.MaxBytesReader(w, r.Body, mostOf(r))}
		next.ServeHTTP(w, r)
	})
}

// wholeBody is a body of which nothing is read as if it were all when its sender is gone or
// breaks the rules of HTTP: there is nobody left to answer.
type wholeBody struct{ io.ReadCloser }

// Read ends the request unless the body is only slow or too large, which handlers answer.
func (b wholeBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	var large *http.MaxBytesError
	var network net.Error
	if err == nil || errors.Is(err, io.EOF) || errors.As(err, &large) || errors.As(err, &network) && network.Timeout() {
		return n, err
	}
	panic(http.ErrAbortHandler)
}

// allowed are the methods that a path has.
func allowed(router chi.Routes, path string) []string {
	var all []string
	for _, m := range []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete} {
		if router.Match(chi.NewRouteContext(), m, path) {
			all = append(all, m)
		}
	}
	return all
}
