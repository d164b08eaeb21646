package telemetry

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

// TraceConfig says where traces go and under which name.
type TraceConfig struct {
	Endpoint string // base address of an OTLP server that speaks HTTP; /v1/traces is added
	Service  string
	Version  string
	Logger   *slog.Logger
}

// Traces sends the spans of a process.
type Traces struct{ provider *sdk.TracerProvider }

// traceTimeout is how long one delivery of spans may take, its retries included.
const traceTimeout = 10 * time.Second

// NewTraces returns traces that are sent to the endpoint. What cannot be sent is dropped
// after a while, and said once: traces never hold up what they are about.
func NewTraces(ctx context.Context, c TraceConfig) (*Traces, error) {
	at, err := url.Parse(c.Endpoint)
	if err != nil || at.Host == "" || at.Scheme != "http" && at.Scheme != "https" {
		return nil, errors.New("OTEL_EXPORTER_OTLP_ENDPOINT: it is not an address such as http://127.0.0.1:4318")
	}
	exporter, err := otlptracehttp.New(ctx, otlptracehttp.WithEndpointURL(strings.TrimSuffix(c.Endpoint, "/")+"/v1/traces"), otlptracehttp.WithTimeout(traceTimeout))
	if err != nil {
		return nil, fmt.Errorf("send traces: %w", err)
	}
	about := resource.NewSchemaless(attribute.String("service.name", c.Service), attribute.String("service.version", c.Version))
	return &Traces{sdk.NewTracerProvider(sdk.WithBatcher(&quiet{SpanExporter: exporter, logger: c.Logger}), sdk.WithResource(about))}, nil
}

// Tracer makes spans; of no traces, none.
func (t *Traces) Tracer() trace.Tracer {
	if t == nil {
		return nil
	}
	return t.provider.Tracer("rollcall")
}

// Close sends what is left until ctx ends.
func (t *Traces) Close(ctx context.Context) error {
	if t == nil {
		return nil
	}
	return t.provider.Shutdown(ctx)
}

// quiet logs that spans cannot be sent, once until they can: the library would tell a
// handler that all of the process shares.
type quiet struct {
	sdk.SpanExporter
	logger *slog.Logger
	failed atomic.Bool
}

// ExportSpans sends spans, or drops them.
func (q *quiet) ExportSpans(ctx context.Context, spans []sdk.ReadOnlySpan) error {
	err := q.SpanExporter.ExportSpans(ctx, spans)
	if was := q.failed.Swap(err != nil); err != nil && !was {
		q.logger.WarnContext(ctx, "traces cannot be sent and are dropped until they can", "error", err)
	}
	return nil
}
