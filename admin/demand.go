package admin

import (
	"cmp"
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"rollcall/admin/signin"
	"rollcall/store"
	"rollcall/store/chatlog"
)

// demandInput is the time that is looked at.
type demandInput struct {
	From string `query:"from" maxLength:"40" doc:"From this day (2026-12-31) or time (RFC 3339) on."`
	To   string `query:"to" maxLength:"40" doc:"Up to and with this day, or before this time."`
}

type demandView struct {
	Body struct {
		Items     []demandLine `json:"items"`
		Truncated bool         `json:"truncated,omitempty" doc:"There were more lines than are kept."`
	}
}

// demandLine is one thing that was asked for in a month and that nobody had.
type demandLine struct {
	Month    string   `json:"month" doc:"2026-12: when it was asked."`
	Skill    string   `json:"skill,omitempty" doc:"Missing where no skill was asked for."`
	Other    string   `json:"other,omitempty" doc:"What was asked for instead of a skill: a role, a certificate."`
	MinLevel int      `json:"minLevel,omitempty"`
	Count    int      `json:"count" doc:"Questions."`
	People   int      `json:"people" doc:"Who asked, each once."`
	Periods  []string `json:"periods,omitempty" doc:"For when they were sought."`
	Examples []string `json:"examples" doc:"The newest questions' ids."`

	askers map[string]bool
}

const (
	mostDemand   = 5000 // lines: words of people may be anything
	mostExamples = 5
	mostWord     = 100
)

// demandTools are the look-ups that seek somebody.
var demandTools = []string{"find_people", "suggest_staffing"}

func (c *conversations) addDemand() {
	op := c.operation(http.MethodGet, "get-demand", "/demand", "Sum up unmet demand", "What was asked for and nobody had, by month, skill and level.")
	addOperation(c.registrar, op, store.Admin, func(ctx context.Context, _ signin.Principal, in *demandInput) (*demandView, error) {
		if err := c.reviewing(); err != nil {
			return nil, err
		}
		f, err := c.filter(ConversationFilter{From: in.From, To: in.To})
		if err != nil {
			return nil, err
		}
		return c.demand(ctx, f)
	})
}

// demandKey is what lines are told apart by.
type demandKey struct {
	month, skill, other string
	level               int
}

// demand reads exchange by exchange and keeps sums alone.
func (c *conversations) demand(ctx context.Context, f chatlog.Filter) (*demandView, error) {
	spelling, err := c.skillSpelling(ctx)
	if err != nil {
		return nil, err
	}
	out, lines := &demandView{}, map[demandKey]*demandLine{}
	for i, tool := range demandTools {
		f.Tool = tool
		err = chatlog.Each(ctx, c.Log, f, func(e chatlog.Exchange) error {
			if i > 0 && slices.ContainsFunc(e.Tools, func(t chatlog.ToolCall) bool { return t.Name == demandTools[0] }) {
				return nil // it has been read
			}
			for key, periods := range unmet(e, spelling, c.Location) {
				if lines[key] == nil && len(lines) == mostDemand {
					out.Body.Truncated = true
					continue
				}
				if lines[key] == nil {
					lines[key] = &demandLine{Month: key.month, Skill: key.skill, Other: key.other, MinLevel: key.level, askers: map[string]bool{}}
				}
				lines[key].add(e, periods)
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	out.Body.Items = make([]demandLine, 0, len(lines))
	for l := range maps.Values(lines) {
		l.People = len(l.askers)
		out.Body.Items = append(out.Body.Items, *l)
	}
	slices.SortFunc(out.Body.Items, func(a, b demandLine) int {
		return cmp.Or(strings.Compare(b.Month, a.Month), cmp.Compare(b.Count, a.Count), strings.Compare(a.Skill, b.Skill), strings.Compare(a.Other, b.Other), cmp.Compare(a.MinLevel, b.MinLevel))
	})
	return out, nil
}

func (l *demandLine) add(e chatlog.Exchange, periods []string) {
	l.Count++
	l.askers[e.AskerID] = true
	for _, p := range periods {
		if p != "" && len(l.Periods) < mostExamples && !slices.Contains(l.Periods, p) {
			l.Periods = append(l.Periods, p)
		}
	}
	if len(l.Examples) < mostExamples {
		l.Examples = append(l.Examples, e.ID)
	}
}

// skillSpelling is every skill's name by all that it is called, in lower case.
func (c *conversations) skillSpelling(ctx context.Context) (map[string]string, error) {
	names, err := c.Store.FindNames(ctx)
	spelling := map[string]string{}
	for _, n := range names {
		if n.Kind != store.SkillName {
			continue
		}
		for _, alias := range n.Aliases {
			spelling[strings.ToLower(alias)] = n.Name
		}
		spelling[strings.ToLower(n.Name)] = n.Name
	}
	return spelling, err
}

// sought is what the two look-ups have in common, in arguments and result.
type sought struct {
	Skills []struct {
		Name     string `json:"name"`
		MinLevel int    `json:"min_level"`
	} `json:"skills"`
	Role          string `json:"role"`
	Certification string `json:"certification"`
}

type soughtResult struct {
	Total     *int   `json:"total"`
	Condition string `json:"condition"`
	Period    struct {
		From  string `json:"from"`
		To    string `json:"to"`
		Label string `json:"label"`
	} `json:"period"`
	Needs []string `json:"needs"`
	Role  string   `json:"role"`
}

// unmet is what the exchange asked for and nobody had, with the periods; each thing once,
// however often it was looked for. That nobody is overbooked is good news, and no demand.
func unmet(e chatlog.Exchange, spelling map[string]string, loc *time.Location) map[demandKey][]string {
	found := map[demandKey][]string{}
	for _, t := range e.Tools {
		var args sought
		var result soughtResult
		if !slices.Contains(demandTools, t.Name) || json.Unmarshal(t.Arguments, &args) != nil || json.Unmarshal(t.Result, &result) != nil ||
			result.Total == nil || *result.Total > 0 || result.Condition == "overbooked" {
			continue
		}
		period := result.Period.Label
		if period == "" && result.Period.From != "" {
			period = result.Period.From + " – " + result.Period.To
		}
		month := e.At.In(loc).Format("2006-01")
		for _, key := range wanted(args, result, spelling) {
			key.month = month
			found[key] = append(found[key], period)
		}
	}
	return found
}

// wanted is what a look-up sought: the skills that were named, else those of the open role,
// else the role or certificate.
func wanted(args sought, result soughtResult, spelling map[string]string) []demandKey {
	var all []demandKey
	for _, s := range args.Skills {
		all = append(all, demandKey{skill: spelled(s.Name, spelling), level: s.MinLevel})
	}
	if len(all) == 0 {
		for _, need := range result.Needs {
			name, level := splitNeed(need)
			all = append(all, demandKey{skill: spelled(name, spelling), level: level})
		}
	}
	if len(all) == 0 {
		if other := cmp.Or(args.Certification, args.Role, result.Role); other != "" {
			all = append(all, demandKey{other: cutWord(other)})
		}
	}
	return all
}

func spelled(name string, spelling map[string]string) string {
	name = strings.TrimSpace(name)
	return cmp.Or(spelling[strings.ToLower(name)], cutWord(strings.ToLower(name)))
}

func cutWord(s string) string {
	if r := []rune(s); len(r) > mostWord {
		return string(r[:mostWord])
	}
	return s
}

// splitNeed reads a need as suggest_staffing writes it: "Go", "Go ≥ 4".
func splitNeed(s string) (name string, level int) {
	name, after, found := strings.Cut(s, " ≥ ")
	if found {
		level, _ = strconv.Atoi(after) // what is no level is none
	}
	return name, level
}
