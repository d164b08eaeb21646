package transfer_test

import (
	"archive/zip"
	"bytes"
	"testing"

	"rollcall/store"
	"rollcall/store/storetest"
	"rollcall/store/transfer"
)

// meanwhile is an archive whose first bytes come while somebody else writes.
type meanwhile struct {
	bytes.Buffer

	write func()
}

func (m *meanwhile) Write(p []byte) (int, error) {
	if m.Len() == 0 {
		m.write()
	}
	return m.Buffer.Write(p)
}

func TestAnExportIsTheCompanyAtOneMoment(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		storetest.Fill(t, s, 2000) // more than is gathered before the first bytes come
		out := &meanwhile{write: func() {
			p := store.Person{Name: "Newcomer", Email: "newcomer@example.com", Access: store.Staff, Capacity: 100, Active: true}
			if err := s.CreatePerson(t.Context(), &p); err != nil {
				t.Fatal(err)
			}
			if err := s.CreatePersonSkill(t.Context(), &store.PersonSkill{UserID: p.ID, SkillID: "skill-001"}); err != nil {
				t.Fatal(err)
			}
		}}
		if _, err := transfer.ExportZip(t.Context(), s, docs(s), out); err != nil {
			t.Fatal(err)
		}
		archive, err := zip.NewReader(bytes.NewReader(out.Bytes()), int64(out.Len()))
		if err != nil {
			t.Fatal(err)
		}
		if _, problems, err := bring(t, storetest.SQLite(t), archive, transfer.Options{DryRun: true}); err != nil {
			t.Errorf("%v: %v", err, problems)
		}
	})
}
