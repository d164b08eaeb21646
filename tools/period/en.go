package period

// The words of a language: a line per meaning, its words separated by |. A word of
// several parts is written with spaces. All words are folded: lower case, no accents.

const english = `
day 0: today|tonight|now|right now|currently|at the moment|at present|presently
day 1: tomorrow|tmrw|tmr|tomorow|tommorow
day 2: day after tomorrow
day -1: yesterday
weekday 1: monday|mondays
weekday 2: tuesday|tuesdays
weekday 3: wednesday|wednesdays
weekday 4: thursday|thursdays
weekday 5: friday|fridays|fryday
weekday 6: saturday|saturdays
weekday 0: sunday|sundays
weakday 1: mon
weakday 2: tue|tues
weakday 3: wed|weds
weakday 4: thu|thur|thurs
weakday 5: fri
weakday 6: sat
weakday 0: sun
month 1: january|janury
month 2: february|febuary
month 4: april
month 6: june
month 7: july
month 9: september
month 10: october
month 11: november
month 12: december|decmber
weakmonth 1: jan
weakmonth 2: feb
weakmonth 3: march|mar
weakmonth 4: apr
weakmonth 5: may
weakmonth 6: jun
weakmonth 7: jul
weakmonth 8: august|aug
weakmonth 9: sep|sept
weakmonth 10: oct
weakmonth 11: nov
weakmonth 12: dec
unit day: day|days
unit workday: working day|working days|business day|business days|workday|workdays
unit week: week|weeks|wk|wks|wek|weeks time
unit month: month|months|mnth|mth
unit quarter: quarter|quarters|qtr
unit year: year|years|calendar year
unit fiscal: fiscal year|financial year|fy
unit sprint: sprint|sprints|iteration
unit weekend: weekend|weekends
this: this|current|this current|the current
next: next|nxt|following|the next|the following
coming: coming|upcoming|this coming|the coming|the upcoming
last: last|past|previous|prior
in: in|within|into
within: within|in less than
on: on|at
over: over|during|throughout|through|across
until: until|till|til|up to|up until
by: by|not later than|no later than
before: before|prior to
after: after
from: from|starting|beginning|starting from|starting on|starting in|beginning on|beginning in|as of|as from|effective|onwards from|commencing
since: since
for: for
between: between
to: to|through to|thru
and: and
of: of
the: the|a|an|this's
onward: on|onwards|onward|and on|and onwards|going forward
early: early|early in|start of|beginning of|the start of|the beginning of
mid: mid|middle of|the middle of|mid of
late: late|late in
end: end of|the end of
bareend: end
rest: rest of|the rest of|remainder of|the remainder of|remaining
later: later
fromnow: time
ago: ago
weekof: week of|week commencing|week beginning|week starting
weekno: week|calendar week|cw|wk
first: first
lastn: last|final
half: half
christmas: christmas|xmas
newyear: new year|new years|new year s|new years eve|new year s eve
fortnight: fortnight
number 1: one
number 2: two|couple of|a couple of
number 3: three
number 4: four
number 5: five
number 6: six
number 7: seven
number 8: eight
number 9: nine
number 10: ten
number 12: twelve
number 15: fifteen
number 20: twenty
number 30: thirty
number 60: sixty
number 90: ninety
ordinal 1: first
ordinal 2: second
ordinal 3: third
ordinal 4: fourth
`
