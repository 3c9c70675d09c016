package audit

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/quillium/quillium/app"
)

// Box hides texts under the encryption key of now; aad binds them to a place.
type Box interface {
	Seal(plain, aad []byte) (keyID string, nonce, ciphertext []byte, err error)
	Open(keyID string, nonce, ciphertext, aad []byte) ([]byte, error)
}

// ReplacedKey is a SealKey that was replaced, as it is kept: it checks what it
// sealed up to Last, and nothing behind.
type ReplacedKey struct {
	ID         string
	Last       int64
	SealedBy   string
	Nonce      []byte
	Ciphertext []byte
}

// KeyRepository keeps the keys that were replaced.
type KeyRepository interface {
	// Alone, Head and Checkpoint are those of Chain and Sealed.
	Alone(ctx context.Context, wait bool, work func(context.Context) error) (bool, error)
	Head(ctx context.Context, keyID string) (head Head, replaced bool, err error)
	Checkpoint(ctx context.Context) (Checkpoint, error)
	Keys(ctx context.Context) ([]ReplacedKey, error)
	// PutKeys takes these in the place of all there were.
	PutKeys(ctx context.Context, keys []ReplacedKey) error
	// PutCheckpoint takes a checkpoint in the place of the one before.
	PutCheckpoint(ctx context.Context, checkpoint Checkpoint) error
}

// Unlock makes a keyring of the present key, the one before it (an empty ID
// where there is none), and those that were replaced. One that the box does
// not open is left out: what it sealed cannot be checked.
func Unlock(ctx context.Context, stored KeyRepository, box Box, current, previous SealKey) (Keyring, error) {
	earlier, _, err := unlock(ctx, stored, box)
	if err != nil {
		return Keyring{}, err
	}
	if previous.ID != "" {
		earlier = append([]SealKey{previous}, earlier...)
	}
	return NewKeyring(current, earlier...), nil
}

// unlock opens the keys that were replaced; shut are those that stay closed.
func unlock(ctx context.Context, stored KeyRepository, box Box) (keys []SealKey, shut []ReplacedKey, err error) {
	kept, err := stored.Keys(ctx)
	for _, k := range kept {
		plain, closed := box.Open(k.SealedBy, k.Nonce, k.Ciphertext, placeOf(k.ID, k.Last))
		if closed != nil {
			shut = append(shut, k)
			continue
		}
		keys = append(keys, SealKey{ID: k.ID, Secret: plain, Last: k.Last})
	}
	return keys, shut, err
}

// placeOf binds a kept key to the last row that it may have sealed.
func placeOf(id string, last int64) []byte {
	return []byte("audit key " + id + " " + strconv.FormatInt(last, 10))
}

// Rekey replaces the previous key by the present one: from the present head on
// the previous one seals nothing any more, and it is kept, sealed by the box,
// to check what it sealed. Done again it changes nothing.
func Rekey(ctx context.Context, stored KeyRepository, box Box, current, previous SealKey) error {
	_, err := stored.Alone(ctx, true, func(ctx context.Context) error {
		keys, shut, err := unlock(ctx, stored, box)
		if err != nil {
			return err
		}
		head, _, err := stored.Head(ctx, current.ID)
		if err != nil {
			return err
		}
		ring := NewKeyring(current, append([]SealKey{previous}, keys...)...)
		if err := restamp(ctx, stored, ring); err != nil {
			return err
		}
		if old := ring.all[previous.ID]; previous.ID != "" && old.Last == 0 && head.Seq > 0 {
			old.Last = head.Seq
			keys = append(keys, old)
		}
		return keep(ctx, stored, box, current, keys, shut)
	})
	return err
}

// keep stores the keys that were replaced, all but the present one.
func keep(ctx context.Context, stored KeyRepository, box Box, current SealKey, keys []SealKey, kept []ReplacedKey) error {
	for _, key := range keys {
		if key.ID == current.ID {
			continue
		}
		by, nonce, ciphertext, err := box.Seal(key.Secret, placeOf(key.ID, key.Last))
		if err != nil {
			return fmt.Errorf("audit: seal a key: %w", err)
		}
		kept = append(kept, ReplacedKey{ID: key.ID, Last: key.Last, SealedBy: by, Nonce: nonce, Ciphertext: ciphertext})
	}
	return stored.PutKeys(ctx, kept)
}

// restamp has the present key vouch for the checkpoint; one that is not ours
// stays as it is.
func restamp(ctx context.Context, stored KeyRepository, ring Keyring) error {
	checkpoint, err := stored.Checkpoint(ctx)
	switch {
	case errors.Is(err, app.ErrNotFound):
		return nil
	case err != nil || ring.authentic(checkpoint) != nil:
		return err
	}
	return stored.PutCheckpoint(ctx, ring.stamp(checkpoint))
}
