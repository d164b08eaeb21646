// Package plaintext makes text harmless that people or the database have written, before
// others read it.
package plaintext

import (
	"strings"
	"unicode"
)

// brackets are what channels make mentions and links of.
var brackets = strings.NewReplacer("<", "‹", ">", "›")

// Of returns the text without hidden and control characters, line breaks excepted, and
// without the brackets of mentions.
func Of(s string) string {
	return brackets.Replace(strings.Map(func(r rune) rune {
		if r != '\n' && (unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Co, r)) {
			return -1
		}
		return r
	}, s))
}
