package auth

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
)

// secretSize is the entropy of refresh tokens and links: 256 bits.
const secretSize = 32

// newSecret makes a random text that proves something to whoever has it.
func newSecret() string { return base64.RawURLEncoding.EncodeToString(randomBytes(secretSize)) }

// hashOf is what is kept of a secret. Being 256 random bits it needs neither
// salt nor stretching.
func hashOf(secret string) []byte {
	sum := sha256.Sum256([]byte(secret))
	return sum[:]
}

// isSecret tells whether a text can be a secret of ours at all, so that
// nothing else is looked for.
func isSecret(text string) bool {
	decoded, err := base64.RawURLEncoding.Strict().DecodeString(text)
	return err == nil && len(decoded) == secretSize
}

// successor is the refresh token that follows one. It is computed and not
// drawn, so that whoever rotates the same token again gets the same answer
// without anybody having stored it.
func successor(key []byte, token string) string {
	mac := hmac.New(sha256.New, key)
	_, _ = mac.Write([]byte(token)) // a hash never fails
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}
