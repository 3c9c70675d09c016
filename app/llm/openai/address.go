package openai

import (
	"fmt"
	"net/netip"
	"syscall"
)

// forbiddenAddress is an address that no provider may lead to, however its
// name was resolved.
type forbiddenAddress struct{ address string }

func (f *forbiddenAddress) Error() string {
	return fmt.Sprintf("dial: %s is not an address for a model", f.address)
}

// controlDial runs for every connection, after names are resolved and before
// a packet leaves, so that no DNS answer gets round it.
func controlDial(_, address string, _ syscall.RawConn) error {
	target, err := netip.ParseAddrPort(address)
	if err != nil || !mayDial(target.Addr()) {
		return &forbiddenAddress{address: address}
	}
	return nil
}

// mayDial allows the public internet, loopback and private networks (only
// administrators name endpoints), and refuses what is never a model: link-
// local, unspecified, multicast, broadcast, and the places where clouds keep
// the credentials of a machine.
func mayDial(address netip.Addr) bool {
	address = embedded(address.WithZone("").Unmap())
	if !address.IsValid() || address.IsUnspecified() || address.IsMulticast() || address.IsLinkLocalUnicast() {
		return false
	}
	for _, network := range forbiddenNetworks() {
		if network.Contains(address) {
			return false
		}
	}
	return true
}

func forbiddenNetworks() []netip.Prefix {
	return []netip.Prefix{
		netip.MustParsePrefix("0.0.0.0/8"),          // "this host", RFC 1122
		netip.MustParsePrefix("255.255.255.255/32"), // broadcast
		netip.MustParsePrefix("100.100.100.200/32"), // metadata: Alibaba
		netip.MustParsePrefix("168.63.129.16/32"),   // metadata: Azure
		netip.MustParsePrefix("192.0.0.192/32"),     // metadata: Oracle
		netip.MustParsePrefix("fd00:ec2::254/128"),  // metadata: AWS
		netip.MustParsePrefix("fd20:ce::254/128"),   // metadata: Google
	}
}

// embedded is the IPv4 address that an IPv6 one carries and may be routed to
// (IPv4-compatible, SIIT, NAT64, 6to4), else the address itself.
func embedded(address netip.Addr) netip.Addr {
	if !address.Is6() || address.IsLoopback() {
		return address
	}
	bytes := address.As16()
	at := -1
	switch {
	case netip.MustParsePrefix("::/96").Contains(address),
		netip.MustParsePrefix("::ffff:0:0:0/96").Contains(address),
		netip.MustParsePrefix("64:ff9b::/96").Contains(address):
		at = 12
	case netip.MustParsePrefix("2002::/16").Contains(address):
		at = 2
	}
	if at < 0 {
		return address
	}
	return netip.AddrFrom4([4]byte(bytes[at : at+4]))
}
