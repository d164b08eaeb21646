package admin_test

import (
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"rollcall/store"
)

func TestARowIsMadeReadChangedAndDeleted(t *testing.T) {
	t.Parallel()
	each(t, func(r *rig) {
		made := r.expect(201, "POST", "/api/v1/people", `{"name":"Ana","email":"Ana@Example.com","location":"Lisbon","capacity":80}`)
		id, _ := made.body["id"].(string)
		if made.body["email"] != "ana@example.com" || made.body["access"] != "staff" || made.body["active"] != true || made.header.Get("Location") != "/api/v1/people/"+id || made.header.Get("ETag") == "" {
			r.t.Fatalf("%s %v", made.text, made.header)
		}
		got := r.expect(200, "GET", "/api/v1/people/"+id, "")
		if got.text != made.text || got.header.Get("ETag") != made.header.Get("ETag") {
			r.t.Errorf("read %s\n%v, made %s\n%v", got.text, got.header, made.text, made.header)
		}
		changed := r.expect(200, "PATCH", "/api/v1/people/"+id, `{"location":null,"capacity":60}`, "If-Match", got.header.Get("ETag"))
		if changed.body["location"] != nil || changed.body["capacity"] != 60.0 || changed.body["name"] != "Ana" {
			r.t.Errorf("changed %s", changed.text)
		}
		r.expect(412, "PATCH", "/api/v1/people/"+id, `{"capacity":50}`, "If-Match", got.header.Get("ETag"))
		r.expect(428, "PATCH", "/api/v1/people/"+id, `{"capacity":50}`)
		r.expect(428, "DELETE", "/api/v1/people/"+id, "")
		r.expect(412, "DELETE", "/api/v1/people/"+id, "", "If-Match", got.header.Get("ETag"))
		r.expect(204, "DELETE", "/api/v1/people/"+id, "", "If-Match", changed.header.Get("ETag"))
		r.expect(404, "GET", "/api/v1/people/"+id, "")
		audits, err := r.store.FindAudits(r.t.Context(), store.AuditFilter{EntityID: id})
		r.must(err)
		var actions []string
		for _, a := range audits {
			actions = append(actions, a.Action+" "+a.Origin+" "+strconv.FormatBool(a.Actor == r.people["admin"].ID))
		}
		if strings.Join(actions, ",") != "delete api true,update api true,create api true" {
			r.t.Errorf("the trail has %v", actions)
		}
	})
}

func TestTheDescriptionAndThePageAboutItNeedNothingFromElsewhere(t *testing.T) {
	t.Parallel()
	each(t, func(r *rig) {
		doc := r.expect(200, "GET", "/api/openapi.json", "")
		if doc.body["openapi"] != "3.1.0" {
			r.t.Errorf("%.300s", doc.text)
		}
		page := r.expect(200, "GET", "/api/docs/", "")
		parts := regexp.MustCompile(`(?:src|href)="([^"#]+)"`).FindAllStringSubmatch(page.text, -1)
		for _, part := range parts {
			if !strings.HasPrefix(part[1], "/api/docs/") {
				r.t.Errorf("the page takes %s from elsewhere", part[1])
				continue
			}
			r.expect(200, "GET", part[1], "")
		}
		if len(parts) < 3 || !strings.Contains(page.header.Get("Content-Security-Policy"), "default-src 'none'") {
			r.t.Errorf("%v: %s", page.header, page.text)
		}
		r.expect(http.StatusNotFound, "GET", "/api/v1/nothing", "")
	})
}
