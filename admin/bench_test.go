package admin_test

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-chi/chi/v5"

	"rollcall/admin/signin"
	"rollcall/store"
	"rollcall/store/storetest"
)

// benchPeople is the size of the company that is asked for.
const benchPeople = 100_000

// BenchmarkAdminBesideABareChi compares the API with a bare chi handler that runs the same
// SQL, prepared, on the raw driver and writes the same columns. Both know who asks in the
// same way. A round is a batch of requests to the one and then to the other, from as many
// clients as there are cores, without a network in between: that would hide a difference.
func BenchmarkAdminBesideABareChi(b *testing.B) {
	for name, open := range map[string]func(testing.TB) *store.Store{"sqlite": storetest.SQLite, "postgres": storetest.Postgres} {
		b.Run(name, func(b *testing.B) {
			s := open(b)
			storetest.Fill(b, s, benchPeople)
			r := newRig(b, s)
			bare := newBare(b, r)
			var made atomic.Int64
			for _, c := range []struct {
				name    string
				request func(i int) *http.Request
			}{
				{"get", func(i int) *http.Request {
					return httptest.NewRequestWithContext(b.Context(), http.MethodGet, fmt.Sprintf("/api/v1/people/00000000-0000-7000-8000-%012d", i*7919%benchPeople), nil)
				}},
				{"list", func(int) *http.Request {
					return httptest.NewRequestWithContext(b.Context(), http.MethodGet, "/api/v1/people?limit=30&sort=name", nil)
				}},
				{"create", func(int) *http.Request {
					n := made.Add(1)
					req := httptest.NewRequestWithContext(b.Context(), http.MethodPost, "/api/v1/people", strings.NewReader(fmt.Sprintf(`{"name":"New %d","email":"new%d@example.com"}`, n, n)))
					req.Header.Set("Content-Type", "application/json")
					return req
				}},
			} {
				b.Run(c.name, func(b *testing.B) { compare(b, bare, r.handler, c.request) })
			}
		})
	}
}

// batch is how many requests are made to each of the two in a round.
const batch = 200

func compare(b *testing.B, bare, api http.Handler, request func(i int) *http.Request) {
	b.Helper()
	var slow, fast load
	n := 0
	round := func() {
		fast.add(b, bare, request, n)
		slow.add(b, api, request, n)
		n += batch
	}
	round() // what is made once is made now
	slow, fast = load{}, load{}
	b.ResetTimer()
	for b.Loop() {
		round()
	}
	runtime.GC()
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	b.ReportMetric(float64(slow.elapsed)/float64(fast.elapsed), "ratio")
	b.ReportMetric(slow.perSecond(), "api-req/s/core")
	b.ReportMetric(fast.perSecond(), "bare-req/s/core")
	b.ReportMetric(slow.p99(), "api-p99-µs")
	b.ReportMetric(fast.p99(), "bare-p99-µs")
	b.ReportMetric(float64(memory.HeapInuse)/(1<<20), "heap-MB")
	b.ReportMetric(0, "ns/op")
}

// load is what a handler has done.
type load struct {
	mu      sync.Mutex
	elapsed time.Duration
	each    []time.Duration
}

func (l *load) add(b *testing.B, to http.Handler, request func(i int) *http.Request, from int) {
	b.Helper()
	workers := runtime.GOMAXPROCS(0)
	ctx, cancel := context.WithCancel(b.Context())
	defer cancel()
	requests := make([]*http.Request, batch)
	for i := range requests {
		requests[i] = request(from + i).WithContext(ctx)
		requests[i].Header.Set("Authorization", "Bearer admin")
	}
	var wait sync.WaitGroup
	began := time.Now()
	for w := range workers {
		wait.Go(func() {
			for i := w; i < batch; i += workers {
				answer := &discard{header: http.Header{}}
				start := time.Now()
				to.ServeHTTP(answer, requests[i])
				took := time.Since(start)
				if answer.status >= 300 || answer.written == 0 {
					b.Errorf("%s: %d, %d bytes", requests[i].URL, answer.status, answer.written)
				}
				l.mu.Lock()
				l.each = append(l.each, took)
				l.mu.Unlock()
			}
		})
	}
	wait.Wait()
	l.elapsed += time.Since(began)
}

func (l *load) perSecond() float64 {
	return float64(len(l.each)) / l.elapsed.Seconds() / float64(runtime.GOMAXPROCS(0))
}

func (l *load) p99() float64 {
	slices.Sort(l.each)
	return float64(l.each[len(l.each)*99/100].Microseconds())
}

// discard counts what it is answered.
type discard struct {
	header          http.Header
	status, written int
}

// Header is where handlers write headers.
func (d *discard) Header() http.Header { return d.header }

// WriteHeader keeps the status.
func (d *discard) WriteHeader(status int) { d.status = status }

// Write counts.
func (d *discard) Write(p []byte) (int, error) {
	d.written += len(p)
	return len(p), nil
}

// bare is the API for people as little as it can be.
type bare struct {
	b      *testing.B
	get    *sql.Stmt
	list   *sql.Stmt
	write  *sql.DB
	lock   *sql.Stmt
	insert *sql.Stmt
	audit  *sql.Stmt
}

const bareColumns = `SELECT "id", "name", "email", "emailVerified", "image", "createdAt", "updatedAt", "access", "roleId", "location", "timezone", "capacity", "active" FROM "user"`

func newBare(b *testing.B, r *rig) http.Handler {
	b.Helper()
	write, read := r.store.SQL()
	prepare := func(db *sql.DB, query string) *sql.Stmt {
		stmt, err := db.PrepareContext(b.Context(), query)
		r.must(err)
		b.Cleanup(func() { r.must(stmt.Close()) })
		return stmt
	}
	h := &bare{
		b: b, write: write, get: prepare(read, bareColumns+` WHERE "id" = $1`), list: prepare(read, bareColumns+` ORDER BY "name", "id" LIMIT $1`), lock: prepare(write, bareColumns+` WHERE "id" = $1`),
		insert: prepare(write, `INSERT INTO "user" ("id", "name", "email", "createdAt", "updatedAt") VALUES ($1, $2, $3, $4, $5)`),
		audit:  prepare(write, `INSERT INTO "audit" ("id", "at", "actor", "approver", "action", "entity", "entityId", "after", "origin") VALUES ($1, $2, $3, $4, 'create', 'user', $5, $6, 'bare')`),
	}
	router := chi.NewRouter()
	router.Use(r.identify, onlyAdmins)
	router.Get("/api/v1/people/{id}", h.getOne)
	router.Get("/api/v1/people", h.getPage)
	router.Post("/api/v1/people", h.create)
	return router
}

func onlyAdmins(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if by, found := signin.From(req.Context()); !found || by.Access != store.Admin {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		next.ServeHTTP(w, req)
	})
}

func scanPerson(row interface{ Scan(into ...any) error }) (store.Person, error) {
	var p store.Person
	err := row.Scan(&p.ID, &p.Name, &p.Email, &p.EmailVerified, &p.Image, &p.CreatedAt, &p.UpdatedAt, &p.Access, &p.RoleID, &p.Location, &p.Timezone, &p.Capacity, &p.Active)
	return p, err
}

func (h *bare) write200(w http.ResponseWriter, value any, err error) {
	if err == nil {
		w.Header().Set("Content-Type", "application/json")
		err = json.NewEncoder(w).Encode(value)
	}
	if err != nil {
		h.b.Error(err)
	}
}

func (h *bare) getOne(w http.ResponseWriter, req *http.Request) {
	p, err := scanPerson(h.get.QueryRowContext(req.Context(), chi.URLParam(req, "id")))
	h.write200(w, p, err)
}

func (h *bare) getPage(w http.ResponseWriter, req *http.Request) {
	rows, err := h.list.QueryContext(req.Context(), 31)
	if err != nil {
		h.b.Error(err)
		return
	}
	defer func() { _ = rows.Close() }()
	var page struct {
		Items []store.Person `json:"items"`
	}
	for rows.Next() {
		p, bad := scanPerson(rows)
		if bad != nil {
			h.b.Error(bad)
		}
		page.Items = append(page.Items, p)
	}
	page.Items = page.Items[:30]
	h.write200(w, page, rows.Err())
}

func (h *bare) create(w http.ResponseWriter, req *http.Request) {
	var p store.Person
	if err := json.NewDecoder(req.Body).Decode(&p); err != nil {
		h.b.Error(err)
	}
	p.ID, p.CreatedAt, p.UpdatedAt = store.NewID(), time.Now().UTC(), time.Now().UTC()
	h.write200(w, p, h.keep(req.Context(), p))
}

func (h *bare) keep(ctx context.Context, p store.Person) error {
	tx, err := h.write.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	lock, insert, audit := tx.StmtContext(ctx, h.lock), tx.StmtContext(ctx, h.insert), tx.StmtContext(ctx, h.audit)
	defer func() { _ = errors.Join(lock.Close(), insert.Close(), audit.Close()) }()
	if _, err = scanPerson(lock.QueryRowContext(ctx, p.ID)); err == nil {
		return fmt.Errorf("%s is there", p.ID)
	}
	if _, err = insert.ExecContext(ctx, p.ID, p.Name, p.Email, p.CreatedAt, p.UpdatedAt); err != nil {
		return err
	}
	text, err := json.Marshal(p)
	if err != nil {
		return err
	}
	if _, err = audit.ExecContext(ctx, store.NewID(), p.CreatedAt, "a", "a", p.ID, string(text)); err != nil {
		return err
	}
	return tx.Commit()
}
