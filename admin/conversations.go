package admin

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"rollcall/admin/signin"
	"rollcall/plaintext"
	"rollcall/store"
	"rollcall/store/chatlog"
	"rollcall/tools"
)

// Mode is how much of conversations an administrator may see.
type Mode string

// The modes. Everybody sees their own conversations in each of them.
const (
	Full       Mode = "full"
	Anonymised Mode = "anonymised" // everything but whose it is
	Off        Mode = "off"
)

// Conversations is what the review of conversations works on.
type Conversations struct {
	Log      chatlog.Log
	Tools    *tools.Set
	Mode     Mode
	Location *time.Location // in which days are days
	// Permalink is the address of a conversation in Slack, or empty where there is none.
	Permalink func(conversation string) string
	// CaseOf makes an evaluation case of an exchange and those before it, oldest first. Its
	// error is read by the reviewer.
	CaseOf func(id string, before []chatlog.Exchange, e chatlog.Exchange) (json.RawMessage, error)
	// Turns forgets what a person asked that is on its way to an answer or to the log, and
	// says how many questions that were. They go by the Slack ids.
	Turns func(ctx context.Context, personID string, slackIDs []string) (int, error)
}

// conversations are the operations on exchanges.
type conversations struct {
	*registrar
	Conversations
}

// addConversations adds what is asked for where conversations are served.
func addConversations(r *registrar) {
	if r.Conversations == nil {
		return
	}
	c := &conversations{registrar: r, Conversations: *r.Conversations}
	c.addList()
	c.addGet()
	c.addRerun()
	c.addReview()
	c.addCase()
	c.addStatistics()
	c.addDemand()
	c.addExports()
	c.addOwn()
	c.addErase()
}

// operation describes an operation on conversations.
func (c *conversations) operation(method, id, path, summary, about string, errors ...int) huma.Operation {
	return huma.Operation{OperationID: id, Method: method, Path: apiPath + path, Summary: summary, Description: about, Tags: []string{"conversations"}, Errors: errors}
}

// reviewing reports whether conversations are open to administrators at all.
func (c *conversations) reviewing() error {
	if c.Mode == Off {
		return huma.Error403Forbidden("The review of conversations is switched off here (ROLLCALL_CONVERSATIONS); everybody still sees their own.")
	}
	return nil
}

// Reason is why somebody opens what another person asked.
type Reason struct {
	Query  string `query:"reason" maxLength:"500" doc:"Why you open somebody else's conversation. They can read it."`
	Header string `header:"X-Reason" maxLength:"500" doc:"The same, where an address is no place for it."`
}

func (r Reason) said() string {
	if said := strings.TrimSpace(plaintext.Of(r.Query)); said != "" {
		return said
	}
	return strings.TrimSpace(plaintext.Of(r.Header))
}

var errNoReason = unprocessable(fieldError("query.reason", "is needed to open somebody else's conversation; they can read it", nil))

// openedFor is how long somebody who has opened a conversation works on it without saying
// why again.
const openedFor = time.Hour

// opened returns an exchange. Somebody else's needs a reason, which is kept in the trail
// for the person to read; who has opened it within the hour need not say it again.
func (c *conversations) opened(ctx context.Context, by signin.Principal, id string, why Reason) (chatlog.Exchange, error) {
	e, err := c.Log.Get(ctx, id)
	if err != nil || isOwn(by, e) {
		return e, err
	}
	reason := why.said()
	if reason == "" {
		lately, failed := c.openedLately(ctx, by, e.ID)
		if failed == nil && !lately {
			failed = errNoReason
		}
		return e, failed
	}
	return e, c.tell(ctx, by, "read", e.ID, trace{UserID: c.whose(e), Reason: reason})
}

func isOwn(by signin.Principal, e chatlog.Exchange) bool {
	return by.PersonID != "" && by.PersonID == e.AskerID
}

func (c *conversations) openedLately(ctx context.Context, by signin.Principal, id string) (bool, error) {
	found, err := c.Store.FindAudits(ctx, store.AuditFilter{Entities: []string{exchangeEntity}, EntityID: id, Action: "read", From: c.Store.Now().Add(-openedFor)})
	for _, a := range found {
		if a.Actor == actor(by) {
			return true, err
		}
	}
	return false, err
}

// whose is the asker of an exchange as the trail keeps them: not where the trail would tell
// a reviewer whose it is.
func (c *conversations) whose(e chatlog.Exchange) string {
	if c.Mode == Anonymised {
		return ""
	}
	return e.AskerID
}

const (
	exchangeEntity = "exchange"
	// exportID is the id in the trail of what was read by an export.
	exportID = "export"
)

// trace is what the trail keeps of a look at conversations, or of what was done to them. It
// holds nothing of what was asked.
type trace struct {
	UserID    string            `json:"userId,omitempty"` // whose they are; empty for everybody's
	Reason    string            `json:"reason,omitempty"`
	Format    string            `json:"format,omitempty"`
	Filter    map[string]string `json:"filter,omitempty"`
	Verdict   string            `json:"verdict,omitempty"`
	Exchanges *int              `json:"exchanges,omitempty"`
	Turns     *int              `json:"turns,omitempty"`
}

// tell adds to the trail.
func (c *conversations) tell(ctx context.Context, by signin.Principal, action, id string, t trace) error {
	after, err := json.Marshal(t)
	if err != nil {
		return err
	}
	return c.Store.CreateAudit(ctx, &store.Audit{Actor: actor(by), Approver: actor(by), Action: action, Entity: exchangeEntity, EntityID: id, After: after, Origin: "api"})
}

// getConversation names an exchange, and why it is opened.
type getConversation struct {
	RowID
	Reason
}

func (c *conversations) addGet() {
	op := c.operation(http.MethodGet, "get-conversation", "/conversations/{id}", "Open a conversation",
		"One exchange whole. Somebody else's asks for a reason, which they can read.", http.StatusNotFound)
	addOperation(c.registrar, op, store.Admin, func(ctx context.Context, by signin.Principal, in *getConversation) (*opening, error) {
		if err := c.reviewing(); err != nil {
			return nil, err
		}
		e, err := c.opened(ctx, by, in.ID, in.Reason)
		if err != nil {
			return nil, err
		}
		return &opening{Body: c.whole(c.masked(e))}, nil
	})
}

// opening is the answer with a whole exchange.
type opening struct{ Body conversationView }
