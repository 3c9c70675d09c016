package audit

import (
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// lid is a box that only remembers what belongs to what.
type lid string

func (l lid) Seal(plain, aad []byte) (string, []byte, []byte, error) {
	return string(l), aad, plain, nil
}

func (l lid) Open(by string, nonce, ciphertext, aad []byte) ([]byte, error) {
	if by != string(l) || string(nonce) != string(aad) {
		return nil, errors.New("shut")
	}
	return ciphertext, nil
}

func unlocked(t *testing.T, m *memory, box lid, current, previous SealKey) Keyring {
	t.Helper()
	keys, err := Unlock(t.Context(), m, box, current, previous)
	require.NoError(t, err)
	return keys
}

func TestRekey(t *testing.T) {
	t.Parallel()
	third := SealKey{ID: "third", Secret: []byte("third key")}
	changed := func(t *testing.T) *memory {
		m := &memory{}
		m.write(t, first, 5)
		m.retire(t, first, 2)
		m.write(t, second, 2)
		require.NoError(t, Rekey(t.Context(), m, lid("second"), second, first))
		m.write(t, second, 3)
		return m
	}
	t.Run("before it both keys count", func(t *testing.T) {
		t.Parallel()
		m := &memory{}
		m.write(t, first, 2)
		m.write(t, second, 2)
		require.True(t, m.verify(t, Head{}, unlocked(t, m, "second", second, first)).Right())
		require.Contains(t, m.verify(t, Head{}, unlocked(t, m, "second", second, SealKey{})).Fault.Why, "key that is not here")
	})
	t.Run("after it the one before need not be there", func(t *testing.T) {
		t.Parallel()
		m := changed(t)
		require.True(t, m.verify(t, Head{}, unlocked(t, m, "second", second, SealKey{})).Right())
	})
	t.Run("done again it changes nothing", func(t *testing.T) {
		t.Parallel()
		m := changed(t)
		before := m.keys
		require.NoError(t, Rekey(t.Context(), m, lid("second"), second, first))
		require.Equal(t, before, m.keys)
		require.NoError(t, Rekey(t.Context(), m, lid("second"), second, SealKey{}))
		require.Equal(t, before, m.keys)
	})
	t.Run("a third key, and back to the first", func(t *testing.T) {
		t.Parallel()
		m := changed(t)
		for _, step := range []struct{ now, before SealKey }{{third, second}, {first, third}} {
			require.NoError(t, Rekey(t.Context(), m, both{lid(step.now.ID), lid(step.before.ID)}, step.now, step.before))
			m.write(t, step.now, 2)
			require.True(t, m.verify(t, Head{}, unlocked(t, m, lid(step.now.ID), step.now, SealKey{})).Right())
		}
	})
	t.Run("whoever found the key of before seals nothing with it", func(t *testing.T) {
		t.Parallel()
		m := changed(t)
		keys := unlocked(t, m, "second", second, SealKey{})
		head := m.head(t)
		m.rows = append(m.rows, Row{ID: "forged", At: start, Action: UserDeleted, Count: 1, Details: "{}"})
		NewKeyring(first).seal(head, m.rows[len(m.rows)-1:])
		require.Equal(t, &Fault{head.Seq + 1, "was sealed with a key that had been replaced by then"}, m.verify(t, Head{}, keys).Fault)
	})
	t.Run("nor shortens the log", func(t *testing.T) {
		t.Parallel()
		m := changed(t)
		keys := unlocked(t, m, "second", second, SealKey{})
		forged := NewKeyring(first).stamp(Checkpoint{Head: Head{m.rows[0].Seq, m.rows[0].MAC}, At: start, Removed: 1})
		m.rows, m.checkpoint = m.rows[1:], &forged
		require.Contains(t, m.verify(t, Head{}, keys).Fault.Why, "not by retention")
	})
	t.Run("nor moves its end", func(t *testing.T) {
		t.Parallel()
		m := changed(t)
		m.keys[0].Last += 100
		require.Contains(t, m.verify(t, Head{}, unlocked(t, m, "second", second, SealKey{})).Fault.Why, "key that is not here")
	})
	t.Run("a server that was forgotten seals nothing any more", func(t *testing.T) {
		t.Parallel()
		m := changed(t)
		m.rows = append(m.rows, Row{ID: "late", At: start, Action: UserDeleted, Count: 1, Details: "{}"})
		err := NewSealer(m, NewKeyring(first), slog.New(slog.DiscardHandler), time.Now).Seal(t.Context())
		require.ErrorContains(t, err, "ENCRYPTION_KEY")
		require.Equal(t, int64(1), m.verify(t, Head{}, NewKeyring(second, first)).Stale)
	})
}

// both opens what either sealed, and seals with the first.
type both [2]lid

func (b both) Seal(plain, aad []byte) (string, []byte, []byte, error) { return b[0].Seal(plain, aad) }

func (b both) Open(by string, nonce, ciphertext, aad []byte) ([]byte, error) {
	if by == string(b[1]) {
		return b[1].Open(by, nonce, ciphertext, aad)
	}
	return b[0].Open(by, nonce, ciphertext, aad)
}
