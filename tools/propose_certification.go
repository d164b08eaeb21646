package tools

import (
	"context"
	"fmt"
	"regexp"

	"rollcall/proposal"
	"rollcall/store"
	"rollcall/store/civil"
	"rollcall/tools/resolve"
)

type proposeCertificationArgs struct {
	Action        string `json:"action" need:"true" enum:"add,remove" jsonschema:"add: also a renewal"`
	Person        string `json:"person" jsonschema:"null for the user"`
	Certification string `json:"certification" need:"true"`
	Issued        string `json:"issued" jsonschema:"the user's own words for the day"`
	Expires       string `json:"expires" jsonschema:"the user's own words for the last valid day"`
}

func proposeCertification(c *Company) Tool {
	return defineProposal("propose_certification", "Prepare recording or removing a certificate of the user or of somebody else. The user confirms it by a button.",
		func(ctx context.Context, call Call, a proposeCertificationArgs) (Result, error) {
			people, err := c.saidPeople(ctx, call, "person", nonEmpty(a.Person), true)
			if err != nil {
				return nil, err
			}
			cert, err := c.saidName(ctx, call, resolve.Certification, "certification", a.Certification)
			if err != nil {
				return nil, err
			}
			if cert.ID == "" {
				return nil, missing("certification", "Which certificate?")
			}
			edit, err := c.certificationEdit(ctx, call, a, people[0], cert)
			if err != nil {
				return nil, err
			}
			return c.propose(ctx, call, proposal.Certification, edit)
		})
}

func (c *Company) certificationEdit(ctx context.Context, call Call, a proposeCertificationArgs, person, cert resolve.Entry) (store.Edit, error) {
	held, err := c.Store.FindPersonCertifications(ctx, person.ID, cert.ID)
	if err != nil {
		return store.Edit{}, err
	}
	if a.Action == "remove" {
		if len(held) == 0 {
			return store.Edit{}, &Error{Code: NotFound, Field: "certification", Message: fmt.Sprintf("%s has not recorded %s", person.Name, cert.Name), Retryable: true}
		}
		last := held[len(held)-1]
		return store.NewEdit(store.PersonCertificationEntity, last.ID, &last, nil)
	}
	row := store.PersonCertification{ID: store.NewID(), UserID: person.ID, CertID: cert.ID}
	if a.Issued != "" {
		p, err := c.saidPeriod(call, "issued", a.Issued, "When was it issued?")
		if err != nil {
			return store.Edit{}, err
		}
		row.IssuedAt = c.lastTime(a.Issued, p.From)
	}
	if a.Expires != "" {
		p, err := c.saidPeriod(call, "expires", untilWords.ReplaceAllString(a.Expires, ""), "Until when is it valid?")
		if err != nil {
			return store.Edit{}, err
		}
		last := p.Last()
		row.ExpiresAt = &last
	}
	for _, h := range held {
		if same(h.IssuedAt, row.IssuedAt) && same(h.ExpiresAt, row.ExpiresAt) {
			return store.Edit{}, &Error{Code: Invalid, Field: "certification", Message: cert.Name + " is recorded like that already"}
		}
	}
	return store.NewEdit(store.PersonCertificationEntity, row.ID, nil, &row)
}

// lastTime is the day that words name, and of a day without a year the last one: nobody
// says in November that they passed on the 20th of next November.
func (c *Company) lastTime(words string, first civil.Date) *civil.Date {
	if first > c.today() {
		if p, err := c.Calendar.Parse(c.Now().AddDate(-1, 0, 0), words); err == nil && p.From <= c.today() {
			first = p.From
		}
	}
	return &first
}

// untilWords go before a last valid day. Without them it may lie in the past.
var untilWords = regexp.MustCompile(`(?i)^\s*(?:valid\s+|gültig\s+)?(?:until|till|til|to|bis|jusqu['’]?(?:au|à|en)?|hasta)\s+(?:the\s+)?`)

func same(a, b *civil.Date) bool { return (a == nil) == (b == nil) && (a == nil || *a == *b) }
