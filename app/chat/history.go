package chat

import (
	"context"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/rule"
)

// MaxFork is how many messages a fork takes along at most, MaxForkBytes how
// much text with all their versions.
const (
	MaxFork      = 50_000
	MaxForkBytes = 64 << 20
)

// MaxVersions is how many versions a message has at most.
const MaxVersions = 100

// Choice is the wish to show another version of a message.
type Choice struct {
	ChatID    app.ChatID
	MessageID app.MessageID
	Version   int
	// By is who wishes it: people's messages are their authors' to choose.
	By app.UserID
}

// Fork is a chat to be made from the history of another one.
type Fork struct {
	ID app.ChatID
	// From and Upto are the chat and the last message that is copied.
	From app.ChatID
	Upto app.MessageID
	// Owner is in the new chat alone. A nil Title takes the other chat's.
	Owner app.UserID
	Title *string
}

// HistoryRepository keeps what messages were, and copies histories.
type HistoryRepository interface {
	// GetByMessageID lists versions of a message in a chat of this user, above
	// after and ascending; not_found for strangers and deleted messages.
	GetByMessageID(ctx context.Context, user app.UserID, chat app.ChatID, id app.MessageID, after, limit int) ([]app.Version, error)
	// Choose shows another version. The one that is shown already is no
	// change: no rev is taken.
	Choose(ctx context.Context, choice Choice) (app.Changes, error)
	// Fork makes the new chat in one transaction, of one moment; not_found
	// where the owner may not see the message, too_large above MaxFork and
	// MaxForkBytes.
	Fork(ctx context.Context, fork Fork) (app.Chat, error)
}

// History is what people do with the past of a chat.
type History struct {
	room *Service
	kept HistoryRepository
}

// NewHistory wires the past of chats to their rules.
func NewHistory(room *Service, kept HistoryRepository) *History {
	return &History{room: room, kept: kept}
}

// GetVersions lists the versions of a message above after, at most limit; the
// present one of a running answer has its text so far. not_found for
// strangers and deleted messages.
func (h *History) GetVersions(ctx context.Context, actor app.Actor, id app.ChatID, message app.MessageID, after, limit int) ([]app.Version, error) {
	if !actor.SignedIn() {
		return nil, app.ErrUnauthorized
	}
	return h.kept.GetByMessageID(ctx, actor.UserID, id, message, after, limit)
}

// ChooseVersion shows another version of a message to all, and uses it as
// context. forbidden for viewers, and for all but its author where a person
// wrote it; conflict while it or an answer to it runs; invalid_input where
// there is no such version.
func (h *History) ChooseVersion(ctx context.Context, actor app.Actor, id app.ChatID, message app.MessageID, version int) (app.Message, error) {
	if _, err := h.room.requireEditor(ctx, actor, id); err != nil {
		return app.Message{}, err
	}
	changes, err := held(ctx, &h.room.doorway, actor, id, mustWrite, func(ctx context.Context, _ app.MemberRole) (app.Changes, error) {
		return h.kept.Choose(ctx, Choice{ChatID: id, MessageID: message, Version: version, By: actor.UserID})
	})
	if err != nil {
		return app.Message{}, err
	}
	if changes.Rev == changes.From {
		return h.room.GetMessage(ctx, actor, id, message)
	}
	h.room.tell(actor, "choose_version", public(changes))
	return find(changes.Messages, message).For(actor.UserID), nil
}

// ForkChat copies a chat up to a message into a new one that the actor owns
// alone. Everybody who may read the chat may; not_found for strangers and
// where there is no such message, too_large above MaxFork messages and
// MaxForkBytes of text.
func (h *History) ForkChat(ctx context.Context, actor app.Actor, id app.ChatID, message string, title *string) (app.Chat, error) {
	if _, err := h.room.Access(ctx, actor, id); err != nil {
		return app.Chat{}, err
	}
	fork := Fork{ID: app.NewID[app.ChatID](), From: id, Owner: actor.UserID}
	if err := checked(&fork.Title, title, rule.Title); err != nil {
		return app.Chat{}, err
	}
	var err error
	if message == "" {
		return app.Chat{}, app.Invalid("message_id", "the last message to be copied is expected")
	}
	if fork.Upto, err = app.ParseID[app.MessageID](message); err != nil {
		return app.Chat{}, err
	}
	made, err := h.kept.Fork(ctx, fork)
	if err == nil {
		h.room.record(actor, "fork_chat", made.ID)
	}
	return made, err
}
