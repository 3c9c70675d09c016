package secret

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"errors"
	"fmt"
)

// ErrUnknownKey says that something was sealed with a key we do not have.
var ErrUnknownKey = errors.New("secret: sealed with a key that is not here")

// ErrTampered says that a sealed text, its nonce or what it is bound to is not
// what it was.
var ErrTampered = errors.New("secret: the sealed text does not open")

// Box seals short texts with AES-256-GCM under the present encryption key, and
// opens what that one or the one before it sealed. It is safe for concurrent
// use.
type Box struct {
	current string
	keys    map[string]cipher.AEAD
}

// NewBox makes a box from ENCRYPTION_KEY and ENCRYPTION_KEY_PREVIOUS, which
// may be empty.
func NewBox(current, previous string) (*Box, error) {
	box := &Box{keys: map[string]cipher.AEAD{}}
	for _, text := range []string{previous, current} {
		if text == "" {
			continue
		}
		id, err := box.add(text)
		if err != nil {
			return nil, err
		}
		box.current = id
	}
	if current == "" {
		return nil, errors.New("secret: there is no encryption key")
	}
	return box, nil
}

func (b *Box) add(text string) (string, error) {
	id, err := short(text, labelKeyID)
	if err != nil {
		return "", err
	}
	key, err := Derive(text, LabelSealing)
	if err != nil {
		return "", err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return "", fmt.Errorf("secret: cipher: %w", err)
	}
	b.keys[id], err = cipher.NewGCM(block)
	if err != nil {
		return "", fmt.Errorf("secret: cipher: %w", err)
	}
	return id, nil
}

// KeyID names the present key.
func (b *Box) KeyID() string { return b.current }

// Seal hides a text and binds it to aad, which must be the same at Open. The
// nonce is 96 random bits; one key seals far fewer texts than the 2^32 that
// are safe.
func (b *Box) Seal(plain, aad []byte) (keyID string, nonce, ciphertext []byte, err error) {
	sealer := b.keys[b.current]
	nonce = make([]byte, sealer.NonceSize())
	if _, err := rand.Read(nonce); err != nil {
		return "", nil, nil, fmt.Errorf("secret: nonce: %w", err)
	}
	return b.current, nonce, sealer.Seal(nil, nonce, plain, aad), nil
}

// Open gives back what Seal hid. It fails with ErrUnknownKey or ErrTampered.
func (b *Box) Open(keyID string, nonce, ciphertext, aad []byte) ([]byte, error) {
	opener, known := b.keys[keyID]
	if !known {
		return nil, ErrUnknownKey
	}
	if len(nonce) != opener.NonceSize() {
		return nil, ErrTampered
	}
	plain, err := opener.Open(nil, nonce, ciphertext, aad)
	if err != nil {
		return nil, ErrTampered
	}
	return plain, nil
}
