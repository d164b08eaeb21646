package admin

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
)

// difference is what is not the same in two results.
type difference struct {
	Fields []fieldChange `json:"fields,omitempty" doc:"Single values."`
	Rows   []rowChange   `json:"rows,omitempty" doc:"Rows of lists, by name."`
}

type fieldChange struct {
	Field string `json:"field"`
	Old   any    `json:"old,omitempty"`
	New   any    `json:"new,omitempty"`
}

type rowChange struct {
	List   string        `json:"list"`
	Name   string        `json:"name"`
	Change string        `json:"change" enum:"added,removed,changed"`
	Fields []fieldChange `json:"fields,omitempty"`
}

// differenceOf compares two results; nil is that nothing is different.
func differenceOf(before, after json.RawMessage) (*difference, error) {
	x, err := decoded(before)
	if err != nil {
		return nil, err
	}
	y, err := decoded(after)
	if err != nil {
		return nil, err
	}
	d := &difference{}
	d.compare("", x, y)
	if len(d.Fields)+len(d.Rows) == 0 {
		return nil, nil
	}
	return d, nil
}

// decoded reads a document; numbers stay as they are written.
func decoded(document json.RawMessage) (v any, err error) {
	if len(document) == 0 {
		return nil, nil
	}
	dec := json.NewDecoder(bytes.NewReader(document))
	dec.UseNumber()
	if err = dec.Decode(&v); err != nil {
		return nil, fmt.Errorf("read a result: %w", err)
	}
	return v, nil
}

func (d *difference) compare(path string, x, y any) {
	a, isObject := x.(map[string]any)
	b, areObjects := y.(map[string]any)
	switch {
	case isObject && areObjects:
		keys := maps.Clone(a)
		maps.Copy(keys, b)
		for _, key := range slices.Sorted(maps.Keys(keys)) {
			d.compare(below(path, key), a[key], b[key])
		}
	case !d.compareRows(path, x, y) && !reflect.DeepEqual(x, y):
		d.Fields = append(d.Fields, fieldChange{Field: path, Old: x, New: y})
	}
}

func below(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

// compareRows compares two lists whose rows have names, and reports whether they are such.
func (d *difference) compareRows(path string, x, y any) bool {
	a, isList := namedRows(x)
	b, areLists := namedRows(y)
	if !isList || !areLists || len(a)+len(b) == 0 {
		return false
	}
	for _, r := range a {
		if _, stays := b.find(r.name); !stays {
			d.Rows = append(d.Rows, rowChange{List: path, Name: r.name, Change: "removed"})
		}
	}
	for _, r := range b {
		old, was := a.find(r.name)
		if !was {
			d.Rows = append(d.Rows, rowChange{List: path, Name: r.name, Change: "added"})
			continue
		}
		inner := &difference{}
		inner.compare("", old, r.row)
		if fields := inner.flat(); len(fields) > 0 {
			d.Rows = append(d.Rows, rowChange{List: path, Name: r.name, Change: "changed", Fields: fields})
		}
	}
	return true
}

// flat tells changes of rows within a row as its fields.
func (d *difference) flat() []fieldChange {
	all := d.Fields
	for _, r := range d.Rows {
		field := r.List + "[" + r.Name + "]"
		switch {
		case len(r.Fields) == 0:
			f := fieldChange{Field: field, Old: "there"}
			if r.Change == "added" {
				f.Old, f.New = nil, "there"
			}
			all = append(all, f)
		default:
			for _, f := range r.Fields {
				f.Field = below(field, f.Field)
				all = append(all, f)
			}
		}
	}
	return all
}

type namedRow struct {
	name string
	row  map[string]any
}

type namedList []namedRow

func (l namedList) find(name string) (map[string]any, bool) {
	for _, r := range l {
		if r.name == name {
			return r.row, true
		}
	}
	return nil, false
}

// nameFields are what rows are called by, in the order of preference.
var nameFields = []string{"name", "person", "project", "skill", "certification", "client", "role", "group", "key"}

// namedRows reads a list of objects with names; those of one name are told apart by their
// place. No list at all is one without rows.
func namedRows(v any) (namedList, bool) {
	if v == nil {
		return nil, true
	}
	list, isList := v.([]any)
	if !isList {
		return nil, false
	}
	seen := map[string]int{}
	rows := make(namedList, 0, len(list))
	for _, one := range list {
		row, isObject := one.(map[string]any)
		name, hasName := nameOf(row)
		if !isObject || !hasName {
			return nil, false
		}
		if seen[name]++; seen[name] > 1 {
			name += " #" + strconv.Itoa(seen[name])
		}
		rows = append(rows, namedRow{name, row})
	}
	return rows, true
}

func nameOf(row map[string]any) (string, bool) {
	for _, field := range nameFields {
		if name, ok := row[field].(string); ok {
			return name, true
		}
	}
	return "", false
}
