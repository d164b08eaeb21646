package transfer

import (
	"bytes"
	"strings"
	"testing"
)

func FuzzATableOfAnyBytesIsReadOrReported(f *testing.F) {
	for _, s := range []string{"name,description\na,b\n", "\xef\xbb\xbfname\r\n\"a\nb\"\r\n", "name\n\"open", "name,name\n", "\x00\xff", "description,name\n,\n,,,\n"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		problems, rows, lastLine := 0, 0, 0
		table, ok := openTable(skills(), bytes.NewReader(text), func(p Problem) {
			problems++
			if p.Line < 0 || p.File == "" || p.Message == "" || strings.ContainsRune(p.String(), '\n') {
				t.Fatalf("%q: %+v", text, p)
			}
		})
		if !ok {
			if problems == 0 {
				t.Fatalf("%q was refused without a word", text)
			}
			return
		}
		for r, more := table.next(); more; r, more = table.next() {
			if r.line <= lastLine || len(r.values) != 3 || r.values[0] == nil || *r.values[0] == "" {
				t.Fatalf("%q: %+v after line %d", text, r, lastLine)
			}
			lastLine = r.line
			rows++
		}
	})
}
