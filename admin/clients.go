package admin

import "rollcall/store"

func clients() resource[store.Client, store.Client] {
	return resource[store.Client, store.Client]{
		path: "clients", one: "client", entity: store.ClientEntity, about: "Somebody whom projects are done for.", fields: []field{id(), name("name", true), description()}, view: same[store.Client],
	}
}
