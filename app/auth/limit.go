package auth

import (
	"encoding/base64"
	"net/netip"
)

// limitKey names an account and an address to the limiter. It is a hash, so
// that it is short whatever a stranger typed as an e-mail address.
func limitKey(emailKey, ip string) string {
	return base64.RawURLEncoding.EncodeToString(hashOf(emailKey + "\x00" + network(ip))[:16])
}

// network is what counts as one address: a /64 in IPv6, since one subscriber
// has at least that many.
func network(ip string) string {
	address, err := netip.ParseAddr(ip)
	if err != nil {
		return ip
	}
	address = address.Unmap().WithZone("")
	if address.Is4() {
		return address.String()
	}
	prefix, err := address.Prefix(64)
	if err != nil {
		return ip
	}
	return prefix.String()
}
