package admin

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"rollcall/admin/signin"
	"rollcall/store"
	"rollcall/store/chatlog"
)

// groupings are by what statistics are told apart.
var groupings = map[string]chatlog.Grouping{
	"day": chatlog.ByDay, "person": chatlog.ByAsker, "tool": chatlog.ByTool, "kind": chatlog.ByKind, "model": chatlog.ByModel, "channel": chatlog.ByChannel,
}

// statisticsInput is which exchanges are summed up, and how.
type statisticsInput struct {
	By string `query:"by" enum:"day,person,tool,kind,model,channel" default:"day" doc:"By what they are told apart. An exchange counts for each tool that it called. Days are those of UTC."`
	ConversationFilter
	AskerFilter
}

type statisticsView struct {
	Body struct {
		By    string          `json:"by"`
		Items []statisticView `json:"items"`
	}
}

type statisticView struct {
	Key        string  `json:"key"`
	Name       string  `json:"name,omitempty" doc:"Of a person."`
	Exchanges  int     `json:"exchanges"`
	Failed     int     `json:"failed"`
	Good       int     `json:"good"`
	Bad        int     `json:"bad"`
	Right      int     `json:"right"`
	Wrong      int     `json:"wrong"`
	TokensIn   int64   `json:"tokensIn"`
	TokensOut  int64   `json:"tokensOut"`
	CachedIn   int64   `json:"cachedIn"`
	CostMicros int64   `json:"costMicros"`
	DurationMs float64 `json:"durationMs" doc:"Of all together."`
}

func (c *conversations) addStatistics() {
	op := c.operation(http.MethodGet, "get-conversation-statistics", "/conversations/statistics", "Sum up conversations", "How many exchanges there were, what they cost and what was thought of them.")
	addOperation(c.registrar, op, store.Admin, func(ctx context.Context, _ signin.Principal, in *statisticsInput) (*statisticsView, error) {
		if err := c.reviewing(); err != nil {
			return nil, err
		}
		if c.Mode == Anonymised && (in.By == "person" || in.Text != "") {
			return nil, huma.Error403Forbidden("Conversations are anonymised here (ROLLCALL_CONVERSATIONS), so they are not summed up by person or text.")
		}
		f, err := c.filterOf(ctx, in.ConversationFilter, in.AskerFilter)
		if err != nil {
			return nil, err
		}
		all, err := c.Log.GetStatistics(ctx, f, groupings[in.By])
		if err != nil {
			return nil, err
		}
		out := &statisticsView{}
		out.Body.By, out.Body.Items = in.By, make([]statisticView, 0, len(all))
		for _, s := range all {
			out.Body.Items = append(out.Body.Items, statisticView{
				Key: s.Key, Exchanges: s.Exchanges, Failed: s.Failed, Good: s.Good, Bad: s.Bad, Right: s.Right, Wrong: s.Wrong,
				TokensIn: s.In, TokensOut: s.Out, CachedIn: s.CachedIn, CostMicros: s.Cost, DurationMs: milliseconds(s.Duration),
			})
		}
		if in.By == "person" {
			err = c.nameStatistics(ctx, out.Body.Items)
		}
		return out, err
	})
}

func (c *conversations) nameStatistics(ctx context.Context, all []statisticView) error {
	ids := make([]string, 0, len(all))
	for _, s := range all {
		ids = append(ids, s.Key)
	}
	names, err := c.Store.FindPersonNames(ctx, ids)
	for i := range all {
		all[i].Name = names[all[i].Key]
	}
	return err
}
