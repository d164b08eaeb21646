package admin_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"testing"

	"github.com/danielgtaylor/huma/v2"

	"rollcall/admin"
	"rollcall/store"
	"rollcall/store/storetest"
)

func TestAPasswordForWhichThereIsNoTimeIsAskedForAgainLater(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		r := newRig(t, s, func(c *admin.Config) {
			c.HashPassword = func(ctx context.Context, _ string) (string, error) {
				if _, ends := ctx.Deadline(); !ends {
					return "", errors.New("it would go on when the request has ended")
				}
				return "", huma.ErrorWithHeaders(huma.Error503ServiceUnavailable("Busy."), http.Header{"Retry-After": {"2"}})
			}
		})
		row := fmt.Sprintf(`{"userId":%q,"providerId":"credential","accountId":"x","password":"correct horse battery"}`, r.people["staff"].ID)
		for path, body := range map[string]string{"": row, "/bulk": `{"create":[` + row + `]}`} {
			if a := r.expect(http.StatusServiceUnavailable, "POST", "/api/v1/accounts"+path, body); a.header.Get("Retry-After") != "2" {
				t.Errorf("%s: %v", path, a.header)
			}
		}
	})
}
