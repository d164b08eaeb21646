package store

import (
	"context"
	"fmt"
	"slices"

	"github.com/uptrace/bun"
)

// namesAtOnce is how many ids one query names.
const namesAtOnce = 500

// FindPersonNames returns the names of the people with the ids, active or not. Ids that are
// nobody's are left out.
func (s *Store) FindPersonNames(ctx context.Context, ids []string) (map[string]string, error) {
	names := map[string]string{}
	for some := range slices.Chunk(ids, namesAtOnce) {
		var rows []struct{ ID, Name string }
		err := s.read.NewSelect().Model((*Person)(nil)).Column("id", "name").Where(`"u"."id" IN (?)`, bun.List(some)).Scan(ctx, &rows)
		if err != nil {
			return nil, fmt.Errorf("find people's names: %w", translate(err))
		}
		for _, r := range rows {
			names[r.ID] = r.Name
		}
	}
	return names, nil
}
