package civil_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"rollcall/store/civil"
)

func TestDatesAgreeWithTheStandardLibrary(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	for range 20000 {
		d := civil.Date(r.IntN(120000) - 40000)
		at := time.Date(1970, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, int(d))
		if !d.Time().Equal(at) || d.Weekday() != at.Weekday() || d.String() != at.Format(time.DateOnly) || civil.FromTime(at) != d ||
			d.Year() != at.Year() || d.Month() != at.Month() || d.Day() != at.Day() {
			t.Fatalf("%d is %s, want %s", d, d, at)
		}
		if back, err := civil.Parse(d.String()); err != nil || back != d {
			t.Fatalf("%s reads back as %s, %v", d, back, err)
		}
		if w := d.StartOfWeek(time.Sunday); w.Weekday() != time.Sunday || w > d || d-w > 6 {
			t.Fatalf("the week of %s starts on %s", d, w)
		}
	}
}

func TestParseTakesNothingButADay(t *testing.T) {
	t.Parallel()
	for _, s := range []string{"", "2026-2-03", "2026-02-30", "2026-13-01", "2026-00-10", "2026-01-00", "0000-01-01", "20260101", "2026-01-01 ", "２026-01-01", "2026-01-01T00:00:00Z", "-026-01-01", "2027-02-29"} {
		if d, err := civil.Parse(s); err == nil {
			t.Errorf("%q was read as %s", s, d)
		}
	}
}

func TestAMonthOnIsTheSameDayOrTheMonthsLast(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		from civil.Date
		n    int
		want civil.Date
	}{
		{civil.Of(2026, 1, 31), 1, civil.Of(2026, 2, 28)},
		{civil.Of(2028, 1, 31), 1, civil.Of(2028, 2, 29)},
		{civil.Of(2028, 2, 29), 12, civil.Of(2029, 2, 28)},
		{civil.Of(2026, 11, 30), 3, civil.Of(2027, 2, 28)},
		{civil.Of(2026, 3, 31), -1, civil.Of(2026, 2, 28)},
		{civil.Of(2026, 12, 15), 1, civil.Of(2027, 1, 15)},
		{civil.Of(2026, 1, 15), -13, civil.Of(2024, 12, 15)},
	} {
		if got := c.from.AddMonths(c.n); got != c.want {
			t.Errorf("%s and %d months: got %s, want %s", c.from, c.n, got, c.want)
		}
	}
}

func TestScanReadsWhatDatabasesGive(t *testing.T) {
	t.Parallel()
	want := civil.Of(2026, 12, 1)
	for _, src := range []any{"2026-12-01", []byte("2026-12-01"), "2026-12-01T00:00:00Z", "2026-12-01 00:00:00+00:00", time.Date(2026, 12, 1, 0, 0, 0, 0, time.FixedZone("", 7200)), int64(want)} {
		var d civil.Date
		if err := d.Scan(src); err != nil || d != want {
			t.Errorf("%T %v: got %s, %v", src, src, d, err)
		}
	}
	for _, src := range []any{nil, 1.5, "soon", "2026-02-30"} {
		var d civil.Date
		if err := d.Scan(src); err == nil {
			t.Errorf("%T %v was read as %s", src, src, d)
		}
	}
}

func TestARangeCountsItsWorkingDays(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(3, 4))
	for range 5000 {
		from := civil.Date(r.IntN(40000))
		span := civil.Range{From: from, To: from + civil.Date(r.IntN(900)) - 5}
		want := 0
		for d := span.From; d < span.To; d++ {
			if w := d.Weekday(); w != time.Saturday && w != time.Sunday {
				want++
			}
		}
		if got := span.WorkingDays(); got != want || span.Days() != max(0, int(span.To-span.From)) {
			t.Fatalf("%v: got %d working days, want %d", span, got, want)
		}
	}
}

func TestClipKeepsTheDaysThatBothHave(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(5, 6))
	for range 2000 {
		a := civil.Range{From: civil.Date(r.IntN(30)), To: civil.Date(r.IntN(30))}
		b := civil.Range{From: civil.Date(r.IntN(30)), To: civil.Date(r.IntN(30))}
		both := a.Clip(b)
		for d := civil.Date(0); d < 30; d++ {
			if both.Contains(d) != (a.Contains(d) && b.Contains(d)) {
				t.Fatalf("%v and %v: %v is wrong on day %d", a, b, both, d)
			}
		}
		if a.Overlaps(b) != (both.Days() > 0) {
			t.Fatalf("%v and %v: Overlaps is wrong", a, b)
		}
	}
}
