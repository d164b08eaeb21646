package bot

import (
	"context"
	"encoding/json"

	"rollcall/store/inbox"
)

// Notify keeps messages that answer no question, once however often the turn's key comes,
// and has them sent. After nil they will be, whatever happens to the process.
func (d *Desk) Notify(ctx context.Context, t inbox.Turn, parts []inbox.Part) error {
	t.Origin = inbox.Notice
	if _, err := d.Inbox.AddReady(ctx, t, json.RawMessage(`{"kind":"notice"}`), parts); err != nil {
		return err
	}
	d.at("notice")
	return d.Wake(ctx, t.Thread)
}
