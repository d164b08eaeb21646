package admin_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/google/jsonschema-go/jsonschema"
)

// operation is one operation of the served description.
type operation struct {
	ID         string      `json:"operationId"`
	Parameters []parameter `json:"parameters"`
	Body       *struct {
		Required bool             `json:"required"`
		Content  map[string]media `json:"content"`
	} `json:"requestBody"`
	Responses map[string]struct {
		Content map[string]media `json:"content"`
	} `json:"responses"`

	Method, Path string
}

type parameter struct {
	Name     string `json:"name"`
	In       string `json:"in"`
	Required bool   `json:"required"`

	Description string `json:"description"`

	Schema map[string]any `json:"schema"`
}

type media struct {
	Schema map[string]any `json:"schema"`
}

// description is the served /api/openapi.json.
type description struct {
	Paths      map[string]map[string]*operation `json:"paths"`
	Components struct {
		Schemas map[string]any `json:"schemas"`
	} `json:"components"`

	operations []*operation
	compiled   map[string]*jsonschema.Resolved
}

// describe reads the description with every operation, in the order of their names: a test
// that goes through them covers new ones by itself.
func describe(t testing.TB, r *rig) *description {
	t.Helper()
	d := &description{compiled: map[string]*jsonschema.Resolved{}}
	r.must(json.Unmarshal([]byte(r.expect(200, "GET", "/api/openapi.json", "").text), d))
	for path, methods := range d.Paths {
		for method, op := range methods {
			op.Method, op.Path = strings.ToUpper(method), path
			d.operations = append(d.operations, op)
		}
	}
	slices.SortFunc(d.operations, func(a, b *operation) int { return strings.Compare(a.ID, b.ID) })
	return d
}

// at is the address of the operation with the id in every place for one.
func (o *operation) at(id string) string {
	parts := strings.Split(o.Path, "/")
	for i, p := range parts {
		if strings.HasPrefix(p, "{") {
			parts[i] = id
		}
	}
	return strings.Join(parts, "/")
}

// collection is the path without the row.
func (o *operation) collection() string {
	path, _, _ := strings.Cut(o.Path, "/{")
	return strings.TrimSuffix(strings.TrimPrefix(path, "/api/v1/"), "/bulk")
}

// jsonBody is the schema of a JSON body, nil where there is none.
func (o *operation) jsonBody() map[string]any {
	if o.Body == nil {
		return nil
	}
	return o.Body.Content["application/json"].Schema
}

// resolve follows a reference.
func (d *description) resolve(schema map[string]any) map[string]any {
	if ref, isRef := schema["$ref"].(string); isRef {
		found, _ := d.Components.Schemas[strings.TrimPrefix(ref, "#/components/schemas/")].(map[string]any)
		return found
	}
	return schema
}

// validate checks a value against a schema of the description, by another reader of schemas
// than the program's.
func (d *description) validate(schema map[string]any, value any) error {
	text, err := json.Marshal(schema)
	if err != nil {
		return err
	}
	ready := d.compiled[string(text)]
	if ready == nil {
		whole, err := json.Marshal(map[string]any{"allOf": []any{schema}, "$defs": d.Components.Schemas})
		if err != nil {
			return err
		}
		var s jsonschema.Schema
		if err = json.Unmarshal([]byte(strings.ReplaceAll(string(whole), "#/components/schemas/", "#/$defs/")), &s); err != nil {
			return err
		}
		if ready, err = s.Resolve(nil); err != nil {
			return err
		}
		d.compiled[string(text)] = ready
	}
	return ready.Validate(value)
}
