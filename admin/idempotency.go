package admin

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"

	"github.com/danielgtaylor/huma/v2"

	"rollcall/admin/signin"
	"rollcall/store"
)

// once makes a row, or returns the one that the same key has made before. Two requests at
// the same moment make one row: the key is kept in the row's own transaction.
func (h *handlers[T, V]) once(ctx context.Context, by signin.Principal, in *createInput, e store.Edit) (json.RawMessage, error) {
	// The key, which is not kept, is part of the hash: nobody tries passwords against it.
	key := store.Idempotency{ID: h.keyOf(by, in.IdempotencyKey), Request: hashOf(append([]byte(in.IdempotencyKey+"\x00"), in.RawBody...))}
	for range 2 {
		if in.IdempotencyKey != "" {
			before, err := h.Store.GetIdempotency(ctx, key.ID)
			if err == nil {
				return before.Row, sameRequest(before, key)
			}
			if !errors.Is(err, store.ErrNotFound) {
				return nil, err
			}
		}
		row, err := h.create(ctx, by, in.IdempotencyKey != "", key, e)
		if !errors.Is(err, errKeyTaken) {
			return row, err
		}
	}
	return nil, huma.Error409Conflict("The same key is being used by another request just now.")
}

var errKeyTaken = errors.New("the key was used at the same moment")

func (h *handlers[T, V]) create(ctx context.Context, by signin.Principal, isKeyed bool, key store.Idempotency, e store.Edit) (row json.RawMessage, err error) {
	err = h.Store.Transact(ctx, func(ctx context.Context, tx *store.Store) error {
		if row, err = h.apply(ctx, tx, by, e); err != nil || !isKeyed {
			return err
		}
		public, err := store.Edit{Entity: e.Entity, ID: e.ID, After: row}.WithoutSecrets()
		if err != nil {
			return err
		}
		key.Row = public.After
		if err = tx.CreateIdempotency(ctx, &key); errors.Is(err, store.ErrConflict) {
			err = errKeyTaken
		}
		return err
	})
	return row, err
}

func (h *handlers[T, V]) keyOf(by signin.Principal, key string) string {
	return hashOf([]byte(actor(by) + "\x00" + h.path + "\x00" + key))
}

func sameRequest(before, now store.Idempotency) error {
	if before.Request != now.Request {
		return huma.Error422UnprocessableEntity("The same Idempotency-Key was used for another request.")
	}
	return nil
}

func hashOf(text []byte) string {
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}
