package slackio

import (
	"crypto/sha256"
	"strconv"
	"sync"
	"time"
)

// remembered is a small memory of strings. It forgets the older half of what it holds when
// it is full.
type remembered struct {
	most     int
	mu       sync.Mutex
	new, old map[string]string
}

func (r *remembered) set(key, value string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.new) >= r.most/2 {
		r.old, r.new = r.new, nil
	}
	if r.new == nil {
		r.new = map[string]string{}
	}
	r.new[key] = value
}

func (r *remembered) find(key string) (string, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if v, found := r.new[key]; found {
		return v, true
	}
	v, found := r.old[key]
	return v, found
}

// echoes are the bot's own messages as they came back as events, by turn and part.
type echoes struct{ remembered }

func (e *echoes) put(turn string, part int, ts string) { e.set(turn+" "+strconv.Itoa(part), ts) }

func (e *echoes) get(turn string, part int) (string, bool) {
	return e.find(turn + " " + strconv.Itoa(part))
}

// prompted remembers when somebody was last shown examples.
type prompted struct {
	mu sync.Mutex
	at map[string]time.Time
}

func (p *prompted) due(user string, now time.Time, every time.Duration) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if now.Sub(p.at[user]) < every {
		return false
	}
	if len(p.at) >= mostProfiles {
		clear(p.at)
	}
	p.at[user] = now
	return true
}

// homes are the pages that people have, by their content, so that the same is not sent twice.
type homes struct{ remembered }

// replay remembers the signatures of requests that were carried out, for as long as Slack's
// time stamps are believed, so that nobody can repeat what they have overheard.
type replay struct {
	mu       sync.Mutex
	turned   time.Time
	new, old map[signatureKey]bool
}

// signatureKey is half of a hash: enough that no two signatures meet.
type signatureKey [sha256.Size / 2]byte

func keyOf(signature string) signatureKey {
	sum := sha256.Sum256([]byte(signature))
	return signatureKey(sum[:sha256.Size/2])
}

// seen reports whether the signature was carried out before.
func (r *replay) seen(signature string) bool {
	key := keyOf(signature)
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.new[key] || r.old[key]
}

func (r *replay) add(signature string, now time.Time) {
	key := keyOf(signature)
	r.mu.Lock()
	defer r.mu.Unlock()
	if now.Sub(r.turned) > 2*signatureAge { // stamps from the future count as well
		r.old, r.new, r.turned = r.new, nil, now
	}
	if r.new == nil {
		r.new = map[signatureKey]bool{}
	}
	r.new[key] = true
}
