package chat

import (
	"context"
	"errors"
	"log/slog"

	"github.com/quillium/quillium/app"
)

// DepartureRepository takes people out of chats.
type DepartureRepository interface {
	// GetByUserID lists every chat that somebody is in, or was.
	GetByUserID(ctx context.Context, user app.UserID) ([]app.ChatID, error)
	// Leave takes somebody out of one chat in one transaction: a chat where
	// nobody is left is gone, one without an owner gets a new one, and with
	// erase, what he wrote there is erased. Twice is as good as once.
	Leave(ctx context.Context, user app.UserID, id app.ChatID, erase bool) (app.Changes, error)
}

// Departures takes deleted accounts out of their chats.
type Departures struct {
	chats   DepartureRepository
	signals app.Signals
	log     *slog.Logger
}

// NewDepartures wires departures to what they need.
func NewDepartures(chats DepartureRepository, signals app.Signals, log *slog.Logger) *Departures {
	return &Departures{chats: chats, signals: signals, log: log}
}

// LeaveAll takes somebody out of every chat, one transaction a chat, so that
// what a crash broke off can be done again from the start.
func (d *Departures) LeaveAll(ctx context.Context, user app.UserID, erase bool) error {
	chats, err := d.chats.GetByUserID(ctx, user)
	if err != nil {
		return err
	}
	for _, id := range chats {
		changes, err := d.chats.Leave(ctx, user, id, erase)
		if errors.Is(err, app.ErrNotFound) {
			continue
		}
		if err != nil {
			return err
		}
		d.log.Info("change", "action", "leave_chat", "user_id", user, "chat_id", id)
		d.signals.ChatLost(id, user)
		if changes.Rev > changes.From {
			d.signals.ChatChanged(public(changes))
		} else {
			d.signals.ChatStale(id)
		}
	}
	return nil
}
