package civil

// Range is the days from From up to but not including To. It is empty when To is not
// after From.
type Range struct {
	From Date
	To   Date
}

// Days returns the number of calendar days, never negative.
func (r Range) Days() int { return max(0, int(r.To-r.From)) }

// Last returns the last day of a range that is not empty.
func (r Range) Last() Date { return r.To - 1 }

// Contains reports whether the day lies in the range.
func (r Range) Contains(d Date) bool { return r.From <= d && d < r.To }

// Clip returns the days that both ranges have; it may be empty.
func (r Range) Clip(other Range) Range {
	return Range{From: max(r.From, other.From), To: min(r.To, other.To)}
}

// Overlaps reports whether the ranges have a day in common.
func (r Range) Overlaps(other Range) bool { return r.Clip(other).Days() > 0 }

// WorkingDays returns the number of days from Monday to Friday, computed without
// walking the range.
func (r Range) WorkingDays() int {
	days := r.Days()
	working := days / 7 * 5
	for d := r.To - Date(days%7); d < r.To; d++ {
		if d.IsWorking() {
			working++
		}
	}
	return working
}
