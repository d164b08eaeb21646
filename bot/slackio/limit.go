package slackio

import (
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// Slack's methods, as they are limited and sent.
const (
	methodPost    = "chat.postMessage"
	methodPrivate = "chat.postEphemeral"
	methodUpdate  = "chat.update"
	methodDelete  = "chat.delete"
	methodStart   = "chat.startStream"
	methodAppend  = "chat.appendStream"
	methodStop    = "chat.stopStream"
	methodStatus  = "agents.sessions.setStatus"
	methodPrompts = "assistant.threads.setSuggestedPrompts"
	methodHome    = "views.publish"
	methodOpen    = "views.open"
	methodUser    = "users.info"
	methodReplies = "conversations.replies"
	methodIM      = "conversations.open"
)

// perMinute is four fifths of what Slack allows a method in a workspace, by the tiers that
// https://docs.slack.dev/apis/web-api/rate-limits describes and each method's page names.
// A method that is not listed is not held back.
var perMinute = map[string]int{
	methodUpdate: 40, methodDelete: 40, methodStart: 16, methodAppend: 80, methodStop: 16, methodStatus: 40, methodPrompts: 80,
	methodHome: 80, methodOpen: 80, methodUser: 80, methodReplies: 40, methodIM: 40, methodPrivate: 80,
}

// One message a second in a channel is allowed, and short bursts are borne.
const (
	postEvery = time.Second
	postBurst = 3
	// forgetAfter is how long nobody must have posted in a channel for its account to go: by
	// then all of it has come back.
	forgetAfter = 2 * postBurst * postEvery
)

// limits are the accounts of what may be called. Methods and channels have their own, so
// that a pause in one channel does not hold up another.
type limits struct {
	now      func() time.Time
	mu       sync.Mutex
	methods  map[string]*rate.Limiter
	channels map[string]*account
	paused   map[string]time.Time // by method, or method and channel
	looked   time.Time
}

type account struct {
	rate.Limiter
	used time.Time
}

func newLimits(now func() time.Time) *limits {
	l := &limits{now: now, methods: map[string]*rate.Limiter{}, channels: map[string]*account{}, paused: map[string]time.Time{}, looked: now()}
	for method, n := range perMinute {
		l.methods[method] = rate.NewLimiter(rate.Limit(float64(n)/60), n)
	}
	return l
}

// take books a call that must be made and returns how long to wait before it. When that is
// longer than most, nothing is booked.
func (l *limits) take(method, channel string, most time.Duration) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	wait := max(l.pause(method, "", now), l.pause(method, channel, now))
	var booked []*rate.Reservation
	if m := l.methods[method]; m != nil {
		booked = append(booked, m.ReserveN(now, 1))
	}
	if method == methodPost {
		booked = append(booked, l.channel(channel, now).ReserveN(now, 1))
	}
	for _, r := range booked {
		wait = max(wait, r.DelayFrom(now))
	}
	if wait > most {
		for _, r := range booked {
			r.CancelAt(now)
		}
	}
	return wait
}

// try books n calls of each of the methods if all can be made now. What is only nice to
// have is called this way, and left out otherwise.
func (l *limits) try(n int, methods ...string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	for _, method := range methods {
		if l.pause(method, "", now) > 0 || l.methods[method] != nil && l.methods[method].TokensAt(now) < float64(n) {
			return false
		}
	}
	for _, method := range methods {
		if m := l.methods[method]; m != nil {
			m.AllowN(now, n)
		}
	}
	return true
}

func (l *limits) channel(channel string, now time.Time) *account {
	if now.Sub(l.looked) > forgetAfter {
		for name, a := range l.channels {
			if now.Sub(a.used) > forgetAfter {
				delete(l.channels, name)
			}
		}
		l.looked = now
	}
	a := l.channels[channel]
	if a == nil {
		a = &account{Limiter: *rate.NewLimiter(rate.Every(postEvery), postBurst)}
		l.channels[channel] = a
	}
	a.used = now
	return a
}

func (l *limits) pause(method, channel string, now time.Time) time.Duration {
	key := method + " " + channel
	until, found := l.paused[key]
	if found && !until.After(now) {
		delete(l.paused, key)
	}
	return max(0, until.Sub(now))
}

// hold pauses what Slack has refused. A refusal to post is the channel's, until a second
// channel is refused as well: then it is the workspace's.
func (l *limits) hold(method, channel string, d time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	if method != methodPost {
		channel = ""
	}
	for key, until := range l.paused {
		if !until.After(now) {
			delete(l.paused, key) // of a channel that nobody has posted in since
			continue
		}
		if method == methodPost && key != method+" "+channel && key != method+" " && len(key) > len(method) && key[:len(method)+1] == method+" " {
			l.paused[method+" "] = now.Add(d)
		}
	}
	l.paused[method+" "+channel] = now.Add(d)
}
