// Package civil has the calendar day and the half-open range of days that
// bookings, time off, certificates and periods are made of. A day has no time
// and no zone: whose day it is (the organisation's) is the caller's business.
package civil

import (
	"database/sql/driver"
	"fmt"
	"time"
)

// Date is a calendar day, counted in days since 1970-01-01 in the proleptic
// Gregorian calendar. Two dates compare with < and ==, and d+1 is the next day.
// A missing date is a nil *Date, never a particular value.
type Date int32

const layout = "2006-01-02"

// Of returns the day with the given year, month and day of the month. Values
// outside their range are carried over as in time.Date: Of(2026, 2, 30) is 2 March.
func Of(year int, month time.Month, day int) Date {
	return Date(floorDiv(time.Date(year, month, day, 0, 0, 0, 0, time.UTC).Unix(), 86400)) //nolint:gosec // five million years fit
}

// FromTime returns the calendar day that t shows in its own location.
func FromTime(t time.Time) Date {
	return Of(t.Date())
}

// Parse reads exactly YYYY-MM-DD with a year from 0001 to 9999. A day that does not
// exist, such as 2026-02-30, is an error.
func Parse(s string) (Date, error) {
	year, month, day, ok := digits(s)
	d := Of(year, time.Month(month), day)
	if !ok || year < 1 || month < 1 || month > 12 || day < 1 || d.Day() != day {
		return 0, fmt.Errorf("%q is not a date of the form YYYY-MM-DD", s)
	}
	return d, nil
}

// digits takes YYYY-MM-DD apart without the cost of time.Parse: dates are what large
// queries return most of.
func digits(s string) (year, month, day int, ok bool) {
	if len(s) != len(layout) || s[4] != '-' || s[7] != '-' {
		return 0, 0, 0, false
	}
	parts := [3]int{}
	for i, span := range [3][2]int{{0, 4}, {5, 7}, {8, 10}} {
		for _, c := range []byte(s[span[0]:span[1]]) {
			if c < '0' || c > '9' {
				return 0, 0, 0, false
			}
			parts[i] = parts[i]*10 + int(c-'0')
		}
	}
	return parts[0], parts[1], parts[2], true
}

// Time returns midnight UTC of the day.
func (d Date) Time() time.Time { return time.Unix(int64(d)*86400, 0).UTC() }

// In returns the first instant of the day in loc. Where a daylight-saving change
// skips midnight it is the first instant that exists.
func (d Date) In(loc *time.Location) time.Time {
	y, m, day := d.Time().Date()
	return time.Date(y, m, day, 0, 0, 0, 0, loc)
}

// Year returns the year of the day.
func (d Date) Year() int { return d.Time().Year() }

// Month returns the month of the day.
func (d Date) Month() time.Month { return d.Time().Month() }

// Day returns the day of the month, 1 to 31.
func (d Date) Day() int { return d.Time().Day() }

// Weekday returns the day of the week.
func (d Date) Weekday() time.Weekday {
	return time.Weekday(((int64(d)+4)%7 + 7) % 7)
}

// IsWorking reports whether the day is a Monday, Tuesday, Wednesday, Thursday or Friday.
func (d Date) IsWorking() bool {
	w := d.Weekday()
	return w != time.Saturday && w != time.Sunday
}

// AddMonths returns the same day of the month n months on, or that month's last day
// when it is shorter: 31 January plus one month is 28 or 29 February.
func (d Date) AddMonths(n int) Date {
	y, m, day := d.Time().Date()
	first := Of(y, m+time.Month(n), 1)
	last := Of(y, m+time.Month(n)+1, 1) - 1
	return min(first+Date(day)-1, last) //nolint:gosec // a day of a month
}

// StartOfMonth returns the first day of the day's month.
func (d Date) StartOfMonth() Date { return d - Date(d.Day()) + 1 } //nolint:gosec // a day of a month

// StartOfWeek returns the latest day on or before d that is the given weekday.
func (d Date) StartOfWeek(start time.Weekday) Date {
	return d - Date((int(d.Weekday())-int(start)+7)%7)
}

// String returns the day as YYYY-MM-DD.
func (d Date) String() string { return d.Time().Format(layout) }

// Words writes the day as people read it: "18 Dec", with the year when it is not today's.
func (d Date) Words(today Date) string {
	if d.Year() == today.Year() {
		return d.Time().Format("2 Jan")
	}
	return d.Time().Format("2 Jan 2006")
}

// MarshalText writes the day as YYYY-MM-DD.
func (d Date) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads YYYY-MM-DD as Parse does.
func (d *Date) UnmarshalText(text []byte) (err error) {
	*d, err = Parse(string(text))
	return err
}

// Value writes the day as the text YYYY-MM-DD, which sorts by time in both databases.
func (d Date) Value() (driver.Value, error) { return d.String(), nil }

// Scan reads a DATE column (text on SQLite, midnight of some zone on PostgreSQL) or a
// count of days since 1970-01-01.
func (d *Date) Scan(src any) error {
	switch v := src.(type) {
	case int64:
		*d = Date(v) //nolint:gosec // a database date lies within 4713 BC and 5874897 AD
		return nil
	case time.Time:
		*d = FromTime(v)
		return nil
	case string:
		return d.scanText(v)
	case []byte:
		return d.scanText(string(v))
	default:
		return fmt.Errorf("scan %T into a date", src)
	}
}

func (d *Date) scanText(s string) (err error) {
	if len(s) > len(layout) {
		s = s[:len(layout)]
	}
	*d, err = Parse(s)
	return err
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b != 0 && (a < 0) != (b < 0) {
		q--
	}
	return q
}
