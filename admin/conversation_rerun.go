package admin

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"time"

	"rollcall/admin/signin"
	"rollcall/store"
	"rollcall/store/chatlog"
	"rollcall/tools"
)

// rerunView is what the look-ups of an exchange say now.
type rerunView struct {
	Body struct {
		At      time.Time       `json:"at"`
		Access  store.Access    `json:"access" doc:"The rights that were looked up with: those that the asker has now."`
		Changed bool            `json:"changed"`
		Calls   []rerunCallView `json:"calls"`
	}
}

type rerunCallView struct {
	Tool       string          `json:"tool"`
	Arguments  json.RawMessage `json:"arguments,omitempty"`
	Skipped    string          `json:"skipped,omitempty" doc:"Why it was not called again."`
	Old        json.RawMessage `json:"old,omitempty"`
	New        json.RawMessage `json:"new,omitempty"`
	DurationMs float64         `json:"durationMs"`
	Changed    bool            `json:"changed"`
	Difference *difference     `json:"difference,omitempty"`
}

func (c *conversations) addRerun() {
	op := c.operation(http.MethodPost, "rerun-conversation", "/conversations/{id}/rerun", "Look up again",
		"Calls the look-ups of an exchange again, without the model and with the rights that its asker has now, and says what is different. Nothing is written.", http.StatusNotFound)
	addOperation(c.registrar, op, store.Admin, func(ctx context.Context, by signin.Principal, in *getConversation) (*rerunView, error) {
		if err := c.reviewing(); err != nil {
			return nil, err
		}
		e, err := c.opened(ctx, by, in.ID, in.Reason)
		if err != nil {
			return nil, err
		}
		return c.rerun(ctx, e)
	})
}

func (c *conversations) rerun(ctx context.Context, e chatlog.Exchange) (*rerunView, error) {
	asker, err := c.askerNow(ctx, e)
	if err != nil {
		return nil, err
	}
	out := &rerunView{}
	out.Body.At, out.Body.Access, out.Body.Calls = c.Now().UTC(), asker.Access, make([]rerunCallView, 0, len(e.Tools))
	if c.Mode == Anonymised {
		out.Body.Access = ""
	}
	shown := c.masked(e)
	for i, t := range e.Tools {
		v := rerunCallView{Tool: t.Name, Arguments: shown.Tools[i].Arguments, Old: shown.Tools[i].Result}
		if !c.Tools.LooksUp(t.Name) {
			v.Skipped = "it looks nothing up"
			out.Body.Calls = append(out.Body.Calls, v)
			continue
		}
		o := c.Tools.Call(ctx, asker, t.Name, t.Arguments)
		v.New, v.DurationMs = o.JSON, milliseconds(o.Duration)
		if c.Mode == Anonymised {
			v.New = maskOf(e.Asker).json(o.JSON)
		}
		if v.Difference, err = differenceOf(v.Old, v.New); err != nil {
			return nil, err
		}
		v.Changed = v.Difference != nil
		out.Body.Changed = out.Body.Changed || v.Changed
		out.Body.Calls = append(out.Body.Calls, v)
	}
	return out, nil
}

// askerNow is who asked, with the rights that they have now. Somebody who has left has those
// of staff. Where others read the answer, they still do.
func (c *conversations) askerNow(ctx context.Context, e chatlog.Exchange) (tools.Asker, error) {
	asker := tools.Asker{
		ID: e.AskerID, Name: e.Asker, Access: store.Staff,
		Public: e.Channel == "slack" && !strings.HasPrefix(e.Conversation, "D"), // the ids of direct messages begin so
	}
	if e.AskerID == "" { // the operator at a terminal
		asker.Access = store.Access(e.Access)
		return asker, nil
	}
	p, err := c.Store.GetPerson(ctx, e.AskerID)
	if err == nil && p.Active {
		asker.Name, asker.Access = p.Name, p.Access
	}
	if errors.Is(err, store.ErrNotFound) {
		err = nil
	}
	return asker, err
}
