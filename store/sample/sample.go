// Package sample is a company to try Rollcall with: Lumen & Field, about sixty people in
// four offices. It is kept as the CSV files that rollcall import reads, except that days
// are written relative to today, so that it never grows stale.
package sample

import (
	"bytes"
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"strconv"
	"time"

	"rollcall/store"
	"rollcall/store/chatlog"
	"rollcall/store/civil"
	"rollcall/store/transfer"
)

//go:embed data/*.csv
var files embed.FS

// AskerEmail is the address of the manager on whose behalf questions are asked when
// nobody says who asks.
const AskerEmail = "grace.adeyemi@lumen.example"

// Load writes the company into an empty store as it stands on the given day.
func Load(ctx context.Context, s *store.Store, docs *chatlog.SQL, today civil.Date) error {
	data, err := Files(today)
	if err != nil {
		return err
	}
	var problem error
	_, err = transfer.Import(ctx, s, data, transfer.Options{
		Problem: func(p transfer.Problem) { problem = errors.New(p.String()) },
		Details: func(tx *sql.Tx) chatlog.Details { return docs.InTx(tx) },
	})
	if err != nil {
		return fmt.Errorf("load the sample company: %w", errors.Join(err, problem))
	}
	return age(ctx, s)
}

// age makes the skills look as old as they are: an import stamps them with its own time,
// and receipts would all say "today".
func age(ctx context.Context, s *store.Store) error {
	write, _ := s.SQL()
	if _, err := write.ExecContext(ctx, `UPDATE "user_skill" SET "updatedAt" = "acquiredAt" WHERE "acquiredAt" IS NOT NULL`); err != nil {
		return fmt.Errorf("age the sample company: %w", err)
	}
	return nil
}

// Files returns the company's CSV files with the days as they are when today is the
// given day.
func Files(today civil.Date) (fs.FS, error) {
	data, err := fs.Sub(files, "data")
	if err != nil {
		return nil, fmt.Errorf("find the sample company: %w", err)
	}
	return dated{FS: data, today: today}, nil
}

// dated writes days into the files while they are opened.
type dated struct {
	fs.FS
	today civil.Date
}

// Open opens a file with its days written out; folders are as they are.
func (d dated) Open(name string) (fs.File, error) {
	f, err := d.FS.Open(name)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err != nil || info.IsDir() {
		return f, err
	}
	text, err := fs.ReadFile(d.FS, name)
	if err != nil {
		return nil, err
	}
	written := tokens.ReplaceAllFunc(text, func(token []byte) []byte { return []byte(d.day(token).String()) })
	return &file{File: f, Reader: bytes.NewReader(written), size: int64(len(written))}, nil
}

// tokens are W+3.Fri (the Friday three weeks on), M+1.15 and M+0.end (a day of a month)
// and D-400 (days from today).
var tokens = regexp.MustCompile(`\b(?:W[+-]\d+\.(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)|M[+-]\d+\.(?:\d\d|end)|D[+-]\d+)\b`)

func (d dated) day(token []byte) civil.Date {
	offset, rest, _ := bytes.Cut(token[1:], []byte("."))
	n, err := strconv.Atoi(string(offset))
	if err != nil { // the pattern admits digits alone
		panic(err)
	}
	switch token[0] {
	case 'D':
		return d.today + civil.Date(n) //nolint:gosec // a few years at most
	case 'W':
		monday := d.today.StartOfWeek(time.Monday) + civil.Date(7*n)                     //nolint:gosec // a few years at most
		return monday + civil.Date(bytes.Index([]byte("MonTueWedThuFriSatSun"), rest)/3) //nolint:gosec // 0 to 6
	}
	first := d.today.StartOfMonth().AddMonths(n)
	last := first.AddMonths(1) - 1
	if dayOfMonth, err := strconv.Atoi(string(rest)); err == nil {
		return min(first+civil.Date(dayOfMonth)-1, last) //nolint:gosec // two digits
	}
	return last
}

// file is an opened file whose text was replaced.
type file struct {
	fs.File
	*bytes.Reader
	size int64
}

// Read reads the replaced text.
func (f *file) Read(p []byte) (int, error) { return f.Reader.Read(p) }

// Stat tells the size of the replaced text.
func (f *file) Stat() (fs.FileInfo, error) {
	info, err := f.File.Stat()
	return sized{FileInfo: info, size: f.size}, err
}

type sized struct {
	fs.FileInfo
	size int64
}

// Size is the size of the replaced text.
func (s sized) Size() int64 { return s.size }
