package proposal_test

import (
	"context"
	"encoding/json"
	"errors"

	"rollcall/store/chatlog"
)

// brokenDetails are details whose server can be read and not written to.
type brokenDetails struct {
	chatlog.Details

	away bool
}

var errAway = errors.New("the documents are away")

func (d *brokenDetails) PatchDetails(ctx context.Context, id string, revision int64, patch json.RawMessage) (chatlog.Document, error) {
	if d.away {
		return chatlog.Document{}, errAway
	}
	return d.Details.PatchDetails(ctx, id, revision, patch)
}
