package transfer

import (
	"errors"

	"rollcall/store/chatlog"
)

// projectDetails writes the documents, which have a store of their own.
func projectDetails() sheet {
	return sheet{
		file: "project_details.csv",
		fields: []field{
			{name: "project", kind: text, key: true, required: true, ref: aProject},
			{name: "json", kind: text, required: true, check: someDetails},
		},
		after: putDetails,
	}
}

func someDetails(s string) (string, string) {
	if _, err := chatlog.ParseProject([]byte(s)); err != nil {
		return "", err.Error()
	}
	return s, ""
}

// putDetails writes a page of documents at a time.
func putDetails(m *merger) error {
	if m.failed() {
		return nil
	}
	return m.pages("json", func(_ int, projectID, cell string) error {
		p, err := chatlog.ParseProject([]byte(cell))
		if err != nil {
			return err
		}
		_, err = m.details.GetDetails(m.ctx, projectID)
		isNew := errors.Is(err, chatlog.ErrNotFound)
		if err != nil && !isNew {
			return err
		}
		changed, err := m.details.PutDetails(m.ctx, projectID, p)
		switch {
		case isNew:
			m.report.Created++
		case changed:
			m.report.Updated++
		}
		return err
	})
}
