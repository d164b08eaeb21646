package signin

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"time"
	"unicode/utf16"

	"golang.org/x/crypto/scrypt"
	"golang.org/x/sync/semaphore"
	"golang.org/x/text/unicode/norm"

	"rollcall/store"
)

// The parameters of better-auth's hashes.
const (
	scryptN, scryptR, scryptP = 1 << 14, 16, 1
	keyBytes, saltBytes       = 64, 16
)

// nobodysHash is compared with where there is none, so that it takes as long. Nobody's
// password has it.
var nobodysHash = strings.Repeat("0", 2*saltBytes) + ":" + strings.Repeat("0", 2*keyBytes)

// hash returns the password's hash in better-auth's format, with the salt in hexadecimal.
func hash(password, salt string) (string, error) {
	// The salt is the text and not the bytes that it stands for.
	key, err := scrypt.Key(norm.NFKC.Bytes([]byte(password)), []byte(salt), scryptN, scryptR, scryptP, keyBytes)
	if err != nil {
		return "", fmt.Errorf("hash a password: %w", err)
	}
	return salt + ":" + hex.EncodeToString(key), nil
}

func newHash(password string) (string, error) {
	var salt [saltBytes]byte
	_, _ = rand.Read(salt[:]) // never fails
	return hash(password, hex.EncodeToString(salt[:]))
}

// hashed reports whether the password has the hash. It takes as long for any hash.
func hashed(password, of string) (bool, error) {
	salt, _, found := strings.Cut(of, ":")
	isOne := found && len(salt) == 2*saltBytes && len(of) == len(nobodysHash)
	if !isOne {
		salt = nobodysHash[:2*saltBytes]
	}
	made, err := hash(password, salt)
	return err == nil && same(made, of) && isOne, err
}

// hasher keeps few hashes from being made at once: each takes 32 MiB and a core.
type hasher struct {
	slots *semaphore.Weighted
	wait  time.Duration // for a turn
}

const (
	mostHashes = 4
	hashWait   = 5 * time.Second
)

var errBusy = errors.New("too many passwords are being checked")

func newHasher() *hasher {
	return &hasher{semaphore.NewWeighted(int64(min(mostHashes, runtime.GOMAXPROCS(0)))), hashWait}
}

// run runs fn when its turn comes; when that is not soon it is errBusy.
func (h *hasher) run(ctx context.Context, fn func() error) error {
	waiting, cancel := context.WithTimeout(ctx, h.wait)
	defer cancel()
	if err := h.slots.Acquire(waiting, 1); err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return errBusy
	}
	defer h.slots.Release(1)
	return fn()
}

// Passwords that may be set have as many characters; those of better-auth may be shorter.
const (
	LeastPassword = 12
	MostPassword  = 128
)

// ErrPassword means that a password is too short or too long. Its text is for the person.
var ErrPassword = fmt.Errorf("a password has %d to %d characters", LeastPassword, MostPassword)

// CheckPassword returns ErrPassword for one that may not be set.
func CheckPassword(password string) error {
	n := len(utf16.Encode([]rune(password))) // as better-auth counts
	if n < LeastPassword || n > MostPassword {
		return ErrPassword
	}
	return nil
}

// NewPassword is a password to be set.
type NewPassword struct {
	PersonID, Password string
	Actor              string // who sets it, for the audit trail: a person's id or "operator"
	Origin             string // where: api or cli
	Keep               string // the session that goes on; all others end
}

// SetPassword gives the person the password and ends their sessions, in one transaction. A
// password that may not be set is ErrPassword. It takes 32 MiB for a moment; within a
// service only few may run at once.
func SetPassword(ctx context.Context, s *store.Store, n NewPassword) error {
	if err := CheckPassword(n.Password); err != nil {
		return err
	}
	made, err := newHash(n.Password)
	if err != nil {
		return err
	}
	set := func(ctx context.Context, tx *store.Store) error { return n.set(ctx, tx, made) }
	err = s.Transact(ctx, set)
	if errors.Is(err, store.ErrConflict) || errors.Is(err, store.ErrStale) { // somebody has set one at the same moment
		err = s.Transact(ctx, set)
	}
	if err != nil {
		return fmt.Errorf("set a password: %w", err)
	}
	return nil
}

func (n NewPassword) set(ctx context.Context, tx *store.Store, made string) error {
	all, err := tx.FindAccounts(ctx, credentialProvider, n.PersonID)
	if err != nil {
		return err
	}
	var before *store.Account
	after := store.Account{ID: store.NewID(), ProviderID: credentialProvider, AccountID: n.PersonID, UserID: n.PersonID}
	if len(all) > 0 {
		before, after = &all[0], all[0]
	}
	after.Password = &made
	e, err := store.NewEdit(store.AccountEntity, after.ID, before, &after)
	if err == nil {
		e, err = tx.ApplyEdit(ctx, e)
	}
	if err != nil {
		return err
	}
	if _, err = tx.DeleteSessionsOf(ctx, n.PersonID, n.Keep); err != nil {
		return err
	}
	return Audit(ctx, tx, e, n.Actor, n.Origin)
}

// Audit keeps in the trail who made the edit, and where, without what is secret in it. Run it
// in the edit's transaction.
func Audit(ctx context.Context, tx *store.Store, e store.Edit, actor, origin string) error {
	e, err := e.WithoutSecrets()
	if err != nil {
		return err
	}
	return tx.CreateAudit(ctx, &store.Audit{
		Actor: actor, Approver: actor, Action: e.Action(), Entity: e.Entity, EntityID: e.ID, Before: e.Before, After: e.After, Origin: origin,
	})
}

// HashPassword returns the hash of the password as an account keeps it, when its turn comes;
// when that is not soon, the error is an answer that says so.
func (s *Service) HashPassword(ctx context.Context, password string) (made string, err error) {
	err = s.hasher.run(ctx, func() (failed error) {
		made, failed = newHash(password)
		return failed
	})
	if errors.Is(err, errBusy) {
		err = s.fault(ctx, err)
	}
	return made, err
}
