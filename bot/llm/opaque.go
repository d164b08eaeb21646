package llm

import (
	"encoding/json"
	"fmt"
	"slices"
)

// opaque is what a provider attaches to its own step and wants to see again, unchanged,
// as long as the turn lasts: reasoning items, thought signatures. Nothing here reads it.
type opaque struct {
	Wire  Wire              `json:"wire"`
	Items []json.RawMessage `json:"items,omitempty"` // Responses: the output, whole
	Chat  *opaqueChat       `json:"chat,omitempty"`
}

// opaqueChat is the fields of a Chat Completions message that are no part of the protocol.
type opaqueChat struct {
	Message map[string]json.RawMessage            `json:"message,omitempty"`
	Calls   map[string]map[string]json.RawMessage `json:"calls,omitempty"` // by the call's id
}

func (o opaque) encode() json.RawMessage {
	text, err := json.Marshal(o)
	if err != nil { // raw JSON that was read a moment ago
		return nil
	}
	return text
}

// decodeOpaque reads what was kept for the wire, and nothing that another one left.
func decodeOpaque(text json.RawMessage, wire Wire) (o opaque, ok bool) {
	if len(text) == 0 || json.Unmarshal(text, &o) != nil || o.Wire != wire {
		return opaque{}, false
	}
	return o, true
}

// The fields that the protocol defines, and those that servers send and refuse to read.
var (
	messageFields = []string{"role", "content", "tool_calls", "refusal", "annotations", "audio", "function_call", "name"}
	callFields    = []string{"id", "type", "function", "index"}
)

// chatExtras keeps the foreign fields of the first choice's message; nil where there are none.
func chatExtras(body []byte, after int) json.RawMessage {
	var answer struct {
		Choices []struct {
			Message map[string]json.RawMessage `json:"message"`
		} `json:"choices"`
	}
	if json.Unmarshal(body, &answer) != nil || len(answer.Choices) == 0 {
		return nil
	}
	message := answer.Choices[0].Message
	extra := opaqueChat{Message: foreign(message, messageFields), Calls: map[string]map[string]json.RawMessage{}}
	var calls []map[string]json.RawMessage
	if json.Unmarshal(message["tool_calls"], &calls) == nil {
		for i, call := range calls {
			var id string
			_ = json.Unmarshal(call["id"], &id) // a missing id is filled like everywhere else
			if f := foreign(call, callFields); f != nil {
				extra.Calls[callID(id, after, i)] = f
			}
		}
	}
	if extra.Message == nil && len(extra.Calls) == 0 {
		return nil
	}
	return opaque{Wire: Chat, Chat: &extra}.encode()
}

func foreign(fields map[string]json.RawMessage, known []string) map[string]json.RawMessage {
	var out map[string]json.RawMessage
	for name, value := range fields {
		if slices.Contains(known, name) || string(value) == "null" {
			continue
		}
		if out == nil {
			out = map[string]json.RawMessage{}
		}
		out[name] = value
	}
	return out
}

// addTo puts the kept fields back on a message.
func (o opaqueChat) addTo(message map[string]json.RawMessage) error {
	for name, value := range o.Message {
		message[name] = value
	}
	if len(o.Calls) == 0 {
		return nil
	}
	var calls []map[string]json.RawMessage
	if err := json.Unmarshal(message["tool_calls"], &calls); err != nil {
		return fmt.Errorf("read the calls again: %w", err)
	}
	for _, call := range calls {
		var id string
		_ = json.Unmarshal(call["id"], &id) // our own request: it is there
		for name, value := range o.Calls[id] {
			call[name] = value
		}
	}
	text, err := json.Marshal(calls)
	if err != nil {
		return fmt.Errorf("write the calls again: %w", err)
	}
	message["tool_calls"] = text
	return nil
}
