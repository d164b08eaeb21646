package admin_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
)

// generator makes values for schemas, good ones and bad ones, the same for the same seed.
type generator struct {
	*rand.Rand

	doc  *description
	ids  map[string][]string // of rows that are there, by collection
	tags map[string]string   // ETags by id
}

// named are the properties that name rows, and where those are.
var named = map[string]string{
	"userId": "people", "confirmedBy": "people", "skillId": "skills", "certId": "certifications", "roleId": "roles", "clientId": "clients", "projectId": "projects",
}

func pick[T any](g *generator, from ...T) T { return from[g.IntN(len(from))] }

func (g *generator) idOf(collection string) string {
	if ids := g.ids[collection]; len(ids) > 0 && g.IntN(12) > 0 {
		return pick(g, ids...)
	}
	return pick(g, "nobody", "00000000-0000-7000-8000-000000000000")
}

// strange is text that has broken programs before.
func (g *generator) strange() string {
	return pick(g, "", " ", "'", `"`, `\`, "%", "_", "null", "NULL", "0", "-1", "true", "Zoë 😀 漢字", "\u202eabc", "a\tb", "../..", "; --", strings.Repeat("x", 201), strings.Repeat("é", 5000),
		"2026-02-30", "0000-01-01", "9999-12-31", "2026-01-01T00:00:00Z", "0000-01-01T00:00:00Z", "9999-12-31T23:59:59-23:00", "99999999999999999999", "\x00", "a\x00b", "{}", "[]", "${x}", "1e999", "NaN")
}

// good is a value that the schema allows.
func (g *generator) good(name string, schema map[string]any) any {
	schema = g.doc.resolve(schema)
	kind := schema["type"]
	if kinds, several := kind.([]any); several {
		if kind = kinds[0]; g.IntN(3) == 0 {
			return nil
		}
	}
	if choices, some := schema["enum"].([]any); some {
		return pick(g, choices...)
	}
	switch kind {
	case "object":
		return g.object(schema)
	case "array":
		items, _ := schema["items"].(map[string]any)
		list := make([]any, 0, 3)
		for range g.IntN(4) {
			list = append(list, g.good(name, items))
		}
		return list
	case "integer", "number":
		least, most := 0, 100
		if v, given := schema["minimum"].(float64); given {
			least = int(v)
		}
		if v, given := schema["maximum"].(float64); given {
			most = int(v)
		}
		return least + g.IntN(most-least+1)
	case "boolean":
		return g.IntN(2) == 0
	case "string":
		return g.text(name, schema)
	}
	return pick[any](g, nil, "free", 3, map[string]any{"a": []any{1, "b"}})
}

func (g *generator) object(schema map[string]any) map[string]any {
	out := map[string]any{}
	properties, _ := schema["properties"].(map[string]any)
	required, _ := schema["required"].([]any)
	for _, n := range slices.Sorted(maps.Keys(properties)) {
		if slices.Contains(required, any(n)) || g.IntN(2) == 0 {
			inner, _ := properties[n].(map[string]any)
			out[n] = g.good(n, inner)
		}
	}
	return out
}

func (g *generator) text(name string, schema map[string]any) string {
	if collection, isRef := named[name]; isRef {
		return g.idOf(collection)
	}
	switch schema["format"] {
	case "date":
		return fmt.Sprintf("20%02d-%02d-%02d", 20+g.IntN(10), 1+g.IntN(12), 1+g.IntN(28))
	case "date-time":
		return fmt.Sprintf("20%02d-%02d-%02dT%02d:00:0%d.123456789+02:00", 20+g.IntN(10), 1+g.IntN(12), 1+g.IntN(28), g.IntN(24), g.IntN(10))
	case "email":
		return fmt.Sprintf("P%d@Example.com", g.IntN(1_000_000))
	}
	if name == "timezone" {
		return pick(g, "Europe/Berlin", "UTC", "Asia/Tokyo")
	}
	least, _ := schema["minLength"].(float64)
	return fmt.Sprintf("%s %d", pick(g, "Ana", "ANA", "zoë", "ZOË", "漢字", "o'Neil", "100%", "1000", "a_b", `a\b`, "😀"), g.IntN(100_000)) + strings.Repeat("y", int(least))
}

// spoil changes one thing of a good body so that it cannot be taken, and names what.
func (g *generator) spoil(body, schema map[string]any) (field string) {
	properties, _ := g.doc.resolve(schema)["properties"].(map[string]any)
	required, _ := g.doc.resolve(schema)["required"].([]any)
	names := slices.Sorted(maps.Keys(properties))
	switch kind := g.IntN(5); {
	case kind == 0 || len(names) == 0:
		n := "unheard" + pick(g, "", "Of", ".x", "😀")
		body[n] = g.strange()
		return n
	case kind == 1 && len(required) > 0:
		n, _ := pick(g, required...).(string)
		delete(body, n)
		return n
	default:
		n := pick(g, names...)
		inner, _ := properties[n].(map[string]any)
		body[n] = g.bad(g.doc.resolve(inner))
		return n
	}
}

// bad is a value of no type that the schema has.
func (g *generator) bad(schema map[string]any) any {
	deep := any("bottom")
	for range 200 {
		deep = []any{deep}
	}
	all := []any{map[string]any{"a": 1}, deep, 1.5, -1e300}
	switch kind := fmt.Sprint(schema["type"]); {
	case strings.Contains(kind, "object"), kind == "<nil>":
		return pick(g, any(1.5), "text", deep)
	case strings.Contains(kind, "string"):
		all = append(all, true, []any{}, 12, "a\x00b")
		if schema["maxLength"] != nil {
			all = append(all, strings.Repeat("é", 6000))
		}
	case strings.Contains(kind, "integer"):
		all = append(all, "12", true, 1e15, []any{})
	case strings.Contains(kind, "array"):
		all = append(all, "x", []any{map[string]any{}})
	default:
		all = append(all, "true", 1, []any{})
	}
	if !strings.Contains(fmt.Sprint(schema["type"]), "null") {
		all = append(all, nil)
	}
	return pick(g, all...)
}

// noise is no JSON object.
func (g *generator) noise() string {
	return pick(g, "", "null", "[]", "1", `"x"`, "{", "{}}", "{} {}", `{"name":}`, "{\"name\":\"\xff\"}", "\x00", "{\"a\":1e999}", strings.Repeat("[", 5000), strings.Repeat(`{"a":`, 20_000), strings.Repeat(" ", 1<<20), "name=Ana&email=a", "\ufeff{}")
}
