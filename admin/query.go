package admin

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"

	"rollcall/store"
	"rollcall/store/civil"
)

const (
	defaultPage = 50
	mostPage    = 200
	mostValues  = 50 // of one filter
	mostSearch  = 200
	// mostCursor has room for the longest text that the command line imports.
	mostCursor = 15_000
)

// parameters describes the filters of a resource: each column that is shown, numbers and
// times also from and up to a value, a search, the order, and the page.
func (h *handlers[T, V]) parameters() []*huma.Param {
	query := func(n, doc string, s *huma.Schema) *huma.Param {
		return &huma.Param{Name: n, In: "query", Description: doc, Schema: s}
	}
	var all []*huma.Param
	for _, f := range h.fields {
		if f.hidden || f.kind == list {
			continue
		}
		all = append(all, query(f.name, "Only rows with this value"+map[bool]string{true: `, or "null" for none`}[f.null]+"; several times for one of several.", f.filterSchema()))
		if f.isOrdered() {
			all = append(all, query(f.name+".min", "From this value on.", f.filterSchema()), query(f.name+".max", "Up to this value.", f.filterSchema()))
		}
	}
	if len(h.searched()) > 0 {
		all = append(all, query("q", "Text that is somewhere in "+strings.Join(h.searched(), ", ")+".", &huma.Schema{Type: huma.TypeString, MaxLength: intPointer(mostSearch)}))
	}
	sorts := make([]any, 0, 2*len(h.fields))
	for _, s := range h.sorts() {
		sorts = append(sorts, s, "-"+s)
	}
	one, most := 1.0, float64(mostPage)
	all = append(all,
		query("sort", "The order; with - the other way round. Rows without a value come last.", &huma.Schema{Type: huma.TypeString, Enum: sorts}),
		query("limit", "How many rows at most.", &huma.Schema{Type: huma.TypeInteger, Minimum: &one, Maximum: &most, Default: defaultPage}),
		query("cursor", "Where to go on: the next of the page before.", &huma.Schema{Type: huma.TypeString, MaxLength: intPointer(mostCursor)}),
		query("total", "Count all rows that fit.", &huma.Schema{Type: huma.TypeBoolean, Default: false}),
	)
	if len(h.expand) > 0 {
		all = append(all, query("expand", "What to show with each row, separated by commas: "+strings.Join(h.expansions(), ", ")+".", &huma.Schema{Type: huma.TypeString, MaxLength: intPointer(mostSearch)}))
	}
	for _, p := range all {
		p.Schema.PrecomputeMessages()
	}
	return all
}

// filterSchema is a text: "null" and lists are values too.
func (f field) filterSchema() *huma.Schema {
	return &huma.Schema{Type: huma.TypeString, MaxLength: intPointer(mostText)}
}

func (f field) isOrdered() bool { return f.kind == number || f.kind == day || f.kind == moment }

func (h *handlers[T, V]) searched() []string {
	var all []string
	for _, f := range h.fields {
		if f.searched {
			all = append(all, f.name)
		}
	}
	return all
}

func (h *handlers[T, V]) sorts() []string {
	var all []string
	for _, f := range h.fields {
		if !f.hidden && f.kind != list && f.kind != flag {
			all = append(all, f.name)
		}
	}
	return all
}

func (h *handlers[T, V]) expansions() []string {
	var all []string
	for n := range h.expand {
		all = append(all, n)
	}
	slices.Sort(all)
	return all
}

// listInput keeps the query as it was sent: its parameters are the resource's fields.
type listInput struct {
	query map[string][]string
	wrong error // with the query as a whole
}

// Resolve reads the query; huma calls it.
func (i *listInput) Resolve(ctx huma.Context) []error {
	u := ctx.URL()
	i.query, i.wrong = url.ParseQuery(u.RawQuery)
	return nil
}

// asked is a list as it was asked for.
type asked struct {
	store.PageQuery

	expand []string
}

// read turns the query into a page's, or says what of it cannot be read.
func (h *handlers[T, V]) read(in *listInput) (asked, error) {
	query := in.query
	if in.wrong != nil {
		return asked{}, unprocessable(fieldError("query", "is not written as the query of an address is", nil))
	}
	a := asked{PageQuery: store.PageQuery{Limit: defaultPage, Columns: h.searched(), Sort: "id"}}
	var wrong []*huma.ErrorDetail
	for name, values := range query {
		if err := h.readOne(&a, name, values); err != "" {
			wrong = append(wrong, fieldError("query."+name, err, strings.Join(values, ", ")))
		}
	}
	if wrong == nil {
		if err := h.readCursor(&a, query["cursor"]); err != "" {
			wrong = append(wrong, fieldError("query.cursor", err, nil))
		}
	}
	if wrong != nil {
		slices.SortFunc(wrong, func(x, y *huma.ErrorDetail) int { return strings.Compare(x.Location, y.Location) })
		return a, unprocessable(wrong...)
	}
	return a, nil
}

func (h *handlers[T, V]) readOne(a *asked, name string, values []string) string {
	first := values[0]
	switch name {
	case "cursor":
		return ""
	case "q":
		if len(a.Columns) == 0 {
			return "is no filter of this list"
		}
		if a.Search = first; !isText(first) || utf8.RuneCountInString(first) > mostSearch {
			return "must be text of at most " + strconv.Itoa(mostSearch) + " characters"
		}
		return ""
	case "total":
		return readFlag(first, &a.Total)
	case "limit":
		n, err := strconv.Atoi(first)
		if a.Limit = n; err != nil || n < 1 || n > mostPage {
			return "must be a number from 1 to " + strconv.Itoa(mostPage)
		}
		return ""
	case "sort":
		a.Sort, a.Descending = strings.CutPrefix(first, "-")
		if !slices.Contains(h.sorts(), a.Sort) {
			return "must be one of " + strings.Join(h.sorts(), ", ") + ", or one of them behind -"
		}
		return ""
	case "expand":
		return h.readExpand(a, first)
	}
	return h.readFilter(a, name, values)
}

func (h *handlers[T, V]) readExpand(a *asked, list string) string {
	for n := range strings.SplitSeq(list, ",") {
		if h.expand[n] == nil {
			return "must be some of " + strings.Join(h.expansions(), ", ")
		}
		if !slices.Contains(a.expand, n) {
			a.expand = append(a.expand, n)
		}
	}
	return ""
}

func (h *handlers[T, V]) readFilter(a *asked, name string, values []string) string {
	column, op := name, store.Equal
	if n, isMin := strings.CutSuffix(name, ".min"); isMin {
		column, op = n, store.AtLeast
	} else if n, isMax := strings.CutSuffix(name, ".max"); isMax {
		column, op = n, store.AtMost
	}
	f, known := h.byName[column]
	if !known || f.hidden || f.kind == list || op != store.Equal && !f.isOrdered() {
		return "is no filter of this list"
	}
	if len(values) > mostValues || op != store.Equal && len(values) > 1 {
		return "has too many values"
	}
	c := store.Comparison{Column: column, Op: op}
	for _, v := range values {
		value, wrong := f.parse(v)
		if wrong != "" || value == nil && op != store.Equal {
			return "must be " + f.expects()
		}
		c.Values = append(c.Values, value)
	}
	a.Comparisons = append(a.Comparisons, c)
	return ""
}

// parse reads a value of a query; "null" is no value where a field may have none.
func (f field) parse(s string) (value any, wrong string) {
	if s == "null" && f.null {
		return nil, ""
	}
	var err error
	switch f.kind {
	case number:
		value, err = strconv.ParseInt(s, 10, 32)
	case flag:
		var b bool
		wrong = readFlag(s, &b)
		value = b
	case day:
		value, err = civil.Parse(s)
	case moment:
		value, err = parseMoment(s)
	case text, ref:
		if !isText(s) || utf8.RuneCountInString(s) > mostText {
			wrong = "no text"
		}
		value = s
	case list:
		wrong = "no filter"
	}
	if err != nil {
		wrong = err.Error()
	}
	return value, wrong
}

// parseMoment reads a time that every database can keep, to the microseconds that it keeps.
func parseMoment(s string) (time.Time, error) {
	at, err := time.Parse(time.RFC3339Nano, s)
	if at = at.UTC().Truncate(time.Microsecond); err == nil && (at.Year() < 1 || at.Year() > 9999) {
		err = errors.New("a year outside of 1 to 9999")
	}
	return at, err
}

// isText reports whether every database can keep the text.
func isText(s string) bool { return !strings.ContainsRune(s, 0) && strings.ToValidUTF8(s, "") == s }

func readFlag(s string, into *bool) string {
	switch s {
	case "true", "false":
		*into = s == "true"
		return ""
	}
	return "must be true or false"
}

func (f field) expects() string {
	return map[kind]string{
		number: "a whole number", flag: "true or false", day: "a day of the form YYYY-MM-DD", moment: "a time of the form 2026-12-31T10:00:00Z", text: "text", ref: "an id",
	}[f.kind]
}

// cursor is where a page ended.
type cursor struct {
	List  string `json:"l"`
	Sort  string `json:"s"`
	Value any    `json:"v"`
	ID    string `json:"i"`
}

func (h *handlers[T, V]) readCursor(a *asked, values []string) string {
	const wrong = "is no cursor of this list in this order"
	if len(values) == 0 {
		return ""
	}
	raw, err := base64.RawURLEncoding.DecodeString(values[0])
	var c cursor
	if err != nil || json.Unmarshal(raw, &c) != nil || c.List != h.path || c.Sort != sortName(a) || !isText(c.ID) {
		return wrong
	}
	key := &store.PageKey{ID: c.ID}
	if s, given := c.Value.(string); given {
		value, bad := h.byName[a.Sort].after(s)
		if bad != "" {
			return wrong
		}
		key.Value = value
	} else if c.Value != nil {
		return wrong
	}
	a.After = key
	return ""
}

// after parses the value that a page ended with. It is some row's: a text of any length, and
// "null" is one like others.
func (f field) after(s string) (value any, wrong string) {
	if f.kind != text && f.kind != ref {
		return f.parse(s)
	}
	if !isText(s) {
		wrong = "no text"
	}
	return s, wrong
}

func sortName(a *asked) string {
	if a.Descending {
		return "-" + a.Sort
	}
	return a.Sort
}

// nextCursor is the cursor after a row.
func (h *handlers[T, V]) nextCursor(a asked, row json.RawMessage) (string, error) {
	var values map[string]any
	if err := json.Unmarshal(row, &values); err != nil {
		return "", err
	}
	c := cursor{List: h.path, Sort: sortName(&a), ID: values["id"].(string)}
	switch v := values[a.Sort].(type) {
	case string:
		c.Value = v
	case float64:
		c.Value = strconv.FormatInt(int64(v), 10)
	}
	raw, err := json.Marshal(c)
	return base64.RawURLEncoding.EncodeToString(raw), err
}
