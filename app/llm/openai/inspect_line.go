package openai

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/netip"
)

// reach takes the steps below HTTP.
func (i *inspection) reach(ctx context.Context) bool {
	var line net.Conn
	defer func() {
		if line != nil {
			_ = line.Close()
		}
	}()
	return i.step(ctx, StepResolve, resolvePatience, i.resolve) &&
		i.step(ctx, StepConnect, connectPatience, func(ctx context.Context) (text string, err error) {
			line, text, err = i.connect(ctx)
			return text, err
		}) &&
		i.step(ctx, StepTLS, tlsPatience, func(ctx context.Context) (string, error) { return i.secure(ctx, line) })
}

func (i *inspection) resolve(ctx context.Context) (string, error) {
	host, port := i.base.Hostname(), i.port()
	if address, err := netip.ParseAddr(host); err == nil {
		i.found = []netip.AddrPort{netip.AddrPortFrom(address, port)}
		if !mayDial(address) {
			return "No model may be at " + host + ".", errFailed
		}
		return "The address is a number already.", errSkipped
	}
	all, err := net.DefaultResolver.LookupNetIP(ctx, "ip", host)
	if err != nil {
		return unresolved(ctx, host, err), errFailed
	}
	for _, address := range all {
		if mayDial(address) {
			i.found = append(i.found, netip.AddrPortFrom(address.Unmap(), port))
		}
	}
	if len(i.found) == 0 {
		return fmt.Sprintf("%s leads to %s, where no model may be.", host, all[0].Unmap()), errFailed
	}
	more := ""
	if len(i.found) > 1 {
		more = fmt.Sprintf(" and %d more", len(i.found)-1)
	}
	return fmt.Sprintf("%s is %s%s.", host, i.found[0].Addr(), more), nil
}

func unresolved(ctx context.Context, host string, err error) string {
	var unknown *net.DNSError
	if ctx.Err() != nil || errors.As(err, &unknown) && unknown.IsTimeout {
		return fmt.Sprintf("No name server told where %s is; look at this machine's network.", host)
	}
	return fmt.Sprintf("There is no host called %s; check how it is written. In a container, the names are those of its network.", host)
}

func (i *inspection) port() uint16 {
	var port uint16
	if _, err := fmt.Sscan(i.base.Port(), &port); err == nil {
		return port
	}
	if i.base.Scheme == "https" {
		return 443
	}
	return 80
}

func (i *inspection) connect(ctx context.Context) (net.Conn, string, error) {
	dialer := &net.Dialer{Control: controlDial}
	var err error
	for _, address := range i.found {
		var line net.Conn
		if line, err = dialer.DialContext(ctx, "tcp", address.String()); err == nil {
			return line, fmt.Sprintf("Something listens at %s.", address), nil
		}
	}
	port := i.port()
	if ctx.Err() != nil {
		return nil, fmt.Sprintf("Nothing answered on port %d in time; a firewall may be in between.", port), errFailed
	}
	where := "there"
	if i.found[0].Addr().IsLoopback() {
		where = "on this machine (in a container that is the container itself)"
	}
	return nil, fmt.Sprintf("Nothing listens on port %d %s. Is the model server running, and is the port right?", port, where), errFailed
}

func (i *inspection) secure(ctx context.Context, line net.Conn) (string, error) {
	if i.base.Scheme != "https" {
		return "The address begins with http: nothing is encrypted on the way.", errSkipped
	}
	secured := tls.Client(line, &tls.Config{ServerName: i.base.Hostname(), MinVersion: tls.VersionTLS12, RootCAs: i.roots})
	if err := secured.HandshakeContext(ctx); err != nil {
		return untrusted(ctx, i.base.Hostname(), err), errFailed
	}
	state := secured.ConnectionState()
	return fmt.Sprintf("%s; the certificate is good until %s.", tls.VersionName(state.Version), state.PeerCertificates[0].NotAfter.UTC().Format("2 January 2006")), nil
}
