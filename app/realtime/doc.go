// Package realtime brings what was committed to everybody who listens: who
// listens to which chat, what each of them has been sent, and in which order.
// It follows the protocol's one promise: nothing lost, nothing twice. It
// knows no sockets and no SQL, and imports app alone.
package realtime

import (
	"context"

	"github.com/quillium/quillium/app"
)

// Ask is one chat that a client wants to follow. Since is the rev it has.
type Ask struct {
	ChatID app.ChatID
	Since  *int64
}

// Snapshot is what a client needs to follow a chat from here on. Found is
// false for a chat that this user may not see.
type Snapshot struct {
	Found    bool
	Chat     app.Chat
	Me       app.Me
	Reset    bool
	Messages []app.Message
	Members  []app.Member
}

// Where is how far somebody has come in a chat.
type Where struct {
	ChatID app.ChatID
	Rev    int64
}

// Missed is what happened in a chat after a rev: what changed, or a notice
// (From equal to Rev) where that is too much; and who lost the chat and has not
// come back. Found is false for a chat that is gone, or deleted.
type Missed struct {
	Found   bool
	Changes app.Changes
	Lost    []app.UserID
}

// Reader reads the truth.
type Reader interface {
	// Snapshots reads chats as one user sees them, all at one moment, in the
	// order asked. limit bounds the messages of each. Without resume every
	// snapshot is a reset.
	Snapshots(ctx context.Context, user app.UserID, asks []Ask, limit int, resume bool) ([]Snapshot, error)
	// SinceAll reads everything in chats that changed after these revs, all at
	// one moment, in the order asked.
	SinceAll(ctx context.Context, asks []Where) ([]Missed, error)
	// Thread reads a question and all its answers as one user sees them, at one
	// moment.
	Thread(ctx context.Context, user app.UserID, chat app.ChatID, question app.MessageID) (Snapshot, error)
	// Tails reads what runs grew by beyond what was told of them, a delta for
	// each part that grew.
	Tails(ctx context.Context, tails []Tail) ([]app.Delta, error)
}

// Texts tells what running answers of this node have by now, and which they
// are.
type Texts interface {
	Runs(id app.MessageID, rev int64) bool
	Overlay(messages []app.Message)
}

// Sessions tells which sessions are over.
type Sessions interface {
	Over(ctx context.Context, sessions []app.SessionID) (map[app.SessionID]app.EndReason, error)
}

// MaxChanges and MaxBytes bound what one `changes` or `subscribed` carries.
const (
	MaxChanges = 200
	MaxBytes   = 512 << 10
	MaxChats   = 200
)

// Close codes of the protocol.
const (
	CloseGoingAway   = 1001
	CloseUnsupported = 1003
	CloseInvalid     = 1007
	CloseTooLarge    = 1009
	CloseSignedOut   = 4001
	CloseDisabled    = 4003
	CloseSilent      = 4005
	CloseTooSlow     = 4008
	CloseTooMany     = 4009
)
