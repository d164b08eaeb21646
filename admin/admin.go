package admin

import (
	"context"
	"database/sql"
	"log/slog"
	"net/http"
	"reflect"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humachi"
	"github.com/go-chi/chi/v5"
	"github.com/swaggest/swgui"
	"github.com/swaggest/swgui/v5emb"

	"rollcall/store"
	"rollcall/store/chatlog"
	"rollcall/store/civil"
)

// Config is what the API works on.
type Config struct {
	Store   *store.Store
	Details chatlog.Details
	Logger  *slog.Logger
	Now     func() time.Time
	Version string
	// HashPassword returns a password as an account keeps it, or the answer to a request for
	// which there is no time.
	HashPassword func(ctx context.Context, password string) (string, error)
	// Identify puts who makes a request into its context, for signin.From to find.
	Identify func(next http.Handler) http.Handler
	// Import says where an import puts project details, and writes what was kept aside; nil
	// keeps them aside and then writes them to Details.
	Import func() (in func(tx *sql.Tx) chatlog.Details, write func(ctx context.Context) error)
	// Conversations are what the bot was asked; nil leaves their operations out.
	Conversations *Conversations
	// Register adds operations of other packages, such as those of signing in; nil is none.
	Register func(api huma.API)
}

const (
	apiRoot = "/api"
	apiPath = apiRoot + "/v1"
	// mostBody is how large a request's body may be.
	mostBody = 1 << 20
	// requestTime is how long a request may take. Streams have their own limits.
	requestTime = 30 * time.Second
)

// New returns the handler of everything under /api: the operations, their description at
// /api/openapi.json and a page about them at /api/docs that needs nothing from elsewhere.
func New(c Config) http.Handler {
	router := chi.NewRouter()
	router.Use(recoverer(c.Logger), limitBody, c.Identify)
	api := humachi.New(router, openAPI(c.Version))
	r := &registrar{Config: c, api: api}
	r.resources()
	if c.Register != nil {
		c.Register(api)
	}
	docs := v5emb.NewHandlerWithConfig(swgui.Config{Title: "Rollcall", SwaggerJSON: apiRoot + "/openapi.json", BasePath: apiRoot + "/docs/"})
	router.Handle(apiRoot+"/docs", http.RedirectHandler(apiRoot+"/docs/", http.StatusMovedPermanently))
	router.Handle(apiRoot+"/docs/*", withPolicy(docsPolicy, docs))
	router.NotFound(func(w http.ResponseWriter, _ *http.Request) {
		writeProblem(w, http.StatusNotFound, "There is nothing here.")
	})
	router.MethodNotAllowed(func(w http.ResponseWriter, req *http.Request) {
		w.Header().Set("Allow", strings.Join(allowed(router, req.URL.Path), ", "))
		writeProblem(w, http.StatusMethodNotAllowed, "This cannot be done here.")
	})
	return router
}

// resources has a line for each entity.
func (r *registrar) resources() {
	addResource(r, people())
	addResource(r, sessions())
	addResource(r, accounts(r.HashPassword))
	addResource(r, verifications())
	addResource(r, skills())
	addResource(r, personSkills())
	addResource(r, certifications())
	addResource(r, personCertifications())
	addResource(r, roles())
	addResource(r, clients())
	addResource(r, clientProjects())
	addResource(r, projects())
	addResource(r, bookings())
	addResource(r, timeOff())
	addDetails(r)
	addTransfers(r)
	addConversations(r)
}

// registrar adds operations to the API.
type registrar struct {
	Config

	api huma.API
}

func openAPI(version string) huma.Config {
	c := huma.DefaultConfig("Rollcall", version)
	c.OpenAPIPath, c.DocsPath, c.SchemasPath = apiRoot+"/openapi", "", ""
	c.CreateHooks = nil // no links to schemas in answers
	c.RejectUnknownQueryParameters = true
	c.Info.Description = "People, skills, certificates, projects, bookings and conversations of a company, for its administrators."
	c.Components.Schemas.RegisterTypeAlias(reflect.TypeFor[civil.Date](), reflect.TypeFor[daySchema]())
	c.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"bearer": {Type: "http", Scheme: "bearer", Description: "The token of a session."},
		"cookie": {Type: "apiKey", In: "cookie", Name: "better-auth.session_token", Description: "The signed cookie of a session."},
	}
	return c
}

// daySchema describes a civil.Date.
type daySchema string

// Schema is a day of the form YYYY-MM-DD.
func (daySchema) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeString, Format: "date"}
}

// docsPolicy lets the page about the API use its own scripts and styles, which partly stand
// in the page itself, and nothing from elsewhere.
const docsPolicy = "default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'"

func withPolicy(policy string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", policy)
		next.ServeHTTP(w, r)
	})
}
