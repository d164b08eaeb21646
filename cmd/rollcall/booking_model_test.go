package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// booking is the one sentence that bookingModel understands.
var booking = regexp.MustCompile(`(?i)put (\w+(?: Okafor)?) on (\w+) at (\d+) % (.*)$`)

// bookingModel serves a language model that has people booked and can do nothing else, so
// that tests of what follows do not depend on how words are read.
func bookingModel(tb testing.TB) *httptest.Server {
	tb.Helper()
	return bookingModelUntil(tb, func() bool { return true })
}

// bookingModelUntil is a bookingModel that thinks about what asks it to until something has
// happened.
func bookingModelUntil(tb testing.TB, has func() bool) *httptest.Server {
	tb.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var in struct {
			Messages []struct{ Role, Content string }
		}
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		name, arguments, think := "decline", map[string]any{"reason": "off_topic"}, false
		for _, m := range in.Messages {
			if m.Role == "user" {
				think = strings.Contains(m.Content, slowly)
			}
			if f := booking.FindStringSubmatch(m.Content); m.Role == "user" && f != nil {
				percent, _ := strconv.Atoi(f[3])
				name = "propose_assignment"
				arguments = map[string]any{
					"action": "assign", "people": []string{f[1]}, "project": f[2], "from_project": nil, "percent": percent, "period": f[4], "role": nil, "release": nil,
				}
			}
		}
		if think {
			untilItHas(has)(r.Context())
		}
		text, _ := json.Marshal(arguments)
		fmt.Fprintf(w, `{"id":"x","object":"chat.completion","model":"m","choices":[{"index":0,"finish_reason":"tool_calls","message":{"role":"assistant","content":"",
"tool_calls":[{"id":"c1","type":"function","function":{"name":%q,"arguments":%q}}]}}],"usage":{"prompt_tokens":1,"completion_tokens":1,"total_tokens":2}}`, name, text)
	}))
	tb.Cleanup(func() {
		server.CloseClientConnections() // a question that nobody waits for any more may still be thought about
		server.Close()
	})
	return server
}
