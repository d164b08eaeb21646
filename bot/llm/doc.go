// Package llm speaks to language models over HTTP, by two wires: Responses and Chat
// Completions. It is the only folder that knows a vendor: go-openai's types never leave it.
package llm
