package llm

import (
	"encoding/json"

	"github.com/google/jsonschema-go/jsonschema"

	"rollcall/tools"
)

// toolsKey names a list of tools on a wire: a schema belongs to one tool, and lists differ
// in their length when they begin with the same.
type toolsKey struct {
	wire  Wire
	first *jsonschema.Schema
	n     int
}

// toolText writes the tools as the wire has them. They are most of a request and the same
// in all, so that they are written once. None, or what cannot be written, is nothing.
func (m *Model) toolText(wire Wire, all []tools.Definition, form func(tools.Definition) any) []byte {
	if len(all) == 0 {
		return nil
	}
	key := toolsKey{wire, all[0].Schema, len(all)}
	if text, found := m.written.Load(key); found {
		return text.([]byte)
	}
	formed := make([]any, 0, len(all))
	for _, t := range all {
		formed = append(formed, form(t))
	}
	text, err := json.Marshal(formed)
	if err != nil {
		return nil
	}
	m.written.Store(key, text)
	return text
}
