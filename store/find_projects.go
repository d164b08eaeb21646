package store

import (
	"context"
	"fmt"

	"github.com/uptrace/bun"

	"rollcall/store/civil"
)

// FoundProject is a project with its clients and who is on it in the asked window.
type FoundProject struct {
	ID        string      `bun:"id"`
	Name      string      `bun:"name"`
	About     string      `bun:"about"` // the description, empty for none
	StartedAt *civil.Date `bun:"startedAt"`
	EndedAt   *civil.Date `bun:"endedAt"`
	Clients   string      `bun:"-"` // names in order, joined by ", "
	People    int         `bun:"people"`
}

// ProjectCondition says how a project's dates lie in a window.
type ProjectCondition string

// The conditions. AnyProject asks for nothing.
const (
	AnyProject ProjectCondition = "any"
	Active     ProjectCondition = "active"   // runs on a day of it
	Starting   ProjectCondition = "starting" // its first day lies in it
	Ending     ProjectCondition = "ending"   // its last day lies in it
)

// ProjectQuery asks for projects. Empty fields ask for nothing.
type ProjectQuery struct {
	IDs       []string
	ClientID  string
	UserID    string      // is booked on it in the window
	Window    civil.Range // half-open, not empty
	Condition ProjectCondition
}

// FindProjects returns the projects that match, by last day (open-ended ones last) when
// they end, by first day otherwise, then by name. People counts who has a confirmed
// booking in the window.
func (s *Store) FindProjects(ctx context.Context, q ProjectQuery) ([]FoundProject, error) {
	var rows []FoundProject
	booked := `FROM "project_user" AS "b" JOIN "user" AS "u" ON "u"."id" = "b"."userId" AND "u"."active" WHERE "b"."projectId" = "p"."id" AND (` +
		bookingFirst + ` IS NULL OR ` + bookingFirst + ` < ?) AND (` + bookingLast + ` IS NULL OR ` + bookingLast + ` >= ?)`
	sel := s.read.NewSelect().TableExpr(`"project" AS "p"`).
		ColumnExpr(`"p"."id", "p"."name", COALESCE("p"."description", '') AS "about", "p"."startedAt", "p"."endedAt"`).
		ColumnExpr(`(SELECT COUNT(DISTINCT "b"."userId") `+booked+` AND "b"."status" = 'confirmed') AS "people"`, q.Window.To, q.Window.From)
	if q.UserID != "" {
		sel.Where(`EXISTS (SELECT 1 `+booked+` AND "b"."userId" = ?)`, q.Window.To, q.Window.From, q.UserID)
	}
	q.narrow(sel)
	if err := sel.Scan(ctx, &rows); err != nil {
		return nil, fmt.Errorf("find projects: %w", translate(err))
	}
	return rows, s.nameClients(ctx, rows)
}

func (q ProjectQuery) narrow(sel *bun.SelectQuery) {
	if q.IDs != nil {
		sel.Where(`"p"."id" IN (?)`, bun.List(append([]string{""}, q.IDs...)))
	}
	if q.ClientID != "" {
		sel.Where(`EXISTS (SELECT 1 FROM "client_project" AS "cp" WHERE "cp"."projectId" = "p"."id" AND "cp"."clientId" = ?)`, q.ClientID)
	}
	switch q.Condition {
	case Active:
		sel.Where(`("p"."startedAt" IS NULL OR "p"."startedAt" < ?) AND ("p"."endedAt" IS NULL OR "p"."endedAt" >= ?)`, q.Window.To, q.Window.From)
	case Starting:
		sel.Where(`"p"."startedAt" >= ? AND "p"."startedAt" < ?`, q.Window.From, q.Window.To)
	case Ending:
		sel.Where(`"p"."endedAt" >= ? AND "p"."endedAt" < ?`, q.Window.From, q.Window.To).OrderExpr(`"p"."endedAt"`)
	case AnyProject:
	}
	sel.OrderExpr(`COALESCE("p"."startedAt", '0001-01-01'), "p"."name", "p"."id"`)
}

func (s *Store) nameClients(ctx context.Context, projects []FoundProject) error {
	ids := make([]string, 1, len(projects)+1)
	for _, p := range projects {
		ids = append(ids, p.ID)
	}
	var rows []struct {
		ProjectID string `bun:"projectId"`
		Name      string `bun:"name"`
	}
	err := s.read.NewRaw(`SELECT "cp"."projectId", "c"."name" FROM "client_project" AS "cp" JOIN "client" AS "c" ON "c"."id" = "cp"."clientId"
WHERE "cp"."projectId" IN (?) ORDER BY "c"."name"`, bun.List(ids)).Scan(ctx, &rows)
	if err != nil {
		return fmt.Errorf("find clients: %w", translate(err))
	}
	names := make(map[string]string, len(rows))
	for _, r := range rows {
		names[r.ProjectID] = join(names[r.ProjectID], r.Name)
	}
	for i := range projects {
		projects[i].Clients = names[projects[i].ID]
	}
	return nil
}
