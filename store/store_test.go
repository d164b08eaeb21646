package store_test

import (
	"testing"

	"rollcall/store"
	"rollcall/store/storetest"
)

func TestMain(m *testing.M) { storetest.Main(m) }

func TestANewStoreIsAtTheLatestSchema(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		if s.Now() != storetest.Now {
			t.Errorf("the store's clock says %v, want %v", s.Now(), storetest.Now)
		}
	})
}
