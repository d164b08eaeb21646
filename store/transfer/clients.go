package transfer

func clients() sheet {
	return sheet{
		file: "clients.csv", table: "client",
		fields: []field{
			{name: "name", target: "name", kind: text, key: true, required: true},
			{name: "description", target: "description", kind: text},
		},
		export: `SELECT "name", "description" FROM "client" ORDER BY "name"`,
	}
}
