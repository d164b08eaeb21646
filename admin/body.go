package admin

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"rollcall/store"
	"rollcall/store/civil"
)

// mostDepth is how deep the values of a body may stand in each other.
const mostDepth = 50

// decode reads a body that is one JSON object, all of which every database can keep.
func decode(raw []byte) (map[string]any, error) {
	dec := json.NewDecoder(bytes.NewReader(raw))
	var value any
	err := dec.Decode(&value)
	if _, end := dec.Token(); err != nil || !errors.Is(end, io.EOF) || !isText(string(raw)) {
		return nil, huma.Error400BadRequest("The body is not one JSON object.")
	}
	fields, isObject := value.(map[string]any)
	if !isObject {
		return nil, huma.Error400BadRequest("The body is not one JSON object.")
	}
	if at, wrong := unkept(fields, "body", mostDepth); wrong != "" {
		return nil, unprocessable(fieldError(at, wrong, nil))
	}
	return fields, nil
}

// unkept says where a value is that a database cannot keep.
func unkept(value any, at string, depth int) (where, wrong string) {
	if depth == 0 {
		return at, "stands too deep in other values"
	}
	switch v := value.(type) {
	case string:
		if !isText(v) {
			return at, "has characters that no database can keep"
		}
	case map[string]any:
		for n, one := range v {
			if !isText(n) {
				return at, "has a name with characters that no database can keep"
			}
			if where, wrong = unkept(one, at+"."+n, depth-1); wrong != "" {
				return where, wrong
			}
		}
	case []any:
		for i, one := range v {
			if where, wrong = unkept(one, at+"["+strconv.Itoa(i)+"]", depth-1); wrong != "" {
				return where, wrong
			}
		}
	}
	return "", ""
}

// parse reads a body and checks it against its schema.
func (h *handlers[T, V]) parse(raw []byte, schema *huma.Schema) (map[string]any, error) {
	fields, err := decode(raw)
	if err != nil {
		return nil, err
	}
	return fields, h.check(fields, schema)
}

// check validates a body. The values of its errors are left out: they may be secrets.
func (r *registrar) check(fields map[string]any, schema *huma.Schema) error {
	path, result := huma.NewPathBuffer([]byte{}, 0), &huma.ValidateResult{}
	path.Push("body")
	huma.Validate(r.api.OpenAPI().Components.Schemas, schema, path, huma.ModeWriteToServer, fields, result)
	r.strictly(result, schema, fields, "body")
	if len(result.Errors) == 0 {
		return nil
	}
	for _, e := range result.Errors {
		var d *huma.ErrorDetail
		if errors.As(e, &d) {
			d.Value = nil
		}
	}
	return huma.Error422UnprocessableEntity("The request has values that cannot be taken.", result.Errors...)
}

// strictly refuses what huma takes for something else: null, as if the field were left out,
// and a name in other letters' case, as if it were the field's.
func (r *registrar) strictly(result *huma.ValidateResult, schema *huma.Schema, value any, at string) {
	if schema != nil && schema.Ref != "" {
		schema = r.api.OpenAPI().Components.Schemas.SchemaFromRef(schema.Ref)
	}
	if schema == nil {
		return
	}
	switch v := value.(type) {
	case map[string]any:
		for n, one := range v {
			property := schema.Properties[n]
			if property == nil && isFolded(schema, n) {
				result.Errors = append(result.Errors, fieldError(at+"."+n, "unexpected property", nil))
			}
			if one == nil && property != nil && property.Type != "" && !property.Nullable {
				result.Errors = append(result.Errors, fieldError(at+"."+n, "must not be null", nil))
			}
			r.strictly(result, property, one, at+"."+n)
		}
	case []any:
		for i, one := range v {
			r.strictly(result, schema.Items, one, at+"["+strconv.Itoa(i)+"]")
		}
	}
}

func isFolded(schema *huma.Schema, name string) bool {
	for known := range schema.Properties {
		if strings.EqualFold(known, name) {
			return true
		}
	}
	return false
}

// newEdit is the edit that makes a row of a body.
func (h *handlers[T, V]) newEdit(ctx context.Context, fields map[string]any, at string) (store.Edit, error) {
	if h.digest != nil {
		if err := h.digest(ctx, fields); err != nil {
			return store.Edit{}, err
		}
	}
	id, row := store.NewID(), new(T)
	unset := map[string]any{"id": id}
	for _, f := range h.fields {
		if f.unset != nil {
			unset[f.name] = f.unset
		}
	}
	if err := put(row, unset); err != nil {
		return store.Edit{}, err
	}
	if err := h.onto(row, fields, at); err != nil {
		return store.Edit{}, err
	}
	return store.NewEdit(h.entity, id, nil, row)
}

// put puts values onto a row.
func put(row any, values map[string]any) error {
	text, err := json.Marshal(values)
	if err == nil {
		err = json.Unmarshal(text, row)
	}
	if err != nil {
		return fmt.Errorf("put values onto a row: %w", err)
	}
	return nil
}

// onto puts the fields of a body onto a row, and completes it.
func (h *handlers[T, V]) onto(row *T, fields map[string]any, at string) error {
	var wrong []*huma.ErrorDetail
	for n, v := range fields {
		if why := h.byName[n].refuses(v); why != "" {
			wrong = append(wrong, fieldError(at+"."+n, why, nil))
		}
	}
	if wrong != nil {
		return unprocessable(wrong...)
	}
	if err := put(row, fields); err != nil {
		return err
	}
	if h.prepare == nil {
		return nil
	}
	return relocated(h.prepare(row, fields), at)
}

// refuses says what is wrong with a value beyond what a schema can say: a day that the
// calendar does not have, a time in no year, a number that is written whole and is not.
func (f field) refuses(value any) string {
	var err error
	switch v := value.(type) {
	case string:
		switch f.kind {
		case day:
			_, err = civil.Parse(v)
		case moment:
			_, err = parseMoment(v)
		case text, number, flag, ref, list:
		}
	case float64:
		if v != math.Trunc(v) {
			err = errors.New("not whole")
		}
	}
	if err != nil {
		return "must be " + f.expects()
	}
	return ""
}

// relocated puts the errors of prepare, which knows fields alone, where the body is.
func relocated(err error, at string) error {
	var model *huma.ErrorModel
	if errors.As(err, &model) {
		for _, d := range model.Errors {
			d.Location = at + "." + d.Location
		}
	}
	return err
}
