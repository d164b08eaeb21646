package transfer

func certifications() sheet {
	return sheet{
		file: "certifications.csv", table: "certification",
		fields: []field{
			{name: "name", target: "name", kind: text, key: true, required: true},
			{name: "issuer", target: "issuer", kind: text},
		},
		export: `SELECT "name", "issuer" FROM "certification" ORDER BY "name"`,
	}
}
