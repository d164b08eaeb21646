package admin

import "rollcall/store"

func certifications() resource[store.Certification, store.Certification] {
	return resource[store.Certification, store.Certification]{
		path: "certifications", one: "certification", entity: store.CertificationEntity, about: "A certificate that people can hold.",
		fields: []field{id(), name("name", true), {name: "issuer", kind: text, null: true, most: nameLength, searched: true}},
		view:   same[store.Certification],
	}
}
