package tools

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"rollcall/proposal"
	"rollcall/store"
	"rollcall/store/civil"
	"rollcall/tools/resolve"
)

type proposeTimeOffArgs struct {
	Action  string   `json:"action" need:"true" enum:"add,cancel,change"`
	People  []string `json:"people" jsonschema:"up to 5; null for the user"`
	Kind    string   `json:"kind" enum:"vacation,sick,parental,other"`
	Period  string   `json:"period" jsonschema:"the user's own words: the days off; change: the new days"`
	More    []string `json:"more" jsonschema:"add: further days apart from the period, each in the user's own words"`
	Current string   `json:"current" jsonschema:"cancel, change: the user's own words for the days as they are"`
}

func proposeTimeOff(c *Company) Tool {
	return defineProposal("propose_time_off", "Prepare recording, cancelling or moving time off of the user or of others. The user confirms it by a button.",
		func(ctx context.Context, call Call, a proposeTimeOffArgs) (Result, error) {
			if err := tooMany(max(1, len(a.People))*(1+len(a.More)), "people or days off"); err != nil {
				return nil, err
			}
			people, err := c.saidPeople(ctx, call, "people", a.People, true)
			if err == nil {
				err = saidKind(call, a.Kind)
			}
			if err != nil {
				return nil, err
			}
			var edits []store.Edit
			for _, p := range people {
				some, err := c.timeOffEdits(ctx, call, a, p)
				if err != nil {
					return nil, err
				}
				edits = append(edits, some...)
			}
			return c.propose(ctx, call, proposal.TimeOff, edits...)
		})
}

// kindWords are the words by which people say why they are off.
var kindWords = map[string][]string{
	"vacation": strings.Fields("vacation vacations holiday holidays pto leave urlaub ferien vacances conge conges vacaciones"),
	"sick":     strings.Fields("sick ill illness sickness unwell flu cold krank krankgemeldet malade maladie enfermo enferma baja"),
	"parental": strings.Fields("parental maternity paternity baby birth elternzeit mutterschutz vaterschaft parentalite maternite paternite paternidad maternidad"),
}

// saidKind checks that the asker has said why somebody is off: nobody is put down as sick
// because a model thinks so.
func saidKind(call Call, kind string) error {
	v := vocabularyOf(call.Asker.Words)
	if kindWords[kind] == nil || slices.ContainsFunc(slices.Concat(kindWords[kind], []string{kind}), func(w string) bool { return v.tokens[w] }) {
		return nil
	}
	return notSaid("kind", "What kind of time off?", "vacation", "sick", "parental", "other")
}

// timeOffEdits are the edit of the period and, of days that are added, those of the others.
func (c *Company) timeOffEdits(ctx context.Context, call Call, a proposeTimeOffArgs, person resolve.Entry) ([]store.Edit, error) {
	if len(a.More) > 0 && a.Action != "add" {
		return nil, &Error{Code: Invalid, Field: "more", Message: "Only new days off may be several. Please say it in parts", Retryable: true}
	}
	var edits []store.Edit
	for _, days := range append([]string{a.Period}, a.More...) {
		a.Period = days
		e, err := c.timeOffEdit(ctx, call, a, person)
		if err != nil {
			return nil, err
		}
		edits = append(edits, e)
	}
	return edits, nil
}

func (c *Company) timeOffEdit(ctx context.Context, call Call, a proposeTimeOffArgs, person resolve.Entry) (store.Edit, error) {
	var before *store.TimeOff
	if a.Action != "add" {
		row, err := c.timeOffOf(ctx, call, a, person)
		if err != nil {
			return store.Edit{}, err
		}
		before = &row
	}
	if a.Action == "cancel" {
		return store.NewEdit(store.TimeOffEntity, before.ID, before, nil)
	}
	p, err := c.saidPeriod(call, "period", a.Period, "Which days?")
	if err != nil {
		return store.Edit{}, err
	}
	if p.OpenEnd {
		return store.Edit{}, missing("period", "Until when?")
	}
	after := store.TimeOff{ID: store.NewID(), UserID: person.ID, Kind: store.TimeOffKind(cmp.Or(a.Kind, string(store.OtherOff)))}
	if before != nil {
		after = *before
	}
	after.StartsOn, after.EndsOn = p.From, p.Last()
	return store.NewEdit(store.TimeOffEntity, after.ID, before, &after)
}

// timeOffOf finds the days off that words are about: those that touch the current ones, or
// the only ones that are not over.
func (c *Company) timeOffOf(ctx context.Context, call Call, a proposeTimeOffArgs, person resolve.Entry) (store.TimeOff, error) {
	if !call.mayChange(person.ID) {
		return store.TimeOff{}, c.denied(ctx, call, "change other people’s time off")
	}
	today := c.today()
	window := civil.Range{From: today, To: today + civil.Date(5*366)}
	if a.Current != "" {
		p, err := c.saidPeriod(call, "current", a.Current, "Which days off do you mean?")
		if err != nil {
			return store.TimeOff{}, err
		}
		window = p.Range
	}
	found, err := c.Store.FindTimeOff(ctx, store.TimeOffFilter{UserIDs: []string{person.ID}, Window: window, Kind: store.TimeOffKind(a.Kind)})
	if err != nil {
		return store.TimeOff{}, err
	}
	if len(found) == 0 {
		return store.TimeOff{}, &Error{Code: NotFound, Field: "current", Message: fmt.Sprintf("No such time off of %s is recorded", person.Name), Retryable: true}
	}
	if len(found) > 1 {
		e := &Error{Code: Missing, Field: "current", Message: fmt.Sprintf("Which time off of %s?", person.Name), Retryable: true}
		for _, t := range found[:min(mostOptions, len(found))] {
			e.DidYouMean = append(e.DidYouMean, fmt.Sprintf("%s to %s", t.StartsOn.Time().Format("2 January 2006"), t.EndsOn.Time().Format("2 January 2006")))
		}
		return store.TimeOff{}, e
	}
	return found[0].TimeOff, nil
}
