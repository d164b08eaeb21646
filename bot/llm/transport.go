package llm

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// exchange is what one HTTP exchange leaves behind that the library drops.
type exchange struct {
	chat bool               // the request has messages that need a repair
	tool []byte             // the request's tools, written once for all requests; empty is none
	echo map[int]opaqueChat // by the index of a message: what the provider wants to see again

	status    int
	after     time.Duration
	mayRetry  *bool // the server's own word, x-should-retry
	failed    bool  // an error in the body
	inner     int   // the status that such an error names
	code      string
	suggested Wire
	body      []byte
}

type exchangeKey struct{}

func withExchange(ctx context.Context, x *exchange) context.Context {
	return context.WithValue(ctx, exchangeKey{}, x)
}

// transport is the library's HTTP client: it notes the status and the server's wish to
// wait, keeps the body, and repairs what some servers write and the library cannot read.
type transport struct{ client *http.Client }

const largestAnswer = 8 << 20

// Do sends the request.
func (t transport) Do(r *http.Request) (*http.Response, error) {
	x, ok := r.Context().Value(exchangeKey{}).(*exchange)
	if !ok {
		return nil, errors.New("a call without its exchange")
	}
	if err := x.complete(r); err != nil {
		return nil, err
	}
	response, err := t.client.Do(r)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, largestAnswer+1))
	err = errors.Join(err, response.Body.Close())
	x.note(response, body)
	if err == nil && len(body) > largestAnswer {
		err = fmt.Errorf("the answer is larger than %d bytes", largestAnswer)
	}
	if err != nil {
		return nil, err
	}
	response.Body = io.NopCloser(bytes.NewReader(x.body))
	response.ContentLength = int64(len(x.body))
	return response, nil
}

func (x *exchange) note(response *http.Response, body []byte) {
	x.status, x.after = response.StatusCode, retryAfter(response.Header, time.Now())
	if may, err := strconv.ParseBool(response.Header.Get("X-Should-Retry")); err == nil {
		x.mayRetry = &may
	}
	if p, failed := problemOf(body); failed {
		x.failed, x.code = true, shortCode(p)
		if status, err := strconv.Atoi(p.Code); err == nil && status >= 100 && status < 600 {
			x.inner = status
		}
		x.suggested = suggestion(response.StatusCode, p.Message)
	} else if response.StatusCode == http.StatusNotFound {
		x.suggested = suggestion(response.StatusCode, "")
	}
	x.body = repair(body)
}

// shortCode keeps a provider's code and never a sentence of it.
func shortCode(p problem) string {
	code := p.Code
	if code == "" {
		code = p.Type
	}
	if len(code) > 40 || strings.ContainsAny(code, " \n\t:=/") {
		return ""
	}
	return code
}

// suggestion is the wire that an error asks for: OpenAI's servers name /v1/responses in
// the message, and a server that has no such path answers 404.
func suggestion(status int, message string) Wire {
	switch {
	case status == http.StatusBadRequest && strings.Contains(message, "/v1/responses"):
		return Responses
	case (status == http.StatusNotFound || status == http.StatusBadRequest) && strings.Contains(message, "/v1/chat/completions"):
		return Chat
	case status == http.StatusNotFound && !strings.Contains(strings.ToLower(message), "model"):
		return Chat
	}
	return ""
}

// retryAfter reads how long to wait in the three forms that are in use: milliseconds, and
// Retry-After as seconds or as a date (RFC 9110, section 10.2.3).
func retryAfter(h http.Header, now time.Time) time.Duration {
	if ms, err := strconv.ParseFloat(h.Get("Retry-After-Ms"), 64); err == nil && ms > 0 {
		return time.Duration(ms * float64(time.Millisecond))
	}
	value := h.Get("Retry-After")
	if s, err := strconv.ParseFloat(value, 64); err == nil && s > 0 {
		return time.Duration(s * float64(time.Second))
	}
	if at, err := http.ParseTime(value); err == nil && at.After(now) {
		return at.Sub(now)
	}
	return 0
}

// repair turns arguments that are an object, as some local servers write them, into the
// text of that object, which is what the protocol and the library want.
func repair(body []byte) []byte {
	if !bytes.Contains(body, []byte(`"arguments"`)) {
		return body
	}
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()
	var v any
	if dec.Decode(&v) != nil || !stringify(v) {
		return body
	}
	repaired, err := json.Marshal(v)
	if err != nil {
		return body
	}
	return repaired
}

// stringify does the repair in place and reports whether there was something to do.
func stringify(v any) bool {
	changed := false
	switch v := v.(type) {
	case map[string]any:
		for key, value := range v {
			object, is := value.(map[string]any)
			if key == "arguments" && is && v["name"] != nil {
				text, err := json.Marshal(object)
				if err == nil {
					v[key], changed = string(text), true
				}
				continue
			}
			changed = stringify(value) || changed
		}
	case []any:
		for _, item := range v {
			changed = stringify(item) || changed
		}
	}
	return changed
}

// complete adds to a request what the library does not write, or not cheaply: the tools,
// and what putBack adds to messages.
func (x *exchange) complete(r *http.Request) error {
	if r.Body == nil || !x.chat && len(x.tool) == 0 {
		return nil
	}
	text, err := io.ReadAll(r.Body)
	if err == nil {
		err = r.Body.Close()
	}
	if err == nil && x.chat {
		text, err = x.putBack(text)
	}
	if err != nil {
		return fmt.Errorf("complete the request: %w", err)
	}
	if len(x.tool) > 0 { // after the brace with which every request begins
		text = slices.Concat([]byte(`{"tools":`), x.tool, []byte(","), bytes.TrimPrefix(text, []byte("{")))
	}
	r.Body, r.ContentLength, r.GetBody = io.NopCloser(bytes.NewReader(text)), int64(len(text)), nil
	return nil
}

// putBack adds to the messages of a request what the provider wants to see again, and the
// content that the library leaves out of a message with nothing but calls, without which
// some servers answer 422.
func (x *exchange) putBack(text []byte) ([]byte, error) {
	var request map[string]json.RawMessage
	var messages []map[string]json.RawMessage
	err := json.Unmarshal(text, &request)
	if err == nil {
		err = json.Unmarshal(request["messages"], &messages)
	}
	if err != nil {
		return nil, err
	}
	for _, m := range messages {
		if _, there := m["content"]; !there {
			m["content"] = json.RawMessage("null")
		}
	}
	for i, extra := range x.echo {
		if err = extra.addTo(messages[i]); err != nil {
			return nil, err
		}
	}
	if request["messages"], err = json.Marshal(messages); err != nil {
		return nil, err
	}
	return json.Marshal(request)
}
