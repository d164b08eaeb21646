package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/uptrace/bun"
)

// Audit is one row's change, for ever: the database refuses to change or remove it.
type Audit struct {
	bun.BaseModel `bun:"table:audit,alias:au" json:"-"`

	ID         string          `bun:"id,pk" json:"id"`
	At         time.Time       `bun:"at" json:"at"`
	Actor      string          `bun:"actor" json:"actor"`       // the id of who asked for it; "operator" at a terminal, "rollcall" for what happens by itself
	Approver   string          `bun:"approver" json:"approver"` // the id of who confirmed it
	Action     string          `bun:"action" json:"action"`     // create, update, delete, or read of what is private
	Entity     string          `bun:"entity" json:"entity"`     // the table
	EntityID   string          `bun:"entityId" json:"entityId"`
	Before     json.RawMessage `bun:"before,type:jsonb,nullzero" json:"before"` // the row, nil when it was made
	After      json.RawMessage `bun:"after,type:jsonb,nullzero" json:"after"`   // the row, nil when it was removed
	Origin     string          `bun:"origin" json:"origin"`                     // chat, undo, handshake, hold, api, cli or import
	TurnID     *string         `bun:"turnId" json:"turnId"`
	ProposalID *string         `bun:"proposalId" json:"proposalId"`
	Thread     *string         `bun:"thread" json:"thread"` // the conversation
}

// CreateAudit keeps the entry, filling an empty id and the time.
func (s *Store) CreateAudit(ctx context.Context, a *Audit) error {
	newID(&a.ID)
	a.At = s.Now()
	return insert(ctx, s.write, a)
}

// AuditFilter says which entries are looked for. Empty fields ask for nothing.
type AuditFilter struct {
	Entities   []string
	EntityID   string
	Action     string
	UserID     string // of the row that was changed, before or after
	ProjectID  string // likewise
	ProposalID string
	From, To   time.Time // half-open
	Limit      int64
}

// FindAudits returns the entries that match, newest first.
func (s *Store) FindAudits(ctx context.Context, f AuditFilter) ([]Audit, error) {
	var all []Audit
	q := f.narrow(s.read.NewSelect().Model(&all)).OrderExpr(`"au"."at" DESC, "au"."id" DESC`)
	if f.Limit > 0 {
		q.Limit(f.Limit)
	}
	if err := q.Scan(ctx); err != nil {
		return nil, fmt.Errorf("find changes: %w", translate(err))
	}
	return all, nil
}

func (f AuditFilter) narrow(q *bun.SelectQuery) *bun.SelectQuery {
	if len(f.Entities) > 0 {
		q.Where(`"au"."entity" IN (?)`, bun.List(f.Entities))
	}
	for column, value := range map[string]string{"entityId": f.EntityID, "action": f.Action, "proposalId": f.ProposalID} {
		if value != "" {
			q.Where(`"au".? = ?`, bun.Ident(column), value)
		}
	}
	for field, value := range map[string]string{"userId": f.UserID, "projectId": f.ProjectID} {
		if value != "" {
			q.Where(`COALESCE("au"."after", "au"."before") ->> ? = ?`, field, value)
		}
	}
	if !f.From.IsZero() {
		q.Where(`"au"."at" >= ?`, f.From)
	}
	if !f.To.IsZero() {
		q.Where(`"au"."at" < ?`, f.To)
	}
	return q
}

// auditPage is how many entries are read at once.
const auditPage = 500

// EachAudit tells fn every entry that matches, oldest first, in pages, until it returns an
// error. The limit of the filter is not read.
func (s *Store) EachAudit(ctx context.Context, f AuditFilter, fn func(Audit) error) error {
	var last *Audit
	for {
		var page []Audit
		q := f.narrow(s.read.NewSelect().Model(&page)).OrderExpr(`"au"."at", "au"."id"`).Limit(auditPage)
		if last != nil {
			q.Where(`("au"."at", "au"."id") > (?, ?)`, last.At, last.ID)
		}
		if err := q.Scan(ctx); err != nil {
			return fmt.Errorf("read changes: %w", translate(err))
		}
		for i := range page {
			if err := fn(page[i]); err != nil {
				return err
			}
		}
		if len(page) < auditPage {
			return nil
		}
		last = &page[len(page)-1]
	}
}
