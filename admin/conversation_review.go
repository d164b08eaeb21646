package admin

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"reflect"
	"slices"

	"github.com/danielgtaylor/huma/v2"

	"rollcall/admin/signin"
	"rollcall/store"
	"rollcall/store/chatlog"
	"rollcall/tools"
)

// reviewInput is a review as it is sent.
type reviewInput struct {
	RowID

	RawBody []byte `contentType:"application/json"`
}

type reviewBody struct {
	Verdict string         `json:"verdict" enum:"right,wrong"`
	Note    string         `json:"note,omitempty" maxLength:"2000"`
	Tool    string         `json:"tool,omitempty" maxLength:"100" doc:"The tool that should have been called, where the answer is wrong."`
	Args    map[string]any `json:"args,omitempty" doc:"Its arguments."`
}

type reviewed struct{ Body reviewView }

func (c *conversations) addReview() {
	op := c.operation(http.MethodPut, "review-conversation", "/conversations/{id}/review", "Mark a conversation as right or wrong",
		"With a note, and the call that would have been right. It takes the place of an earlier review.", http.StatusNotFound)
	schema := c.api.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[reviewBody](), true, "Review")
	op.RequestBody, op.SkipValidateBody = jsonBody(schema), true
	addOperation(c.registrar, op, store.Admin, func(ctx context.Context, by signin.Principal, in *reviewInput) (*reviewed, error) {
		if err := c.reviewing(); err != nil {
			return nil, err
		}
		r, err := c.parseReview(in.RawBody, schema)
		if err != nil {
			return nil, err
		}
		r.By, r.At = actor(by), c.Now().UTC()
		if err := c.Log.SetReview(ctx, in.ID, r); err != nil {
			return nil, err
		}
		return &reviewed{*viewOfReview(r)}, c.tell(ctx, by, "update", in.ID, trace{Verdict: r.Verdict})
	})
}

// parseReview reads a review, as strictly as all that is written.
func (c *conversations) parseReview(raw []byte, schema *huma.Schema) (chatlog.Review, error) {
	var in reviewBody
	fields, err := decode(raw)
	if err == nil {
		err = c.check(fields, schema)
	}
	if err == nil {
		err = put(&in, fields)
	}
	r := chatlog.Review{Verdict: in.Verdict, Note: in.Note, Tool: in.Tool}
	if err == nil && in.Args != nil {
		r.Args, err = json.Marshal(in.Args)
	}
	if err == nil {
		err = c.checkReview(r)
	}
	return r, err
}

// checkReview holds the call of a review to what the tools take.
func (c *conversations) checkReview(r chatlog.Review) error {
	switch {
	case r.Tool == "" && len(r.Args) > 0:
		return unprocessable(fieldError("body.tool", "is needed with args", nil))
	case r.Tool == "":
		return nil
	case r.Verdict == chatlog.Right:
		return unprocessable(fieldError("body.tool", "is for answers that are wrong: what is right needs no other call", r.Tool))
	}
	err := c.Tools.Check(r.Tool, r.Args)
	var wrong *tools.Error
	if !errors.As(err, &wrong) {
		return err
	}
	location := "body.args"
	if wrong.Code == tools.UnknownTool {
		location = "body.tool"
	}
	return unprocessable(fieldError(location, wrong.Message, nil))
}

// caseView is a line of a file of cases.
type caseView struct {
	ContentType string `header:"Content-Type"`
	Body        []byte
}

// mostBefore is how many exchanges before it a case may have.
const mostBefore = 20

func (c *conversations) addCase() {
	op := c.operation(http.MethodGet, "get-conversation-case", "/conversations/{id}/case", "Turn a conversation into an evaluation case",
		"One line for a file of cases: the question, what the same person asked before in the conversation, and the call that is right, which is the review's where there is one.", http.StatusNotFound)
	op.Responses = map[string]*huma.Response{"200": {Description: "The case.", Content: map[string]*huma.MediaType{"application/json": {Schema: &huma.Schema{Type: huma.TypeObject}}}}}
	addOperation(c.registrar, op, store.Admin, func(ctx context.Context, by signin.Principal, in *getConversation) (*caseView, error) {
		if err := c.reviewing(); err != nil {
			return nil, err
		}
		e, err := c.opened(ctx, by, in.ID, in.Reason)
		if err != nil {
			return nil, err
		}
		before, err := c.before(ctx, e)
		if err != nil {
			return nil, err
		}
		line, err := c.CaseOf(e.ID, before, c.masked(e))
		if err != nil {
			return nil, huma.Error422UnprocessableEntity("No case can be made of it: " + err.Error())
		}
		return &caseView{"application/json", append(slices.Clone(line), '\n')}, nil
	})
}

// before is what the same person asked before in the same conversation, oldest first: a
// reason to open their exchange is none to open another's.
func (c *conversations) before(ctx context.Context, e chatlog.Exchange) ([]chatlog.Exchange, error) {
	if e.Conversation == "" || e.AskerID == "" && e.Channel != "terminal" {
		return nil, nil
	}
	all, err := c.Log.Find(ctx, chatlog.Filter{Conversation: e.Conversation, AskerID: e.AskerID, Before: chatlog.CursorAt(e), Limit: mostBefore})
	if err != nil {
		return nil, err
	}
	slices.Reverse(all)
	for i := range all {
		all[i] = c.masked(all[i])
	}
	return all, nil
}
