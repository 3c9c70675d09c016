package chat

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/quillium/quillium/app"
)

const (
	// expireAtOnce is how many messages one transaction erases: it holds up who
	// writes in that chat, and what changed is told as one change.
	expireAtOnce = 200
	dueAtOnce    = 100
)

// Due is a chat with messages that are too old: those of before a time.
type Due struct {
	ChatID app.ChatID
	Before time.Time
}

// RetentionRepository finds and erases messages that are too old.
type RetentionRepository interface {
	// Due lists chats behind one, in the order of their ids, whose first message
	// that retention has not seen is too old. days is how many they are kept
	// where a chat says nothing else; 0 is for ever.
	Due(ctx context.Context, days int, behind app.ChatID, limit int) ([]Due, error)
	// Expire erases up to limit messages of a chat that are of before a time,
	// the oldest first, as if they were deleted; more tells that there may be
	// others. One that still runs stays, with all behind it, until it has ended.
	Expire(ctx context.Context, due Due, limit int) (changes app.Changes, more bool, err error)
}

// Retention erases messages that are too old. Done twice, or by two at once,
// it erases nothing twice.
type Retention struct {
	messages RetentionRepository
	// kept is how many days messages are kept; 0 is for ever.
	kept    func() int
	signals app.Signals
	log     *slog.Logger
}

// NewRetention wires retention to what it needs; kept tells how many days
// messages are kept, and 0 for ever.
func NewRetention(messages RetentionRepository, kept func() int, signals app.Signals, log *slog.Logger) *Retention {
	return &Retention{messages: messages, kept: kept, signals: signals, log: log}
}

// Expire erases all that is too old now, a few messages a transaction. What a
// crash broke off is done the next time.
func (r *Retention) Expire(ctx context.Context) error {
	days, erased := r.kept(), 0
	defer func() {
		if erased > 0 {
			r.log.Info("change", "action", "expire_messages", "count", erased)
		}
	}()
	for behind := app.ChatID(""); ; {
		due, err := r.messages.Due(ctx, days, behind, dueAtOnce)
		if err != nil || len(due) == 0 {
			return err
		}
		for _, each := range due {
			n, err := r.expire(ctx, each)
			erased += n
			if err != nil {
				return err
			}
			behind = each.ChatID
		}
	}
}

// expire erases what is too old in one chat, and counts it.
func (r *Retention) expire(ctx context.Context, due Due) (erased int, err error) {
	for more := true; more; {
		var changes app.Changes
		changes, more, err = r.messages.Expire(ctx, due, expireAtOnce)
		if errors.Is(err, app.ErrNotFound) {
			return erased, nil // the chat is gone, and they with it
		}
		if err != nil {
			return erased, err
		}
		if changes.Rev > changes.From {
			erased += int(changes.Rev - changes.From)
			r.signals.ChatChanged(public(changes))
		}
	}
	return erased, nil
}
