package signin

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"math"
	"net/http"
	"reflect"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"

	"rollcall/store"
)

const (
	signInPath   = "/api/v1/sign-in"
	slackPath    = signInPath + "/slack"
	callbackPath = slackPath + "/callback"
	mePath       = "/api/v1/me"
	tag          = "Signing in"
	mostBody     = 8 << 10
)

// The names of the security schemes of the API's description: whoever may be known, is by
// one of them.
const (
	BearerScheme = "bearer"
	CookieScheme = "cookie"
)

// Security says of an operation that somebody has to be known.
func Security() []map[string][]string {
	return []map[string][]string{{BearerScheme: {}}, {CookieScheme: {}}}
}

// Register adds the operations, with their full paths below /api/v1. The handlers need
// Middleware in front of them, and Guard.
func (s *Service) Register(api huma.API) {
	s.describe(api.OpenAPI())
	withBody(api, s.operation(http.MethodPost, signInPath, "sign-in", "Sign in with e-mail and password"), s.signInWithPassword)
	withBody(api, s.operation(http.MethodPost, signInPath+"/code", "ask-for-code", "Have a code sent in Slack"), s.askForCode)
	withBody(api, s.operation(http.MethodPost, signInPath+"/code/verify", "sign-in-with-code", "Sign in with a code"), s.signInWithCode)
	huma.Register(api, s.operation(http.MethodGet, slackPath, "sign-in-with-slack", "Sign in with Slack"), s.startSlack)
	huma.Register(api, s.operation(http.MethodGet, callbackPath, "end-sign-in-with-slack", "Where Slack sends browsers back to"), s.endSlack)
	huma.Register(api, s.operation(http.MethodPost, "/api/v1/sign-out", "sign-out", "End this session"), s.signOut)
	huma.Register(api, mine(api, s.operation(http.MethodGet, mePath, "get-me", "Who you are")), s.getMe)
	huma.Register(api, mine(api, s.operation(http.MethodGet, mePath+"/sessions", "list-my-sessions", "Where you are signed in")), s.listMySessions)
	huma.Register(api, mine(api, s.operation(http.MethodDelete, mePath+"/sessions/{id}", "end-my-session", "End one of your sessions")), s.endMySession)
	huma.Register(api, mine(api, s.operation(http.MethodDelete, mePath+"/sessions", "end-my-other-sessions", "End all your sessions but this one")), s.endMyOthers)
	withBody(api, mine(api, s.operation(http.MethodPut, mePath+"/password", "set-my-password", "Set your password and end your other sessions")), s.setMyPassword)
}

func (s *Service) describe(o *huma.OpenAPI) {
	if o.Components.SecuritySchemes == nil {
		o.Components.SecuritySchemes = map[string]*huma.SecurityScheme{}
	}
	o.Components.SecuritySchemes[BearerScheme] = &huma.SecurityScheme{Type: "http", Scheme: "bearer", Description: "The token of a session, signed or not."}
	o.Components.SecuritySchemes[CookieScheme] = &huma.SecurityScheme{Type: "apiKey", In: "cookie", Name: s.cookieName(), Description: "The signed token of a session, as browsers keep it."}
}

func (s *Service) operation(method, path, id, summary string) huma.Operation {
	op := huma.Operation{
		Method: method, Path: path, OperationID: id, Summary: summary, Tags: []string{tag}, MaxBodyBytes: mostBody, Security: []map[string][]string{},
		Errors: []int{http.StatusForbidden, http.StatusUnprocessableEntity, http.StatusTooManyRequests, http.StatusInternalServerError, http.StatusServiceUnavailable},
	}
	switch path {
	case signInPath + "/code":
		op.DefaultStatus = http.StatusAccepted
	case slackPath, callbackPath:
		op.DefaultStatus = http.StatusSeeOther
	}
	switch {
	case strings.HasPrefix(path, signInPath):
		op.Errors = append(op.Errors, http.StatusUnauthorized)
		if path != signInPath {
			op.Errors = append(op.Errors, http.StatusNotFound)
		}
	case method == http.MethodDelete && strings.HasSuffix(path, "}"):
		op.Errors = append(op.Errors, http.StatusNotFound)
	}
	return op
}

// mine makes it an operation for somebody who is known; nobody is refused before anything
// of the request is read.
func mine(api huma.API, op huma.Operation) huma.Operation {
	op.Security, op.Errors = Security(), append(op.Errors, http.StatusUnauthorized)
	op.Middlewares = huma.Middlewares{func(ctx huma.Context, next func(huma.Context)) {
		if _, known := From(ctx.Context()); known {
			next(ctx)
			return
		}
		ctx.SetHeader(challenge, scheme)
		_ = huma.WriteErr(api, ctx, http.StatusUnauthorized, signInFirst) // a client that is gone cannot be told
	}}
	return op
}

// secretBody is read by us and not by huma.
type secretBody struct {
	RawBody []byte `contentType:"application/json"`
}

// withBody registers an operation whose body holds secrets.
func withBody[I, O any](api huma.API, op huma.Operation, handle func(ctx context.Context, in I) (*O, error)) {
	op.SkipValidateBody = true // its errors repeat what was sent
	op.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{}}
	op.Errors = append(op.Errors, http.StatusBadRequest, http.StatusRequestTimeout, http.StatusRequestEntityTooLarge)
	huma.Register(api, op, func(ctx context.Context, raw *secretBody) (*O, error) {
		var in I
		if err := decode(raw.RawBody, &in); err != nil {
			return nil, err
		}
		return handle(ctx, in)
	})
	// huma has described it as bytes.
	op.RequestBody.Content["application/json"] = &huma.MediaType{Schema: api.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[I](), true, op.OperationID)}
}

// decode reads a body of strings, each of which must be there.
func decode(raw []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil || d.Decode(&struct{}{}) != io.EOF {
		return huma.Error422UnprocessableEntity("The body is not the JSON object that is described.", &huma.ErrorDetail{Location: "body", Message: "expected one object with the described properties, all of them strings"})
	}
	v := reflect.ValueOf(into).Elem()
	var bad []error
	for i := range v.NumField() {
		f, size := v.Type().Field(i), utf8.RuneCountInString(v.Field(i).String())
		most, err := strconv.Atoi(f.Tag.Get("maxLength"))
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		if err != nil || size > most || size == 0 && options != "omitempty" {
			bad = append(bad, &huma.ErrorDetail{Location: "body." + name, Message: "expected 1 to " + f.Tag.Get("maxLength") + " characters"})
		}
	}
	if len(bad) > 0 {
		return huma.Error422UnprocessableEntity("The body lacks something, or something in it is too long.", bad...)
	}
	return nil
}

// tooMany is the answer to a try that has to wait.
func tooMany(wait time.Duration) error {
	seconds := strconv.Itoa(max(1, int(math.Ceil(wait.Seconds()))))
	return huma.ErrorWithHeaders(huma.Error429TooManyRequests("Too many tries. Wait "+seconds+" seconds."), http.Header{"Retry-After": {seconds}})
}

// fault keeps what went wrong for the operator and answers in general words. What is an
// answer already stays one.
func (s *Service) fault(ctx context.Context, err error) error {
	var answer huma.StatusError
	if err == nil || errors.As(err, &answer) {
		return err
	}
	if errors.Is(err, errBusy) {
		return huma.ErrorWithHeaders(huma.Error503ServiceUnavailable("Too many people are signing in. Try again in a moment."), http.Header{"Retry-After": {"2"}})
	}
	if ctx.Err() == nil {
		s.config.Logger.ErrorContext(ctx, "somebody could not be signed in or out", "error", err)
	}
	return huma.Error500InternalServerError("That did not work. The operator's log says why.")
}

// open returns an error where nobody signs in.
func (s *Service) open() error {
	if s.config.Everybody != nil {
		return huma.Error403Forbidden("Nobody signs in to the demonstration.")
	}
	return nil
}

// admit uses up a try of where the request comes from.
func (s *Service) admit(ctx context.Context) error {
	if err := s.open(); err != nil {
		return err
	}
	if wait := s.addresses.take(place(callerOf(ctx).address)); wait > 0 {
		s.config.Logger.WarnContext(ctx, "too many tries to sign in from one address", "address", callerOf(ctx).address)
		return tooMany(wait)
	}
	return nil
}

// attempt admits a try to be the person of the key, runs it, and gives the try back when it
// succeeds.
func (s *Service) attempt(ctx context.Context, key string, try func() (*sessionOutput, error)) (*sessionOutput, error) {
	if err := s.admit(ctx); err != nil {
		return nil, err
	}
	if wait := s.accounts.take(key); wait > 0 {
		s.config.Logger.WarnContext(ctx, "too many tries to sign in as one person", "address", callerOf(ctx).address)
		return nil, tooMany(wait)
	}
	out, err := try()
	var answer huma.StatusError
	if isWrong := errors.As(err, &answer); !isWrong { // it succeeded, or the failure was ours
		s.accounts.giveBack(key)
	}
	if err == nil {
		s.addresses.giveBack(place(callerOf(ctx).address))
	}
	return out, s.fault(ctx, err)
}

// normal is an e-mail address as people are found by it.
func normal(email string) string { return strings.ToLower(strings.TrimSpace(email)) }

// personOf returns the active person with the address, or store.ErrNotFound.
func (s *Service) personOf(ctx context.Context, email string) (store.Person, error) {
	if !isText(email) {
		return store.Person{}, store.ErrNotFound
	}
	return active(s.store.GetPersonByEmail(ctx, email))
}

// isText reports whether a database could keep it; what it could not, names nothing there.
func isText(s string) bool { return utf8.ValidString(s) && !strings.ContainsFunc(s, unicode.IsControl) }

func active(p store.Person, err error) (store.Person, error) {
	if err == nil && !p.Active {
		err = store.ErrNotFound
	}
	return p, err
}
