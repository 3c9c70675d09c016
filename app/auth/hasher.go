package auth

import (
	"context"
	"runtime/debug"
	"sync/atomic"
	"time"

	"golang.org/x/crypto/argon2"

	"github.com/quillium/quillium/app"
)

// Hashing bounds what passwords may cost: two hashes at 19 MiB at once, a
// short queue, and a short time in it.
const (
	hashingAtOnce  = 2
	hashingWaiting = 50
	hashingPatient = 5 * time.Second
	// releaseAfter is how long hashing must be quiet before its memory goes
	// back to the system; the runtime alone would keep it for minutes.
	releaseAfter = 2 * time.Second
)

// Hasher makes and checks password hashes: argon2id (RFC 9106) at OWASP's
// m=19 MiB, t=2, p=1, as PHC strings. It owns a timer: Close it.
type Hasher struct {
	slots   chan struct{}
	waiting atomic.Int64
	patient time.Duration
	quiet   time.Duration
	release *time.Timer
	dummy   phc
}

// NewHasher makes a hasher.
func NewHasher() *Hasher { return newHasher(releaseAfter, debug.FreeOSMemory) }

func newHasher(quiet time.Duration, free func()) *Hasher {
	h := &Hasher{slots: make(chan struct{}, hashingAtOnce), patient: hashingPatient, quiet: quiet}
	h.release = time.AfterFunc(time.Hour, free)
	h.release.Stop()
	// A random key stands for the password of accounts that do not exist:
	// no password derives it, and trying takes as long.
	h.dummy = newPHC(argon2.IDKey)
	h.dummy.key = randomBytes(len(h.dummy.key))
	return h
}

// Close stops the timer.
func (h *Hasher) Close() { h.release.Stop() }

// Hash makes the PHC string of a password. When too many wait it is
// unavailable.
func (h *Hasher) Hash(ctx context.Context, password string) (string, error) {
	made := newPHC(argon2.IDKey)
	if err := h.enter(ctx); err != nil {
		return "", err
	}
	defer h.leave()
	made.key = made.derive(password)
	return made.String(), nil
}

// Verify tells whether a password is the one that was hashed. An empty hash
// belongs to nobody: the answer is no, and takes as long. When too many wait
// it is unavailable.
func (h *Hasher) Verify(ctx context.Context, hash, password string) (bool, error) {
	against := h.dummy
	if hash != "" {
		parsed, err := parsePHC(hash)
		if err != nil {
			return false, err
		}
		against = parsed
	}
	if err := h.enter(ctx); err != nil {
		return false, err
	}
	defer h.leave()
	return against.opensTo(password), nil
}

func (h *Hasher) enter(ctx context.Context) error {
	select {
	case h.slots <- struct{}{}:
		return nil
	default:
	}
	if h.waiting.Add(1) > hashingWaiting {
		h.waiting.Add(-1)
		return busy()
	}
	defer h.waiting.Add(-1)
	patience := time.NewTimer(h.patient)
	defer patience.Stop()
	select {
	case h.slots <- struct{}{}:
		return nil
	case <-patience.C:
		return busy()
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (h *Hasher) leave() {
	<-h.slots
	h.release.Reset(h.quiet)
}

func busy() error {
	err := app.Errorf(app.CodeUnavailable, "Too many people are signing in at once; try again in a moment.")
	err.RetryAfter = hashingPatient
	return err
}
