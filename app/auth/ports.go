package auth

import (
	"context"
	"time"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/audit"
)

// Transactor runs work in one transaction: committed when it returns nil.
type Transactor interface {
	InTx(ctx context.Context, work func(context.Context) error) error
}

// Auditor records an event in the transaction of the context.
type Auditor interface {
	Record(ctx context.Context, event audit.Event) error
}

// Policy is what administrators decide about accounts. It is asked each time,
// and answers at once.
type Policy interface {
	Signups() app.Signups
	// Admits tells whether somebody with this address may make an account, and
	// the domains that it may be at.
	Admits(email string) (domains []string, ok bool)
	// SessionUnused is how long a session lives unused, SessionLongest how long
	// in any case.
	SessionUnused() time.Duration
	SessionLongest() time.Duration
}

// Limiter slows down those who guess passwords: each key has a bucket. When
// it is empty, retry says how long to wait.
type Limiter interface {
	Allow(key string) (ok bool, retry time.Duration)
}

// Refusals counts passwords that were wrong. Account is empty where there is
// none, and network what counts as one address. It never blocks.
type Refusals interface {
	Refused(account app.UserID, network string)
}

// Invites let somebody in who makes an account by an invite link.
type Invites interface {
	// PreviewInvite is not_found where a link lets nobody in.
	PreviewInvite(ctx context.Context, token string) (app.Invitation, error)
	// Join makes a new account a member of the link's chat, in the transaction
	// of the context; tell is called after its commit.
	Join(ctx context.Context, actor app.Actor, token string) (tell func(), err error)
}

// ChatsOfDeleted is the part of deleting an account that concerns chats.
type ChatsOfDeleted interface {
	// LeaveAll takes a user out of every chat, one transaction a chat: alone
	// there, the chat goes too; the only owner hands over. With erase, what he
	// wrote is emptied. It may be called again after it failed half-way.
	LeaveAll(ctx context.Context, user app.UserID, erase bool) error
}

// Waker is told that there is an account to delete. It does not block for
// long, and what it cannot pass on is found later all the same.
type Waker interface{ Wake() }
