package admin

import (
	"crypto/rand"
	"time"

	"rollcall/store"
)

// sessionView is a session without its token.
type sessionView struct {
	ID        string    `json:"id"`
	UserID    string    `json:"userId"`
	ExpiresAt time.Time `json:"expiresAt"`
	CreatedAt time.Time `json:"createdAt"`
	UpdatedAt time.Time `json:"updatedAt"`
	IPAddress *string   `json:"ipAddress"`
	UserAgent *string   `json:"userAgent"`
}

func sessions() resource[store.Session, sessionView] {
	return resource[store.Session, sessionView]{
		path: "sessions", one: "session", entity: store.SessionEntity, about: "A signed-in browser or client. Its token is never shown; deleting it signs it out.",
		fields: []field{
			id(), refTo("userId", store.PersonEntity, true),
			{name: "expiresAt", kind: moment, need: true},
			{name: "ipAddress", kind: text, null: true, most: nameLength},
			{name: "userAgent", kind: text, null: true, most: 1000},
			stamp("createdAt"), stamp("updatedAt"),
		},
		view: func(s store.Session) sessionView {
			return sessionView{ID: s.ID, UserID: s.UserID, ExpiresAt: s.ExpiresAt, CreatedAt: s.CreatedAt, UpdatedAt: s.UpdatedAt, IPAddress: s.IPAddress, UserAgent: s.UserAgent}
		},
		prepare: func(s *store.Session, _ map[string]any) error {
			if s.Token == "" {
				s.Token = rand.Text() + rand.Text()
			}
			return nil
		},
	}
}
