package period_test

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"rollcall/store/civil"
	"rollcall/tools/period"
)

var update = flag.Bool("update", false, "write the golden files anew")

func zone(tb testing.TB, name string) *time.Location {
	tb.Helper()
	loc, err := time.LoadLocation(name)
	if err != nil {
		tb.Fatal(err)
	}
	return loc
}

// berlin is the calendar of most cases, and Wednesday 25 November 2026, 10:00 its clock.
func berlin(tb testing.TB) (period.Calendar, time.Time) {
	tb.Helper()
	loc := zone(tb, "Europe/Berlin")
	return period.Calendar{Location: loc, WeekStart: time.Monday, SprintStart: civil.Of(2026, 11, 16), SprintWeeks: 2}, time.Date(2026, 11, 25, 10, 0, 0, 0, loc)
}

// write is what the golden file says of a phrase: first and last day, or the error.
func write(p period.Period, err error) string {
	switch {
	case err != nil:
		return "error: " + err.Error()
	case p.OpenEnd:
		return p.From.String() + " " + p.Last().String() + " open"
	}
	return p.From.String() + " " + p.Last().String()
}

// TestPhrases reads testdata/phrases.golden: a phrase and what it means on Wednesday 25
// November 2026 in a line, in four languages. Every line was checked by eye against a
// calendar; -update writes the file anew, and its difference is what to look at.
func TestPhrases(t *testing.T) {
	t.Parallel()
	c, now := berlin(t)
	golden(t, "testdata/phrases.golden", func(phrase string) string { return write(c.Parse(now, phrase)) })
}

// TestPeriodsInSentences reads testdata/sentences.golden: a question and the periods in it.
func TestPeriodsInSentences(t *testing.T) {
	t.Parallel()
	c, now := berlin(t)
	golden(t, "testdata/sentences.golden", func(text string) string {
		var found []string
		for _, m := range c.Find(now, text) {
			found = append(found, fmt.Sprintf("[%s] %s", text[m.Start:m.End], m.Period.Label()))
		}
		return strings.Join(found, " ")
	})
}

func golden(t *testing.T, name string, meaning func(string) string) {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	var written strings.Builder
	for line := range strings.Lines(string(text)) {
		phrase, want, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " => ")
		got := meaning(phrase)
		fmt.Fprintf(&written, "%s => %s\n", phrase, got)
		if got != want && !*update {
			t.Errorf("%q: got %s, want %s", phrase, got, want)
		}
	}
	if *update {
		if err := os.WriteFile(name, []byte(written.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func TestPhrasesUnderOtherCalendars(t *testing.T) {
	t.Parallel()
	fiscal := func(m time.Month) period.Calendar { return period.Calendar{FiscalYearStart: m, WeekStart: time.Monday} }
	sunday := period.Calendar{WeekStart: time.Sunday}
	sprints := period.Calendar{SprintStart: civil.Of(2026, 11, 2), SprintWeeks: 3, WeekStart: time.Monday}
	plain := period.Calendar{WeekStart: time.Monday}
	for _, c := range []struct {
		calendar         period.Calendar
		zone, now        string
		phrase, from, to string
	}{
		{plain, "Europe/Berlin", "2026-12-31T23:30:00Z", "today", "2027-01-01", "2027-01-01"},
		{plain, "UTC", "2026-12-31T23:30:00Z", "today", "2026-12-31", "2026-12-31"},
		{plain, "UTC", "2026-12-31T23:30:00Z", "tomorrow", "2027-01-01", "2027-01-01"},
		{plain, "UTC", "2026-12-31T12:00:00Z", "next month", "2027-01-01", "2027-01-31"},
		{plain, "UTC", "2026-12-31T12:00:00Z", "this week", "2026-12-28", "2027-01-03"},
		{plain, "UTC", "2026-12-31T12:00:00Z", "in the next 30 days", "2026-12-31", "2027-01-29"},
		{plain, "UTC", "2026-12-31T12:00:00Z", "in December", "2026-12-01", "2026-12-31"},
		{plain, "UTC", "2027-01-01T12:00:00Z", "in December", "2027-12-01", "2027-12-31"},
		{plain, "UTC", "2027-01-01T12:00:00Z", "last month", "2026-12-01", "2026-12-31"},
		{plain, "UTC", "2027-01-01T12:00:00Z", "until Christmas", "2027-01-01", "2027-12-26"},
		{plain, "UTC", "2026-12-26T12:00:00Z", "over Christmas", "2026-12-24", "2026-12-26"},
		{plain, "UTC", "2026-12-27T12:00:00Z", "over Christmas", "2027-12-24", "2027-12-26"},
		{plain, "UTC", "2028-01-31T12:00:00Z", "next month", "2028-02-01", "2028-02-29"},
		{plain, "UTC", "2028-01-31T12:00:00Z", "over the next 1 months", "2028-01-31", "2028-02-28"},
		{plain, "UTC", "2028-02-29T12:00:00Z", "in the next 12 months", "2028-02-29", "2029-02-27"},
		{plain, "UTC", "2028-02-29T12:00:00Z", "tomorrow", "2028-03-01", "2028-03-01"},
		{plain, "UTC", "2027-02-28T12:00:00Z", "tomorrow", "2027-03-01", "2027-03-01"},
		{plain, "UTC", "2027-03-01T12:00:00Z", "29 February", "2028-02-29", "2028-02-29"},
		{plain, "Europe/Berlin", "2026-03-28T23:30:00Z", "today", "2026-03-29", "2026-03-29"},
		{plain, "Europe/Berlin", "2026-03-29T22:30:00Z", "today", "2026-03-30", "2026-03-30"},
		{plain, "Europe/Berlin", "2026-10-25T22:30:00Z", "today", "2026-10-25", "2026-10-25"},
		{plain, "Europe/Berlin", "2026-10-25T23:30:00Z", "this week", "2026-10-26", "2026-11-01"},
		{plain, "America/New_York", "2026-03-08T04:30:00Z", "tomorrow", "2026-03-08", "2026-03-08"},
		{plain, "America/New_York", "2026-11-01T05:30:00Z", "in 2 days", "2026-11-03", "2026-11-03"},
		{plain, "America/Santiago", "2026-09-06T03:30:00Z", "today", "2026-09-05", "2026-09-05"},
		{plain, "America/Santiago", "2026-09-06T04:30:00Z", "today", "2026-09-06", "2026-09-06"},
		{plain, "Pacific/Kiritimati", "2026-11-25T10:30:00Z", "today", "2026-11-26", "2026-11-26"},
		{plain, "Pacific/Pago_Pago", "2026-11-25T10:30:00Z", "today", "2026-11-24", "2026-11-24"},
		{plain, "Asia/Kathmandu", "2026-11-29T18:20:00Z", "this week", "2026-11-30", "2026-12-06"},
		{sunday, "UTC", "2026-11-25T12:00:00Z", "this week", "2026-11-22", "2026-11-28"},
		{sunday, "UTC", "2026-11-25T12:00:00Z", "next week", "2026-11-29", "2026-12-05"},
		{sunday, "UTC", "2026-11-25T12:00:00Z", "next Sunday", "2026-11-29", "2026-11-29"},
		{sunday, "UTC", "2026-11-29T12:00:00Z", "last week", "2026-11-22", "2026-11-28"},
		{sunday, "UTC", "2026-11-25T12:00:00Z", "the week of 7 December", "2026-12-06", "2026-12-12"},
		{plain, "UTC", "2026-11-29T12:00:00Z", "next week", "2026-11-30", "2026-12-06"},
		{plain, "UTC", "2026-11-29T12:00:00Z", "next Monday", "2026-11-30", "2026-11-30"},
		{plain, "UTC", "2026-11-29T12:00:00Z", "this Monday", "2026-11-30", "2026-11-30"},
		{fiscal(time.April), "UTC", "2026-11-25T12:00:00Z", "this quarter", "2026-10-01", "2026-12-31"},
		{fiscal(time.April), "UTC", "2026-11-25T12:00:00Z", "Q1", "2027-04-01", "2027-06-30"},
		{fiscal(time.April), "UTC", "2026-11-25T12:00:00Z", "Q3", "2026-10-01", "2026-12-31"},
		{fiscal(time.April), "UTC", "2026-11-25T12:00:00Z", "Q1 2027", "2026-04-01", "2026-06-30"},
		{fiscal(time.April), "UTC", "2026-11-25T12:00:00Z", "FY27", "2026-04-01", "2027-03-31"},
		{fiscal(time.April), "UTC", "2026-11-25T12:00:00Z", "this fiscal year", "2026-04-01", "2027-03-31"},
		{fiscal(time.April), "UTC", "2026-11-25T12:00:00Z", "next fiscal year", "2027-04-01", "2028-03-31"},
		{fiscal(time.April), "UTC", "2026-11-25T12:00:00Z", "this year", "2026-01-01", "2026-12-31"},
		{fiscal(time.April), "UTC", "2026-11-25T12:00:00Z", "by end of Q4", "2026-11-25", "2027-03-31"},
		{fiscal(time.October), "UTC", "2026-11-25T12:00:00Z", "Q1", "2026-10-01", "2026-12-31"},
		{fiscal(time.October), "UTC", "2026-11-25T12:00:00Z", "H2", "2027-04-01", "2027-09-30"},
		{fiscal(time.February), "UTC", "2026-11-25T12:00:00Z", "this quarter", "2026-11-01", "2027-01-31"},
		{fiscal(time.February), "UTC", "2026-11-25T12:00:00Z", "next quarter", "2027-02-01", "2027-04-30"},
		{sprints, "UTC", "2026-11-25T12:00:00Z", "this sprint", "2026-11-23", "2026-12-13"},
		{sprints, "UTC", "2026-11-25T12:00:00Z", "next sprint", "2026-12-14", "2027-01-03"},
		{sprints, "UTC", "2026-11-25T12:00:00Z", "last sprint", "2026-11-02", "2026-11-22"},
		{sprints, "UTC", "2025-06-04T12:00:00Z", "this sprint", "2025-05-26", "2025-06-15"},
		{sprints, "UTC", "2026-11-25T12:00:00Z", "next 2 sprints", "2026-12-14", "2027-01-24"},
	} {
		c.calendar.Location = zone(t, c.zone)
		now, err := time.Parse(time.RFC3339, c.now)
		if err != nil {
			t.Fatal(err)
		}
		p, err := c.calendar.Parse(now, c.phrase)
		if got := write(p, err); got != c.from+" "+c.to {
			t.Errorf("%q on %s in %s: got %s, want %s %s", c.phrase, c.now, c.zone, got, c.from, c.to)
		}
	}
}

func TestDefaultIsTheNextTenWorkingDays(t *testing.T) {
	t.Parallel()
	c := period.Calendar{}
	for now, want := range map[string]string{
		"2026-11-25": "2026-11-25 2026-12-08", "2026-11-27": "2026-11-27 2026-12-10", "2026-11-28": "2026-11-30 2026-12-11", "2026-11-30": "2026-11-30 2026-12-11",
	} {
		at, err := time.Parse(time.DateOnly, now)
		if err != nil {
			t.Fatal(err)
		}
		p := c.Default(at)
		if got := write(p, nil); got != want || p.WorkingDays() != 10 {
			t.Errorf("on %s: got %s with %d working days, want %s", now, got, p.WorkingDays(), want)
		}
	}
}

func TestLabelsAreWrittenForPeople(t *testing.T) {
	t.Parallel()
	c, now := berlin(t)
	got := map[string]string{}
	want := map[string]string{
		"next month": "1–31 Dec 2026, 23 working days", "today": "25 Nov 2026, 1 working day", "this weekend": "28–29 Nov 2026, 0 working days",
		"Dec 28 to Jan 3": "28 Dec 2026 – 3 Jan 2027, 5 working days", "next quarter": "1 Jan – 31 Mar 2027, 64 working days",
	}
	for phrase := range want {
		p, err := c.Parse(now, phrase)
		if err != nil {
			t.Fatal(err)
		}
		got[phrase] = p.String()
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestTextThatIsNoPeriodAtAllIsRefusedWithoutGuessing(t *testing.T) {
	t.Parallel()
	c, now := berlin(t)
	for _, text := range []string{"", "   ", "\xff\xfe", strings.Repeat("next ", 100), strings.Repeat("x", 50_000)} {
		if p, err := c.Parse(now, text); err == nil {
			t.Errorf("%.20q was read as %s", text, p)
		}
	}
	if found := c.Find(now, strings.Repeat("when ", 10_000)+"next week"); len(found) != 0 {
		t.Errorf("found %v beyond the limit", found)
	}
}

func FuzzParse(f *testing.F) {
	c, now := berlin(f)
	text, err := os.ReadFile("testdata/phrases.golden")
	if err != nil {
		f.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		phrase, _, _ := strings.Cut(line, " => ")
		f.Add(phrase)
	}
	f.Fuzz(func(t *testing.T, text string) {
		p, err := c.Parse(now, text)
		if err != nil {
			return
		}
		if p.From >= p.To || p.From.Year() < 1900 || p.Last().Year() > 2199 {
			t.Fatalf("%q: %s to %s", text, p.From, p.To)
		}
		again, err := c.Parse(now, p.From.String()+".."+p.Last().String())
		if err != nil || again.Range != p.Range {
			t.Fatalf("%q is %s, which reads back as %s, %v", text, p, again, err)
		}
	})
}

func FuzzFind(f *testing.F) {
	c, now := berlin(f)
	for _, s := range []string{"who is free next week?", "l'été", "from 1 to 18 December and in März", "Dec 1-", "in the the"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		last := 0
		for _, m := range c.Find(now, text) {
			if m.Start < last || m.End <= m.Start || m.End > len(text) || m.Period.From >= m.Period.To {
				t.Fatalf("%q: match %d–%d after %d, %s", text, m.Start, m.End, last, m.Period)
			}
			if utf8.ValidString(text) && !utf8.ValidString(text[m.Start:m.End]) {
				t.Fatalf("%q: match %d–%d cuts a letter", text, m.Start, m.End)
			}
			last = m.End
		}
	})
}

func BenchmarkParse(b *testing.B) {
	c, now := berlin(b)
	for b.Loop() {
		if _, err := c.Parse(now, "from 1 to 18 December"); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkFind(b *testing.B) {
	c, now := berlin(b)
	for b.Loop() {
		c.Find(now, "who of the people in Berlin knows Go and is free for at least half of the first two weeks of December?")
	}
}

func TestTextThatNestsWithoutEndIsReadInTime(t *testing.T) {
	t.Parallel()
	c, now := berlin(t)
	for _, s := range []string{"first half of ", "end of ", "the first week of ", "from ", "between ", "next ", "Friday ", "1 to "} {
		c.Find(now, strings.Repeat(s, 400)) // the test's deadline is the measure
	}
}
