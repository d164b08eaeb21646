package admin

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"rollcall/store"
)

// etag is a strong validator of a row (RFC 9110, section 8.8.3): equal rows have equal ones.
func etag(row json.RawMessage) string {
	sum := sha256.Sum256(row)
	return `"` + base64.RawURLEncoding.EncodeToString(sum[:15]) + `"`
}

// match checks a precondition against the row as it is. Without one nothing is changed:
// two administrators would overwrite each other.
func match(ifMatch string, row json.RawMessage) error {
	if strings.TrimSpace(ifMatch) == "" {
		return huma.NewError(http.StatusPreconditionRequired, "Send the row's ETag as If-Match, or * to change it whatever it is now.")
	}
	tags := strings.Split(ifMatch, ",")
	if slices.ContainsFunc(tags, func(t string) bool { t = strings.TrimSpace(t); return t == "*" || t == etag(row) }) {
		return nil
	}
	return store.ErrStale
}
