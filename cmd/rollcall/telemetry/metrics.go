// Package telemetry tells operators how a process is doing: metrics for Prometheus and
// traces for OpenTelemetry. It is the only folder that knows either's programs, except for
// the spans' interface. Nothing it tells names a person or holds a word of a question.
package telemetry

import (
	"context"
	"errors"
	"runtime/debug"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"rollcall/bot"
)

// Metrics is what one process counts. It is safe for concurrent use.
type Metrics struct {
	registry *prometheus.Registry
	models   bounded

	questions, answers, modelCalls, modelRetries, tokens, cost, unpriced *prometheus.CounterVec
	slackCalls, slackWaits, slackWaited                                  *prometheus.CounterVec
	turns, modelTimes, toolTimes, slackTimes                             *prometheus.HistogramVec
	fallbacks                                                            prometheus.Counter
}

// Buckets of times, in seconds. A turn may take 45 s and a model's call 25 s; a look-up
// takes milliseconds and may take 3 s.
var (
	turnBuckets  = []float64{.01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 20, 45}
	modelBuckets = []float64{.01, .05, .1, .25, .5, 1, 2.5, 5, 10, 25}
	toolBuckets  = []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 3}
	slackBuckets = []float64{.01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10}
)

// NewMetrics returns the metrics of a process of the version.
func NewMetrics(version string) *Metrics {
	m := &Metrics{registry: prometheus.NewRegistry(), models: bounded{most: mostModels}}
	m.registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), build(version))
	m.questions = m.counter("questions_total", "Questions that were worked on.", "channel")
	m.answers = m.counter("answers_total", "What became of them: answer, proposal, ask, decline, failed, or withdrawn (stopped, deleted, or handed back by a process that ends).", "kind")
	m.modelCalls = m.counter("model_calls_total", "Calls of models, their retries not counted.", "model", "wire", "outcome")
	m.modelRetries = m.counter("model_retries_total", "Retries of calls of models.", "model")
	m.tokens = m.counter("model_tokens_total", "Tokens of models as their servers count them; cached is part of in.", "model", "direction")
	m.cost = m.counter("model_cost_microdollars_total", "What models cost, in millionths of a US dollar.", "model")
	m.unpriced = m.counter("model_unpriced_calls_total", "Calls of models with tokens and no known price.", "model")
	m.turns = m.histogram("turn_duration_seconds", "How long it took to find an answer, its sending not counted.", turnBuckets, "kind")
	m.modelTimes = m.histogram("model_duration_seconds", "How long a call of a model took, with its retries.", modelBuckets, "model")
	m.toolTimes = m.histogram("tool_duration_seconds", "How long a look-up took, and ok or the code of its error.", toolBuckets, "tool", "code")
	m.slackCalls = m.counter("slack_calls_total", "Calls to Slack: ok, later, rejected, unknown or unreachable.", "method", "outcome")
	m.slackTimes = m.histogram("slack_duration_seconds", "How long a call to Slack took.", slackBuckets, "method")
	m.slackWaits = m.counter("slack_waits_total", "Calls to Slack that had to wait for Slack's limits.", "method")
	m.slackWaited = m.counter("slack_wait_seconds_total", "How long they had to wait.", "method")
	m.fallbacks = prometheus.NewCounter(prometheus.CounterOpts{Namespace: namespace, Name: "fallbacks_total", Help: "Questions that the offline interpreter answered in place of the model."})
	m.registry.MustRegister(m.fallbacks)
	return m
}

const namespace = "rollcall"

func (m *Metrics) counter(name, help string, labels ...string) *prometheus.CounterVec {
	c := prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: namespace, Name: name, Help: help}, labels)
	m.registry.MustRegister(c)
	return c
}

func (m *Metrics) histogram(name, help string, buckets []float64, labels ...string) *prometheus.HistogramVec {
	h := prometheus.NewHistogramVec(prometheus.HistogramOpts{Namespace: namespace, Name: name, Help: help, Buckets: buckets}, labels)
	m.registry.MustRegister(h)
	return h
}

func build(version string) prometheus.Collector {
	revision, goVersion := "unknown", "unknown"
	if info, ok := debug.ReadBuildInfo(); ok {
		goVersion = info.GoVersion
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				revision = s.Value
			}
		}
	}
	g := prometheus.NewGauge(prometheus.GaugeOpts{
		Namespace: namespace, Name: "build_info", Help: "Always 1; the labels say what runs.",
		ConstLabels: prometheus.Labels{"version": version, "revision": revision, "goversion": goVersion},
	})
	g.Set(1)
	return g
}

// Observe counts a question and what became of it; it is a bot's Observe.
func (m *Metrics) Observe(q bot.Question, a bot.Answer) {
	kind := string(a.Kind)
	if errors.Is(a.Err, context.Canceled) {
		kind = "withdrawn"
	}
	m.questions.WithLabelValues(q.Channel).Inc()
	m.answers.WithLabelValues(kind).Inc()
	m.turns.WithLabelValues(kind).Observe(a.Took.Seconds())
	if a.FallbackReason != "" {
		m.fallbacks.Inc()
	}
	for _, c := range a.ModelCalls {
		m.observeModel(c)
	}
	for _, c := range a.Calls {
		name := c.Name
		if c.Code == unknownTool { // a model may make up any name
			name = "unknown"
		}
		m.toolTimes.WithLabelValues(name, c.Code).Observe(c.Took.Seconds())
	}
}

func (m *Metrics) observeModel(c bot.ModelCall) {
	outcome, model := "ok", m.models.name(c.Model)
	if c.Err != "" {
		outcome = "error"
	}
	m.modelCalls.WithLabelValues(model, c.Wire, outcome).Inc()
	m.modelRetries.WithLabelValues(model).Add(float64(c.Retries))
	m.modelTimes.WithLabelValues(model).Observe(c.Took.Seconds())
	for direction, n := range map[string]int{"in": c.Usage.In, "cached": c.Usage.CachedIn, "out": c.Usage.Out} {
		m.tokens.WithLabelValues(model, direction).Add(float64(max(0, n)))
	}
	if c.Cost != nil {
		m.cost.WithLabelValues(model).Add(float64(max(0, *c.Cost)))
	} else if c.Usage.Tokens() > 0 {
		m.unpriced.WithLabelValues(model).Inc()
	}
}

// Call counts a call to Slack; it is a slackio.Config's Observe.
func (m *Metrics) Call(method, outcome string, took time.Duration) {
	m.slackCalls.WithLabelValues(method, outcome).Inc()
	m.slackTimes.WithLabelValues(method).Observe(took.Seconds())
}

// Wait counts a wait for Slack's limits; it is a slackio.Config's Waited.
func (m *Metrics) Wait(method string, d time.Duration) {
	m.slackWaits.WithLabelValues(method).Inc()
	m.slackWaited.WithLabelValues(method).Add(d.Seconds())
}
