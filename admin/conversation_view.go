package admin

import (
	"encoding/json"
	"time"

	"rollcall/store/chatlog"
)

// ConversationLine is an exchange in a list.
type ConversationLine struct {
	ID           string    `json:"id"`
	At           time.Time `json:"at"`
	AskerID      string    `json:"askerId,omitempty"`
	Asker        string    `json:"asker,omitempty"`
	Channel      string    `json:"channel" doc:"terminal, slack or web"`
	Conversation string    `json:"conversation,omitempty" doc:"What belongs together: a thread, or one run of chat."`
	Question     string    `json:"question"`
	Kind         string    `json:"kind" doc:"answer, proposal, ask, decline or failed"`
	Failed       bool      `json:"failed"`
	Model        string    `json:"model"`
	Tools        []string  `json:"tools"`
	Feedback     string    `json:"feedback,omitempty" doc:"good or bad"`
	Review       string    `json:"review,omitempty" doc:"right or wrong"`
	TokensIn     int       `json:"tokensIn"`
	TokensOut    int       `json:"tokensOut"`
	CostMicros   int64     `json:"costMicros" doc:"Millionths of a US dollar, of the calls with a known price."`
	Unpriced     int       `json:"unpriced" doc:"Calls at an unknown price."`
	DurationMs   float64   `json:"durationMs"`
}

// conversationView is an exchange whole.
type conversationView struct {
	ConversationLine

	Access     string                   `json:"access,omitempty"`
	Answer     string                   `json:"answer"`
	Period     string                   `json:"period,omitempty"`
	ToolCalls  []toolCallView           `json:"toolCalls"`
	ModelCalls []modelCallView          `json:"modelCalls"`
	Fallback   string                   `json:"fallback,omitempty" doc:"Why the offline interpreter answered instead of the model."`
	Prompt     string                   `json:"prompt,omitempty" doc:"The version of the instructions."`
	CachedIn   int                      `json:"cachedIn"`
	Reasoning  int                      `json:"reasoning"`
	Error      string                   `json:"error,omitempty"`
	Opinion    *conversationOpinionView `json:"opinion,omitempty" doc:"The feedback, whole."`
	Reviewed   *reviewView              `json:"reviewed,omitempty" doc:"The review, whole."`
	Link       string                   `json:"link,omitempty" doc:"The thread in Slack."`
}

type toolCallView struct {
	Name       string          `json:"name"`
	Arguments  json.RawMessage `json:"arguments,omitempty"`
	Result     json.RawMessage `json:"result,omitempty"`
	DurationMs float64         `json:"durationMs"`
}

type modelCallView struct {
	Model      string  `json:"model"`
	Wire       string  `json:"wire,omitempty"`
	In         int     `json:"in"`
	CachedIn   int     `json:"cachedIn"`
	CacheWrite int     `json:"cacheWrite"`
	Out        int     `json:"out"`
	Reasoning  int     `json:"reasoning"`
	CostMicros *int64  `json:"costMicros,omitempty"`
	Finish     string  `json:"finish,omitempty"`
	Retries    int     `json:"retries"`
	DurationMs float64 `json:"durationMs"`
	Error      string  `json:"error,omitempty"`
}

type conversationOpinionView struct {
	Value string    `json:"value"`
	By    string    `json:"by,omitempty"`
	Note  string    `json:"note,omitempty"`
	At    time.Time `json:"at"`
}

type reviewView struct {
	Verdict string          `json:"verdict"`
	Note    string          `json:"note,omitempty"`
	Tool    string          `json:"tool,omitempty"`
	Args    json.RawMessage `json:"args,omitempty"`
	By      string          `json:"by"`
	At      time.Time       `json:"at"`
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

func lineOf(e chatlog.Exchange) ConversationLine {
	l := ConversationLine{
		ID: e.ID, At: e.At, AskerID: e.AskerID, Asker: e.Asker, Channel: e.Channel, Conversation: e.Conversation, Question: e.Question, Kind: e.Kind,
		Failed: e.Error != "", Model: e.Model, Tools: make([]string, 0, len(e.Tools)), TokensIn: e.Usage.In, TokensOut: e.Usage.Out,
		CostMicros: e.Usage.Cost, Unpriced: e.Usage.Unpriced, DurationMs: milliseconds(e.Duration),
	}
	for _, t := range e.Tools {
		l.Tools = append(l.Tools, t.Name)
	}
	if e.Feedback != nil {
		l.Feedback = e.Feedback.Value
	}
	if e.Review != nil {
		l.Review = e.Review.Verdict
	}
	return l
}

// whole is everything that is kept of an exchange.
func (c *conversations) whole(e chatlog.Exchange) conversationView {
	v := conversationView{
		ConversationLine: lineOf(e), Access: e.Access, Answer: e.Answer, Period: e.Period, ToolCalls: make([]toolCallView, 0, len(e.Tools)),
		ModelCalls: make([]modelCallView, 0, len(e.ModelCalls)), Fallback: e.Fallback, Prompt: e.Prompt, CachedIn: e.Usage.CachedIn, Reasoning: e.Usage.Reasoning, Error: e.Error,
	}
	for _, t := range e.Tools {
		v.ToolCalls = append(v.ToolCalls, toolCallView{Name: t.Name, Arguments: t.Arguments, Result: t.Result, DurationMs: milliseconds(t.Duration)})
	}
	for _, m := range e.ModelCalls {
		v.ModelCalls = append(v.ModelCalls, modelCallView{
			Model: m.Model, Wire: m.Wire, In: m.In, CachedIn: m.CachedIn, CacheWrite: m.CacheWrite, Out: m.Out, Reasoning: m.Reasoning,
			CostMicros: m.Cost, Finish: m.Finish, Retries: m.Retries, DurationMs: milliseconds(m.Duration), Error: m.Error,
		})
	}
	if f := e.Feedback; f != nil {
		v.Opinion = &conversationOpinionView{Value: f.Value, By: f.By, Note: f.Note, At: f.At}
	}
	if e.Review != nil {
		v.Reviewed = viewOfReview(*e.Review)
	}
	if e.Channel == "slack" && e.Conversation != "" && c.Permalink != nil {
		v.Link = c.Permalink(e.Conversation)
	}
	return v
}

func viewOfReview(r chatlog.Review) *reviewView {
	return &reviewView{Verdict: r.Verdict, Note: r.Note, Tool: r.Tool, Args: r.Args, By: r.By, At: r.At}
}
