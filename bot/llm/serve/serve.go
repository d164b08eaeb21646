// Package serve offers a model over HTTP as OpenAI-compatible servers do, by Chat
// Completions and by Responses, streamed or whole, so that any client of theirs can be
// run without a key.
package serve

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"rollcall/bot"
	"rollcall/prompts"
	"rollcall/tools"
)

// largestRequest is how many bytes a request may have.
const largestRequest = 4 << 20

// bytesPerToken is the estimate behind the reported usage: nobody pays by it.
const bytesPerToken = 4

// server answers requests with one model.
type server struct {
	model bot.Model
	now   func() time.Time
}

// Handler serves GET /v1/models, POST /v1/chat/completions and POST /v1/responses. It
// keeps nothing between requests and asks for no key.
func Handler(m bot.Model, now func() time.Time) http.Handler {
	s := &server{model: m, now: now}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /v1/models", s.models)
	mux.HandleFunc("POST /v1/chat/completions", wire(s, s.chat))
	mux.HandleFunc("POST /v1/responses", wire(s, s.responses))
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		refuse(w, http.StatusNotFound, fmt.Sprintf("there is no %s %s here", r.Method, r.URL.Path))
	})
	return mux
}

// wire reads a request of one wire, asks the model and lets the wire write the answer.
func wire[Q interface{ request() (bot.Request, error) }](s *server, answer func(w http.ResponseWriter, asked Q, response bot.Response)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var asked Q
		size, ok := read(w, r, &asked)
		if !ok {
			return
		}
		request, err := asked.request()
		if err != nil {
			refuse(w, http.StatusBadRequest, err.Error())
			return
		}
		if response, ok := s.complete(w, r, request, size); ok {
			answer(w, asked, response)
		}
	}
}

func (s *server) models(w http.ResponseWriter, _ *http.Request) {
	write(w, http.StatusOK, map[string]any{
		"object": "list", "data": []any{map[string]any{"id": s.model.Name(), "object": "model", "created": s.now().Unix(), "owned_by": "rollcall"}},
	})
}

// read decodes a request and returns its size, or answers with what is wrong with it.
func read(w http.ResponseWriter, r *http.Request, into any) (size int, ok bool) {
	text, err := io.ReadAll(http.MaxBytesReader(w, r.Body, largestRequest))
	if err == nil {
		err = json.Unmarshal(text, into)
	}
	var large *http.MaxBytesError
	switch {
	case err == nil:
		return len(text), true
	case errors.As(err, &large):
		refuse(w, http.StatusRequestEntityTooLarge, fmt.Sprintf("the request is larger than %d bytes", largestRequest))
	default:
		refuse(w, http.StatusBadRequest, "the request is not valid JSON of the expected form: "+err.Error())
	}
	return 0, false
}

func write(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // a client that is gone cannot be told
}

func refuse(w http.ResponseWriter, status int, message string) {
	kind := "invalid_request_error"
	if status >= http.StatusInternalServerError {
		kind = "server_error"
	}
	write(w, status, map[string]any{"error": map[string]any{"message": message, "type": kind, "param": nil, "code": nil}})
}

// complete asks the model and gives every call an id that no other call of the
// conversation has.
func (s *server) complete(w http.ResponseWriter, r *http.Request, request bot.Request, size int) (bot.Response, bool) {
	if len(request.Messages) == 0 {
		refuse(w, http.StatusBadRequest, "there is no message")
		return bot.Response{}, false
	}
	response, err := s.model.Complete(r.Context(), request)
	if err != nil {
		refuse(w, http.StatusInternalServerError, "the model could not answer")
		return bot.Response{}, false
	}
	response.Usage.In = size / bytesPerToken
	response.Usage.Out = len(response.Text) / bytesPerToken
	for i := range response.Calls {
		response.Calls[i].ID = fmt.Sprintf("call_%d_%d", len(request.Messages), i)
		response.Usage.Out += len(response.Calls[i].Arguments) / bytesPerToken
	}
	return response, true
}

// said is a user's message without the line of the day: the model has a clock of its own.
func said(text string) string { return prompts.AfterToday(text) }

// content is a message's text: a string, nothing, or a list of parts.
type content string

// UnmarshalJSON takes the text out of all three forms.
func (c *content) UnmarshalJSON(text []byte) error {
	var s *string
	if json.Unmarshal(text, &s) == nil {
		if s != nil {
			*c = content(*s)
		}
		return nil
	}
	var parts []struct {
		Text string `json:"text"`
	}
	if err := json.Unmarshal(text, &parts); err != nil {
		return errors.New("content is neither text nor a list of parts")
	}
	for _, p := range parts {
		*c += content(p.Text)
	}
	return nil
}

// definitions are the tools that a request offers; none when it forbids to use them.
func definitions(names []string, choice any) []tools.Definition {
	if choice == "none" {
		return nil
	}
	var all []tools.Definition
	for _, n := range names {
		all = append(all, tools.Definition{Name: n})
	}
	return all
}

// events writes server-sent events.
type events struct {
	w http.ResponseWriter
	n int
}

func newEvents(w http.ResponseWriter) *events {
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-cache")
	w.WriteHeader(http.StatusOK)
	return &events{w: w}
}

// send writes one event, with a name where the protocol has names.
func (e *events) send(name string, v any) {
	text, err := json.Marshal(v)
	if err != nil {
		return
	}
	if name != "" {
		_, _ = fmt.Fprintf(e.w, "event: %s\n", name)
	}
	_, _ = fmt.Fprintf(e.w, "data: %s\n\n", text)
	if f, ok := e.w.(http.Flusher); ok {
		f.Flush()
	}
}
