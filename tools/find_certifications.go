package tools

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"rollcall/store"
	"rollcall/store/civil"
	"rollcall/tools/period"
	"rollcall/tools/resolve"
)

type findCertificationsArgs struct {
	Certification string `json:"certification"`
	Issuer        string `json:"issuer" jsonschema:"who issues it, such as Microsoft"`
	Person        string `json:"person"`
	Role          string `json:"role"`
	Status        string `json:"status" enum:"held,expiring,expired,missing" jsonschema:"held: valid now; expiring: runs out in the period; expired: ran out and not renewed; missing: who lacks it"`
	Period        string `json:"period" jsonschema:"the user's own words for the time"`
	Limit         int    `json:"limit"`
}

// CertificationsResult is a list of certificates, or of people without one.
type CertificationsResult struct {
	Period       *Span      `json:"period,omitempty"`
	Status       string     `json:"status"`
	Asked        []string   `json:"asked,omitempty"`
	Total        int        `json:"total"`
	Shown        int        `json:"shown"`
	Certificates []CertLine `json:"certificates"`
	Next         string     `json:"next,omitempty"` // when nothing expires: what does next
	today        civil.Date
}

// expiringDays is how far an open question about expiring certificates looks.
const expiringDays = 90

func findCertifications(c *Company) Tool {
	return define("find_certifications", "Find certificates: who holds one, which expire in a period, which have expired, by issuer, or who lacks one.",
		func(ctx context.Context, call Call, a findCertificationsArgs) (Result, error) {
			q, err := c.certSearch(ctx, call, a)
			if err != nil {
				return nil, err
			}
			if q.status == "missing" {
				return c.missing(ctx, q)
			}
			return c.holdings(ctx, q)
		})
}

// certSearch is the arguments of find_certifications, resolved.
type certSearch struct {
	status string
	filter store.HoldingFilter
	period period.Period
	asked  []string
	limit  int
}

func (c *Company) certSearch(ctx context.Context, call Call, a findCertificationsArgs) (certSearch, error) {
	q := certSearch{status: a.Status, limit: rows(a.Limit)}
	var user string
	var err error
	q.asked, err = c.resolveAll(ctx, call, said{resolve.Certification, a.Certification, &q.filter.CertID}, said{resolve.Person, a.Person, &user}, said{resolve.Role, a.Role, &q.filter.RoleID})
	if err != nil {
		return q, err
	}
	if user != "" {
		q.filter.UserIDs = []string{user}
	}
	if err := c.issuer(ctx, &q, a.Issuer); err != nil {
		return q, err
	}
	switch {
	case q.status == "" && a.Period != "":
		q.status = "expiring"
	case q.status == "":
		q.status = "held"
	case q.status == "missing" && q.filter.CertID == "":
		return q, &Error{Code: Invalid, Field: "certification", Message: "name the certification that is missing", Retryable: true}
	}
	return q, c.certPeriod(&q, a.Period)
}

func (c *Company) certPeriod(q *certSearch, words string) (err error) {
	today := c.today()
	switch {
	case words != "":
		q.period, err = c.period(words)
	case q.status == "expiring":
		q.period = period.Period{Range: civil.Range{From: today, To: today + expiringDays}}
	default:
		q.period = period.Period{Range: civil.Range{From: today, To: today + 1}}
	}
	return err
}

// issuer matches the asker's word with the issuers there are, without case or as a part.
func (c *Company) issuer(ctx context.Context, q *certSearch, text string) error {
	text = strings.ToLower(strings.TrimSpace(text))
	if text == "" {
		return nil
	}
	index, err := c.Names(ctx)
	if err != nil {
		return err
	}
	var issuers []string
	for _, e := range index.All(resolve.Certification) {
		if e.Fact != "" && !slices.Contains(issuers, e.Fact) {
			issuers = append(issuers, e.Fact)
		}
	}
	for _, known := range issuers {
		if strings.Contains(strings.ToLower(known), text) {
			q.filter.Issuer = known
			q.asked = append(q.asked, "issuer "+known)
			return nil
		}
	}
	return &Error{Code: NotFound, Field: "issuer", Message: fmt.Sprintf("no issuer is called %q", text), DidYouMean: issuers[:min(mostOptions, len(issuers))], Retryable: true}
}

func (c *Company) holdings(ctx context.Context, q certSearch) (Result, error) {
	f := q.filter
	last := q.period.Last()
	switch q.status {
	case "expiring":
		f.Expires, f.Current, f.ByExpiry = q.period.Range, true, true
	case "expired":
		f.Expires, f.Current, f.ByExpiry = civil.Range{From: civil.Of(1900, 1, 1), To: c.today()}, true, true
	default:
		f.ValidOn = &last
	}
	found, err := c.Store.FindHoldings(ctx, f)
	if err != nil {
		return nil, err
	}
	r := c.certResult(q, len(found))
	for _, h := range found[:min(q.limit, len(found))] {
		r.Certificates = append(r.Certificates, certLine(h, r.today))
	}
	r.Shown = len(r.Certificates)
	if q.status == "expiring" && len(found) == 0 {
		r.Next, err = c.nextExpiry(ctx, f)
	}
	return r, err
}

func (c *Company) certResult(q certSearch, total int) *CertificationsResult {
	r := &CertificationsResult{Status: q.status, Asked: q.asked, Total: total, Certificates: []CertLine{}, today: c.today()}
	if q.status == "expiring" || q.period.From != c.today() || q.period.Days() > 1 {
		span := spanOf(q.period)
		r.Period = &span
	}
	return r
}

// nextExpiry names what runs out first after a period in which nothing does.
func (c *Company) nextExpiry(ctx context.Context, f store.HoldingFilter) (string, error) {
	f.Expires = civil.Range{From: max(f.Expires.To, c.today()), To: civil.Of(2200, 1, 1)}
	found, err := c.Store.FindHoldings(ctx, f)
	if err != nil || len(found) == 0 {
		return "", err
	}
	return fmt.Sprintf("%s, %s on %s", found[0].Person, found[0].Name, day(*found[0].ExpiresAt, c.today())), nil
}

// missing lists the people without a valid certificate of the kind.
func (c *Company) missing(ctx context.Context, q certSearch) (Result, error) {
	last := q.period.Last()
	holders, err := c.Store.FindHoldings(ctx, store.HoldingFilter{CertID: q.filter.CertID, ValidOn: &last})
	if err != nil {
		return nil, err
	}
	has := map[string]bool{}
	for _, h := range holders {
		has[h.UserID] = true
	}
	everybody, _, err := c.Store.FindPeople(ctx, store.PeopleQuery{
		Filter: store.PeopleFilter{IDs: q.filter.UserIDs, RoleID: q.filter.RoleID}, Window: q.period.Range, Order: store.ByName,
	})
	if err != nil {
		return nil, err
	}
	without := slices.DeleteFunc(everybody, func(p store.FoundPerson) bool { return has[p.ID] })
	r := c.certResult(q, len(without))
	for _, p := range without[:min(q.limit, len(without))] {
		r.Certificates = append(r.Certificates, CertLine{Person: p.Name})
	}
	r.Shown = len(r.Certificates)
	return r, nil
}

// View shows the certificates as a table.
func (r *CertificationsResult) View() View {
	v := View{Headline: r.headline()}
	if r.Period != nil {
		v.Period = r.Period.String()
	}
	if r.Shown < r.Total {
		v.Notes = append(v.Notes, fmt.Sprintf("Showing %d of %d.", r.Shown, r.Total))
	}
	if r.Next != "" {
		v.Notes = append(v.Notes, "Next: "+r.Next+".")
	}
	if r.Total == 0 {
		return v
	}
	if r.Status == "missing" {
		v.Columns = []string{"Name"}
		for _, c := range r.Certificates {
			v.Rows = append(v.Rows, []string{c.Person})
		}
		return v
	}
	v.Columns = []string{"Name", "Role", "Certificate", "Issuer", "Valid until", "Days left"}
	for _, c := range r.Certificates {
		left := ""
		switch {
		case c.Expired:
			left = "expired"
		case c.DaysLeft != nil:
			left = strconv.Itoa(*c.DaysLeft)
		}
		until := "never expires"
		if c.Expires != nil {
			until = day(*c.Expires, r.today)
		}
		v.Rows = append(v.Rows, []string{c.Person, c.Role, c.Name, c.Issuer, until, left})
	}
	return v
}

func (r *CertificationsResult) headline() string {
	of := inBrackets(r.Asked)
	n := noneOr(r.Total, "certificate")
	switch r.Status {
	case "expiring":
		return n + " expiring" + of + "."
	case "expired":
		return n + " expired and not renewed" + of + "."
	case "missing":
		return are(r.Total) + " without it" + of + "."
	}
	return n + " held" + of + "."
}
