package signin_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"rollcall/admin/signin"
	"rollcall/store"
	"rollcall/store/storetest"
)

// trusting believes what a proxy on this machine says.
func trusting(c *signin.Config) {
	c.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::/8")}
}

func from(address string) func(*http.Request) { return with("X-Forwarded-For", address) }

func TestTriesToBeOnePersonAreLimitedWhereverTheyComeFrom(t *testing.T) {
	t.Parallel()
	r := newRig(t, storetest.SQLiteURL(t), trusting)
	r.person("Ada", store.Admin)
	r.person("Bo", store.Admin)
	for _, email := range []string{"ada@example.com", "nobody@example.com"} {
		for i := range 10 {
			body := map1{"email": strings.Repeat(" ", i) + strings.ToUpper(email), "password": "wrong"}
			if got := r.do("POST", "/api/v1/sign-in", body, from("192.0.2."+strconv.Itoa(i))); got.status != http.StatusUnauthorized {
				t.Fatalf("try %d: %d %s", i, got.status, got.body)
			}
		}
		got := r.do("POST", "/api/v1/sign-in", map1{"email": email, "password": password}, from("192.0.2.99"))
		if wait := got.header.Get("Retry-After"); got.status != http.StatusTooManyRequests || wait != "60" || !strings.Contains(got.header.Get("Content-Type"), "problem+json") {
			t.Errorf("%s: %d, after %s: %s", email, got.status, wait, got.body)
		}
	}
	r.enter("Bo")
	r.pass(time.Minute)
	for range 12 { // what succeeds costs nothing
		r.enter("Ada")
	}
}

func TestTriesFromOneAddressAreLimitedWhoeverTheyAreFor(t *testing.T) {
	t.Parallel()
	r := newRig(t, storetest.SQLiteURL(t), trusting)
	r.person("Ada", store.Admin)
	try := func(i int, address string) int {
		return r.do("POST", "/api/v1/sign-in/code/verify", map1{"email": fmt.Sprintf("%d@example.com", i), "code": "12345678"}, from(address)).status
	}
	// The last hop that no trusted proxy wrote counts; what clients write before it does not.
	for i := range 30 {
		if got := try(i, fmt.Sprintf("203.0.113.%d, 2001:db8:1:2::%x, 10.1.2.3", i, i)); got != http.StatusUnauthorized {
			t.Fatalf("try %d: %d", i, got)
		}
	}
	for address, want := range map[string]int{
		"2001:db8:1:2:ffff::1": 429, "1.2.3.4, 2001:db8:1:2::1, fd00::1": 429, "2001:db8:1:3::1": 401, "192.0.2.1": 401, "nonsense": 401, "": 401,
	} {
		if got := try(100, address); got != want {
			t.Errorf("from %q: %d, want %d", address, got, want)
		}
	}
	if got := r.do("POST", "/api/v1/sign-in", map1{"email": "ada@example.com", "password": password}, from("2001:db8:1:2::1")); got.status != http.StatusTooManyRequests {
		t.Errorf("the right password: %d", got.status)
	}
	r.pass(10 * time.Second)
	r.enter("Ada", from("2001:db8:1:2::1"))
}

func TestAForwardedAddressOfNobodyTrustedIsNotBelieved(t *testing.T) {
	t.Parallel()
	r := newRig(t, storetest.SQLiteURL(t))
	ada := r.person("Ada", store.Admin)
	r.enter("Ada", from("203.0.113.9"))
	all, err := r.store.FindSessions(context.Background(), ada.ID)
	if err != nil || len(all) != 1 || *all[0].IPAddress != "127.0.0.1" {
		t.Errorf("%+v, %v", all, err)
	}
}

func TestLimitsRememberABoundedNumberOfAddresses(t *testing.T) {
	t.Parallel()
	s := signin.New(signin.Config{})
	for i := range 200_000 {
		if wait := s.TakeTry(netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)}).String()); wait != 0 {
			t.Fatalf("a first try waits %v", wait)
		}
		if i%1000 == 0 && s.Remembered() > 50_000 {
			t.Fatalf("%d are remembered", s.Remembered())
		}
	}
}

func TestALimitHoldsForTriesAtTheSameTime(t *testing.T) {
	t.Parallel()
	s := signin.New(signin.Config{})
	s.SetClock(storetest.Clock)
	var passed atomic.Int64
	var all sync.WaitGroup
	for range 200 {
		all.Go(func() {
			if s.TakeTry("192.0.2.1") == 0 {
				passed.Add(1)
			}
		})
	}
	if all.Wait(); passed.Load() != 30 {
		t.Errorf("%d passed", passed.Load())
	}
}

func TestFewHashesAreMadeAtOnce(t *testing.T) {
	t.Parallel()
	s := signin.New(signin.Config{})
	var now, most atomic.Int64
	var all sync.WaitGroup
	for range 40 {
		all.Go(func() {
			err := s.Hashing(context.Background(), func() {
				most.Store(max(most.Load(), now.Add(1)))
				time.Sleep(2 * time.Millisecond)
				now.Add(-1)
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	if all.Wait(); most.Load() > 4 {
		t.Errorf("%d at once", most.Load())
	}
}

func TestWhoSetsAPasswordWhileManyAreHashedIsToldToComeBack(t *testing.T) {
	t.Parallel()
	s := signin.New(signin.Config{})
	s.SetHashWait(20 * time.Millisecond)
	release := make(chan struct{})
	var holding, all sync.WaitGroup
	for range min(4, runtime.GOMAXPROCS(0)) { // as many as are made at once
		holding.Add(1)
		all.Go(func() {
			if err := s.Hashing(context.Background(), func() { holding.Done(); <-release }); err != nil {
				t.Error(err)
			}
		})
	}
	holding.Wait()
	_, err := s.HashPassword(t.Context(), password)
	var answer huma.StatusError
	var headers huma.HeadersError
	if !errors.As(err, &answer) || answer.GetStatus() != http.StatusServiceUnavailable || !errors.As(err, &headers) || headers.GetHeaders().Get("Retry-After") == "" {
		t.Errorf("%v", err)
	}
	close(release)
	all.Wait()
}
