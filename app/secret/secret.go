// Package secret draws keys from what an operator gave, seals what the
// database must not know, and keeps the secrets that a first start makes. It
// imports the standard library only, and no error of it holds a secret.
package secret

import (
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
)

// Labels keep keys apart that come from one secret; they never change.
const (
	LabelAccessToken  = "quillium access token v1"
	LabelRefreshToken = "quillium refresh token v1"
	LabelSealing      = "quillium sealing v1"
	LabelForm         = "quillium form v1"
	LabelAudit        = "quillium audit v1"

	labelFingerprint = "quillium fingerprint v1"
	labelKeyID       = "quillium key id v1"
)

// Derive draws a key of 32 bytes from a secret by HKDF-SHA256 (RFC 5869). One
// secret and one label always give the same key; another label tells nothing
// about it.
func Derive(secret, label string) ([]byte, error) {
	key, err := hkdf.Key(sha256.New, []byte(secret), nil, label, 32)
	if err != nil {
		return nil, fmt.Errorf("secret: derive: %w", err)
	}
	return key, nil
}

// Fingerprint tells two secrets apart without telling either.
func Fingerprint(secret string) (string, error) { return short(secret, labelFingerprint) }

// KeyID names a secret, as Box does the key it draws from it.
func KeyID(secret string) (string, error) { return short(secret, labelKeyID) }

// short is 128 bits of a derived key in hexadecimal.
func short(secret, label string) (string, error) {
	key, err := Derive(secret, label)
	if err != nil {
		return "", err
	}
	return hex.EncodeToString(key[:16]), nil
}
