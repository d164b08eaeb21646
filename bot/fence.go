package bot

import (
	"encoding/json"
	"strings"
	"unicode"
	"unicode/utf8"

	"rollcall/tools"
)

// longestDatum is how many characters of one text in the database a model sees.
const longestDatum = 240

// forModel is a tool's result as a model sees it: what came from the database stands
// under "data", with everything taken out of it that could pass for something else.
func forModel(o tools.Outcome) string {
	if o.Err != nil {
		return fenced(o.JSON) // {"error": …}: the program's words, with names inside
	}
	return `{"data":` + fenced(o.JSON) + `}`
}

// Fenced is what somebody else said, as data.
func Fenced(text string) string {
	quoted, err := json.Marshal(map[string]any{"data": map[string]string{"said_by_somebody_else": Clean(text)}})
	if err != nil {
		return "{}"
	}
	return string(quoted)
}

// fenced cleans every text inside JSON and leaves the order of its fields alone.
func fenced(text json.RawMessage) string {
	var b strings.Builder
	for i := 0; i < len(text); {
		if text[i] != '"' {
			b.WriteByte(text[i])
			i++
			continue
		}
		end := i + 1
		for end < len(text) && text[end] != '"' {
			if text[end] == '\\' {
				end++
			}
			end++
		}
		end = min(end+1, len(text))
		b.Write(cleanLiteral(text[i:end]))
		i = end
	}
	return b.String()
}

func cleanLiteral(literal []byte) []byte {
	var s string
	if json.Unmarshal(literal, &s) != nil {
		return []byte(`""`)
	}
	if cleaned := cutTo(Clean(s), longestDatum); cleaned != s {
		if text, err := json.Marshal(cleaned); err == nil {
			return text
		}
	}
	return literal
}

var markup = strings.NewReplacer("<", "", ">", "", "`", "", "](", " ", "[", "", "]", "", "://", " ", "**", "", "@", " at ", "|", " ", "{", "", "}", "")

// Clean takes out of text what a reader does not see or a program might act on: control
// and invisible characters, addresses, mentions and mark-up.
func Clean(s string) string {
	if !utf8.ValidString(s) {
		s = strings.ToValidUTF8(s, "")
	}
	s = strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return ' '
		case unicode.IsControl(r), unicode.Is(unicode.Cf, r), unicode.Is(unicode.Co, r), unicode.Is(unicode.Cs, r):
			return -1
		}
		return r
	}, s)
	return strings.TrimSpace(markup.Replace(s))
}

func cutTo(s string, most int) string {
	runes := 0
	for i := range s {
		if runes++; runes > most {
			return s[:i] + "…"
		}
	}
	return s
}
