package evals

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"rollcall/proposal"
	"rollcall/store"
	"rollcall/tools"
)

// Effect is a row that a confirmed proposal must have made, changed or removed, by names:
// person is an e-mail address; project, role, skill, certification and client are names;
// every other column has its own name. What is not given may be anything.
type Effect struct {
	Entity string         `json:"entity"`          // the table
	Action string         `json:"action"`          // create, update or delete
	Row    map[string]any `json:"row"`             // the row afterwards, or before it was removed
	Holds  []string       `json:"holds,omitempty"` // texts that a document must hold
}

// Click is how a person confirms a proposal. ErrNotDone means that nothing came of it.
type Click func(ctx context.Context, asker tools.Asker, proposalID string) error

// ErrNotDone means that a click did not do what it was for.
var ErrNotDone = errors.New("the click did nothing")

// click confirms through a clerk, as the buttons do.
func click(clerk *proposal.Clerk) Click {
	return func(ctx context.Context, asker tools.Asker, id string) error {
		out, err := clerk.Decide(ctx, proposal.Person{ID: asker.ID, Name: asker.Name, Access: asker.Access}, id, proposal.Confirm)
		if err == nil && out.Result != proposal.Done {
			err = fmt.Errorf("%w: %s", ErrNotDone, out.Said)
		}
		return err
	}
}

// row is a row of a table with names in the place of ids.
type row struct {
	entity, id string
	columns    map[string]string
}

// references are the columns that name a row of another table, what they are called here,
// and the column there that is the name.
var references = map[string]struct{ table, as, name string }{
	"userId":    {"user", "person", "email"},
	"projectId": {"project", "project", "name"},
	"roleId":    {"role", "role", "name"},
	"skillId":   {"skill", "skill", "name"},
	"certId":    {"certification", "certification", "name"},
	"clientId":  {"client", "client", "name"},
}

// changeable are the tables that a proposal may change.
var changeable = []string{
	store.BookingEntity, store.PersonSkillEntity, store.PersonCertificationEntity, store.TimeOffEntity, store.ProjectEntity, store.ClientProjectEntity, "project_details",
}

// changed reports whether the card of an answer does what it must. It is confirmed as the
// asker would, and what the database holds before and after is compared.
func (w *worker) changed(ctx context.Context, c Case, asker tools.Asker, card *proposal.Card) (bool, error) {
	if card == nil {
		return false, nil
	}
	before, err := w.company.rows(ctx)
	if err != nil {
		return false, err
	}
	w.clicked = true
	err = w.company.Click(ctx, asker, card.ID)
	switch {
	case errors.Is(err, ErrNotDone):
		return false, nil
	case err != nil:
		return false, fmt.Errorf("confirm the proposal of %s: %w", c.ID, err)
	}
	after, err := w.company.rows(ctx)
	if err != nil {
		return false, err
	}
	return explains(c.Change, difference(before, after)), nil
}

// difference is every row that is not the same in both, by what happened to it.
func difference(before, after map[string]row) map[string][]row {
	all := map[string][]row{}
	for id, was := range before {
		now, still := after[id]
		switch {
		case !still:
			all["delete"] = append(all["delete"], was)
		case !sameColumns(was.columns, now.columns):
			all["update"] = append(all["update"], now)
		}
	}
	for id, now := range after {
		if _, was := before[id]; !was {
			all["create"] = append(all["create"], now)
		}
	}
	return all
}

func sameColumns(a, b map[string]string) bool {
	for name, v := range a {
		if b[name] != v && name != "updatedAt" && name != "revision" {
			return false
		}
	}
	return true
}

// explains reports whether the changes that must be are the changes that are, and no others.
func explains(want []Effect, got map[string][]row) bool {
	for _, c := range want {
		n := slices.IndexFunc(got[c.Action], c.is)
		if n < 0 {
			return false
		}
		got[c.Action] = slices.Delete(got[c.Action], n, n+1)
	}
	return len(got["create"])+len(got["update"])+len(got["delete"]) == 0
}

func (c Effect) is(r row) bool {
	if r.entity != c.Entity {
		return false
	}
	for name, v := range c.Row {
		want := ""
		if v != nil {
			want = fmt.Sprint(v)
		}
		if r.columns[name] != want {
			return false
		}
	}
	return !slices.ContainsFunc(c.Holds, func(text string) bool { return !strings.Contains(r.columns["document"], text) })
}

// rows reads every row that a proposal may change, with names in the place of ids.
func (c *Company) rows(ctx context.Context) (map[string]row, error) {
	names := map[string]string{}
	for _, ref := range references {
		err := c.each(ctx, ref.table, func(columns map[string]string) { names[columns["id"]] = columns[ref.name] })
		if err != nil {
			return nil, err
		}
	}
	all := map[string]row{}
	for _, table := range changeable {
		err := c.each(ctx, table, func(columns map[string]string) {
			id := columns["id"]
			if id == "" {
				id = columns["projectId"]
			}
			for column, ref := range references {
				if of := columns[column]; of != "" {
					columns[ref.as] = names[of]
				}
			}
			all[table+" "+id] = row{table, id, columns}
		})
		if err != nil {
			return nil, err
		}
	}
	return all, nil
}

// each tells fn every row of a table, as text.
func (c *Company) each(ctx context.Context, table string, fn func(columns map[string]string)) (err error) {
	_, db := c.Store.SQL()
	var read querier = db
	rows, err := read.QueryContext(ctx, `SELECT * FROM "`+table+`"`) // one of the names above
	if err != nil {
		return fmt.Errorf("read the table %s: %w", table, err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	names, err := rows.Columns()
	if err != nil {
		return err
	}
	for rows.Next() {
		values := make([]any, len(names))
		for i := range values {
			values[i] = new(any)
		}
		if err := rows.Scan(values...); err != nil {
			return err
		}
		columns := map[string]string{}
		for i, name := range names {
			columns[name] = textOf(*values[i].(*any))
		}
		fn(columns)
	}
	return rows.Err()
}

// textOf writes a value of a column; a day without its time.
func textOf(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case time.Time:
		if v.Equal(v.Truncate(24 * time.Hour)) {
			return v.Format(time.DateOnly)
		}
		return v.Format(time.RFC3339)
	case []byte:
		return plain(string(v))
	case string:
		return plain(v)
	}
	return fmt.Sprint(v)
}

// plain writes JSON the same way whichever database it comes from.
func plain(text string) string {
	if !strings.HasPrefix(text, "{") {
		return text
	}
	var v any
	if json.Unmarshal([]byte(text), &v) != nil {
		return text
	}
	again, err := json.Marshal(v)
	if err != nil {
		return text
	}
	return string(again)
}
