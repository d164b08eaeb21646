package store

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/uptrace/bun"
)

// Session is a signed-in browser or client, in better-auth's format. The token is a secret.
type Session struct {
	bun.BaseModel `bun:"table:session,alias:se" json:"-"`

	ID        string    `bun:"id,pk" json:"id"`
	ExpiresAt time.Time `bun:"expiresAt" json:"expiresAt"`
	Token     string    `bun:"token" json:"token"` // unique
	CreatedAt time.Time `bun:"createdAt" json:"createdAt"`
	UpdatedAt time.Time `bun:"updatedAt" json:"updatedAt"`
	IPAddress *string   `bun:"ipAddress" json:"ipAddress"`
	UserAgent *string   `bun:"userAgent" json:"userAgent"`
	UserID    string    `bun:"userId" json:"userId"`
}

// CreateSession inserts the row, filling an empty id and the times. A token in use is ErrConflict; an unknown person is ErrReference.
func (s *Store) CreateSession(ctx context.Context, row *Session) error {
	newID(&row.ID)
	row.CreatedAt, row.UpdatedAt = s.Now(), s.Now()
	return insert(ctx, s.write, row)
}

// GetSession returns the session with the id, or ErrNotFound.
func (s *Store) GetSession(ctx context.Context, id string) (Session, error) {
	return get[Session](ctx, s.read, id)
}

// UpdateSession writes all columns of the session, or returns ErrNotFound.
func (s *Store) UpdateSession(ctx context.Context, row *Session) error {
	row.UpdatedAt = s.Now()
	return update(ctx, s.write, row)
}

// DeleteSession removes the session, or returns ErrNotFound.
func (s *Store) DeleteSession(ctx context.Context, id string) error {
	return remove[Session](ctx, s.write, id)
}

// SignedIn is a session with what has to be known of its person at every request.
type SignedIn struct {
	ID        string    `bun:"id"`
	ExpiresAt time.Time `bun:"expiresAt"`
	UserID    string    `bun:"userId"`
	Name      string    `bun:"name"`
	Email     string    `bun:"email"`
	Access    Access    `bun:"access"`
	Active    bool      `bun:"active"`
}

// GetSignedIn returns the session with the token, expired or not, with its person, active or
// not, or ErrNotFound. The caller compares the times: two programs that share a database
// write them differently.
func (s *Store) GetSignedIn(ctx context.Context, token string) (SignedIn, error) {
	query, args := s.prepared(`SELECT "se"."id", "se"."expiresAt", "se"."userId", "u"."name", "u"."email", "u"."access", "u"."active"
FROM "session" AS "se" JOIN "user" AS "u" ON "u"."id" = "se"."userId" WHERE "se"."token" = $1`, token)
	rows, err := s.pools.read.DB.QueryContext(ctx, query, args...)
	if err != nil {
		return SignedIn{}, translate(err)
	}
	defer rows.Close()
	var found []SignedIn
	if err := cmp.Or(s.pools.read.ScanRows(ctx, rows, &found), rows.Err()); err != nil {
		return SignedIn{}, translate(err)
	}
	if len(found) == 0 {
		return SignedIn{}, ErrNotFound
	}
	return found[0], nil
}

// RenewSession has the session last until the time, or returns ErrNotFound when it has ended meanwhile.
func (s *Store) RenewSession(ctx context.Context, id string, until time.Time) error {
	res, err := s.write.NewUpdate().Model((*Session)(nil)).Set(`"expiresAt" = ?`, until.UTC()).Set(`"updatedAt" = ?`, s.Now()).
		Where(`"id" = ?`, id).Exec(ctx)
	if err != nil {
		return translate(err)
	}
	return oneRow(res.RowsAffected())
}

// FindSessions returns the person's sessions, expired ones too, newest first.
func (s *Store) FindSessions(ctx context.Context, userID string) ([]Session, error) {
	var all []Session
	err := s.read.NewSelect().Model(&all).Where(`"se"."userId" = ?`, userID).OrderExpr(`"se"."id" DESC`).Scan(ctx)
	slices.SortStableFunc(all, func(a, b Session) int { return b.CreatedAt.Compare(a.CreatedAt) })
	return all, translate(err)
}

// DeleteSessionOf removes the session if it is the person's, else it is ErrNotFound.
func (s *Store) DeleteSessionOf(ctx context.Context, userID, id string) error {
	res, err := s.write.NewDelete().Model((*Session)(nil)).Where(`"userId" = ? AND "id" = ?`, userID, id).Exec(ctx)
	if err != nil {
		return translate(err)
	}
	return oneRow(res.RowsAffected())
}

// DeleteSessionsOf removes the person's sessions but the one to keep, and returns how many
// there were. An empty keep keeps none.
func (s *Store) DeleteSessionsOf(ctx context.Context, userID, keep string) (int64, error) {
	res, err := s.write.NewDelete().Model((*Session)(nil)).Where(`"userId" = ? AND "id" <> ?`, userID, keep).Exec(ctx)
	if err != nil {
		return 0, translate(err)
	}
	return res.RowsAffected()
}

// DeleteSessionsBefore forgets what expired before the time.
func (s *Store) DeleteSessionsBefore(ctx context.Context, at time.Time) error {
	_, err := s.write.NewDelete().Model((*Session)(nil)).Where(`"expiresAt" < ?`, at.UTC()).Exec(ctx)
	return translate(err)
}
