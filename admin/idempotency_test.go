package admin_test

import (
	"testing"
	"time"

	"rollcall/store"
	"rollcall/store/storetest"
)

func TestAnIdempotencyKeyIsForgottenAfterADay(t *testing.T) {
	t.Parallel()
	for name, url := range map[string]func(testing.TB) string{"sqlite": storetest.SQLiteURL, "postgres": storetest.PostgresURL} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			now := storetest.Now
			s, err := store.Open(t.Context(), url(t), func() time.Time { return now })
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() {
				if err := s.Close(); err != nil {
					t.Error(err)
				}
			})
			r := newRig(t, s)
			first := r.expect(201, "POST", "/api/v1/roles", `{"name":"R"}`, "Idempotency-Key", "k")
			now = now.Add(25 * time.Hour)
			second := r.expect(201, "POST", "/api/v1/roles", `{"name":"R"}`, "Idempotency-Key", "k")
			if first.text == second.text {
				t.Error("the answer of the day before came again")
			}
		})
	}
}
