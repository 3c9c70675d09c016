package audit

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/quillium/quillium/app"
)

// Shortening is where old rows are removed.
type Shortening interface {
	// Alone is that of Chain.
	Alone(ctx context.Context, wait bool, work func(context.Context) error) (bool, error)
	// Checkpoint and After are those of Sealed.
	Checkpoint(ctx context.Context) (Checkpoint, error)
	After(ctx context.Context, seq int64, limit int) ([]Row, error)
	// Cut removes every row up to a checkpoint, which takes the place of the
	// one before.
	Cut(ctx context.Context, at Checkpoint) error
}

// Retirement removes what is old from the beginning of the chain.
type Retirement struct {
	chain Shortening
	keys  Keyring
	log   *slog.Logger
	now   func() time.Time
}

// NewRetirement makes one; now is the clock.
func NewRetirement(chain Shortening, keys Keyring, log *slog.Logger, now func() time.Time) *Retirement {
	return &Retirement{chain: chain, keys: keys, log: log, now: now}
}

// Retire removes the sealed rows of before a time from the beginning of the
// chain, up to the first that is younger, and tells how many. Two at once, or
// one that is done again, remove nothing twice. A row that is not what was
// sealed is a conflict and stays, with all behind it: removing it would hide
// that.
func (r *Retirement) Retire(ctx context.Context, before time.Time) (removed int64, err error) {
	for {
		some := int64(0)
		_, err = r.chain.Alone(ctx, true, func(ctx context.Context) error {
			some, err = r.retireSome(ctx, before)
			return err
		})
		if err != nil {
			return removed, err
		}
		removed += some
		if some < verifyBatch {
			break
		}
	}
	if removed > 0 {
		r.log.InfoContext(ctx, "audit log shortened", "removed", removed)
	}
	return removed, nil
}

func (r *Retirement) retireSome(ctx context.Context, before time.Time) (int64, error) {
	head, fault, err := begin(ctx, r.chain, r.keys)
	if err != nil {
		return 0, err
	}
	rows, err := r.chain.After(ctx, 0, verifyBatch)
	if err != nil {
		return 0, err
	}
	removed := int64(0)
	for _, row := range rows {
		if fault == nil {
			fault = r.keys.check(head, row)
		}
		if fault != nil {
			return 0, app.Errorf(app.CodeConflict, "%s Nothing is removed from the audit log until this is looked into.", fault)
		}
		if !row.At.Before(before) {
			break
		}
		head = Head{Seq: row.Seq, MAC: row.MAC}
		removed++
	}
	if removed == 0 {
		return 0, nil
	}
	at := r.now().UTC().Truncate(time.Microsecond)
	return removed, r.chain.Cut(ctx, r.keys.stamp(Checkpoint{Head: head, At: at, Removed: removed}))
}

func isNotFound(err error) bool { return errors.Is(err, app.ErrNotFound) }
