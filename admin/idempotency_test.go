package admin_test

import (
	"fmt"
	"sync"
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

func TestManyRowsAtOnceAreMadeAndRemovedOnceForAKey(t *testing.T) {
	t.Parallel()
	each(t, func(r *rig) {
		gone := r.expect(201, "POST", "/api/v1/roles", `{"name":"Gone"}`).body["id"]
		const path, key = "/api/v1/roles/bulk", "Idempotency-Key"
		body := fmt.Sprintf(`{"create":[{"name":"A"},{"name":"B"}],"delete":[{"id":%q}]}`, gone)
		answers := make([]answer, 6)
		var all sync.WaitGroup
		for i := range answers {
			all.Go(func() {
				var err error
				if answers[i], err = r.try("POST", path, body, key, "k"); err != nil {
					r.t.Error(err)
				}
			})
		}
		all.Wait()
		for _, a := range append(answers, r.call("POST", path, body, key, "k")) {
			if a.status != 200 || a.text != answers[0].text {
				r.t.Errorf("%d %s, and first %s", a.status, a.text, answers[0].text)
			}
		}
		if list := r.expect(200, "GET", "/api/v1/roles?total=true", ""); list.body["total"] != 2.0 || len(r.entries("role")) != 4 {
			r.t.Errorf("%s, and %d entries", list.text, len(r.entries("role")))
		}
		r.expect(422, "POST", path, `{"create":[{"name":"C"}]}`, key, "k")
		r.expect(201, "POST", "/api/v1/roles", `{"name":"D"}`, key, "k") // another operation's
	})
}
