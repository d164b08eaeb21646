package transfer

func skills() sheet {
	return sheet{
		file: "skills.csv", table: "skill",
		fields: []field{
			{name: "name", target: "name", kind: text, key: true, required: true},
			{name: "description", target: "description", kind: text},
			{name: "aliases", target: "aliases", kind: array, check: list, blank: `'[]'`},
		},
		stamped: map[string]bool{"createdAt": true, "updatedAt": false},
		export:  `SELECT "name", "description", "aliases" FROM "skill" ORDER BY "name"`,
	}
}
