package admin

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"rollcall/admin/signin"
	"rollcall/store"
)

// keyTime is for how long a key is kept.
const keyTime = 24 * time.Hour

// answered is what a request was answered, as it is kept: what is shown, never a secret.
type answered[V any] struct {
	ETag  string `json:"etag"`
	ID    string `json:"id"`
	Shown V      `json:"shown"`
}

// once makes a row, or returns the one that the same key has made before. Two requests at
// the same moment make one row: the key is kept in the row's own transaction.
func (h *handlers[T, V]) once(ctx context.Context, by signin.Principal, in *createInput, e store.Edit) (*shown[V], error) {
	if in.IdempotencyKey == "" {
		return h.create(ctx, by, nil, e)
	}
	// The key, which is not kept, is part of the hash: nobody tries passwords against it.
	key := store.Idempotency{ID: h.keyOf(by, in.IdempotencyKey), Request: hashOf(append([]byte(in.IdempotencyKey+"\x00"), in.RawBody...))}
	out, err := h.before(ctx, key)
	if !errors.Is(err, store.ErrNotFound) {
		return out, err
	}
	out, err = h.create(ctx, by, &key, e)
	if !errors.Is(err, store.ErrConflict) {
		return out, err
	}
	if other, bad := h.before(ctx, key); !errors.Is(bad, store.ErrNotFound) { // made meanwhile
		return other, bad
	}
	return nil, err
}

// before is what the same request was answered before, or ErrNotFound.
func (h *handlers[T, V]) before(ctx context.Context, key store.Idempotency) (*shown[V], error) {
	kept, err := h.Store.GetIdempotency(ctx, key.ID)
	if err != nil {
		return nil, err
	}
	if kept.CreatedAt.Before(h.Store.Now().Add(-keyTime)) {
		return nil, store.ErrNotFound
	}
	if kept.Request != key.Request {
		return nil, huma.Error422UnprocessableEntity("The same Idempotency-Key was used for another request.")
	}
	var a answered[V]
	if err := json.Unmarshal(kept.Row, &a); err != nil {
		return nil, fmt.Errorf("read an answer: %w", err)
	}
	return &shown[V]{ETag: a.ETag, Location: h.address() + "/" + a.ID, Status: http.StatusCreated, Body: a.Shown}, nil
}

func (h *handlers[T, V]) create(ctx context.Context, by signin.Principal, key *store.Idempotency, e store.Edit) (*shown[V], error) {
	var out *shown[V]
	err := h.Store.Transact(ctx, func(ctx context.Context, tx *store.Store) error {
		row, err := h.apply(ctx, tx, by, e)
		if err != nil {
			return err
		}
		if out, err = h.shown(row, http.StatusCreated); err != nil || key == nil {
			return err
		}
		return keep(ctx, tx, key, answered[V]{ETag: out.ETag, ID: e.ID, Shown: out.Body})
	})
	return out, err
}

func keep(ctx context.Context, tx *store.Store, key *store.Idempotency, answer any) (err error) {
	if key.Row, err = json.Marshal(answer); err != nil {
		return fmt.Errorf("write an answer: %w", err)
	}
	if err = tx.DeleteIdempotencyBefore(ctx, tx.Now().Add(-keyTime)); err != nil {
		return err
	}
	return tx.CreateIdempotency(ctx, key)
}

func (h *handlers[T, V]) keyOf(by signin.Principal, key string) string {
	return hashOf([]byte(actor(by) + "\x00" + h.path + "\x00" + key))
}

func hashOf(text []byte) string {
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}
