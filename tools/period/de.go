package period

const german = `
day 0: heute|jetzt|gerade|aktuell|derzeit|momentan
day 1: morgen
day 2: ubermorgen|uebermorgen
day -1: gestern
weekday 1: montag|montags
weekday 2: dienstag|dienstags
weekday 3: mittwoch|mittwochs
weekday 4: donnerstag|donnerstags
weekday 5: freitag|freitags
weekday 6: samstag|sonnabend
weekday 0: sonntag
month 1: januar|janner|jaenner
month 2: februar
month 3: marz|maerz
weakmonth 4: april
weakmonth 5: mai
month 6: juni
month 7: juli
weakmonth 8: august
month 9: september
month 10: oktober
month 11: november
month 12: dezember
weakmonth 3: mrz
weakmonth 10: okt
weakmonth 12: dez
unit day: tag|tage|tagen
unit workday: werktag|werktage|werktagen|arbeitstag|arbeitstage|arbeitstagen
unit week: woche|wochen
unit month: monat|monate|monaten|monats
unit quarter: quartal|quartals|quartale|quartalen
unit year: jahr|jahre|jahren|jahres
unit fiscal: geschaftsjahr|geschaeftsjahr|wirtschaftsjahr
unit sprint: sprint|sprints
unit weekend: wochenende|wochenendes
this: diese|diesen|dieser|dieses|diesem|laufende|laufenden|laufendes|aktuelle|aktuellen
next: nachste|nachsten|nachster|nachstes|nachstem|naechste|naechsten|naechster|naechstes|naechstem|die nachsten|den nachsten|der nachsten
coming: kommende|kommenden|kommender|kommendes|kommendem
second: ubernachste|ubernachsten|ubernachstes|uebernaechste|uebernaechsten
last: letzte|letzten|letzter|letztes|letztem|vergangene|vergangenen|vorige|vorigen
in: in|im|innerhalb von|innerhalb der
within: innerhalb von|innerhalb der|binnen
on: am|an
over: wahrend|waehrend|uber|ueber|wahrend des|wahrend der
until: bis|bis zum|bis zur|bis einschliesslich
before: vor|vor dem
after: nach|nach dem
from: ab|von|vom|ab dem|beginnend am|beginnend ab
since: seit|seit dem
for: fur|fuer
between: zwischen
to: bis|bis zum
and: und
of: des|der|vom|von
the: den|dem|die|das|der|dieser
early: anfang|beginn|anfang des|zu beginn des
mid: mitte|mitte des
end: ende|ende des|ende der
rest: rest des|rest der|den rest des|restliche|restlichen
later: spater
weekof: woche vom|woche ab
weekno: kw|kalenderwoche|woche
first: erste|ersten|erster|erstes
lastn: letzte|letzten
half: halfte|haelfte
christmas: weihnachten|weihnachtswoche
christmasweek: weihnachtswoche
betweenyears: zwischen den jahren
newyear: neujahr|silvester
number 1: ein|eine|einer|einem|einen
number 2: zwei
number 3: drei
number 4: vier
number 5: funf|fuenf
number 6: sechs
number 7: sieben
number 8: acht
number 9: neun
number 10: zehn
number 12: zwolf|zwoelf
number 14: vierzehn
number 20: zwanzig
number 30: dreissig
ordinal 1: erste|ersten|erster|erstes
ordinal 2: zweite|zweiten|zweites
ordinal 3: dritte|dritten|drittes
ordinal 4: vierte|vierten|viertes
`
