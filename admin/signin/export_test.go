package signin

import (
	"context"
	"net/http"
	"time"
)

// SetClock has the limits count by another clock.
func (s *Service) SetClock(now func() time.Time) {
	s.addresses.now, s.accounts.now, s.asked.now = now, now, now
}

// Remembered is how many keys the limits hold.
func (s *Service) Remembered() int {
	return len(s.addresses.new) + len(s.addresses.old) + len(s.accounts.new) + len(s.accounts.old)
}

// TakeTry uses up one of the tries of an address.
func (s *Service) TakeTry(address string) time.Duration { return s.addresses.take(place(address)) }

// Cookie is what a browser keeps of the token.
func (s *Service) Cookie(token string) string { c := s.cookie(token); return c.String() }

// Signed is the token with its signature.
func (s *Service) Signed(token string) string { return s.signed(token) }

// The parsers and formats under test.
var (
	Hash     = hash
	NewHash  = newHash
	Hashed   = hashed
	NewToken = newToken
	Place    = place
)

// SetHashWait is how long a password waits for its turn.
func (s *Service) SetHashWait(wait time.Duration) { s.hasher.wait = wait }

// Hashing runs fn as a password check would be.
func (s *Service) Hashing(ctx context.Context, fn func()) error {
	return s.hasher.run(ctx, func() error { fn(); return nil })
}

// Presented is the token of a request, and whether it was a bearer's.
func (s *Service) Presented(h http.Header) (string, bool) {
	p := s.presented(h)
	return p.token, p.bearer
}
