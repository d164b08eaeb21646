package admin

import (
	"context"

	"rollcall/store"
	"rollcall/store/civil"
)

// projectView is a project with what was asked for besides.
type projectView struct {
	store.Project

	Bookings []store.Booking       `json:"bookings,omitempty"`
	Clients  []store.ClientProject `json:"clients,omitempty"`
}

func (v projectView) id() string { return v.ID }

func projects() resource[store.Project, projectView] {
	return resource[store.Project, projectView]{
		path: "projects", one: "project", entity: store.ProjectEntity, about: "Work for clients, or for the company itself. A project that has bookings cannot be deleted.",
		fields:  []field{id(), name("name", true), description(), optionalDay("startedAt", "The first day."), optionalDay("endedAt", "The last day.")},
		view:    func(p store.Project) projectView { return projectView{Project: p} },
		prepare: func(p *store.Project, _ map[string]any) error { return inOrder(p.StartedAt, p.EndedAt, "endedAt") },
		expand: map[string]func(ctx context.Context, s *store.Store, rows []projectView) error{
			"bookings": hang("projectId", func(v *projectView, r store.Booking) { v.Bookings = append(v.Bookings, r) }, func(r store.Booking) string { return r.ProjectID }),
			"clients":  hang("projectId", func(v *projectView, r store.ClientProject) { v.Clients = append(v.Clients, r) }, func(r store.ClientProject) string { return r.ProjectID }),
		},
	}
}

// inOrder refuses an end that lies before its start.
func inOrder(first, last *civil.Date, field string) error {
	if first != nil && last != nil && *last < *first {
		return unprocessable(fieldError(field, "lies before the start, "+first.String(), last.String()))
	}
	return nil
}
