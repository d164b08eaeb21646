package transfer

func roles() sheet {
	return sheet{
		file: "roles.csv", table: "role",
		fields: []field{
			{name: "name", target: "name", kind: text, key: true, required: true},
			{name: "description", target: "description", kind: text},
		},
		export: `SELECT "name", "description" FROM "role" ORDER BY "name"`,
	}
}
