package transfer

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"
	"unicode/utf8"
)

const (
	longestCell = 10_000
	longestJSON = 1 << 20
)

// record is one row of a file: the stored values of its columns, nil for blank.
type record struct {
	line   int
	values []*string // as long as the sheet's fields
}

// table reads one file record by record, never holding more than one.
type table struct {
	sheet   sheet
	csv     *csv.Reader
	columns []int // per column of the file: the field
	cut     bool  // the file could not be read to its end
	problem func(Problem)
}

// openTable reads the header. A header that cannot serve is reported, and ok is false.
func openTable(s sheet, r io.Reader, problem func(Problem)) (t *table, ok bool) {
	in := bufio.NewReaderSize(r, 64<<10)
	if mark, err := in.Peek(3); err == nil && string(mark) == "\xef\xbb\xbf" {
		_, _ = in.Discard(3)
	}
	t = &table{sheet: s, csv: csv.NewReader(in), problem: problem}
	t.csv.ReuseRecord, t.csv.FieldsPerRecord = true, -1
	header, err := t.csv.Read()
	switch {
	case errors.Is(err, io.EOF):
		t.say(0, "", "", "is empty; the first line must name the columns: "+strings.Join(s.names(), ","))
		return t, false
	case err != nil:
		t.broken(err)
		return t, false
	}
	return t, t.header(header)
}

func (t *table) say(line int, column, value, message string) {
	t.problem(Problem{File: t.sheet.file, Line: line, Column: column, Value: value, Message: message})
}

func (t *table) header(names []string) bool {
	ok := true
	for _, name := range names {
		name = strings.ToLower(strings.TrimSpace(name))
		at := slices.IndexFunc(t.sheet.fields, func(f field) bool { return f.name == name })
		switch {
		case at < 0:
			t.say(1, "column", name, "is unknown; the columns are "+strings.Join(t.sheet.names(), ",")+didYouMean(name, t.sheet.names()))
			ok = false
		case slices.Contains(t.columns, at):
			t.say(1, "column", name, "is there twice")
			ok = false
		}
		t.columns = append(t.columns, at)
	}
	for i, f := range t.sheet.fields {
		if f.required && !slices.Contains(t.columns, i) {
			t.say(1, "column", f.name, "is missing")
			ok = false
		}
	}
	return ok
}

// given reports whether the file has the field's column.
func (t *table) given(i int) bool { return slices.Contains(t.columns, i) }

// broken reports text that is no CSV: what follows cannot be told apart any more.
func (t *table) broken(err error) {
	t.cut = true
	var p *csv.ParseError
	if errors.As(err, &p) {
		t.say(p.StartLine, "", "", fmt.Sprintf("is not valid CSV (%s); the rest of the file was not read", p.Err))
		return
	}
	t.say(0, "", "", "cannot be read: "+err.Error())
}

// next returns the next record, with false at the end. What is wrong with a cell is
// reported and the cell is left blank; a record that has the wrong shape or no key is
// reported and passed over.
func (t *table) next() (record, bool) {
	for {
		cells, err := t.csv.Read()
		if errors.Is(err, io.EOF) {
			return record{}, false
		}
		if err != nil {
			t.broken(err)
			return record{}, false
		}
		line, _ := t.csv.FieldPos(0)
		if len(cells) != len(t.columns) {
			t.say(line, "", "", fmt.Sprintf("has %d cells, the header has %d", len(cells), len(t.columns)))
			continue
		}
		if r, ok := t.record(line, cells); ok {
			return r, true
		}
	}
}

func (t *table) record(line int, cells []string) (record, bool) {
	r, usable := record{line: line, values: make([]*string, len(t.sheet.fields))}, true
	for i, at := range t.columns {
		f := &t.sheet.fields[at]
		value, problem := f.read(cells[i])
		if problem != "" {
			t.say(line, f.name, short(cells[i]), problem)
		}
		if value != "" {
			r.values[at] = &value
		} else if f.required {
			usable = usable && !f.key && problem == "" || (problem != "" && !f.key)
			if problem == "" {
				t.say(line, f.name, "", "must not be blank")
			}
		}
	}
	t.checkOrder(&r)
	return r, usable
}

// checkOrder reports an end before its start and blanks the end.
func (t *table) checkOrder(r *record) {
	if t.sheet.ordered[0] == "" {
		return
	}
	var ends [2]*string
	at := 0
	for i, f := range t.sheet.fields {
		for n, name := range t.sheet.ordered {
			if f.name == name {
				ends[n] = r.values[i]
				if n == 1 {
					at = i
				}
			}
		}
	}
	if ends[0] != nil && ends[1] != nil && *ends[1] < *ends[0] {
		t.say(r.line, t.sheet.ordered[1], *ends[1], fmt.Sprintf("lies before %s %s", t.sheet.ordered[0], *ends[0]))
		r.values[at] = ends[0]
	}
}

// read returns the value of a cell as it is stored, "" for blank, or what is wrong.
func (f *field) read(cell string) (value, problem string) {
	limit := longestCell
	if f.name == "json" {
		limit = longestJSON
	}
	switch {
	case !utf8.ValidString(cell):
		return "", "is not valid UTF-8"
	case strings.ContainsRune(cell, 0):
		return "", "holds a NUL character"
	case len(cell) > limit:
		return "", fmt.Sprintf("has %d bytes, at most %d are allowed", len(cell), limit)
	}
	cell = strings.TrimSpace(cell)
	if cell == "" || f.check == nil {
		return cell, ""
	}
	return f.check(cell)
}

// short cuts a cell for a message, and makes it printable.
func short(cell string) string {
	cell = strings.ToValidUTF8(cell, "�")
	n := 0
	for i := range cell {
		if n++; n > 60 {
			return cell[:i] + "…"
		}
	}
	return cell
}

// counter tells how much of the files was read.
type counter struct {
	fs.File
	read func(n int)
}

// Read counts.
func (c counter) Read(p []byte) (int, error) {
	n, err := c.File.Read(p)
	c.read(n)
	return n, err
}
