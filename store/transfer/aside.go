package transfer

import (
	"context"
	"errors"
	"fmt"
	"reflect"

	"rollcall/store/chatlog"
)

// Aside keeps project details apart until the import's transaction is through, for a server
// of their own that takes no part in it.
type Aside struct {
	chatlog.Details
	put map[string]chatlog.Project
}

// NewAside returns details that are read from and, later, written to the server's.
func NewAside(server chatlog.Details) *Aside {
	return &Aside{Details: server, put: map[string]chatlog.Project{}}
}

// PutDetails keeps the document and reports whether writing it will change anything.
func (a *Aside) PutDetails(ctx context.Context, projectID string, p chatlog.Project) (bool, error) {
	old, err := a.GetDetails(ctx, projectID)
	if err != nil && !errors.Is(err, chatlog.ErrNotFound) {
		return false, err
	}
	if err == nil && reflect.DeepEqual(old.Project, p) {
		return false, nil
	}
	a.put[projectID] = p
	return true, nil
}

// ErrDetailsLeft means that the company is imported and its project details are not all
// written: importing it again writes them.
var ErrDetailsLeft = errors.New("the company is imported, but its project details are not all written; import it again")

// Write writes what was kept.
func (a *Aside) Write(ctx context.Context) error {
	for id, p := range a.put {
		if _, err := a.Details.PutDetails(ctx, id, p); err != nil {
			return fmt.Errorf("%w: %w", ErrDetailsLeft, err)
		}
	}
	return nil
}
