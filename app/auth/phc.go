package auth

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/crypto/argon2"

	"github.com/quillium/quillium/app/rule"
)

// OWASP's smallest setting for argon2id; more memory would not fit the
// program's budget of resident memory.
const (
	hashMemoryKiB = 19 * 1024
	hashPasses    = 2
	hashThreads   = 1
	hashSaltSize  = 16
	hashKeySize   = 32
)

type deriver func(password, salt []byte, time, memory uint32, threads uint8, keyLen uint32) []byte

// phc is a password hash taken apart (the PHC string format).
type phc struct {
	memory, passes uint32
	threads        uint8
	salt, key      []byte
	with           deriver
}

func newPHC(with deriver) phc {
	return phc{
		memory: hashMemoryKiB, passes: hashPasses, threads: hashThreads,
		salt: randomBytes(hashSaltSize), key: make([]byte, hashKeySize), with: with,
	}
}

func (p phc) derive(password string) []byte {
	text := []byte(rule.PasswordText(password))
	return p.with(text, p.salt, p.passes, p.memory, p.threads, uint32(len(p.key))) //nolint:gosec // 16..64, see parsePHC
}

func (p phc) opensTo(password string) bool {
	return subtle.ConstantTimeCompare(p.derive(password), p.key) == 1
}

func (p phc) String() string {
	text := base64.RawStdEncoding.EncodeToString
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, p.memory, p.passes, p.threads, text(p.salt), text(p.key))
}

// errHash says no more than that: the hash itself must not get into a log.
var errHash = errors.New("auth: a stored password hash cannot be read")

func parsePHC(hash string) (phc, error) {
	parts := strings.Split(hash, "$")
	if len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" || parts[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return phc{}, errHash
	}
	p := phc{with: argon2.IDKey}
	if n, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &p.memory, &p.passes, &p.threads); n != 3 || err != nil {
		return phc{}, errHash
	}
	// Bounded, since a row that somebody tampered with must not be able to
	// take the machine down or panic.
	if p.memory > 4*hashMemoryKiB || p.passes < 1 || p.passes > 10 || p.threads < 1 {
		return phc{}, errHash
	}
	var err error
	if p.salt, err = base64.RawStdEncoding.DecodeString(parts[4]); err != nil || len(p.salt) < 8 {
		return phc{}, errHash
	}
	if p.key, err = base64.RawStdEncoding.DecodeString(parts[5]); err != nil || len(p.key) < 16 || len(p.key) > 64 {
		return phc{}, errHash
	}
	return p, nil
}

// randomBytes never fails: crypto/rand ends the program where the system has
// no randomness.
func randomBytes(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b)
	return b
}
