package admin_test

import (
	"fmt"
	"strconv"
	"strings"
	"sync"
	"testing"

	"rollcall/store"
)

// make makes a row and returns its id.
func (r *rig) make(collection, body string) string {
	r.t.Helper()
	return fmt.Sprint(r.expect(201, "POST", "/api/v1/"+collection, body).body["id"])
}

// trail is the entries about a row, newest first, as action and actor's name.
func (r *rig) trail(id string) string {
	r.t.Helper()
	audits, err := r.store.FindAudits(r.t.Context(), store.AuditFilter{EntityID: id})
	r.must(err)
	var all []string
	for _, a := range audits {
		for name, p := range r.people {
			if a.Actor == p.ID && a.Approver == p.ID && a.Origin == "api" {
				all = append(all, a.Action+" by "+name)
			}
		}
	}
	return strings.Join(all, ", ")
}

func TestANewRowHasTheDefaultsThatAreDocumented(t *testing.T) {
	t.Parallel()
	each(t, func(r *rig) {
		person := r.make("people", `{"name":"Ana","email":" ANA@example.com "}`)
		skill, project := r.make("skills", `{"name":"Go"}`), r.make("projects", `{"name":"Atlas"}`)
		booking := r.make("bookings", fmt.Sprintf(`{"userId":%q,"projectId":%q}`, person, project))
		for path, want := range map[string]map[string]any{
			"people/" + person:    {"email": "ana@example.com", "access": "staff", "active": true, "capacity": 100.0, "emailVerified": false, "roleId": nil, "timezone": nil, "createdAt": "2026-11-25T09:00:00Z"},
			"skills/" + skill:     {"description": nil, "updatedAt": "2026-11-25T09:00:00Z"},
			"bookings/" + booking: {"percent": 100.0, "status": "confirmed", "startsAt": nil, "holdUntil": nil},
		} {
			got := r.expect(200, "GET", "/api/v1/"+path, "")
			for n, v := range want {
				if got.body[n] != v {
					r.t.Errorf("%s of %s is %v, not %v", n, path, got.body[n], v)
				}
			}
		}
		if got := r.expect(200, "GET", "/api/v1/skills/"+skill, ""); !strings.Contains(got.text, `"aliases":[]`) {
			r.t.Errorf("%s", got.text)
		}
	})
}

func TestWhatIsWrongWithAValueIsNamed(t *testing.T) {
	t.Parallel()
	each(t, func(r *rig) {
		person, project := r.make("people", `{"name":"Ana","email":"a@example.com"}`), r.make("projects", `{"name":"Atlas","startedAt":"2026-05-01"}`)
		skill := r.make("skills", `{"name":"Go"}`)
		for _, c := range []struct{ collection, body, place string }{
			{"people", `{"name":"","email":"b@example.com"}`, "name"},
			{"people", `{"name":"B","email":"B <b@example.com>"}`, "email"},
			{"people", `{"name":"B","email":"nobody"}`, "email"},
			{"people", `{"name":"B","email":"b@example.com","timezone":"Mars/Base"}`, "timezone"},
			{"people", `{"name":"B","email":"b@example.com","timezone":"Local"}`, "timezone"},
			{"people", `{"name":"B","email":"b@example.com","capacity":101}`, "capacity"},
			{"people", `{"name":"B","email":"b@example.com","capacity":50.5}`, "capacity"},
			{"people", `{"name":"B","email":"b@example.com","capacity":-1}`, "capacity"},
			{"people", `{"name":"B","email":"b@example.com","access":"god"}`, "access"},
			{"people", `{"name":"B","email":"b@example.com","roleId":"nobody"}`, "roleId"},
			{"people", `{"name":"B","email":"b@example.com","id":"mine"}`, "id"},
			{"people", `{"name":"B","email":"b@example.com","createdAt":"2026-01-01T00:00:00Z"}`, "createdAt"},
			{"skills", `{"name":"Rust","aliases":["rs","a\u0000b"]}`, "aliases[1]"},
			{"skills", `{"name":"Rust","aliases":[null]}`, "aliases[0]"},
			{"skills", `{"name":"Rust","aliases":[""]}`, "aliases[0]"},
			{"projects", `{"name":"B","startedAt":"2026-02-30"}`, "startedAt"},
			{"projects", `{"name":"B","startedAt":"2026-02-03","endedAt":"2026-02-02"}`, "endedAt"},
			{"bookings", fmt.Sprintf(`{"userId":%q,"projectId":%q,"startsAt":"2026-02-03","endsAt":"2026-02-02"}`, person, project), "endsAt"},
			{"bookings", fmt.Sprintf(`{"userId":%q,"projectId":"none"}`, person), "projectId"},
			{"bookings", fmt.Sprintf(`{"userId":%q,"projectId":%q,"percent":0}`, person, project), "percent"},
			{"bookings", fmt.Sprintf(`{"userId":%q,"projectId":%q,"status":null}`, person, project), "status"},
			{"time-off", fmt.Sprintf(`{"userId":%q,"kind":"sick","startsOn":"2026-02-03","endsOn":"2026-02-02"}`, person), "endsOn"},
			{"time-off", `{"userId":"none","kind":"sick","startsOn":"2026-02-03","endsOn":"2026-02-04"}`, "userId"},
			{"person-certifications", fmt.Sprintf(`{"userId":%q,"certId":"none"}`, person), "certId"},
			{"person-skills", fmt.Sprintf(`{"userId":%q,"skillId":%q,"level":6}`, person, skill), "level"},
			{"person-skills", fmt.Sprintf(`{"userId":%q,"skillId":%q,"confirmedAt":"0000-01-01T00:00:00Z"}`, person, skill), "confirmedAt"},
			{"accounts", fmt.Sprintf(`{"userId":%q,"providerId":"credential","accountId":"x","password":"short"}`, person), "password"},
			{"sessions", fmt.Sprintf(`{"userId":%q,"expiresAt":"tomorrow"}`, person), "expiresAt"},
			{"client-projects", fmt.Sprintf(`{"clientId":"none","projectId":%q}`, project), "clientId"},
		} {
			got := r.expect(422, "POST", "/api/v1/"+c.collection, c.body)
			if !strings.Contains(got.text, `"body.`+c.place+`"`) {
				r.t.Errorf("%s %s: %s", c.collection, c.body, got.text)
			}
		}
		got := r.expect(422, "PATCH", "/api/v1/projects/"+project, `{"endedAt":"2026-04-30"}`, "If-Match", "*")
		if !strings.Contains(got.text, `"body.endedAt"`) {
			r.t.Errorf("%s", got.text)
		}
	})
}

func TestAValueThatIsTakenIsNamed(t *testing.T) {
	t.Parallel()
	each(t, func(r *rig) {
		person, other := r.make("people", `{"name":"Ana","email":"a@example.com"}`), r.make("people", `{"name":"Bo","email":"b@example.com"}`)
		project, client, skill := r.make("projects", `{"name":"Atlas"}`), r.make("clients", `{"name":"Acme"}`), r.make("skills", `{"name":"Go"}`)
		for _, c := range []struct{ collection, body, place string }{
			{"people", `{"name":"C","email":"A@EXAMPLE.COM"}`, "email"},
			{"skills", `{"name":"Go"}`, "name"},
			{"person-skills", fmt.Sprintf(`{"userId":%q,"skillId":%q}`, person, skill), "skillId"},
			{"client-projects", fmt.Sprintf(`{"clientId":%q,"projectId":%q}`, client, project), "projectId"},
			{"accounts", fmt.Sprintf(`{"userId":%q,"providerId":"slack","accountId":"U1"}`, person), "accountId"},
		} {
			if c.collection != "people" && c.collection != "skills" {
				r.expect(201, "POST", "/api/v1/"+c.collection, c.body)
			}
			for path, body := range map[string]string{c.collection: c.body, c.collection + "/bulk": `{"create":[` + c.body + `]}`} {
				got := r.expect(409, "POST", "/api/v1/"+path, body)
				if !strings.Contains(got.text, "."+c.place+`"`) || !strings.Contains(got.text, "is taken") {
					r.t.Errorf("%s: %s", path, got.text)
				}
			}
		}
		if got := r.expect(409, "PATCH", "/api/v1/people/"+other, `{"email":"a@example.com"}`, "If-Match", "*"); !strings.Contains(got.text, `"body.email"`) {
			r.t.Errorf("%s", got.text)
		}
	})
}

func TestAPatchChangesWhatItNamesAndNothingElse(t *testing.T) {
	t.Parallel()
	each(t, func(r *rig) {
		id := r.make("people", `{"name":"Ana","email":"a@example.com","location":"Lisbon","timezone":"Europe/Lisbon","capacity":80}`)
		path := "/api/v1/people/" + id
		before := r.expect(200, "GET", path, "")
		for _, body := range []string{`{"id":"other"}`, `{"createdAt":"2026-01-01T00:00:00Z"}`, `{"name":null}`, `{"capacity":null}`, `{}`, `{"unheardOf":1}`, `{"name":"x","Name":"y"}`} {
			r.expect(422, "PATCH", path, body, "If-Match", "*")
		}
		same := r.expect(200, "PATCH", path, `{"name":"Ana","capacity":80}`, "If-Match", "*", "Content-Type", "application/merge-patch+json")
		if same.text != before.text || same.header.Get("ETag") != before.header.Get("ETag") || r.trail(id) != "create by admin" {
			r.t.Errorf("a change of nothing: %s, %s", same.text, r.trail(id))
		}
		got := r.expect(200, "PATCH", path, `{"location":null}`, "If-Match", "*", "Authorization", "Bearer second")
		if got.body["location"] != nil || got.body["timezone"] != "Europe/Lisbon" || got.body["capacity"] != 80.0 || r.trail(id) != "update by second, create by admin" {
			r.t.Errorf("%s, %s", got.text, r.trail(id))
		}
	})
}

func TestAnETagIsAcceptedHoweverOneCameByIt(t *testing.T) {
	t.Parallel()
	each(t, func(r *rig) {
		f := fill(r)
		for _, op := range f.doc.operations {
			if !strings.HasPrefix(op.ID, "update-") || strings.Contains(op.Path, "details") || op.jsonBody() == nil {
				continue
			}
			f.checkETags(op)
		}
	})
}

func (f *filled) checkETags(op *operation) {
	f.t.Helper()
	for _, id := range f.g.ids[op.collection()][:20] {
		first, again := f.expect(200, "GET", op.at(id), ""), f.expect(200, "GET", op.at(id), "")
		tag := first.header.Get("ETag")
		if tag == "" || tag != again.header.Get("ETag") || first.text != again.text {
			f.t.Errorf("%s: %q, then %q", op.at(id), tag, again.header.Get("ETag"))
		}
		body := f.g.object(f.doc.resolve(op.jsonBody()))
		delete(body, "userId") // pairs with it are unique
		delete(body, "clientId")
		f.g.order(body)
		if len(body) == 0 {
			continue
		}
		got := f.call("PATCH", op.at(id), f.text(body), "If-Match", tag)
		if got.status == 409 || got.status == 422 {
			continue
		}
		read := f.expect(200, "GET", op.at(id), "")
		if got.status != 200 || got.text != read.text || got.header.Get("ETag") != read.header.Get("ETag") {
			f.t.Errorf("%s %s: %d %s, read %s", op.at(id), f.text(body), got.status, got.text, read.text)
		}
		if got.text != first.text {
			f.expect(412, "PATCH", op.at(id), f.text(body), "If-Match", tag)
			f.expect(412, "DELETE", op.at(id), "", "If-Match", "W/"+read.header.Get("ETag"))
		}
		if op.collection() == "people" || op.collection() == "projects" { // others would go with them
			continue
		}
		if gone := f.call("DELETE", op.at(id), "", "If-Match", `"other", `+read.header.Get("ETag")); gone.status != 204 && gone.status != 409 {
			f.t.Errorf("%s: %d %s", op.at(id), gone.status, gone.text)
		}
	}
}

func TestABookingThatAConversationMadeKeepsItsETag(t *testing.T) {
	t.Parallel()
	each(t, func(r *rig) {
		person, project := r.make("people", `{"name":"Ana","email":"a@example.com"}`), r.make("projects", `{"name":"Atlas"}`)
		b := store.Booking{UserID: person, ProjectID: project, Percent: 50, Status: "confirmed", Provenance: []byte(`{ "zeta":1, "a":[1.50, 12345678901234567890], "longer": {"b":null} }`)}
		r.must(r.store.CreateBooking(r.t.Context(), &b))
		path := "/api/v1/bookings/" + b.ID
		for percent := range 3 {
			read := r.expect(200, "GET", path, "")
			got := r.expect(200, "PATCH", path, fmt.Sprintf(`{"percent":%d}`, 60+percent), "If-Match", read.header.Get("ETag"))
			if again := r.expect(200, "GET", path, ""); again.header.Get("ETag") != got.header.Get("ETag") || again.text != got.text {
				r.t.Errorf("changed %s, read %s", got.text, again.text)
			}
		}
	})
}

func TestOfTwoAdminsAtOneRowOneWinsAndTheOtherIsTold(t *testing.T) {
	t.Parallel()
	each(t, func(r *rig) {
		id := r.make("roles", `{"name":"R"}`)
		path := "/api/v1/roles/" + id
		for round := range 50 {
			tag := r.expect(200, "GET", path, "").header.Get("ETag")
			var statuses [2]int
			var wait sync.WaitGroup
			for i, who := range []string{"admin", "second"} {
				wait.Go(func() {
					got, err := r.try("PATCH", path, fmt.Sprintf(`{"name":"%s %d"}`, who, round), "If-Match", tag, "Authorization", "Bearer "+who)
					if statuses[i] = got.status; err != nil {
						r.t.Error(err)
					}
				})
			}
			wait.Wait()
			won := map[string]string{"[200 412]": "admin", "[412 200]": "second"}[fmt.Sprint(statuses)]
			if now := r.expect(200, "GET", path, ""); won == "" || now.body["name"] != fmt.Sprintf("%s %d", won, round) {
				r.t.Fatalf("round %d: %v %s", round, statuses, now.text)
			}
		}
		if n := strings.Count(r.trail(id), "update"); n != 50 {
			r.t.Errorf("the trail has %d changes", n)
		}
	})
}

func TestAnIdempotencyKeyMakesOneRow(t *testing.T) {
	t.Parallel()
	each(t, func(r *rig) {
		body := `{"name":"R"}`
		first := r.expect(201, "POST", "/api/v1/roles", body, "Idempotency-Key", "k")
		again := r.expect(201, "POST", "/api/v1/roles", body, "Idempotency-Key", "k")
		if first.text != again.text || first.header.Get("ETag") != again.header.Get("ETag") || again.header.Get("Location") != first.header.Get("Location") {
			r.t.Errorf("%s %v, again %s %v", first.text, first.header, again.text, again.header)
		}
		r.expect(422, "POST", "/api/v1/roles", `{"name":"S"}`, "Idempotency-Key", "k")
		r.expect(201, "POST", "/api/v1/roles", body, "Idempotency-Key", "k", "Authorization", "Bearer second")
		r.expect(201, "POST", "/api/v1/clients", body, "Idempotency-Key", "k")
		r.expect(201, "POST", "/api/v1/roles", body)
		if n := len(items(r.expect(200, "GET", "/api/v1/roles", ""))); n != 3 {
			r.t.Errorf("%d roles", n)
		}
		var wait sync.WaitGroup
		answers := make([]answer, 8)
		for i := range answers {
			wait.Go(func() {
				var err error
				if answers[i], err = r.try("POST", "/api/v1/skills", `{"name":"Go"}`, "Idempotency-Key", "same"); err != nil {
					r.t.Error(err)
				}
			})
		}
		wait.Wait()
		for _, a := range answers {
			if a.status != 201 || a.text != answers[0].text {
				r.t.Errorf("%d %s", a.status, a.text)
			}
		}
	})
}

func TestManyRowsAtOnceAreAllOrNothing(t *testing.T) {
	t.Parallel()
	each(t, func(r *rig) {
		made := r.expect(200, "POST", "/api/v1/roles/bulk", `{"create":[{"name":"A"},{"name":"B"},{"name":"C"}]}`)
		created, _ := made.body["created"].([]any)
		if len(created) != 3 || r.expect(200, "GET", fmt.Sprintf("/api/v1/roles/%v", created[1]), "").body["name"] != "B" || r.trail(fmt.Sprint(created[2])) != "create by admin" {
			r.t.Fatalf("%s", made.text)
		}
		for body, want := range map[string]string{
			fmt.Sprintf(`{"create":[{"name":"D"}],"delete":[{"id":%q},{"id":"none"}]}`, created[0]):    "404 body.delete[1]",
			fmt.Sprintf(`{"create":[{"name":"D"}],"delete":[{"id":%q,"etag":"\"old\""}]}`, created[0]): "412 body.delete[0]",
			fmt.Sprintf(`{"delete":[{"id":%q},{"id":%q}]}`, created[0], created[0]):                    "404 body.delete[1]",
			`{"create":[{"name":"D"},{"name":""}]}`:                                                    "422 body.create[1].name",
			`{"create":[{"name":"D"},{}]}`:                                                             "422 body.create[1]",
			`{"create":[{"name":"D"},7]}`:                                                              "422 body.create[1]",
			`{"create":[` + strings.Repeat(`{"name":"D"},`, 500) + `{"name":"D"}]}`:                    "422 body.create",
			`{}`: "422 body", `{"create":null}`: "422 body.create", `{"other":[]}`: "422 body.other",
		} {
			got := r.call("POST", "/api/v1/roles/bulk", body)
			if status, at, _ := strings.Cut(want, " "); strconv.Itoa(got.status) != status || !strings.Contains(got.text, `"`+at+`"`) {
				r.t.Errorf("%.200s: %d %s, not %s", body, got.status, got.text, want)
			}
		}
		if n := len(items(r.expect(200, "GET", "/api/v1/roles", ""))); n != 3 {
			r.t.Errorf("%d roles are left of three", n)
		}
		person := r.make("people", `{"name":"Ana","email":"a@example.com"}`)
		got := r.expect(422, "POST", "/api/v1/time-off/bulk", fmt.Sprintf(`{"create":[{"userId":%q,"kind":"sick","startsOn":"2026-01-01","endsOn":"2026-01-02"},{"userId":"none","kind":"sick","startsOn":"2026-01-01","endsOn":"2026-01-02"}]}`, person))
		if !strings.Contains(got.text, `"body.create[1].userId"`) {
			r.t.Errorf("%s", got.text)
		}
		r.expect(200, "POST", "/api/v1/roles/bulk", `{"create":[`+strings.Repeat(`{"name":"D"},`, 499)+`{"name":"D"}]}`)
	})
}

func TestWhatOthersNameCannotBeDeleted(t *testing.T) {
	t.Parallel()
	each(t, func(r *rig) {
		role := r.make("roles", `{"name":"Dev"}`)
		person, project, skill := r.make("people", fmt.Sprintf(`{"name":"Ana","email":"a@example.com","roleId":%q}`, role)), r.make("projects", `{"name":"Atlas"}`), r.make("skills", `{"name":"Go"}`)
		r.make("bookings", fmt.Sprintf(`{"userId":%q,"projectId":%q}`, person, project))
		r.make("person-skills", fmt.Sprintf(`{"userId":%q,"skillId":%q}`, person, skill))
		for path, one := range map[string]string{"roles/" + role: "role", "projects/" + project: "project", "skills/" + skill: "skill"} {
			got := r.expect(409, "DELETE", "/api/v1/"+path, "", "If-Match", "*")
			if got.body["detail"] != "Others still name this "+one+". Delete or change them first." {
				r.t.Errorf("%s", got.text)
			}
		}
		if got := r.expect(409, "POST", "/api/v1/roles/bulk", fmt.Sprintf(`{"delete":[{"id":%q}]}`, role)); !strings.Contains(got.text, `"body.delete[0]"`) {
			r.t.Errorf("%s", got.text)
		}
	})
}

func TestAPersonLeavesNothingBehindAndTheTrailTellsOfAll(t *testing.T) {
	t.Parallel()
	each(t, func(r *rig) {
		person, other := r.make("people", `{"name":"Ana","email":"a@example.com"}`), r.make("people", `{"name":"Bo","email":"b@example.com"}`)
		project, skill, cert := r.make("projects", `{"name":"Atlas"}`), r.make("skills", `{"name":"Go"}`), r.make("certifications", `{"name":"CKA"}`)
		confirmed := r.make("person-skills", fmt.Sprintf(`{"userId":%q,"skillId":%q,"confirmedBy":%q}`, other, skill, person))
		mine := map[string]string{
			"person-skills":         r.make("person-skills", fmt.Sprintf(`{"userId":%q,"skillId":%q,"confirmedBy":%q}`, person, skill, person)),
			"person-certifications": r.make("person-certifications", fmt.Sprintf(`{"userId":%q,"certId":%q}`, person, cert)),
			"bookings":              r.make("bookings", fmt.Sprintf(`{"userId":%q,"projectId":%q}`, person, project)),
			"time-off":              r.make("time-off", fmt.Sprintf(`{"userId":%q,"kind":"sick","startsOn":"2026-01-01","endsOn":"2026-01-02"}`, person)),
			"sessions":              r.make("sessions", fmt.Sprintf(`{"userId":%q,"expiresAt":"2027-01-01T00:00:00Z"}`, person)),
			"accounts":              r.make("accounts", fmt.Sprintf(`{"userId":%q,"providerId":"slack","accountId":"U1"}`, person)),
		}
		r.expect(204, "DELETE", "/api/v1/people/"+person, "", "If-Match", "*")
		for collection, id := range mine {
			r.expect(404, "GET", "/api/v1/"+collection+"/"+id, "")
			if r.trail(id) != "delete by admin, create by admin" {
				r.t.Errorf("%s: %s", collection, r.trail(id))
			}
		}
		if got := r.expect(200, "GET", "/api/v1/person-skills/"+confirmed, ""); got.body["confirmedBy"] != nil || r.trail(confirmed) != "update by admin, create by admin" {
			r.t.Errorf("%s %s", got.text, r.trail(confirmed))
		}
		if r.trail(person) != "delete by admin, create by admin" {
			r.t.Errorf("%s", r.trail(person))
		}
	})
}
