package auth

import (
	"context"
	"log/slog"
	"time"

	"github.com/quillium/quillium/app"
)

// keepEnded is how long ended sessions and links that ran out are kept.
const keepEnded = 24 * time.Hour

// Janitor finishes in the background what the service began: it takes deleted
// accounts out of their chats and removes them, and it ends sessions that ran
// out. What a crash broke off is taken up the next time, since what there is to
// do is in the database.
type Janitor struct {
	deletions DeletionRepository
	chats     ChatsOfDeleted
	sweep     SweepRepository
	signals   app.Signals
	log       *slog.Logger
	now       func() time.Time
}

// NewJanitor makes a janitor; now is the clock. Several nodes may have one.
func NewJanitor(deletions DeletionRepository, chats ChatsOfDeleted, sweep SweepRepository, signals app.Signals, log *slog.Logger, now func() time.Time) *Janitor {
	return &Janitor{deletions: deletions, chats: chats, sweep: sweep, signals: signals, log: log, now: now}
}

// DeleteAccounts removes the accounts that are on their way out. One that
// fails does not keep the others; the last error is returned.
func (j *Janitor) DeleteAccounts(ctx context.Context) (failed error) {
	pending, err := j.deletions.GetPending(ctx)
	if err != nil {
		return err
	}
	for _, deletion := range pending {
		if err := j.delete(ctx, deletion); err != nil {
			failed = err
		}
	}
	return failed
}

func (j *Janitor) delete(ctx context.Context, deletion Deletion) error {
	if err := j.chats.LeaveAll(ctx, deletion.UserID, deletion.EraseMessages); err != nil {
		return err
	}
	if err := j.deletions.Finish(ctx, deletion.UserID); err != nil {
		return err
	}
	j.log.InfoContext(ctx, "account", "action", "user.removed", "user_id", string(deletion.UserID))
	return nil
}

// EndSessions ends sessions that ran out, and removes what ended a day ago.
func (j *Janitor) EndSessions(ctx context.Context) error {
	now := j.now().UTC()
	over, err := j.sweep.EndExpired(ctx, now)
	if err != nil {
		return err
	}
	if len(over) > 0 {
		j.signals.SessionEnded(app.EndSignedOut, over...)
	}
	return j.sweep.Purge(ctx, now.Add(-keepEnded))
}
