package signin

import (
	"math"
	"sync"
	"time"
)

// limiter lets a few tries through at once and then one now and then, for each key. What it
// remembers is bounded: when it is full it forgets the half that was not used for longest.
type limiter struct {
	burst float64
	every time.Duration
	now   func() time.Time

	mu       sync.Mutex
	new, old map[string]bucket
}

// bucket is how many tries were left at a time.
type bucket struct {
	left float64
	at   time.Time
}

func newLimiter(burst int, every time.Duration) *limiter {
	return &limiter{burst: float64(burst), every: every, now: time.Now}
}

// take uses a try up, or returns how long to wait for one.
func (l *limiter) take(key string) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	b := l.read(key)
	if b.left < 1 {
		return time.Duration(math.Ceil((1 - b.left) * float64(l.every)))
	}
	b.left--
	l.write(key, b)
	return 0
}

// giveBack returns a try that was none.
func (l *limiter) giveBack(key string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	b := l.read(key)
	b.left = min(l.burst, b.left+1)
	l.write(key, b)
}

func (l *limiter) read(key string) bucket {
	now := l.now()
	b, known := l.new[key]
	if !known {
		b, known = l.old[key]
	}
	if !known {
		return bucket{l.burst, now}
	}
	b.left = min(l.burst, b.left+max(0, float64(now.Sub(b.at))/float64(l.every)))
	b.at = now
	return b
}

func (l *limiter) write(key string, b bucket) {
	if len(l.new) >= rememberedKeys/2 {
		l.old, l.new = l.new, nil
	}
	if l.new == nil {
		l.new = map[string]bucket{}
	}
	l.new[key] = b
}
