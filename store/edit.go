package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"time"
)

// ErrStale means that a row is no longer as the caller has seen it; nothing was changed.
var ErrStale = errors.New("changed meanwhile")

// The entities that edits can change, by their tables' names.
const (
	BookingEntity             = "project_user"
	PersonSkillEntity         = "user_skill"
	PersonCertificationEntity = "user_certification"
	TimeOffEntity             = "time_off"
	ProjectEntity             = "project"
	ClientProjectEntity       = "client_project"
	PersonEntity              = "user"
	SessionEntity             = "session"
	AccountEntity             = "account"
	VerificationEntity        = "verification"
	SkillEntity               = "skill"
	CertificationEntity       = "certification"
	RoleEntity                = "role"
	ClientEntity              = "client"
)

// Edit is the change of one row, as data: what it is before and after, with the columns'
// names. A nil Before makes the row, a nil After removes it.
type Edit struct {
	Entity string          `json:"entity"`
	ID     string          `json:"id"`
	Before json.RawMessage `json:"before,omitempty"`
	After  json.RawMessage `json:"after,omitempty"`
}

// Reverse is the edit that takes this one back.
func (e Edit) Reverse() Edit {
	return Edit{Entity: e.Entity, ID: e.ID, Before: e.After, After: e.Before}
}

// Action is what the edit does to its row: create, update or delete.
func (e Edit) Action() string {
	switch {
	case e.Before == nil:
		return "create"
	case e.After == nil:
		return "delete"
	}
	return "update"
}

// NewEdit writes the edit of a row. Nil is no row; both nil panic.
func NewEdit[T any](entity, id string, before, after *T) (Edit, error) {
	e := Edit{Entity: entity, ID: id}
	for _, side := range []struct {
		row *T
		to  *json.RawMessage
	}{{before, &e.Before}, {after, &e.After}} {
		if side.row == nil {
			continue
		}
		text, err := encodeRow(side.row)
		if err != nil {
			return Edit{}, err
		}
		*side.to = text
	}
	if before == nil && after == nil {
		panic("an edit of nothing")
	}
	return e, nil
}

// ChangesNothing reports whether the row shall be as it is.
func (e Edit) ChangesNothing() bool { return e.Before != nil && sameRow(e.Before, e.After) }

// ApplyEdit makes the change when the row is as Before says, else it is ErrStale, and
// returns the edit with the row as it was written. One that changes nothing writes nothing.
// Run it inside of Transact.
func (s *Store) ApplyEdit(ctx context.Context, e Edit) (Edit, error) {
	kind, known := editable[e.Entity]
	if !known {
		return Edit{}, fmt.Errorf("%w: no edit can change %q", ErrInvalid, e.Entity)
	}
	now, err := kind.lock(ctx, s, e.ID)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return Edit{}, err
	}
	if !sameRow(now, e.Before) {
		return Edit{}, fmt.Errorf("%s %s: %w", e.Entity, e.ID, ErrStale)
	}
	if e.ChangesNothing() {
		return e, nil
	}
	if e.After, err = kind.write(ctx, s, e); err != nil {
		return Edit{}, fmt.Errorf("%s %s %s: %w", e.Action(), e.Entity, e.ID, err)
	}
	return e, nil
}

// GetRow returns the row that an edit of the entity would change, with the columns' names,
// or ErrNotFound.
func (s *Store) GetRow(ctx context.Context, entity, id string) (json.RawMessage, error) {
	kind, known := editable[entity]
	if !known {
		return nil, fmt.Errorf("%w: no edit can change %q", ErrInvalid, entity)
	}
	return kind.lock(ctx, s, id)
}

// editor is how the rows of one entity are edited.
type editor struct {
	lock  func(ctx context.Context, s *Store, id string) (json.RawMessage, error) // nobody else changes the row before the transaction ends
	write func(ctx context.Context, s *Store, e Edit) (json.RawMessage, error)
	// hanging are the rows whose column names the id.
	hanging func(ctx context.Context, s *Store, column, id string) ([]json.RawMessage, error)
}

// editable has a line for each entity that edits can change.
var editable = map[string]editor{
	BookingEntity:             editorOf[Booking](nil),
	PersonSkillEntity:         editorOf(func(s *Store, row *PersonSkill) { row.UpdatedAt = s.Now() }),
	PersonCertificationEntity: editorOf[PersonCertification](nil),
	TimeOffEntity:             editorOf[TimeOff](nil),
	ProjectEntity:             editorOf[Project](nil),
	ClientProjectEntity:       editorOf[ClientProject](nil),
	PersonEntity:              editorOf(func(s *Store, row *Person) { row.CreatedAt, row.UpdatedAt = stamped(s, row.CreatedAt) }),
	SessionEntity:             editorOf(func(s *Store, row *Session) { row.CreatedAt, row.UpdatedAt = stamped(s, row.CreatedAt) }),
	AccountEntity:             editorOf(func(s *Store, row *Account) { row.CreatedAt, row.UpdatedAt = stamped(s, row.CreatedAt) }),
	VerificationEntity:        editorOf(func(s *Store, row *Verification) { row.CreatedAt, row.UpdatedAt = stamped(s, row.CreatedAt) }),
	SkillEntity:               editorOf(func(s *Store, row *Skill) { row.CreatedAt, row.UpdatedAt = stamped(s, row.CreatedAt) }),
	CertificationEntity:       editorOf[Certification](nil),
	RoleEntity:                editorOf[Role](nil),
	ClientEntity:              editorOf[Client](nil),
}

// stamped is when a row was made, now if it is new, and now as when it was changed.
func stamped(s *Store, created time.Time) (time.Time, time.Time) {
	if created.IsZero() {
		created = s.Now()
	}
	return created, s.Now()
}

// secrets are the columns whose values leave the database for nobody.
var secrets = map[string][]string{
	SessionEntity: {"token"}, AccountEntity: {"accessToken", "refreshToken", "idToken", "password"}, VerificationEntity: {"value"},
}

// WithoutSecrets is the edit as it may be kept and shown: tokens, codes and password hashes
// are left out.
func (e Edit) WithoutSecrets() (Edit, error) {
	for _, side := range []*json.RawMessage{&e.Before, &e.After} {
		if *side == nil || secrets[e.Entity] == nil {
			continue
		}
		row := map[string]any{}
		if err := json.Unmarshal(*side, &row); err != nil {
			return e, fmt.Errorf("read a row: %w", err)
		}
		for _, column := range secrets[e.Entity] {
			delete(row, column)
		}
		text, err := json.Marshal(row)
		if err != nil {
			return e, fmt.Errorf("write a row: %w", err)
		}
		*side = text
	}
	return e, nil
}

// dependant is a column that names rows of another entity. When the named row goes, its rows
// go too, or lose the name.
type dependant struct {
	entity, column string
	stays          bool
}

// dependants has what the schema's "on delete" does, for the trail to tell of it.
var dependants = map[string][]dependant{
	PersonEntity: {
		{PersonSkillEntity, "userId", false},
		{PersonSkillEntity, "confirmedBy", true},
		{PersonCertificationEntity, "userId", false},
		{BookingEntity, "userId", false},
		{TimeOffEntity, "userId", false},
		{SessionEntity, "userId", false},
		{AccountEntity, "userId", false},
	},
	ProjectEntity: {{ClientProjectEntity, "projectId", false}},
}

// FindCascade returns the edits of other rows that go with an edit, to be made before it:
// what hangs on a row that is removed. Others have none.
func (s *Store) FindCascade(ctx context.Context, e Edit) ([]Edit, error) {
	if e.After != nil {
		return nil, nil
	}
	var all []Edit
	for _, d := range dependants[e.Entity] {
		rows, err := editable[d.entity].hanging(ctx, s, d.column, e.ID)
		if err != nil {
			return nil, err
		}
		for _, row := range rows {
			one, err := d.follow(row, e.ID)
			if err != nil {
				return nil, err
			}
			if one.ID != "" {
				all = append(all, one)
			}
		}
	}
	return all, nil
}

// follow is the edit of a row that names one that goes, without an id where another edit
// removes it.
func (d dependant) follow(row json.RawMessage, gone string) (Edit, error) {
	var values map[string]any
	if err := json.Unmarshal(row, &values); err != nil {
		return Edit{}, fmt.Errorf("read a row: %w", err)
	}
	id, _ := values["id"].(string)
	e := Edit{Entity: d.entity, ID: id, Before: row}
	if !d.stays {
		return e, nil
	}
	if values["userId"] == gone {
		return Edit{}, nil
	}
	values[d.column] = nil
	text, err := json.Marshal(values)
	if err != nil {
		return Edit{}, fmt.Errorf("write a row: %w", err)
	}
	e.After = text
	return e, nil
}

// editorOf edits rows of T. stamp sets what every writing sets.
func editorOf[T any](stamp func(s *Store, row *T)) editor {
	return editor{
		lock: func(ctx context.Context, s *Store, id string) (json.RawMessage, error) {
			var row T
			if err := s.forUpdate(s.read.NewSelect().Model(&row).Where("?TablePKs = ?", id)).Scan(ctx); err != nil {
				return nil, translate(err)
			}
			return encodeRow(&row)
		},
		hanging: func(ctx context.Context, s *Store, column, id string) ([]json.RawMessage, error) {
			rows, err := FindHanging[T](ctx, s, column, []string{id})
			all := make([]json.RawMessage, 0, len(rows))
			for i := range rows {
				text, bad := encodeRow(&rows[i])
				all, err = append(all, text), errors.Join(err, bad)
			}
			return all, err
		},
		write: func(ctx context.Context, s *Store, e Edit) (json.RawMessage, error) {
			if e.After == nil {
				return nil, remove[T](ctx, s.write, e.ID)
			}
			var row T
			if err := json.Unmarshal(e.After, &row); err != nil {
				return nil, fmt.Errorf("%w: %w", ErrInvalid, err)
			}
			if stamp != nil {
				stamp(s, &row)
			}
			change := update[T]
			if e.Before == nil {
				change = insert[T]
			}
			if err := change(ctx, s.write, &row); err != nil {
				return nil, err
			}
			return encodeRow(&row)
		},
	}
}

// encodeRow writes a row the same way whichever database it comes from.
func encodeRow(row any) (json.RawMessage, error) {
	inUTC(reflect.ValueOf(row).Elem())
	text, err := json.Marshal(row)
	if err != nil {
		return nil, fmt.Errorf("write a row: %w", err)
	}
	return text, nil
}

func inUTC(row reflect.Value) {
	for i := range row.NumField() {
		switch f := row.Field(i).Addr().Interface().(type) {
		case *time.Time:
			*f = f.UTC().Truncate(time.Microsecond)
		case **time.Time:
			if *f != nil {
				at := (*f).UTC().Truncate(time.Microsecond)
				*f = &at
			}
		}
	}
}

// sameRow compares rows by their values: the databases write JSON in forms of their own.
func sameRow(a, b json.RawMessage) bool {
	if a == nil || b == nil {
		return a == nil && b == nil
	}
	var x, y any
	return json.Unmarshal(a, &x) == nil && json.Unmarshal(b, &y) == nil && reflect.DeepEqual(x, y)
}
