package app

import "github.com/google/uuid"

// Identifiers are UUIDv7 (RFC 9562) in their canonical lower-case text, each
// noun with a type of its own so that a chat and a user cannot be swapped.
type (
	UserID     string
	SessionID  string
	ChatID     string
	MessageID  string
	ProviderID string
	ModelUID   string
	NodeID     string
	InviteID   string
	NoticeID   string
)

// NewID makes a fresh, time-ordered id. It panics only when the operating
// system has no randomness, which is no state to go on in.
func NewID[T ~string]() T { return T(uuid.Must(uuid.NewV7()).String()) }

// ParseID reads an id that a client sent. Anything but a canonical UUID names
// nothing we could know, so the error is CodeNotFound.
func ParseID[T ~string](text string) (T, error) {
	if len(text) != 36 {
		return "", ErrNotFound
	}
	id, err := uuid.Parse(text)
	if err != nil || id.String() != text {
		return "", ErrNotFound
	}
	return T(text), nil
}
