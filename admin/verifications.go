package admin

import (
	"time"

	"rollcall/store"
)

// verificationView is a one-time code without the code.
type verificationView struct {
	ID         string    `json:"id"`
	Identifier string    `json:"identifier"`
	ExpiresAt  time.Time `json:"expiresAt"`
	CreatedAt  time.Time `json:"createdAt"`
	UpdatedAt  time.Time `json:"updatedAt"`
}

func verifications() resource[store.Verification, verificationView] {
	return resource[store.Verification, verificationView]{
		path: "verifications", one: "verification", entity: store.VerificationEntity, about: "A one-time code or link that waits to be used. Its value is never shown.",
		fields: []field{
			id(),
			{name: "identifier", kind: text, need: true, most: nameLength, searched: true},
			{name: "value", kind: text, need: true, hidden: true, most: mostText, doc: "Never shown."},
			{name: "expiresAt", kind: moment, need: true},
			stamp("createdAt"), stamp("updatedAt"),
		},
		view: func(v store.Verification) verificationView {
			return verificationView{ID: v.ID, Identifier: v.Identifier, ExpiresAt: v.ExpiresAt, CreatedAt: v.CreatedAt, UpdatedAt: v.UpdatedAt}
		},
	}
}
