package auth

import (
	"encoding/base64"

	"github.com/quillium/quillium/app/rule"
)

// limitKey names an account and an address to the limiter. It is a hash, so
// that it is short whatever a stranger typed as an e-mail address.
func limitKey(emailKey, ip string) string {
	return base64.RawURLEncoding.EncodeToString(hashOf(emailKey + "\x00" + rule.Network(ip))[:16])
}
