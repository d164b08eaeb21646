package store

import (
	"context"
	"time"

	"github.com/uptrace/bun"
)

// setting is what the program has chosen once for all its processes. The value may be a secret.
type setting struct {
	bun.BaseModel `bun:"table:setting"`

	Name      string    `bun:"name,pk"`
	Value     string    `bun:"value"`
	CreatedAt time.Time `bun:"createdAt"`
}

// GetOrCreateSetting returns the value that is kept under the name; where there is none it
// keeps the given one. Of several processes that begin at once all get the same.
func (s *Store) GetOrCreateSetting(ctx context.Context, name, value string) (string, error) {
	row := setting{Name: name, Value: value, CreatedAt: s.Now()}
	if _, err := s.write.NewInsert().Model(&row).On("CONFLICT DO NOTHING").Exec(ctx); err != nil {
		return "", translate(err)
	}
	err := s.write.NewSelect().Model(&row).WherePK().Scan(ctx)
	return row.Value, translate(err)
}
