package signin

import (
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// address is where a request comes from. X-Forwarded-For is believed as far as trusted
// proxies have written it: from its end back to the first address that is none of them.
func (s *Service) address(r *http.Request) netip.Addr {
	from, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	at := plain(from.Addr())
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for _, hop := range slices.Backward(hops) {
		if !s.trusts(at) {
			return at
		}
		before, err := netip.ParseAddr(strings.TrimSpace(hop))
		if err != nil {
			return at
		}
		at = plain(before)
	}
	return at
}

func plain(a netip.Addr) netip.Addr { return a.Unmap().WithZone("") }

func (s *Service) trusts(a netip.Addr) bool {
	return slices.ContainsFunc(s.config.TrustedProxies, func(p netip.Prefix) bool { return p.Contains(a) })
}

// sixBits is how much of an IPv6 address is one customer's.
const sixBits = 64

// place is what tries are counted by: the address, or an IPv6 address's network.
func place(address string) string {
	a, err := netip.ParseAddr(address)
	if err != nil || a.Is4() {
		return address
	}
	network, err := a.Prefix(sixBits)
	if err != nil {
		return address
	}
	return network.String()
}
