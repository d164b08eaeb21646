package bot

import (
	"context"
	"errors"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"

	"rollcall/store/inbox"
	"rollcall/tools"
)

// span begins a step of a turn. A span holds ids, names of tools and models, and counts:
// never what somebody asked, nor whom it is about.
func (b *Bot) span(ctx context.Context, name string, about ...attribute.KeyValue) (context.Context, trace.Span) {
	if b.Tracer == nil {
		return ctx, noop.Span{}
	}
	return b.Tracer.Start(ctx, name, trace.WithAttributes(about...))
}

// endSpan ends it. Of an error only the kind is kept, since its words may hold names.
func endSpan(s trace.Span, err error) {
	if err != nil {
		s.SetStatus(codes.Error, kindOf(err))
	}
	s.End()
}

func kindOf(err error) string {
	var later *inbox.LaterError
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return "timeout"
	case errors.Is(err, context.Canceled):
		return "cancelled"
	case errors.Is(err, ErrUnknown):
		return "unknown"
	case errors.Is(err, ErrRejected):
		return "rejected"
	case errors.Is(err, inbox.ErrLost):
		return "lost"
	case errors.As(err, &later):
		return "later"
	}
	return "failed"
}

func turnAttributes(t inbox.Turn) []attribute.KeyValue {
	return []attribute.KeyValue{
		attribute.String("rollcall.turn", t.ID), attribute.String("rollcall.origin", t.Origin),
		attribute.String("rollcall.state", string(t.State)), attribute.Int("rollcall.attempt", t.Attempt),
	}
}

func (c ModelCall) attributes() []attribute.KeyValue {
	all := []attribute.KeyValue{
		attribute.String("gen_ai.request.model", c.Model), attribute.String("rollcall.wire", c.Wire), attribute.Int("rollcall.retries", c.Retries),
		attribute.Int("gen_ai.usage.input_tokens", c.Usage.In), attribute.Int("gen_ai.usage.output_tokens", c.Usage.Out),
		attribute.Int("rollcall.usage.cached_tokens", c.Usage.CachedIn),
	}
	if c.Cost != nil {
		all = append(all, attribute.Int64("rollcall.cost_micro_dollars", *c.Cost))
	}
	return all
}

// toolName is the name of a tool that exists; a model may have made one up.
func toolName(name string, o tools.Outcome) string {
	if o.Err != nil && o.Err.Code == tools.UnknownTool {
		return "unknown"
	}
	return name
}

// codeOf is how a tool call ended: "ok", or the code of its error.
func codeOf(o tools.Outcome) string {
	if o.Err != nil {
		return string(o.Err.Code)
	}
	return "ok"
}
