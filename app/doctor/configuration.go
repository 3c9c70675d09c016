package doctor

import (
	"maps"
	"net/netip"
	"net/url"
	"slices"
	"strings"
)

const configuration = "configuration"

// Choices are what an operator chose, as far as it is looked at here.
type Choices struct {
	// Problems keep a server from starting; Warnings do not. A sentence each.
	Problems, Warnings []string
	// PublicURL is the address people type; empty where nobody said.
	PublicURL      string
	TrustedProxies []netip.Prefix
	// PreviousJWT and PreviousKey tell that the secrets before are still set.
	PreviousJWT, PreviousKey bool
	// Secrets are those that were set, by their variables.
	Secrets map[string]string
}

// fewCharacters is how many different ones a guessable secret has at most.
const fewCharacters = 9

// Configuration looks at values alone.
func (r *Report) Configuration(c Choices) {
	for _, sentence := range c.Problems {
		r.fail(configuration, "Correct it in the environment or in .env; docs/configuration.md has every variable.", "%s", sentence)
	}
	for _, sentence := range c.Warnings {
		r.warn(configuration, "Change it, or leave it where it is meant so.", "%s", sentence)
	}
	r.proxies(c)
	for _, name := range slices.Sorted(maps.Keys(c.Secrets)) {
		if different(c.Secrets[name]) <= fewCharacters {
			r.warn(configuration, "Set another one; `openssl rand -base64 32` makes a good one.", "%s is easy to guess: it has hardly any different characters.", name)
		}
	}
	if c.PreviousJWT {
		r.warn(configuration, "Remove it an hour after the change.", "JWT_SECRET_PREVIOUS is set: tokens signed with the secret before are still good.")
	}
	if c.PreviousKey {
		r.warn(configuration, "Run `quillium rekey`, then remove it.", "ENCRYPTION_KEY_PREVIOUS is set: stored keys may still be sealed with the key before.")
	}
	if len(c.Problems) == 0 {
		r.ok(configuration, "Every value can be read.")
	}
}

// different counts the characters of a text, each once; a text that is not set
// is not judged.
func different(text string) int {
	if text == "" {
		return fewCharacters + 1
	}
	seen := map[rune]bool{}
	for _, r := range text {
		seen[r] = true
	}
	return len(seen)
}

// proxies looks at whether those are believed who should be.
func (r *Report) proxies(c Choices) {
	for _, network := range c.TrustedProxies {
		if network.Bits() == 0 {
			r.fail(configuration, "Name only the addresses of your proxies.",
				"TRUSTED_PROXIES holds %s: anybody can say that he comes from any address, and so get round every limit.", network)
		}
	}
	at, err := url.Parse(c.PublicURL)
	if c.PublicURL == "" || err != nil {
		return
	}
	switch {
	case at.Scheme == "https" && len(c.TrustedProxies) == 0:
		r.warn(configuration, "Set it to the address of the proxy, such as 127.0.0.1/32.",
			"PUBLIC_URL is https, so a proxy stands in front, and TRUSTED_PROXIES is empty: everybody shares the proxy's address and its limits.")
	case at.Scheme == "http" && !local(at.Hostname()):
		r.warn(configuration, "Put a proxy with a certificate in front, and set PUBLIC_URL to its https address.",
			"PUBLIC_URL is http: passwords and messages go over the network in clear.")
	}
}

func local(host string) bool {
	address, err := netip.ParseAddr(host)
	return strings.EqualFold(host, "localhost") || err == nil && (address.IsLoopback() || address.IsPrivate())
}
