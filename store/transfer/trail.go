package transfer

import (
	"encoding/json"
	"fmt"

	"rollcall/store"
)

// remember leaves the import's entry in the trail, in its own transaction. Rows have no
// entries of their own: an import is a hundred thousand of them.
func (in *importer) remember(m *merger) error {
	if in.opts.By == "" {
		return nil
	}
	after, err := json.Marshal(struct {
		Files []FileReport `json:"files"`
	}{in.report.Files})
	if err != nil {
		return fmt.Errorf("write the import's entry: %w", err)
	}
	id := store.NewID()
	_, err = m.exec(`INSERT INTO "audit" ("id", "at", "actor", "approver", "action", "entity", "entityId", "after", "origin")
VALUES (?, `+m.now()+`, ?, ?, 'create', 'import', ?, `+m.cast("?", array)+`, 'import')`, id, in.opts.By, in.opts.By, id, string(after))
	if err != nil {
		return fmt.Errorf("write the import's entry: %w", err)
	}
	return nil
}
