package bot

// months are the names and short forms of months in the languages of the word lists, so
// that a model may write out what a period's label shortens.
var months = map[string]int{
	"jan": 1, "january": 1, "januar": 1, "janvier": 1, "enero": 1,
	"feb": 2, "february": 2, "februar": 2, "février": 2, "febrero": 2,
	"mar": 3, "march": 3, "märz": 3, "mars": 3, "marzo": 3,
	"apr": 4, "april": 4, "avril": 4, "abril": 4,
	"may": 5, "mai": 5, "mayo": 5,
	"jun": 6, "june": 6, "juni": 6, "juin": 6, "junio": 6,
	"jul": 7, "july": 7, "juli": 7, "juillet": 7, "julio": 7,
	"aug": 8, "august": 8, "août": 8, "agosto": 8,
	"sep": 9, "sept": 9, "september": 9, "septembre": 9, "septiembre": 9,
	"oct": 10, "october": 10, "oktober": 10, "octobre": 10, "octubre": 10,
	"nov": 11, "november": 11, "novembre": 11, "noviembre": 11,
	"dec": 12, "december": 12, "dezember": 12, "décembre": 12, "diciembre": 12,
}
