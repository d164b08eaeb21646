package store_test

import (
	"errors"
	"sync"
	"testing"
	"time"

	"rollcall/store"
	"rollcall/store/storetest"
)

func TestOfManyWhoChooseASettingAtOnceAllGetTheSame(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		var got [16]string
		var all sync.WaitGroup
		for i := range got {
			all.Go(func() {
				var err error
				if got[i], err = s.GetOrCreateSetting(t.Context(), "secret", store.NewID()); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		for _, value := range got {
			if value == "" || value != got[0] {
				t.Fatalf("they got %v", got)
			}
		}
	})
}

func newSession(t *testing.T, s *store.Store, person, token string) store.Session {
	t.Helper()
	row := store.Session{UserID: person, Token: token, ExpiresAt: s.Now().Add(time.Hour)}
	if err := s.CreateSession(t.Context(), &row); err != nil {
		t.Fatal(err)
	}
	return row
}

func TestASessionIsFoundByItsTokenAndEndsForItsPersonAlone(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ada, bo := store.Person{Name: "Ada", Email: "ada@example.com", Access: store.Admin, Active: true}, store.Person{Name: "Bo", Email: "bo@example.com", Access: store.Staff}
		if err := errors.Join(s.CreatePerson(t.Context(), &ada), s.CreatePerson(t.Context(), &bo)); err != nil {
			t.Fatal(err)
		}
		one, two, three := newSession(t, s, ada.ID, "one"), newSession(t, s, ada.ID, "two"), newSession(t, s, ada.ID, "three")
		got, err := s.GetSignedIn(t.Context(), "one")
		got.ExpiresAt = got.ExpiresAt.UTC()
		if want := (store.SignedIn{ID: one.ID, ExpiresAt: one.ExpiresAt, UserID: ada.ID, Name: "Ada", Email: ada.Email, Access: store.Admin, Active: true}); err != nil || got != want {
			t.Errorf("got %+v, %v; want %+v", got, err, want)
		}
		if _, err = s.GetSignedIn(t.Context(), "none"); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("no such token: %v", err)
		}
		if err = s.DeleteSessionOf(t.Context(), bo.ID, one.ID); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("another's session: %v", err)
		}
		if err = s.RenewSession(t.Context(), two.ID, s.Now().Add(-48*time.Hour)); err != nil {
			t.Error(err)
		}
		if err = errors.Join(s.DeleteSessionsBefore(t.Context(), s.Now().Add(-24*time.Hour)), s.DeleteSessionOf(t.Context(), ada.ID, one.ID)); err != nil {
			t.Error(err)
		}
		left, err := s.FindSessions(t.Context(), ada.ID)
		if err != nil || len(left) != 1 || left[0].ID != three.ID {
			t.Errorf("left: %+v, %v", left, err)
		}
		newSession(t, s, ada.ID, "four")
		if n, err := s.DeleteSessionsOf(t.Context(), ada.ID, three.ID); err != nil || n != 1 {
			t.Errorf("ended %d, %v", n, err)
		}
	})
}

func TestATimeThatBetterAuthHasWrittenIsRead(t *testing.T) {
	t.Parallel()
	s := storetest.SQLite(t)
	ada := store.Person{Name: "Ada", Email: "ada@example.com", Access: store.Admin, Active: true}
	if err := s.CreatePerson(t.Context(), &ada); err != nil {
		t.Fatal(err)
	}
	write, _ := s.SQL()
	_, err := write.ExecContext(t.Context(), `INSERT INTO "session" ("id", "expiresAt", "token", "createdAt", "updatedAt", "userId")
VALUES ('s1', '2026-11-25T09:00:00.134Z', 'theirs', '2026-11-23T08:55:05.134Z', '2026-11-23T08:55:05.134Z', ?)`, ada.ID)
	if err != nil {
		t.Fatal(err)
	}
	got, err := s.GetSignedIn(t.Context(), "theirs")
	if want := storetest.Now.Add(134 * time.Millisecond); err != nil || !got.ExpiresAt.Equal(want) {
		t.Errorf("got %v, %v; want %v", got.ExpiresAt, err, want)
	}
	if all, err := s.FindSessions(t.Context(), ada.ID); err != nil || len(all) != 1 {
		t.Errorf("listed %+v, %v", all, err)
	}
}
