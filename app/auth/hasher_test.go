package auth

import (
	"context"
	"encoding/base64"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/crypto/argon2"

	"github.com/quillium/quillium/app"
)

func TestHashes(t *testing.T) {
	t.Parallel()
	h := NewHasher()
	t.Cleanup(h.Close)
	hash, err := h.Hash(t.Context(), "correct horse battery")
	require.NoError(t, err)
	verify := func(t *testing.T, hash, password string) bool {
		t.Helper()
		right, err := h.Verify(t.Context(), hash, password)
		require.NoError(t, err)
		return right
	}
	t.Run("only the password opens its hash", func(t *testing.T) {
		t.Parallel()
		require.True(t, verify(t, hash, "correct horse battery"))
		require.False(t, verify(t, hash, "correct horse batterz"))
		require.False(t, verify(t, hash, ""))
	})
	t.Run("every hash has a salt of its own", func(t *testing.T) {
		t.Parallel()
		other, err := h.Hash(t.Context(), "correct horse battery")
		require.NoError(t, err)
		require.NotEqual(t, hash, other)
	})
	t.Run("how an accent is typed does not matter", func(t *testing.T) {
		t.Parallel()
		hash, err := h.Hash(t.Context(), "caf\u00e9 au lait")
		require.NoError(t, err)
		require.True(t, verify(t, hash, "cafe\u0301 au lait"))
	})
	t.Run("nobody's hash opens to nothing", func(t *testing.T) {
		t.Parallel()
		require.False(t, verify(t, "", ""))
		require.False(t, verify(t, "", "correct horse battery"))
	})
	t.Run("a hash that another program made is read", func(t *testing.T) {
		t.Parallel()
		text := base64.RawStdEncoding.EncodeToString
		salt := []byte("0123456789abcdef")
		made := "$argon2id$v=19$m=64,t=1,p=2$" + text(salt) + "$" + text(argon2.IDKey([]byte("secret"), salt, 1, 64, 2, 24))
		require.True(t, verify(t, made, "secret"))
		require.False(t, verify(t, made, "Secret"))
	})
	t.Run("what is no hash is an error that does not repeat it", func(t *testing.T) {
		t.Parallel()
		for _, bad := range []string{
			"x", strings.Replace(hash, "argon2id", "argon2i", 1), strings.Replace(hash, "v=19", "v=16", 1),
			strings.Replace(hash, "m=19456", "m=9999999", 1), strings.Replace(hash, "t=2", "t=0", 1),
			strings.Replace(hash, "p=1", "p=0", 1), strings.Replace(hash, "m=19456,", "", 1), hash + "!", hash[:60] + "$",
			"$argon2id$v=19$m=64,t=1,p=1$!$AAAA", "$argon2id$v=19$m=64,t=1,p=1$AAAA$AAAA", "$argon2id$v=19$m=64,t=1,p=1$AAAAAAAAAAAAAAAA$AAAA",
		} {
			_, err := h.Verify(t.Context(), bad, "correct horse battery")
			require.ErrorIs(t, err, errHash)
			require.NotContains(t, err.Error(), "argon2id$")
		}
	})
}

func TestMemoryIsGivenBack(t *testing.T) {
	t.Parallel()
	freed := make(chan struct{}, 1)
	h := newHasher(time.Millisecond, func() { freed <- struct{}{} })
	t.Cleanup(h.Close)
	_, err := h.Hash(t.Context(), "correct horse battery")
	require.NoError(t, err)
	select {
	case <-freed:
	case <-time.After(time.Minute):
		t.Fatal("the memory of a hash was kept")
	}
}

func TestHashingIsBounded(t *testing.T) {
	t.Parallel()
	// full is a hasher whose two places are taken.
	full := func(t *testing.T, patient time.Duration) *Hasher {
		t.Helper()
		h := NewHasher()
		t.Cleanup(h.Close)
		h.patient = patient
		for range hashingAtOnce {
			require.NoError(t, h.enter(t.Context()))
		}
		return h
	}
	t.Run("who has waited long enough is told to come back", func(t *testing.T) {
		t.Parallel()
		h := full(t, time.Millisecond)
		_, err := h.Hash(t.Context(), "correct horse battery")
		require.ErrorIs(t, err, app.ErrUnavailable)
		require.Positive(t, app.AsError(err).RetryAfter)
		_, err = h.Verify(t.Context(), "", "correct horse battery")
		require.ErrorIs(t, err, app.ErrUnavailable)
	})
	t.Run("a place that gets free is taken", func(t *testing.T) {
		t.Parallel()
		h := full(t, time.Minute)
		done := make(chan error)
		go func() { done <- h.enter(context.Background()) }()
		h.leave()
		require.NoError(t, <-done)
	})
	t.Run("the fifty-first in the queue is not let in", func(t *testing.T) {
		t.Parallel()
		h := full(t, time.Minute)
		ctx, cancel := context.WithCancel(t.Context())
		var queue sync.WaitGroup
		for range hashingWaiting {
			queue.Go(func() { _ = h.enter(ctx) })
		}
		require.Eventually(t, func() bool { return h.waiting.Load() == hashingWaiting }, time.Minute, time.Millisecond)
		require.ErrorIs(t, h.enter(t.Context()), app.ErrUnavailable)
		cancel()
		queue.Wait()
		require.Zero(t, h.waiting.Load(), "who goes away leaves the queue")
	})
}
