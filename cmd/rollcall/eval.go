package main

import (
	"context"
	"errors"
	"fmt"

	"rollcall/evals"
	"rollcall/store"
	"rollcall/tools"
)

type evalCmd struct {
	Set     []string `help:"The sets of cases to ask; all of them when none is named."`
	Verbose bool     `short:"v" help:"Print every case that is not right."`
}

// evalClock and evalZone are the fixed clock that the cases' results are known for.
const (
	evalClock = "2026-11-25T10:00:00+01:00"
	evalZone  = "Europe/Berlin"
)

// Run asks the cases of the sample company with a fixed clock.
func (c *evalCmd) Run(ctx context.Context, cfg *Config, s streams) (err error) {
	fixed := *cfg
	fixed.Now, fixed.Timezone, fixed.SprintStart, fixed.SprintWeeks, fixed.WeekStart, fixed.FiscalYear, fixed.FreePercent = evalClock, evalZone, "2026-11-16", 2, "monday", 1, 50
	fixed.DatabaseURL = store.MemoryURL
	a, err := fixed.openSample(ctx, s.err)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.close()) }()
	b, err := a.bot()
	if err != nil {
		return err
	}
	asker, err := a.asker(ctx, "")
	if err != nil {
		return err
	}
	if len(c.Set) == 0 {
		if c.Set, err = evals.Sets(); err != nil {
			return err
		}
	}
	runner := &evals.Runner{Bot: b, Tools: tools.All(a.company()), Asker: asker}
	for _, set := range c.Set {
		if err := c.score(ctx, runner, set, s); err != nil {
			return err
		}
	}
	return nil
}

func (c *evalCmd) score(ctx context.Context, runner *evals.Runner, set string, s streams) error {
	cases, err := evals.Cases(set)
	if err != nil {
		return err
	}
	outcomes, err := runner.Run(ctx, cases)
	if err != nil {
		return err
	}
	for _, o := range outcomes {
		if c.Verbose && o.Verdict != evals.Right {
			fmt.Fprintf(s.out, "%-9s %-7s %q\n          %s\n", o.Verdict, o.Case.ID, o.Case.Turns, o.Call)
		}
	}
	fmt.Fprintf(s.out, "%s: %s\n", set, evals.Sum(outcomes))
	return nil
}
