package chat

import (
	"context"
	"time"

	"github.com/quillium/quillium/app"
)

// Filter chooses which of a user's chats are listed. The zero Filter lists
// those that are neither archived nor deleted.
type Filter struct {
	Query    string
	Archived bool
	Deleted  bool
}

// Settings are the shared values of a chat that may be changed; nil stays.
type Settings struct {
	Title        *string
	Model        *string
	SystemPrompt *string
	ReplyPolicy  *app.ReplyPolicy
}

// Mine are the values of a chat that each member keeps for himself; nil stays.
type Mine struct {
	Pinned   *bool
	Archived *bool
}

// Range asks for a page of messages: those before a place, those after one,
// or, with neither, the newest.
type Range struct {
	Before, After *int64
	Limit         int
}

// Posting is a message on its way into the database, with the answers that
// belong to it. Ids are made before the first try, so that a repeated try
// finds its own rows.
type Posting struct {
	ID       app.MessageID
	ChatID   app.ChatID
	AuthorID app.UserID
	ClientID *string
	Content  string
	ReplyTo  *app.MessageID
	Answers  []app.Answer
}

// Verdict is what became of a posting.
type Verdict string

// A posting is stored, or refused for one of these reasons; a duplicate is
// the message that is there already.
const (
	Stored       Verdict = "stored"
	Duplicate    Verdict = "duplicate"
	NotMember    Verdict = "not_member"
	ReadOnly     Verdict = "read_only"
	UnknownReply Verdict = "unknown_reply"
	TooMany      Verdict = "too_many"
)

// Posted is the outcome of one posting: the id of the message that is there
// now, and, where it was stored, the question and its answers in order.
type Posted struct {
	Verdict  Verdict
	ID       app.MessageID
	From     int64
	Messages []app.Message
}

// Edit is a new text for a message of its author. Again restarts its answers;
// where there are none, First are made.
type Edit struct {
	ChatID    app.ChatID
	MessageID app.MessageID
	Author    app.UserID
	Content   string
	Again     bool
	First     []app.Answer
	Owner     app.Owner
}

// ChatRepository keeps chats.
type ChatRepository interface {
	Finder
	// GetByUserID lists a user's chats, newest activity first.
	GetByUserID(ctx context.Context, user app.UserID, filter Filter, page app.PageRequest) (app.Page[app.Chat], error)
	// Create stores a chat and its first owner.
	Create(ctx context.Context, owner app.UserID, chat app.Chat, policySet bool) (app.Chat, error)
	// Update changes the shared part and takes a rev.
	Update(ctx context.Context, id app.ChatID, settings Settings) (app.Changes, error)
	// Delete hides a chat and tells who was in it; Restore brings it back
	// for an owner while the grace lasts.
	Delete(ctx context.Context, id app.ChatID) ([]app.UserID, error)
	Restore(ctx context.Context, owner app.UserID, id app.ChatID, grace time.Duration) (app.Changes, error)
}

// MemberRepository keeps what a chat is to its members.
type MemberRepository interface {
	// Role tells what a user is in a chat; a stranger gets not_found.
	Role(ctx context.Context, user app.UserID, id app.ChatID) (app.MemberRole, error)
	// Hold runs work under the chat's lock with what a user is there then; a
	// stranger gets not_found. What work does with its context is one
	// transaction, of which nothing stays where work fails.
	Hold(ctx context.Context, user app.UserID, id app.ChatID, work func(context.Context, app.MemberRole) error) error
	// SetMine changes the member's own part.
	SetMine(ctx context.Context, user app.UserID, id app.ChatID, mine Mine) error
	// MarkRead moves the read mark forward, never back and never past the
	// last message, and tells where it is and whether it moved.
	MarkRead(ctx context.Context, user app.UserID, id app.ChatID, seq int64) (at int64, moved bool, err error)
}

// MessageRepository keeps messages.
type MessageRepository interface {
	// GetByID finds one message in a chat of this user, with the text so far.
	GetByID(ctx context.Context, user app.UserID, chat app.ChatID, id app.MessageID) (app.Message, error)
	// GetByChatID lists messages of a chat of this user, ascending by seq.
	GetByChatID(ctx context.Context, user app.UserID, chat app.ChatID, within Range) ([]app.Message, error)
	// Create stores postings in one transaction, chats locked in id order,
	// and tells for each what became of it.
	Create(ctx context.Context, owner app.Owner, postings []Posting) ([]Posted, error)
	// Update stores an edit and restarts answers where asked; conflict where
	// one of these messages has MaxVersions already.
	Update(ctx context.Context, edit Edit) (app.Changes, error)
	// Delete erases a message's text, versions and run. by is its author, or
	// empty for an owner of the chat.
	Delete(ctx context.Context, by app.UserID, chat app.ChatID, id app.MessageID) (app.Changes, error)
}

// Janitor erases what was deleted long enough ago.
type Janitor interface {
	Erase(ctx context.Context, before time.Time) (int64, error)
}
