package llm

import (
	"bytes"
	_ "embed"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"rollcall/bot"
)

//go:embed prices.csv
var listed []byte

// Prices knows what tokens cost. The zero value knows nothing.
type Prices struct{ rows []price }

type price struct {
	model             string
	in, cachedIn, out float64 // US dollars per million tokens
}

// ListedPrices are the prices in the data file prices.csv, each of the day that it names.
func ListedPrices() (Prices, error) { return ReadPrices(bytes.NewReader(listed)) }

var priceColumns = []string{"model", "in", "cached_in", "out", "as_of"}

// ReadPrices reads a file in the form of prices.csv. An error names the line and what is
// wrong with it.
func ReadPrices(r io.Reader) (Prices, error) {
	csvFile := csv.NewReader(r)
	csvFile.Comment, csvFile.FieldsPerRecord = '#', len(priceColumns)
	rows, err := csvFile.ReadAll()
	if err != nil {
		return Prices{}, fmt.Errorf("read prices: %w", err)
	}
	if len(rows) == 0 || !slices.Equal(rows[0], priceColumns) {
		return Prices{}, fmt.Errorf("read prices: the first line must be %s", strings.Join(priceColumns, ","))
	}
	var p Prices
	for _, row := range rows[1:] {
		one, err := readPrice(row)
		if err != nil {
			return Prices{}, fmt.Errorf("read prices: %s: %w", row[0], err)
		}
		p.rows = append(p.rows, one)
	}
	return p, nil
}

func readPrice(row []string) (price, error) {
	var amounts [3]float64
	for i, field := range row[1:4] {
		amount, err := strconv.ParseFloat(field, 64)
		if err != nil || amount < 0 || math.IsInf(amount, 0) || math.IsNaN(amount) {
			return price{}, fmt.Errorf("%s: %q is not an amount of dollars", priceColumns[i+1], field)
		}
		amounts[i] = amount
	}
	if _, err := time.Parse(time.DateOnly, row[4]); err != nil {
		return price{}, fmt.Errorf("as_of: %q is not a date of the form YYYY-MM-DD", row[4])
	}
	if row[0] == "" {
		return price{}, errors.New("model is missing")
	}
	return price{row[0], amounts[0], amounts[1], amounts[2]}, nil
}

// Cost is what the tokens cost in millionths of a US dollar, rounded up; nil when the
// model's price is not known. A path before the name, as gateways write it, is skipped.
func (p Prices) Cost(model string, u bot.Usage) *int64 {
	name := model[strings.LastIndex(model, "/")+1:]
	for _, row := range p.rows {
		if name != row.model && !strings.HasPrefix(name, row.model+"-20") { // itself, or a snapshot with its date
			continue
		}
		fresh := max(0, u.In-u.CachedIn)
		micros := int64(math.Ceil(float64(fresh)*row.in + float64(u.CachedIn)*row.cachedIn + float64(u.Out)*row.out))
		return &micros
	}
	return nil
}
