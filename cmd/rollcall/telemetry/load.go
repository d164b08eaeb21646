package telemetry

import (
	"context"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"rollcall/store/inbox"
)

const (
	// loadAge is how long a count is good for: several scrapers cost the database one.
	loadAge     = 5 * time.Second
	loadTimeout = 2 * time.Second
)

// Load is what is read from the database when somebody looks.
type Load struct {
	inbox.Load
	Records int // exchanges that wait for the documents' server
}

// loads tells how much there is to do, as of a few seconds ago at most.
type loads struct {
	get                                     func(ctx context.Context) (Load, error)
	turns, oldest, unsent, records, canTell *prometheus.Desc

	mu   sync.Mutex
	at   time.Time
	last Load
	err  error
}

// Watch has the metrics tell how much there is to do, which get says.
func (m *Metrics) Watch(get func(ctx context.Context) (Load, error)) {
	desc := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc(namespace+"_"+name, help, labels, nil)
	}
	m.registry.MustRegister(&loads{
		get:     get,
		turns:   desc("queue_turns", "Open turns of all processes: received, running, answer_ready or sending.", "state"),
		oldest:  desc("queue_oldest_seconds", "Age of the oldest open turn; 0 without one."),
		unsent:  desc("outbox_unsent", "Messages of open turns that have not arrived."),
		records: desc("records_waiting", "Exchanges that wait for the documents' server."),
		canTell: desc("queue_up", "1 when the database could be asked for the queue, else 0; the queue's other metrics are then missing."),
	})
}

// Describe names what Collect tells.
func (l *loads) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{l.turns, l.oldest, l.unsent, l.records, l.canTell} {
		ch <- d
	}
}

// Collect tells what there is to do.
func (l *loads) Collect(ch chan<- prometheus.Metric) {
	load, err := l.current()
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	if err != nil {
		gauge(l.canTell, 0)
		return
	}
	gauge(l.canTell, 1)
	for state, n := range load.Open {
		gauge(l.turns, float64(n), string(state))
	}
	age := 0.0
	if !load.Oldest.IsZero() {
		age = max(0, time.Since(load.Oldest).Seconds())
	}
	gauge(l.oldest, age)
	gauge(l.unsent, float64(load.Unsent))
	gauge(l.records, float64(load.Records))
}

// current asks the database unless somebody just has. Who comes meanwhile waits for that.
func (l *loads) current() (Load, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if time.Since(l.at) < loadAge {
		return l.last, l.err
	}
	ctx, cancel := context.WithTimeout(context.Background(), loadTimeout)
	defer cancel()
	l.last, l.err = l.get(ctx)
	l.at = time.Now()
	return l.last, l.err
}
