package tools

import "github.com/google/jsonschema-go/jsonschema"

// Definition is what a model is told about a tool. Its schema is strict: every field is
// required, optional ones are nullable, and unknown fields are refused.
type Definition struct {
	Name        string
	Description string
	Schema      *jsonschema.Schema
}
