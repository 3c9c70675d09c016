package routes

import (
	"net/netip"
	"regexp"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/quillium/quillium/app"
)

// proxies are the networks whose headers about a client are believed.
type proxies []netip.Prefix

func (p proxies) trust(address netip.Addr) bool {
	for _, network := range p {
		if network.Contains(address) {
			return true
		}
	}
	return false
}

// clientOf is the address of who asks: the peer, or, where the peer is a
// trusted proxy, the rightmost address in X-Forwarded-For that is none.
func (p proxies) clientOf(c *fiber.Ctx) netip.Addr {
	peer, ok := netip.AddrFromSlice(c.Context().RemoteIP())
	if !ok {
		return netip.Addr{}
	}
	peer = peer.Unmap()
	if !p.trust(peer) {
		return peer
	}
	hops := forwarded(c)
	for i := len(hops) - 1; i >= 0; i-- {
		hop, err := parseHop(hops[i])
		if err != nil {
			return peer // whoever wrote this is not to be believed any further
		}
		if peer = hop; !p.trust(hop) {
			return hop
		}
	}
	return peer
}

// forwarded joins every X-Forwarded-For there is: a client may send one of its
// own, and a proxy may add another instead of appending.
func forwarded(c *fiber.Ctx) []string {
	var hops []string
	for _, line := range c.Request().Header.PeekAll(fiber.HeaderXForwardedFor) {
		hops = append(hops, strings.Split(string(line), ",")...)
	}
	return hops
}

// parseHop also takes an address with a port, as some proxies write it.
func parseHop(text string) (netip.Addr, error) {
	text = strings.TrimSpace(text)
	if pair, err := netip.ParseAddrPort(text); err == nil {
		return pair.Addr().Unmap().WithZone(""), nil
	}
	address, err := netip.ParseAddr(strings.Trim(text, "[]"))
	return address.Unmap().WithZone(""), err
}

// bucketOf is what counts as one address: all of a /64 in IPv6, because one
// customer has that many.
func bucketOf(text string) string {
	address, err := netip.ParseAddr(text)
	if err != nil || address.Is4() {
		return text
	}
	network, err := address.WithZone("").Prefix(64)
	if err != nil {
		return text
	}
	return network.String()
}

var requestID = regexp.MustCompile(`^[A-Za-z0-9._-]{1,64}$`)

// requestIDOf takes a trusted proxy's id for this request, or makes one.
func (p proxies) requestIDOf(c *fiber.Ctx) string {
	peer, ok := netip.AddrFromSlice(c.Context().RemoteIP())
	if given := c.Get(fiber.HeaderXRequestID); ok && p.trust(peer.Unmap()) && requestID.MatchString(given) {
		return given
	}
	return app.NewID[string]()
}
