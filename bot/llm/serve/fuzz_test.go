package serve_test

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"rollcall/bot"
	"rollcall/bot/llm/serve"
)

func FuzzRequestsNeverBreakTheServer(f *testing.F) {
	for _, s := range []string{
		`{"messages":[{"role":"user","content":"x"}],"tools":[{"function":{"name":"a"}}],"stream":true}`, `{"input":"x","stream":true}`,
		`{"input":[{"type":"function_call","arguments":"{"},{"type":"reasoning"},{"role":"user","content":[{"text":"x"}]}]}`, `{"messages":[{"role":"tool"}]}`, `{}`, `[]`,
	} {
		f.Add(s)
	}
	handler := serve.Handler(echo{make(chan bot.Request)}, time.Now)
	f.Fuzz(func(t *testing.T, body string) {
		for _, path := range []string{"/v1/chat/completions", "/v1/responses"} {
			request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, path, bytes.NewReader([]byte(body)))
			if err != nil {
				t.Fatal(err)
			}
			w := httptest.NewRecorder()
			handler.ServeHTTP(w, request)
			if w.Code != http.StatusOK && w.Code != http.StatusBadRequest && !bytes.Contains([]byte(body), []byte("fail")) {
				t.Errorf("%q to %s: %d %s", body, path, w.Code, w.Body)
			}
		}
	})
}
