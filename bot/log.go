package bot

import (
	"context"
	"log/slog"
)

type turnKey struct{}

// withTurn says which turn the work under ctx is for.
func withTurn(ctx context.Context, id string) context.Context {
	return context.WithValue(ctx, turnKey{}, id)
}

// LogTurns returns a handler that adds the turn's id to every line of work on a turn,
// whichever part writes it: an operator who has the id from an answer finds all of it.
func LogTurns(h slog.Handler) slog.Handler { return turnHandler{h} }

type turnHandler struct{ slog.Handler }

// Handle adds the id where the line has none.
func (h turnHandler) Handle(ctx context.Context, r slog.Record) error {
	if id, ok := ctx.Value(turnKey{}).(string); ok && id != "" && !names(r, "turn") {
		r.AddAttrs(slog.String("turn", id))
	}
	return h.Handler.Handle(ctx, r)
}

// WithAttrs keeps adding the id.
func (h turnHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return turnHandler{h.Handler.WithAttrs(attrs)}
}

// WithGroup keeps adding the id.
func (h turnHandler) WithGroup(name string) slog.Handler {
	return turnHandler{h.Handler.WithGroup(name)}
}

func names(r slog.Record, key string) bool {
	found := false
	r.Attrs(func(a slog.Attr) bool {
		found = a.Key == key
		return !found
	})
	return found
}
