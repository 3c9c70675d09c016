package doctor

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"os"
	"strings"
	"syscall"

	"github.com/quillium/quillium/app"
)

// why tells what keeps us from a place on the network, and what to do; empty is
// that it is something else.
func why(err error) (says, do string) {
	var (
		name      *net.DNSError
		authority x509.UnknownAuthorityError
		host      x509.HostnameError
		invalid   x509.CertificateInvalidError
		verify    *tls.CertificateVerificationError
		record    tls.RecordHeaderError
		timeout   net.Error
	)
	switch {
	case errors.As(err, &name):
		return "the name " + name.Name + " is not known", "Correct the name, or ask whoever keeps the DNS."
	case errors.Is(err, syscall.ECONNREFUSED):
		return "nothing listens there", "Start what should listen, or correct the address; inside a container 127.0.0.1 is the container itself."
	case errors.As(err, &host):
		return "its certificate is for another name", "Use the name in the certificate, or get one for this name."
	case errors.As(err, &authority):
		return "its certificate is of an authority that this machine does not trust", "Add the authority to this machine, or use a certificate of a known one."
	case errors.As(err, &invalid), errors.As(err, &verify):
		return "its certificate is not valid", "Look at its dates and names, and renew it."
	case errors.As(err, &record), err != nil && strings.Contains(err.Error(), "server gave HTTP response to HTTPS client"):
		return "it speaks http, not https", "Begin the address with http://."
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return "it does not answer in time", "Look for a firewall between, and whether it is overloaded."
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		return "there is no way there", "Look at the network of this machine."
	}
	return "", ""
}

// state is an error that carries a SQLSTATE (PostgreSQL, appendix A).
type state interface{ SQLState() string }

// WhyNoDatabase tells why a database cannot be used, and what to do; empty is
// that it is something else. Sentences of our own are told as they are; the
// words of others may hold the address.
func WhyNoDatabase(err error) (says, do string) {
	var refused state
	if errors.As(err, &refused) {
		switch code := refused.SQLState(); {
		case strings.HasPrefix(code, "28"):
			return "The database refuses the name or the password in DATABASE_URL.", "Correct them; special characters in an address are written as %40 and the like."
		case code == "3D000":
			return "The database that DATABASE_URL names does not exist.", "Make it, with a role of its own as owner: createdb --owner=quillium quillium."
		case code == "53300":
			return "The database takes no further connection.", "Raise its max_connections, or lower DB_MAX_CONNS of those who use it."
		case code == "57P03":
			return "The database is starting up or shutting down.", "Try again in a moment."
		}
	}
	if errors.Is(err, os.ErrNotExist) {
		return "The database's socket is not there.", "Start PostgreSQL, or correct the folder in DATABASE_URL."
	}
	if says, do := why(err); says != "" {
		return "The database cannot be reached: " + says + ".", do
	}
	var sentence *app.Error
	if errors.As(err, &sentence) && sentence.Message != app.ErrUnavailable.Message {
		return sentence.Message, "Do what the sentence says, and look again."
	}
	return "", ""
}
