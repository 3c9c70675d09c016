package secret

import (
	"encoding/hex"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestDerive(t *testing.T) {
	t.Parallel()
	t.Run("keys never change, or every stored one is lost", func(t *testing.T) {
		t.Parallel()
		key, err := Derive(strings.Repeat("k", 32), LabelSealing)
		require.NoError(t, err)
		require.Equal(t, "659e71d3b5134f2f6a43ccd5882e6e2591edd91f4fd28d395e3190926ac84ec4", hex.EncodeToString(key))
	})
	t.Run("each label and each secret has its own key", func(t *testing.T) {
		t.Parallel()
		seen := map[string]bool{}
		for _, text := range []string{"one", "two"} {
			for _, label := range []string{LabelAccessToken, LabelRefreshToken, LabelSealing, labelFingerprint, labelKeyID} {
				key, err := Derive(text, label)
				require.NoError(t, err)
				require.Len(t, key, 32)
				seen[string(key)] = true
			}
		}
		require.Len(t, seen, 10)
	})
	t.Run("a fingerprint tells secrets apart and is no part of a key", func(t *testing.T) {
		t.Parallel()
		one, err := Fingerprint("one")
		require.NoError(t, err)
		two, err := Fingerprint("two")
		require.NoError(t, err)
		require.NotEqual(t, one, two)
		key, err := Derive("one", LabelSealing)
		require.NoError(t, err)
		require.NotContains(t, hex.EncodeToString(key), one)
	})
}

func TestBox(t *testing.T) {
	t.Parallel()
	t.Run("what is sealed opens, and only with what it is bound to", func(t *testing.T) {
		t.Parallel()
		rapid.Check(t, func(t *rapid.T) {
			plain, aad := rapid.SliceOf(rapid.Byte()).Draw(t, "plain"), rapid.SliceOf(rapid.Byte()).Draw(t, "aad")
			box, err := NewBox("present", "")
			require.NoError(t, err)
			id, nonce, ciphertext, err := box.Seal(plain, aad)
			require.NoError(t, err)
			require.Equal(t, box.KeyID(), id)
			opened, err := box.Open(id, nonce, ciphertext, aad)
			require.NoError(t, err)
			require.Equal(t, string(plain), string(opened))
			_, err = box.Open(id, nonce, ciphertext, append(aad, 1))
			require.ErrorIs(t, err, ErrTampered)
			at := rapid.IntRange(0, len(ciphertext)-1).Draw(t, "at")
			ciphertext[at] ^= 1
			_, err = box.Open(id, nonce, ciphertext, aad)
			require.ErrorIs(t, err, ErrTampered)
		})
	})
	t.Run("two seals of one text look different", func(t *testing.T) {
		t.Parallel()
		box, err := NewBox("present", "")
		require.NoError(t, err)
		_, _, one, err := box.Seal([]byte("text"), nil)
		require.NoError(t, err)
		_, _, two, err := box.Seal([]byte("text"), nil)
		require.NoError(t, err)
		require.NotEqual(t, one, two)
	})
	t.Run("the key before opens, the present one seals", func(t *testing.T) {
		t.Parallel()
		before, err := NewBox("before", "")
		require.NoError(t, err)
		id, nonce, ciphertext, err := before.Seal([]byte("text"), nil)
		require.NoError(t, err)
		after, err := NewBox("present", "before")
		require.NoError(t, err)
		opened, err := after.Open(id, nonce, ciphertext, nil)
		require.NoError(t, err)
		require.Equal(t, "text", string(opened))
		again, _, _, err := after.Seal(opened, nil)
		require.NoError(t, err)
		require.NotEqual(t, id, again)
		_, err = before.Open(again, nonce, ciphertext, nil)
		require.ErrorIs(t, err, ErrUnknownKey)
	})
	t.Run("a nonce of another length is refused, not a crash", func(t *testing.T) {
		t.Parallel()
		box, err := NewBox("present", "")
		require.NoError(t, err)
		_, err = box.Open(box.KeyID(), []byte{1}, []byte("x"), nil)
		require.ErrorIs(t, err, ErrTampered)
	})
	t.Run("without a key there is no box", func(t *testing.T) {
		t.Parallel()
		_, err := NewBox("", "before")
		require.Error(t, err)
	})
}
