package store

import (
	"context"
	"fmt"
	"strings"

	"rollcall/store/civil"
)

// NameKind says what a Name names.
type NameKind string

// The kinds of names.
const (
	PersonName        NameKind = "person"
	SkillName         NameKind = "skill"
	ProjectName       NameKind = "project"
	ClientName        NameKind = "client"
	RoleName          NameKind = "role"
	CertificationName NameKind = "certification"
	LocationName      NameKind = "location"
)

// Name is something that people call by a name.
type Name struct {
	Kind    NameKind
	ID      string // the row's id; for a location its name
	Name    string
	Aliases []string // other spellings: e-mail addresses, Slack user ids, a skill's aliases
	Fact    string   // what tells it from its namesakes, such as "Designer, Lisbon"; may be empty
}

// FindNames returns every name that a question may hold: active people, skills,
// projects, clients, roles, certifications and locations.
func (s *Store) FindNames(ctx context.Context) ([]Name, error) {
	var names []Name
	for _, find := range []func(context.Context) ([]Name, error){
		s.personNames, s.skillNames, s.projectNames, s.plainNames, s.certificationNames,
	} {
		some, err := find(ctx)
		if err != nil {
			return nil, fmt.Errorf("find names: %w", translate(err))
		}
		names = append(names, some...)
	}
	return names, nil
}

func (s *Store) personNames(ctx context.Context) ([]Name, error) {
	var rows []struct {
		ID, Name, Email, Role, Location, Slack string
	}
	err := s.read.NewRaw(`SELECT "u"."id", "u"."name", "u"."email", COALESCE("r"."name", '') AS "role", COALESCE("u"."location", '') AS "location",
	COALESCE("a"."accountId", '') AS "slack"
FROM "user" AS "u" LEFT JOIN "role" AS "r" ON "r"."id" = "u"."roleId"
LEFT JOIN "account" AS "a" ON "a"."userId" = "u"."id" AND "a"."providerId" = 'slack'
WHERE "u"."active" ORDER BY "u"."name", "u"."id", "a"."accountId"`).Scan(ctx, &rows)
	var names []Name
	for _, r := range rows {
		if n := len(names); n > 0 && names[n-1].ID == r.ID { // one row per Slack account
			names[n-1].Aliases = append(names[n-1].Aliases, r.Slack)
			continue
		}
		n := Name{Kind: PersonName, ID: r.ID, Name: r.Name, Aliases: []string{r.Email}, Fact: join(r.Role, r.Location)}
		if r.Slack != "" {
			n.Aliases = append(n.Aliases, r.Slack)
		}
		names = append(names, n)
	}
	return names, err
}

func (s *Store) skillNames(ctx context.Context) ([]Name, error) {
	var rows []Skill
	err := s.read.NewSelect().Model(&rows).Order("name", "id").Scan(ctx)
	names := make([]Name, 0, len(rows))
	for _, r := range rows {
		names = append(names, Name{Kind: SkillName, ID: r.ID, Name: r.Name, Aliases: r.Aliases})
	}
	return names, err
}

func (s *Store) projectNames(ctx context.Context) ([]Name, error) {
	var rows []struct {
		ID, Name, Client string
		StartedAt        *civil.Date `bun:"startedAt"`
	}
	err := s.read.NewRaw(`SELECT "p"."id", "p"."name", COALESCE(MIN("c"."name"), '') AS "client", "p"."startedAt"
FROM "project" AS "p" LEFT JOIN "client_project" AS "cp" ON "cp"."projectId" = "p"."id" LEFT JOIN "client" AS "c" ON "c"."id" = "cp"."clientId"
GROUP BY "p"."id", "p"."name", "p"."startedAt" ORDER BY "p"."name", "p"."id"`).Scan(ctx, &rows)
	names := make([]Name, 0, len(rows))
	for _, r := range rows {
		since := ""
		if r.StartedAt != nil {
			since = fmt.Sprintf("from %s", r.StartedAt)
		}
		names = append(names, Name{Kind: ProjectName, ID: r.ID, Name: r.Name, Fact: join(r.Client, since)})
	}
	return names, err
}

// plainNames finds what has nothing but a name.
func (s *Store) plainNames(ctx context.Context) ([]Name, error) {
	var rows []Name
	err := s.read.NewRaw(`SELECT 'client' AS "kind", "id", "name" FROM "client"
UNION ALL SELECT 'role', "id", "name" FROM "role"
UNION ALL SELECT DISTINCT 'location', "location", "location" FROM "user" WHERE "active" AND "location" IS NOT NULL
ORDER BY 1, 3, 2`).Scan(ctx, &rows)
	return rows, err
}

func (s *Store) certificationNames(ctx context.Context) ([]Name, error) {
	var rows []Certification
	err := s.read.NewSelect().Model(&rows).Order("name", "id").Scan(ctx)
	names := make([]Name, 0, len(rows))
	for _, r := range rows {
		n := Name{Kind: CertificationName, ID: r.ID, Name: r.Name}
		if r.Issuer != nil {
			n.Fact = *r.Issuer
		}
		names = append(names, n)
	}
	return names, err
}

func join(parts ...string) string {
	return strings.Join(strings.FieldsFunc(strings.Join(parts, "\x00"), func(r rune) bool { return r == 0 }), ", ")
}
