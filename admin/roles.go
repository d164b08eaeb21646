package admin

import "rollcall/store"

func roles() resource[store.Role, store.Role] {
	return resource[store.Role, store.Role]{
		path: "roles", one: "role", entity: store.RoleEntity, about: "What somebody works as, or does in a project.", fields: []field{id(), name("name", true), description()}, view: same[store.Role],
	}
}
