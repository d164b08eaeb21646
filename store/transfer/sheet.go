package transfer

// kind is the type of a column in the database.
type kind string

const (
	text    kind = "text"
	integer kind = "integer"
	date    kind = "date"
	array   kind = "array" // a JSON array of the values between |
)

// reference says that a cell names a row of a table that is imported earlier.
type reference struct {
	table, column string
	noun          string // for messages: "role"
}

// field is one column of a file.
type field struct {
	name     string // in the header
	target   string // in the table; empty when the sheet's after stores it
	kind     kind
	key      bool // part of what identifies a row
	required bool // never blank; the column must be there
	ref      *reference
	// check returns the value as it is stored, or what is wrong with it; nil takes any text.
	check func(string) (value, problem string)
	// blank is what a blank cell stores where the table wants a value, as SQL.
	blank string
}

// sheet is one file and the table that it fills.
type sheet struct {
	file   string
	table  string
	fields []field
	// ordered are two date columns of which the second must not lie before the first.
	ordered [2]string
	// stamped are columns that hold the time of the change, with whether only a new row sets them.
	stamped map[string]bool
	// after stores what does not fit into the table's columns.
	after func(m *merger) error
	// export lists the rows as the columns of the file, in order.
	export string
}

// sheets lists the files in the order of their references.
func sheets() []sheet {
	return []sheet{
		roles(), skills(), certifications(), clients(), people(), projects(),
		peopleSkills(), peopleCertifications(), assignments(), timeOff(), projectDetails(),
	}
}

func (s sheet) names() []string {
	names := make([]string, len(s.fields))
	for i, f := range s.fields {
		names[i] = f.name
	}
	return names
}

// Who and what the rows of other files name.
var (
	aPerson        = &reference{"user", "email", "person"}
	aRole          = &reference{"role", "name", "role"}
	aSkill         = &reference{"skill", "name", "skill"}
	aCertification = &reference{"certification", "name", "certification"}
	aProject       = &reference{"project", "name", "project"}
)
