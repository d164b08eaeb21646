package store

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/uptrace/bun"
)

// ProposalState is how far a proposal has come.
type ProposalState string

// The states. Only an open proposal can be decided.
const (
	ProposalOpen       ProposalState = "open"
	ProposalCommitting ProposalState = "committing" // confirmed; documents are still to be written
	ProposalCommitted  ProposalState = "committed"
	ProposalCancelled  ProposalState = "cancelled"
	ProposalSuperseded ProposalState = "superseded" // by a newer one
	ProposalExpired    ProposalState = "expired"
	ProposalUndone     ProposalState = "undone"
)

// Proposal is a change that waits for somebody's click, or what became of it.
type Proposal struct {
	bun.BaseModel `bun:"table:proposal,alias:pr"`

	ID        string          `bun:"id,pk"`  // opaque: nobody can guess another's
	TurnID    *string         `bun:"turnId"` // of the question
	UserID    *string         `bun:"userId"` // who asked for it; nil is the operator at a terminal
	Thread    string          `bun:"thread"` // the conversation it was asked for in
	Kind      string          `bun:"kind"`
	Edits     json.RawMessage `bun:"edits,type:jsonb"` // what it does
	Card      json.RawMessage `bun:"card,type:jsonb"`  // what the person has seen
	State     ProposalState   `bun:"state"`
	ExpiresAt time.Time       `bun:"expiresAt"`
	DecidedBy *string         `bun:"decidedBy"` // nil: nobody, or the operator
	DecidedAt *time.Time      `bun:"decidedAt"`
	CreatedAt time.Time       `bun:"createdAt"`
}

// CreateProposal keeps an open proposal under a new opaque id. Older open ones of the same
// person in the same conversation are superseded.
func (s *Store) CreateProposal(ctx context.Context, p *Proposal) error {
	p.ID, p.State, p.CreatedAt = strings.ToLower(rand.Text()), ProposalOpen, s.Now()
	err := s.Transact(ctx, func(ctx context.Context, tx *Store) error {
		_, err := tx.write.NewUpdate().Model((*Proposal)(nil)).Set(`"state" = ?`, ProposalSuperseded).
			Where(`"thread" = ? AND "state" = ? AND "userId" IS NOT DISTINCT FROM ?`, p.Thread, ProposalOpen, p.UserID).Exec(ctx)
		if err != nil {
			return err
		}
		return insert(ctx, tx.write, p)
	})
	if err != nil {
		return fmt.Errorf("keep a proposal: %w", err)
	}
	return nil
}

// GetProposal returns the proposal with the id, or ErrNotFound.
func (s *Store) GetProposal(ctx context.Context, id string) (Proposal, error) {
	return get[Proposal](ctx, s.read, id)
}

// ProposalFilter says which proposals are looked for. Empty fields ask for nothing.
type ProposalFilter struct {
	UserID string
	Thread string
	States []ProposalState
	Valid  bool // not expired
	Limit  int64
}

// FindProposals returns the proposals that match, newest first.
func (s *Store) FindProposals(ctx context.Context, f ProposalFilter) ([]Proposal, error) {
	var all []Proposal
	q := s.read.NewSelect().Model(&all).OrderExpr(`"pr"."createdAt" DESC, "pr"."id"`)
	if f.UserID != "" {
		q.Where(`"pr"."userId" = ?`, f.UserID)
	}
	if f.Thread != "" {
		q.Where(`"pr"."thread" = ?`, f.Thread)
	}
	if len(f.States) > 0 {
		q.Where(`"pr"."state" IN (?)`, bun.List(f.States))
	}
	if f.Valid {
		q.Where(`"pr"."expiresAt" > ?`, s.Now())
	}
	if f.Limit > 0 {
		q.Limit(f.Limit)
	}
	if err := q.Scan(ctx); err != nil {
		return nil, fmt.Errorf("find proposals: %w", translate(err))
	}
	return all, nil
}

// UpdateProposal writes all columns of the proposal if its state is still the given one,
// else it is ErrStale.
func (s *Store) UpdateProposal(ctx context.Context, p *Proposal, from ProposalState) error {
	res, err := s.write.NewUpdate().Model(p).WherePK().Where(`"state" = ?`, from).Exec(ctx)
	if err != nil {
		return fmt.Errorf("update proposal %s: %w", p.ID, translate(err))
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return fmt.Errorf("proposal %s is not %s: %w", p.ID, from, ErrStale)
	}
	return nil
}

// DeleteProposalsBefore forgets proposals from before the time, with the questions that were
// asked for them. What they changed stays in the trail.
func (s *Store) DeleteProposalsBefore(ctx context.Context, at time.Time) error {
	return s.Transact(ctx, func(ctx context.Context, tx *Store) error {
		for _, model := range []any{(*Handshake)(nil), (*Proposal)(nil)} {
			if _, err := tx.write.NewDelete().Model(model).Where(`"createdAt" < ?`, at.UTC()).Exec(ctx); err != nil {
				return fmt.Errorf("forget proposals: %w", err)
			}
		}
		return nil
	})
}
