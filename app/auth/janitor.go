package auth

import (
	"context"
	"log/slog"
	"time"

	"github.com/quillium/quillium/app"
)

const (
	sweepEvery = time.Minute
	keepEnded  = 24 * time.Hour
)

// Janitor finishes in the background what the service began: it takes deleted
// accounts out of their chats and removes them, and it ends sessions that ran
// out. What a crash broke off it takes up at the next start, since what there
// is to do is in the database.
type Janitor struct {
	deletions DeletionRepository
	chats     ChatsOfDeleted
	sweep     SweepRepository
	signals   app.Signals
	log       *slog.Logger
	now       func() time.Time
	wake      chan struct{}
}

// NewJanitor makes a janitor; now is the clock. Several nodes may have one.
func NewJanitor(deletions DeletionRepository, chats ChatsOfDeleted, sweep SweepRepository, signals app.Signals, log *slog.Logger, now func() time.Time) *Janitor {
	return &Janitor{
		deletions: deletions, chats: chats, sweep: sweep, signals: signals,
		log: log, now: now, wake: make(chan struct{}, 1),
	}
}

// Wake makes it look at once. It never blocks.
func (j *Janitor) Wake() {
	select {
	case j.wake <- struct{}{}:
	default:
	}
}

// Run looks at start, when woken, and once a minute, until the context ends.
func (j *Janitor) Run(ctx context.Context) {
	every := time.NewTicker(sweepEvery)
	defer every.Stop()
	for {
		if err := j.Tidy(ctx); err != nil && ctx.Err() == nil {
			j.log.ErrorContext(ctx, "tidying up failed; it will be tried again", "cause", err.Error())
		}
		select {
		case <-ctx.Done():
			return
		case <-j.wake:
		case <-every.C:
		}
	}
}

// Tidy does once all there is to do. One account that fails does not keep
// the others; the last error is returned.
func (j *Janitor) Tidy(ctx context.Context) error {
	failed := j.expire(ctx)
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

func (j *Janitor) expire(ctx context.Context) error {
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
