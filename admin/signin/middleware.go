package signin

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"rollcall/plaintext"
	"rollcall/store"
)

// Protect is all that belongs in front of the API: Headers, Middleware and Guard.
func (s *Service) Protect(next http.Handler) http.Handler {
	return s.Headers(s.Middleware(s.Guard(next)))
}

// Headers sets the headers that keep browsers from doing more with an answer than showing
// it. A page that needs more, such as the API's documentation, sets its own policy over it.
func (s *Service) Headers(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Cache-Control", "no-store")
		if s.secure {
			h.Set("Strict-Transport-Security", "max-age=31536000")
		}
		next.ServeHTTP(w, r)
	})
}

// Middleware puts who makes a request into its context, for From: somebody active with a
// session that has not expired, or nobody. It never refuses a request; Guard and the
// operations do. It renews a session that is older than a day.
func (s *Service) Middleware(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, c := r.Context(), caller{agent: agent(r.UserAgent())}
		if a := s.address(r); a.IsValid() {
			c.address = a.String()
		}
		if s.config.Everybody != nil {
			ctx = With(ctx, *s.config.Everybody)
		} else {
			ctx = s.know(ctx, w, r.Header, &c)
		}
		next.ServeHTTP(w, r.WithContext(context.WithValue(ctx, callerKey{}, c)))
	})
}

// know finds out whose request it is.
func (s *Service) know(ctx context.Context, w http.ResponseWriter, h http.Header, c *caller) context.Context {
	came := s.presented(h)
	c.bearer = came.bearer
	if came.token == "" {
		return ctx
	}
	found, renewed, err := s.find(ctx, came.token)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return ctx
	case err != nil:
		c.failed = true
		if ctx.Err() == nil {
			s.config.Logger.ErrorContext(ctx, "nobody can say whose session it is", "error", err)
		}
		return ctx
	}
	if renewed && !came.bearer {
		cookie := s.cookie(came.token)
		http.SetCookie(w, &cookie)
	}
	return With(ctx, Principal{
		PersonID: found.UserID, Name: found.Name, Email: found.Email, Access: found.Access, SessionID: found.ID, Cookie: !came.bearer,
	})
}

const mostAgent = 256

// agent makes a harmless text of what a client says of itself.
func agent(s string) string {
	if len(s) > mostAgent {
		s = s[:mostAgent]
	}
	return plaintext.Of(strings.ToValidUTF8(s, ""))
}

// Guard refuses what other websites have a browser send, and any request of which nobody can
// say whose it is. It belongs behind Middleware. Requests with a token are exempt: no browser
// adds that by itself. A request that changes something and is known by a cookie has to say
// where it comes from, as all browsers do.
func (s *Service) Guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch c := callerOf(r.Context()); {
		case c.failed:
			refuse(w, http.StatusServiceUnavailable, "Nobody can be known just now. Try again in a moment.")
		case s.config.Everybody != nil && !isLoopback(r.Host): // a name that another website has pointed here
			refuse(w, http.StatusForbidden, "The demonstration answers on a loopback address only.")
		case !c.bearer && (s.origins.Check(r) != nil || isSilent(r)):
			refuse(w, http.StatusForbidden, "This request comes from another website, or does not say where it comes from. Send an Origin header, or a token instead of the cookie.")
		default:
			next.ServeHTTP(w, r)
		}
	})
}

// isSilent reports whether a request that a cookie names and that may change something does
// not say where it comes from.
func isSilent(r *http.Request) bool {
	switch r.Method {
	case http.MethodGet, http.MethodHead, http.MethodOptions:
		return false
	}
	p, _ := From(r.Context())
	return p.Cookie && r.Header.Get("Sec-Fetch-Site") == "" && r.Header.Get("Origin") == ""
}

func isLoopback(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	a, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return host == "localhost" || err == nil && a.IsLoopback()
}

// refuse answers in the form of every other error of the API.
func refuse(w http.ResponseWriter, status int, why string) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(status)
	// A client that is gone cannot be told.
	_ = json.NewEncoder(w).Encode(huma.ErrorModel{Title: http.StatusText(status), Status: status, Detail: why})
}
