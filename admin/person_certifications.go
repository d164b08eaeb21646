package admin

import "rollcall/store"

func personCertifications() resource[store.PersonCertification, store.PersonCertification] {
	return resource[store.PersonCertification, store.PersonCertification]{
		path: "person-certifications", one: "certificate of a person", entity: store.PersonCertificationEntity, about: "That somebody holds, or held, a certificate.",
		fields: []field{
			id(), refTo("userId", store.PersonEntity, true), refTo("certId", store.CertificationEntity, true), optionalDay("issuedAt", "The first day."), optionalDay("expiresAt", "The last valid day; none: it never expires."),
		},
		view: same[store.PersonCertification],
		prepare: func(c *store.PersonCertification, _ map[string]any) error {
			return inOrder(c.IssuedAt, c.ExpiresAt, "expiresAt")
		},
	}
}
