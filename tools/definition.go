package tools

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"

	"github.com/google/jsonschema-go/jsonschema"
)

// Definition is what a model is told about a tool. Its schema is strict: every field is
// required, optional ones are nullable, and unknown fields are refused.
type Definition struct {
	Name        string
	Description string
	Schema      *jsonschema.Schema
}

// Tool is a definition with what happens when it is called.
type Tool struct {
	Definition
	Terminal bool // the call ends the turn: its result is for the person, not for the model

	resolved *jsonschema.Resolved
	check    func(arguments json.RawMessage) error
	call     func(ctx context.Context, c Call, arguments json.RawMessage) (Result, error)
}

// Result is what a tool found. It marshals to the compact JSON that a model reads, and
// shows itself to a person.
type Result interface{ View() View }

// define makes a tool of an argument struct A and a function. A field of A is nullable
// unless it is tagged need:"true"; the tag enum:"a,b" lists its values and the tag
// jsonschema describes it. It panics on a struct that no schema can describe, which is a
// mistake of the programmer that every start would meet.
func define[A any](name, description string, call func(ctx context.Context, c Call, a A) (Result, error)) Tool {
	schema, err := jsonschema.For[A](nil)
	if err != nil {
		panic(fmt.Sprintf("tool %s: %v", name, err))
	}
	tighten(schema, reflect.TypeFor[A]())
	resolved, err := schema.Resolve(nil)
	if err != nil {
		panic(fmt.Sprintf("tool %s: %v", name, err))
	}
	t := Tool{Definition: Definition{Name: name, Description: description, Schema: schema}, resolved: resolved}
	t.check = func(arguments json.RawMessage) error {
		var a A
		return t.read(arguments, &a)
	}
	t.call = func(ctx context.Context, c Call, arguments json.RawMessage) (Result, error) {
		var a A
		if err := t.read(arguments, &a); err != nil {
			return nil, err
		}
		return call(ctx, c, a)
	}
	return t
}

// tighten makes the schema of a struct strict: all fields required, optional ones
// nullable, enumerations closed.
func tighten(schema *jsonschema.Schema, t reflect.Type) {
	schema.Required = nil
	for i := range t.NumField() {
		f := t.Field(i)
		name := f.Tag.Get("json")
		p := schema.Properties[name]
		schema.Required = append(schema.Required, name)
		if f.Type.Kind() == reflect.Slice && f.Type.Elem().Kind() == reflect.Struct {
			tighten(p.Items, f.Type.Elem())
		}
		values := strings.Split(f.Tag.Get("enum"), ",")
		if values[0] != "" {
			restrict(p, values)
		}
		if f.Tag.Get("need") != "true" && p.Type != "" {
			p.Types, p.Type = []string{"null", p.Type}, ""
			if p.Enum != nil {
				p.Enum = append(p.Enum, nil)
			}
		}
	}
}

func restrict(p *jsonschema.Schema, values []string) {
	target := p
	if p.Items != nil {
		target = p.Items
	}
	for _, v := range values {
		target.Enum = append(target.Enum, v)
	}
}

// read checks the arguments against the schema and decodes them. Models that do not
// keep to strict schemas leave optional fields out; those count as null.
func (t Tool) read(arguments json.RawMessage, into any) error {
	var value any
	if len(arguments) == 0 {
		arguments = json.RawMessage("{}")
	}
	if err := json.Unmarshal(arguments, &value); err != nil {
		return &Error{Code: Invalid, Message: "the arguments are not valid JSON", Retryable: true, err: err}
	}
	complete(t.Schema, value)
	if err := t.resolved.Validate(value); err != nil {
		return &Error{Code: Invalid, Message: explain(err), Retryable: true, err: err}
	}
	if err := json.Unmarshal(arguments, into); err != nil {
		return &Error{Code: Invalid, Message: "the arguments do not fit the tool", Retryable: true, err: err}
	}
	return nil
}

func complete(schema *jsonschema.Schema, value any) {
	switch v := value.(type) {
	case map[string]any:
		for name, p := range schema.Properties {
			if _, given := v[name]; !given {
				v[name] = nil
			}
			complete(p, v[name])
		}
	case []any:
		for _, item := range v {
			if schema.Items != nil {
				complete(schema.Items, item)
			}
		}
	}
}

// explain keeps of the validator's message what a model can act on: the innermost reason.
func explain(err error) string {
	parts := strings.Split(err.Error(), "validating ")
	return "the arguments do not fit the tool: " + parts[len(parts)-1]
}
