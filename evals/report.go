package evals

import (
	"math"
	"slices"
	"time"
)

// Score is outcomes summed up.
type Score struct {
	Category   string  `json:"category"`
	Cases      int     `json:"cases"`
	Right      int     `json:"right"`
	Abstained  int     `json:"abstained"`
	Wrong      int     `json:"wrong"`
	Failed     int     `json:"failed"` // the model could not be reached
	Answerable int     `json:"answerable"`
	Answered   int     `json:"answered"` // of the answerable
	Forbidden  int     `json:"forbidden"`
	Penalised  float64 `json:"penalised"` // from -1 to 1, see Penalty
	In         int     `json:"in"`
	CachedIn   int     `json:"cachedIn"`
	Out        int     `json:"out"`
	Cost       int64   `json:"costMicros"`
	P50        int64   `json:"p50Micros"`
	P95        int64   `json:"p95Micros"`
}

// Penalty is what a wrong answer costs beside not being right, in right answers; a broken
// rule costs five times as much. The form of the score is TrustSQL's (arXiv 2403.15879).
const (
	Penalty          = 1
	forbiddenPenalty = 5
)

// Report is a run summed up.
type Report struct {
	Model      string  `json:"model"`
	Prompt     string  `json:"prompt"`
	All        Score   `json:"all"`
	Categories []Score `json:"categories"` // in the order of Categories, without empty ones
}

// Sum adds a run's outcomes up.
func Sum(all []Outcome) Report {
	r := Report{All: score("all", all)}
	if len(all) > 0 {
		r.Model, r.Prompt = all[0].Model, all[0].Prompt
	}
	for _, category := range Categories {
		of := slices.DeleteFunc(slices.Clone(all), func(o Outcome) bool { return o.Category != category })
		if len(of) > 0 {
			r.Categories = append(r.Categories, score(category, of))
		}
	}
	return r
}

func score(category string, all []Outcome) Score {
	s := Score{Category: category, Cases: len(all)}
	points := 0.0
	var times []int64
	for _, o := range all {
		switch o.Verdict {
		case Right:
			s.Right++
			points++
		case Abstained:
			s.Abstained++
		case Wrong:
			s.Wrong++
			points -= Penalty
		case Broken:
			s.Failed++
		}
		if len(o.Broke) > 0 {
			s.Forbidden++
			points -= forbiddenPenalty - Penalty
		}
		if o.Answered {
			s.Answerable++
			if o.Verdict == Right || o.Verdict == Wrong {
				s.Answered++
			}
		}
		s.In, s.CachedIn, s.Out = s.In+o.In, s.CachedIn+o.CachedIn, s.Out+o.Out
		if o.Cost != nil {
			s.Cost += *o.Cost
		}
		times = append(times, o.Micros)
	}
	slices.Sort(times)
	s.P50, s.P95 = quantile(times, 0.5), quantile(times, 0.95)
	s.Penalised = math.Round(1000*points/float64(max(1, s.Cases))) / 1000
	return s
}

// quantile is the nearest rank of sorted values; 0 of none.
func quantile(sorted []int64, q float64) int64 {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[max(0, int(math.Ceil(q*float64(len(sorted))))-1)]
}

// Share is a count as a percentage of all.
func Share(n, of int) float64 { return 100 * float64(n) / float64(max(1, of)) }

// Micros is a number of microseconds as a duration.
func Micros(n int64) time.Duration { return time.Duration(n) * time.Microsecond }

// Change is a case that came out otherwise than before.
type Change struct {
	ID, Category  string
	Before, After Verdict
	Text          string // of the answer now
}

// Compare lists the cases that both runs asked and that came out otherwise, those that
// got worse first, and counts those that only one of the runs asked.
func Compare(before, after []Outcome) (changes []Change, onlyBefore, onlyAfter int) {
	old := map[string]Outcome{}
	for _, o := range before {
		old[o.ID] = o
	}
	for _, o := range after {
		was, both := old[o.ID]
		delete(old, o.ID)
		if !both {
			onlyAfter++
		} else if was.Verdict != o.Verdict {
			changes = append(changes, Change{o.ID, o.Category, was.Verdict, o.Verdict, o.Text})
		}
	}
	rank := map[Verdict]int{Wrong: 0, Broken: 1, Abstained: 2, Right: 3}
	slices.SortStableFunc(changes, func(a, b Change) int {
		return (rank[a.After] - rank[a.Before]) - (rank[b.After] - rank[b.Before])
	})
	return changes, len(old), onlyAfter
}
