package telemetry

import (
	"crypto/sha256"
	"crypto/subtle"
	"net/http"
	"strings"

	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// mostScrapes is how many may look at once.
const mostScrapes = 4

// Handler tells the metrics to whoever has the token, or to everybody when that is empty.
func (m *Metrics) Handler(token string) http.Handler {
	tell := promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{MaxRequestsInFlight: mostScrapes, ErrorHandling: promhttp.ContinueOnError})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !permits(token, r.Header.Get("Authorization")) {
			w.Header().Set("WWW-Authenticate", `Bearer realm="metrics"`)
			http.Error(w, "the metrics need the token ROLLCALL_METRICS_TOKEN as a bearer token", http.StatusUnauthorized)
			return
		}
		w.Header().Set("Cache-Control", "no-store")
		tell.ServeHTTP(w, r)
	})
}

// permits compares hashes, whose lengths tell nothing.
func permits(token, header string) bool {
	if token == "" {
		return true
	}
	scheme, given, _ := strings.Cut(header, " ")
	want, got := sha256.Sum256([]byte(token)), sha256.Sum256([]byte(strings.TrimSpace(given)))
	return strings.EqualFold(scheme, "Bearer") && subtle.ConstantTimeCompare(want[:], got[:]) == 1
}
