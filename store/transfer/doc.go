// Package transfer brings a company in from a folder of CSV files, and out to one. A
// file is one Go file: its columns, what they may hold and where they go; the machinery
// that reads, checks, merges and writes is shared. To add a file, declare its sheet and
// add a line to sheets.
//
// Files are UTF-8 with a header row; days are YYYY-MM-DD with the last day inclusive; a
// blank cell is no value. Several values in a cell are separated by |.
package transfer
