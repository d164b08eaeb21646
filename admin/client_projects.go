package admin

import "rollcall/store"

func clientProjects() resource[store.ClientProject, store.ClientProject] {
	return resource[store.ClientProject, store.ClientProject]{
		path: "client-projects", one: "project of a client", entity: store.ClientProjectEntity, about: "That a project is done for a client, at most once for each pair.",
		fields: []field{id(), refTo("clientId", store.ClientEntity, true), refTo("projectId", store.ProjectEntity, true)},
		unique: []string{"clientId", "projectId"}, view: same[store.ClientProject],
	}
}
