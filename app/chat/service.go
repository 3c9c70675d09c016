// Package chat holds the rules of a room: who may see, write, change and
// leave it, and how a message gets in without being lost or doubled. It
// imports app and app/rule, and knows neither HTTP nor SQL.
package chat

import (
	"context"
	"log/slog"
	"time"

	"github.com/quillium/quillium/app"
)

// Grace is how long a deleted chat can be restored.
const Grace = 7 * 24 * time.Hour

// Answerer is the part of Quillium that makes models answer.
type Answerer interface {
	// Plan tells which models answer a text in this chat, in order. asked is
	// the model somebody named for it, or empty.
	Plan(ctx context.Context, actor app.Actor, chat app.Chat, content, asked string) ([]app.Answer, error)
	// Owner is where answers that begin now will run.
	Owner() app.Owner
	// Started hands over answers that were just stored as streaming here.
	Started(runs []app.Run)
	// Overlay gives running answers of this node the text they have now.
	Overlay(messages []app.Message)
}

// Service is what people do with chats.
type Service struct {
	doorway
	chats    ChatRepository
	recent   Finder
	messages MessageRepository
	answers  Answerer
	maxBytes func() int
	commits  *committer
	reads    *reads
}

// NewService wires the rules to what they need; recent is how those who post
// find their chats. maxBytes, asked each time, bounds a message.
func NewService(chats ChatRepository, recent Finder, members MemberRepository, messages MessageRepository,
	answers Answerer, signals app.Signals, log *slog.Logger, maxBytes func() int,
) *Service {
	s := &Service{doorway: doorway{members, signals, log}, chats: chats, recent: recent, messages: messages, answers: answers, maxBytes: maxBytes}
	s.commits = newCommitter(messages, answers, log, s.committed)
	s.reads = newReads(s.writeRead)
	return s
}

// TooManyWaiting is the refusal of an answer that would wait behind too many.
func TooManyWaiting() *app.Error {
	return &app.Error{
		Code: app.CodeRateLimited, RetryAfter: 5 * time.Second,
		Message: "Too many answers are waiting; let some of them end first.",
	}
}
