package admin

import (
	"github.com/danielgtaylor/huma/v2"
)

// kind is what sort of value a field has.
type kind int

const (
	text kind = iota
	number
	flag
	day    // YYYY-MM-DD
	moment // RFC 3339
	ref    // the id of another row
	list   // of texts
)

// field is one column of a resource, and all that the API does with it.
type field struct {
	name     string
	kind     kind
	doc      string
	need     bool     // must be given when a row is made
	null     bool     // may be null
	fixed    bool     // set by the program alone
	hidden   bool     // may be written and is never shown
	least    int      // number: the smallest; text: characters
	most     int      // number: the largest; text: characters
	choices  []string // of a text
	format   string   // of a text, as JSON Schema names it
	to       string   // ref: the entity
	unset    any      // what a row has when nothing is given
	searched bool     // q looks into it
}

const mostText = 4000

// schema describes the field's value in a body.
func (f field) schema() *huma.Schema {
	s := &huma.Schema{Description: f.doc, Nullable: f.null, Format: f.format}
	switch f.kind {
	case number:
		s.Type = huma.TypeInteger
		least, most := float64(f.least), float64(f.most)
		s.Minimum, s.Maximum = &least, &most
	case flag:
		s.Type = huma.TypeBoolean
	case list:
		most := mostListed
		s.Type, s.Items, s.MaxItems = huma.TypeArray, &huma.Schema{Type: huma.TypeString, MaxLength: intPointer(nameLength), MinLength: intPointer(1)}, &most
	case day:
		s.Type, s.Format = huma.TypeString, "date"
	case moment:
		s.Type, s.Format = huma.TypeString, "date-time"
	case ref, text:
		f.textSchema(s)
	}
	return s
}

func (f field) textSchema(s *huma.Schema) {
	s.Type, s.MaxLength = huma.TypeString, intPointer(mostText)
	if f.most > 0 {
		s.MaxLength = intPointer(f.most)
	}
	if f.least > 0 || f.need {
		s.MinLength = intPointer(max(1, f.least))
	}
	for _, c := range f.choices {
		s.Enum = append(s.Enum, c)
	}
	if f.null && s.Enum != nil {
		s.Enum = append(s.Enum, nil)
	}
}

const (
	mostListed = 50
	nameLength = 200
)

func intPointer(n int) *int { return &n }

// body describes what may be sent: with what is needed for a new row, or for a change,
// where everything may be left out.
func body(fields []field, isNew bool) *huma.Schema {
	s := &huma.Schema{Type: huma.TypeObject, Properties: map[string]*huma.Schema{}, AdditionalProperties: false}
	for _, f := range fields {
		if f.fixed {
			continue
		}
		s.Properties[f.name] = f.schema()
		if isNew && f.need {
			s.Required = append(s.Required, f.name)
		}
	}
	if !isNew {
		s.MinProperties = intPointer(1)
	}
	s.PrecomputeMessages()
	return s
}

// name is a text that must not be empty.
func name(n string, need bool) field {
	return field{name: n, kind: text, need: need, most: nameLength, least: 1, searched: true}
}

func description() field {
	return field{name: "description", kind: text, null: true, searched: true}
}

func id() field { return field{name: "id", kind: ref, fixed: true} }

func refTo(n, entity string, need bool) field {
	return field{name: n, kind: ref, to: entity, need: need, null: !need, most: nameLength}
}

func optionalDay(n, doc string) field { return field{name: n, kind: day, null: true, doc: doc} }

func stamp(n string) field { return field{name: n, kind: moment, fixed: true} }
