package admin

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"rollcall/store"
	"rollcall/store/chatlog"
)

// fieldError says what is wrong with one value of a request.
func fieldError(location, message string, value any) *huma.ErrorDetail {
	return &huma.ErrorDetail{Location: location, Message: message, Value: value}
}

func unprocessable(details ...*huma.ErrorDetail) error {
	all := make([]error, len(details))
	for i, d := range details {
		all[i] = d
	}
	return huma.Error422UnprocessableEntity("The request has values that cannot be taken.", all...)
}

// problem turns an error into what the caller reads. Nothing of a database's words is in it.
func (r *registrar) problem(ctx context.Context, err error) error {
	var known huma.StatusError
	switch {
	case errors.As(err, &known):
		return err // whole: it may hold headers
	case errors.Is(err, store.ErrNotFound), errors.Is(err, chatlog.ErrNotFound):
		return huma.Error404NotFound(nothingHere)
	case errors.Is(err, store.ErrStale):
		return huma.NewError(http.StatusPreconditionFailed, "It was changed since you read it. Read it again, and apply your change to what it is now.")
	case errors.Is(err, store.ErrConflict):
		return huma.Error409Conflict("Another one with the same value exists already.")
	case errors.Is(err, store.ErrReference):
		return huma.Error409Conflict("Something that it names is not there, or others still name it.")
	case errors.Is(err, store.ErrBusy):
		return huma.Error409Conflict("Somebody changed the same rows at the same moment. Please try again.")
	case errors.Is(err, store.ErrInvalid):
		return huma.Error422UnprocessableEntity("A value is outside what is allowed.")
	case errors.Is(err, context.DeadlineExceeded):
		r.Logger.WarnContext(ctx, "a request took too long", "error", err)
		return huma.Error503ServiceUnavailable("That took too long. Please try again.")
	case errors.Is(err, context.Canceled):
		return huma.Error503ServiceUnavailable("The request was given up.")
	}
	id := store.NewID()
	r.Logger.ErrorContext(ctx, "a request failed", "request", id, "error", err)
	return huma.Error500InternalServerError(failedWords(id))
}

func failedWords(id string) string {
	return "That could not be done just now; an operator finds the reason under " + id + "."
}

// writeProblem answers where no operation does.
func writeProblem(w http.ResponseWriter, status int, detail string) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(&huma.ErrorModel{Status: status, Title: http.StatusText(status), Detail: detail}) // the caller is gone if it cannot be written
}
