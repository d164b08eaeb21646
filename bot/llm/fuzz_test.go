package llm_test

import (
	"encoding/json"
	"testing"

	"rollcall/bot/llm"
)

func FuzzAnswersOfServersAreReadWithoutHarm(f *testing.F) {
	for _, s := range []string{fine, toolAnswer, onResponses, `{"choices":[{"message":{"tool_calls":[{"function":{"name":"x","arguments":{"a":[{"arguments":{"b":1}}]}}}]}}]}`, `{"error":"x"}`, "[]", ""} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		repaired := llm.RepairForTest(body)
		if json.Valid(body) && !json.Valid(repaired) {
			t.Errorf("%q became %q", body, repaired)
		}
		if again := llm.RepairForTest(repaired); json.Valid(body) && string(again) != string(repaired) {
			t.Errorf("%q is repaired twice", body)
		}
		if extras := llm.ExtrasForTest(body); extras != nil && !json.Valid(extras) {
			t.Errorf("%q leaves %q", body, extras)
		}
		_ = llm.OutputForTest(body)
	})
}
