package admin_test

import (
	"database/sql"
	"fmt"
	"strings"
	"testing"

	"rollcall/store"
)

// marked are values that must be seen nowhere but in their own columns.
const marked = "MARKED-SECRET"

func TestSecretsAreInNoAnswerLogEntryOrKeptRequest(t *testing.T) {
	t.Parallel()
	each(t, func(r *rig) {
		person := r.people["staff"].ID
		var seen strings.Builder
		see := func(a answer) { fmt.Fprintln(&seen, a.status, a.header, a.text) }
		secrets := fmt.Sprintf(`"password":"%s-password","accessToken":"%s-a","refreshToken":"%s-r","idToken":"%s-i"`, marked, marked, marked, marked)
		account := r.expect(201, "POST", "/api/v1/accounts", fmt.Sprintf(`{"userId":%q,"providerId":"credential","accountId":"x",%s}`, person, secrets), "Idempotency-Key", "k1")
		verification := r.expect(201, "POST", "/api/v1/verifications", fmt.Sprintf(`{"identifier":"a","value":"%s-code","expiresAt":"2027-01-01T00:00:00Z"}`, marked), "Idempotency-Key", "k2")
		session := store.Session{UserID: person, Token: marked + "-token", ExpiresAt: r.store.Now()}
		r.must(r.store.CreateSession(r.t.Context(), &session))
		for _, path := range []string{fmt.Sprintf("accounts/%v", account.body["id"]), fmt.Sprintf("verifications/%v", verification.body["id"]), "sessions/" + session.ID} {
			see(r.expect(200, "GET", "/api/v1/"+path, ""))
		}
		for _, list := range []string{"accounts", "sessions", "verifications", "people?expand=skills,bookings"} {
			see(r.expect(200, "GET", "/api/v1/"+list, ""))
		}
		path := fmt.Sprintf("/api/v1/accounts/%v", account.body["id"])
		see(account)
		see(r.expect(201, "POST", "/api/v1/accounts", fmt.Sprintf(`{"userId":%q,"providerId":"credential","accountId":"x",%s}`, person, secrets), "Idempotency-Key", "k1"))
		see(r.expect(200, "PATCH", path, `{`+secrets+`,"scope":"all"}`, "If-Match", "*"))
		see(r.expect(422, "POST", "/api/v1/accounts", `{`+secrets+`}`))
		see(r.expect(422, "POST", "/api/v1/accounts", fmt.Sprintf(`{"userId":"none","providerId":"credential","accountId":"y",%s}`, secrets)))
		see(r.expect(409, "POST", "/api/v1/accounts", fmt.Sprintf(`{"userId":%q,"providerId":"credential","accountId":"x",%s}`, person, secrets)))
		see(r.expect(422, "POST", "/api/v1/accounts", fmt.Sprintf(`{"password":["%s"],"accessToken":{"a":"%s"}}`, marked, marked)))
		see(r.expect(422, "POST", "/api/v1/accounts/bulk", fmt.Sprintf(`{"create":[{"password":"%s"}]}`, marked)))
		see(r.expect(422, "PATCH", path, fmt.Sprintf(`{"password":"%s","unheardOf":1}`, strings.Repeat(marked, 20)), "If-Match", "*"))
		see(r.expect(400, "POST", "/api/v1/accounts", fmt.Sprintf(`{"password":"%s"`, marked)))
		see(r.expect(422, "PATCH", fmt.Sprintf("/api/v1/verifications/%v", verification.body["id"]), fmt.Sprintf(`{"value":"%s\u0000"}`, marked), "If-Match", "*"))
		for _, one := range []string{path, fmt.Sprintf("/api/v1/verifications/%v", verification.body["id"]), "/api/v1/sessions/" + session.ID} {
			see(r.expect(204, "DELETE", one, "", "If-Match", "*"))
		}
		for _, table := range []string{"audit", "idempotency"} {
			fmt.Fprintln(&seen, r.dump(table))
		}
		fmt.Fprintln(&seen, r.logged())
		for _, secret := range []string{marked, session.Token, "hash-of-"} {
			if at := strings.Index(seen.String(), secret); at >= 0 {
				r.t.Errorf("%q is seen: …%s…", secret, seen.String()[max(0, at-300):at+100])
			}
		}
	})
}

// dump is every value of a table.
func (r *rig) dump(table string) string {
	r.t.Helper()
	_, read := r.store.SQL()
	rows, err := read.QueryContext(r.t.Context(), `SELECT * FROM "`+table+`"`)
	r.must(err)
	defer func() { r.must(rows.Close()) }()
	columns, err := rows.Columns()
	r.must(err)
	values := make([]sql.RawBytes, len(columns))
	into := make([]any, len(columns))
	for i := range values {
		into[i] = &values[i]
	}
	var all strings.Builder
	for rows.Next() {
		r.must(rows.Scan(into...))
		for _, v := range values {
			all.Write(v)
			all.WriteByte(' ')
		}
	}
	r.must(rows.Err())
	if all.Len() == 0 {
		r.t.Errorf("nothing is in %s", table)
	}
	return all.String()
}
