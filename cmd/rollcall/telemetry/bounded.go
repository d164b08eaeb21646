package telemetry

import (
	"sync"

	"rollcall/tools"
)

const (
	unknownTool = string(tools.UnknownTool)
	// mostModels is how many names of models are told apart. A server may answer under any
	// name, and each is a series of its own for ever.
	mostModels = 16
	otherName  = "other"
)

// bounded keeps the first names and calls the rest "other".
type bounded struct {
	most  int
	mu    sync.Mutex
	names map[string]bool
}

func (b *bounded) name(s string) string {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.names == nil {
		b.names = map[string]bool{}
	}
	if !b.names[s] && len(b.names) >= b.most {
		return otherName
	}
	b.names[s] = true
	return s
}
