package evals_test

import (
	"context"
	"testing"

	"rollcall/bot"
	"rollcall/evals"
	"rollcall/proposal"
	"rollcall/store"
	"rollcall/tools"
)

// promote is a click that raises somebody's level in a skill, and does more if it is to.
func promote(c *evals.Company, more bool) evals.Click {
	return func(ctx context.Context, _ tools.Asker, _ string) error {
		names, err := c.Store.FindNames(ctx)
		if err != nil {
			return err
		}
		id := map[string]string{}
		for _, n := range names {
			id[string(n.Kind)+" "+n.Name] = n.ID
		}
		level := 2
		if err := c.Store.CreatePersonSkill(ctx, &store.PersonSkill{UserID: id["person Jonas Weber"], SkillID: id["skill Rust"], Level: &level}); err != nil || !more {
			return err
		}
		return c.Store.CreatePersonSkill(ctx, &store.PersonSkill{UserID: id["person Jonas Weber"], SkillID: id["skill Swift"], Level: &level})
	}
}

func TestAConfirmationMustWriteTheRowsOfTheCaseAndNoOthers(t *testing.T) {
	t.Parallel()
	want := func(row map[string]any) evals.Case {
		return evals.Case{ID: "a", Category: "writes", Turns: []string{"x"}, Kind: bot.Proposed, Change: []evals.Effect{{Entity: "user_skill", Action: "create", Row: row}}}
	}
	card := &proposal.Card{ID: "a"}
	rust := map[string]any{"person": "jonas.weber@lumen.example", "skill": "Rust", "level": 2, "confirmedBy": nil}
	for name, c := range map[string]struct {
		of    evals.Case
		more  bool
		card  *proposal.Card
		right bool
	}{
		"the row":         {want(rust), false, card, true},
		"another row too": {want(rust), true, card, false},
		"another level":   {want(map[string]any{"person": "jonas.weber@lumen.example", "skill": "Rust", "level": 3}), false, card, false},
		"another person":  {want(map[string]any{"person": "priya.natarajan@lumen.example", "skill": "Rust"}), false, card, false},
		"no proposal":     {want(rust), false, nil, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			company, err := evals.NewCompany(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = company.Close() }()
			company.Click = promote(company, c.more)
			if got, err := evals.Confirm(t.Context(), company, c.of, c.card); err != nil || got != c.right {
				t.Errorf("got %t, %v", got, err)
			}
		})
	}
}
