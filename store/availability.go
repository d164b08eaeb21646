package store

import "rollcall/store/civil"

// Availability is how free one person is over a window, counted in working days
// (Monday to Friday) and in percent of full time. On a working day a person is free for
// max(0, capacity − confirmed percent), or for 0 on a day off. Tentative bookings take
// nothing; they are counted beside.
type Availability struct {
	WorkingDays      int         // in the window
	FreePercentDays  int         // the sum of the daily free percents; 100 is one full-time day
	BookedPercent    int         // the sum of the daily confirmed percents, days off included
	WorkedPercent    int         // the same without the days off
	TentativePercent int         // the sum of the daily tentative percents
	DaysOff          int         // working days off
	OverbookedDays   int         // working days whose confirmed percent exceeds the capacity
	PeakPercent      int         // the highest confirmed percent of a working day
	FreeFrom         *civil.Date // the first working day from which every working day to the end is free for the minimum, nil when there is none
	FirstOverbooked  *civil.Date // the first overbooked day, nil when there is none
	RollsOff         *civil.Date // the first last day of a confirmed booking in the window after which the person is free for the minimum, nil when there is none
}

// FreeDays returns the free time in full-time days.
func (a Availability) FreeDays() float64 { return float64(a.FreePercentDays) / 100 }

// FreePercent returns free days ÷ working days, in percent rounded to the nearest whole
// one; 0 for a window without working days.
func (a Availability) FreePercent() int {
	if a.WorkingDays == 0 {
		return 0
	}
	return (a.FreePercentDays + a.WorkingDays/2) / a.WorkingDays
}

// IsFree reports whether free days ÷ working days reaches the minimum percent, without
// rounding. Nobody is free in a window without working days.
func (a Availability) IsFree(minPercent int) bool {
	return a.WorkingDays > 0 && a.FreePercentDays >= minPercent*a.WorkingDays
}

// IsOnBench reports whether nothing confirmed is booked on any working day, and at least
// one of them is not off.
func (a Availability) IsOnBench() bool {
	return a.WorkingDays > a.DaysOff && a.BookedPercent == 0
}

type spanKind int8

const (
	confirmedSpan spanKind = iota
	tentativeSpan
	offSpan
)

// span is a booking or time off as the arithmetic sees it, both days inclusive. A booking
// whose own first day lies after its project's end has first > last and takes no day.
type span struct {
	first, last civil.Date
	percent     int32
	kind        spanKind
}

// meter computes availabilities over one window. Its buffers are used again for every
// person; it is not safe for concurrent use.
type meter struct {
	window   civil.Range
	minimum  int32
	days     []civil.Date // the working days of the window, and the one after it for roll-offs
	inWindow int          // how many of days lie in the window
	index    []int32      // for each calendar day of the reach: the number of working days before it
	confirm  []int32
	tentat   []int32
	off      []bool
}

func newMeter(window civil.Range, minPercent int) *meter {
	m := &meter{window: window, minimum: int32(max(1, minPercent))} //nolint:gosec // a percent
	for d := window.From; ; d++ {
		m.index = append(m.index, int32(len(m.days))) //nolint:gosec // windows span years, not millennia
		if !d.IsWorking() {
			continue
		}
		m.days = append(m.days, d)
		if d >= window.To {
			break
		}
		m.inWindow++
	}
	m.confirm, m.tentat, m.off = make([]int32, len(m.days)), make([]int32, len(m.days)), make([]bool, len(m.days))
	return m
}

// reach is the days a meter needs to know: the window and the next working day.
func (m *meter) reach() civil.Range {
	return civil.Range{From: m.window.From, To: m.days[len(m.days)-1] + 1}
}

// workingIndex returns the place in days of the first working day on or after d.
func (m *meter) workingIndex(d civil.Date) int {
	if i := int(d - m.window.From); i < len(m.index) {
		return int(m.index[max(0, i)])
	}
	return len(m.days)
}

// load spreads the spans over the days.
func (m *meter) load(spans []span) {
	clear(m.confirm)
	clear(m.tentat)
	clear(m.off)
	for _, s := range spans {
		from, to := m.workingIndex(s.first), m.workingIndex(s.last+1)
		for i := from; i < to; i++ {
			switch s.kind {
			case confirmedSpan:
				m.confirm[i] += s.percent
			case tentativeSpan:
				m.tentat[i] += s.percent
			case offSpan:
				m.off[i] = true
			}
		}
	}
}

// free returns the percent that is free on day i.
func (m *meter) free(i int, capacity int32) int32 {
	if m.off[i] {
		return 0
	}
	return max(0, capacity-m.confirm[i])
}

func (m *meter) measure(capacity int, spans []span) Availability {
	m.load(spans)
	limit := int32(capacity) //nolint:gosec // a percent
	a := Availability{WorkingDays: m.inWindow}
	freeFrom := m.inWindow
	for i := m.inWindow - 1; i >= 0; i-- {
		free := m.free(i, limit)
		if free >= m.minimum && freeFrom == i+1 {
			freeFrom = i
		}
		m.count(&a, i, free, limit)
	}
	if freeFrom < m.inWindow {
		a.FreeFrom = &m.days[freeFrom]
	}
	a.RollsOff = m.rollsOff(limit, spans)
	return a
}

func (m *meter) count(a *Availability, i int, free, capacity int32) {
	a.FreePercentDays += int(free)
	a.BookedPercent += int(m.confirm[i])
	a.TentativePercent += int(m.tentat[i])
	a.PeakPercent = max(a.PeakPercent, int(m.confirm[i]))
	if m.off[i] {
		a.DaysOff++
	} else {
		a.WorkedPercent += int(m.confirm[i])
	}
	if m.confirm[i] > capacity {
		a.OverbookedDays++
		a.FirstOverbooked = &m.days[i]
	}
}

// rollsOff looks at the working day after each confirmed booking that ends in the
// window. A part-timer needs to be free for no more than the whole capacity.
func (m *meter) rollsOff(capacity int32, spans []span) *civil.Date {
	var first *civil.Date
	for i := range spans {
		s := &spans[i]
		if s.kind != confirmedSpan || s.first > s.last || !m.window.Contains(s.last) || (first != nil && *first <= s.last) {
			continue
		}
		next := m.workingIndex(s.last + 1)
		if capacity > 0 && capacity-m.confirm[next] >= min(m.minimum, capacity) {
			last := s.last
			first = &last
		}
	}
	return first
}
