package openai

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"strings"
)

// untrusted says why no encrypted connection came to be.
func untrusted(ctx context.Context, host string, err error) string {
	var (
		record    tls.RecordHeaderError
		unknown   x509.UnknownAuthorityError
		misnamed  x509.HostnameError
		invalid   x509.CertificateInvalidError
		verifying *tls.CertificateVerificationError
	)
	switch {
	case ctx.Err() != nil:
		return "No encrypted connection came to be in time. Perhaps the address begins with http instead of https."
	case errors.As(err, &record):
		return "What listens there speaks no TLS. Perhaps the address begins with http instead of https."
	case errors.As(err, &misnamed):
		return fmt.Sprintf("The certificate is not for %s%s.", host, instead(misnamed.Certificate))
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return fmt.Sprintf("The certificate is good from %s to %s only; renew it, or set the clock.",
			invalid.Cert.NotBefore.UTC().Format("2 January 2006"), invalid.Cert.NotAfter.UTC().Format("2 January 2006"))
	case errors.As(err, &unknown):
		return "The certificate was signed by nobody whom this machine knows; add its authority to the system's certificates."
	case errors.As(err, &verifying):
		return "The certificate is not to be trusted."
	}
	return "No encrypted connection came to be: the two sides found no common way."
}

// instead names what a certificate is for, as far as these are names.
func instead(certificate *x509.Certificate) string {
	var names []string
	for _, name := range certificate.DNSNames {
		if len(names) < 3 && len(name) <= 253 && strings.Trim(strings.ToLower(name), "abcdefghijklmnopqrstuvwxyz0123456789.*-") == "" {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return ""
	}
	return " but for " + strings.Join(names, ", ")
}
