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

// once makes what a request asks for, or returns what the same key was answered before. Two
// requests at the same moment make it once: the key is kept in the transaction of what is made.
func once[O any](ctx context.Context, s *store.Store, key *store.Idempotency, read func(kept json.RawMessage) (*O, error), create func(key *store.Idempotency) (*O, error)) (*O, error) {
	if key == nil {
		return create(nil)
	}
	out, err := before(ctx, s, *key, read)
	if !errors.Is(err, store.ErrNotFound) {
		return out, err
	}
	if out, err = create(key); err == nil {
		return out, nil
	}
	if other, bad := before(ctx, s, *key, read); !errors.Is(bad, store.ErrNotFound) { // made meanwhile
		return other, bad
	}
	return nil, err
}

// before is what the same request was answered before, or ErrNotFound.
func before[O any](ctx context.Context, s *store.Store, key store.Idempotency, read func(kept json.RawMessage) (*O, error)) (*O, error) {
	kept, err := s.GetIdempotency(ctx, key.ID)
	if err != nil {
		return nil, err
	}
	if kept.CreatedAt.Before(s.Now().Add(-keyTime)) {
		return nil, store.ErrNotFound
	}
	if kept.Request != key.Request {
		return nil, huma.Error422UnprocessableEntity("The same Idempotency-Key was used for another request.")
	}
	out, err := read(kept.Row)
	if err != nil {
		return nil, fmt.Errorf("read an answer: %w", err)
	}
	return out, nil
}

// again is the answer about a row that was made before.
func (h *handlers[T, V]) again(kept json.RawMessage) (*shown[V], error) {
	var a answered[V]
	err := json.Unmarshal(kept, &a)
	return &shown[V]{ETag: a.ETag, Location: h.address() + "/" + a.ID, Status: http.StatusCreated, Body: a.Shown}, err
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

// keyOf is what is kept of a key for requests to the path, nil where none was sent.
func keyOf(by signin.Principal, path, key string, body []byte) *store.Idempotency {
	if key == "" {
		return nil
	}
	// The key, which is not kept, is part of the hash: nobody tries passwords against it.
	return &store.Idempotency{ID: hashOf([]byte(actor(by) + "\x00" + path + "\x00" + key)), Request: hashOf(append([]byte(key+"\x00"), body...))}
}

func hashOf(text []byte) string {
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}
