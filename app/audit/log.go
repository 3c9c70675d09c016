package audit

import (
	"context"
	"encoding/hex"
	"iter"
	"time"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/rule"
)

// Person is an account that an entry is about; name and e-mail are empty once
// it is deleted.
type Person struct {
	ID    string `json:"id"`
	Name  string `json:"name"`
	Email string `json:"email"`
}

// Entry is a row of the log as people read it.
type Entry struct {
	ID string `json:"id"`
	// Seq is nil until the row is sealed.
	Seq        *int64            `json:"seq"`
	At         time.Time         `json:"at"`
	Action     Action            `json:"action"`
	Actor      *Person           `json:"actor"`
	Target     string            `json:"target"`
	TargetUser *Person           `json:"target_user"`
	IP         string            `json:"ip"`
	UserAgent  string            `json:"user_agent"`
	RequestID  string            `json:"request_id"`
	Count      int64             `json:"count"`
	Details    map[string]string `json:"details"`
}

// Filter narrows the log down; what is empty narrows nothing. Query is part of
// an action, or a whole target, address, request id or e-mail address.
type Filter struct {
	Action Action
	Actor  app.UserID
	Target string
	Since  time.Time
	// Until is not in it any more.
	Until time.Time
	Query string
	// Email and Network are what Query is as an account's key, and as an
	// address; Log fills them in.
	Email, Network string
}

func (f Filter) read() Filter {
	f.Network, f.Email = rule.Network(f.Query), ""
	if email, err := rule.Email(f.Query); err == nil {
		f.Email = rule.EmailKey(email)
	}
	return f
}

// Check is what came out when an administrator had the log checked. Fault is
// empty where nothing was wrong.
type Check struct {
	At    time.Time `json:"at"`
	Seq   int64     `json:"seq"`
	Fault string    `json:"fault"`
}

// Integrity is how far the log is sealed.
type Integrity struct {
	Seq  int64  `json:"seq"`
	Head string `json:"head"`
	// Removed is the last row that retention removed; 0 for none.
	Removed int64 `json:"removed"`
	// Waiting rows have no seal yet; at most 1,000 are counted.
	Waiting int64  `json:"waiting"`
	Checked *Check `json:"checked"`
}

// LogRepository reads the log.
type LogRepository interface {
	List(ctx context.Context, filter Filter, page app.PageRequest) (app.Page[Entry], error)
	Get(ctx context.Context, id string) (Entry, error)
	// Actions lists those that there are rows of.
	Actions(ctx context.Context) ([]Action, error)
	// State is all of Integrity but the hexadecimal Head.
	State(ctx context.Context) (Integrity, Head, error)
	PutCheck(ctx context.Context, check Check, head Head) error
}

// Log shows administrators who did what. Others are forbidden, here as below.
type Log struct {
	entries  LogRepository
	verify   func(context.Context) (Report, error)
	recorder *Recorder
	now      func() time.Time
}

// NewLog makes one; verify checks the seals, now is the clock.
func NewLog(entries LogRepository, verify func(context.Context) (Report, error), recorder *Recorder, now func() time.Time) *Log {
	return &Log{entries: entries, verify: verify, recorder: recorder, now: now}
}

// List reads a page of the log, the newest first.
func (l *Log) List(ctx context.Context, actor app.Actor, filter Filter, page app.PageRequest) (app.Page[Entry], error) {
	if actor.Role != app.RoleAdmin {
		return app.Page[Entry]{}, app.ErrForbidden
	}
	return l.entries.List(ctx, filter.read(), page)
}

// Get reads one entry.
func (l *Log) Get(ctx context.Context, actor app.Actor, id string) (Entry, error) {
	if actor.Role != app.RoleAdmin {
		return Entry{}, app.ErrForbidden
	}
	if _, err := app.ParseID[app.UserID](id); err != nil {
		return Entry{}, app.ErrNotFound
	}
	return l.entries.Get(ctx, id)
}

// Actions lists the actions that one can filter by.
func (l *Log) Actions(ctx context.Context, actor app.Actor) ([]Action, error) {
	if actor.Role != app.RoleAdmin {
		return nil, app.ErrForbidden
	}
	return l.entries.Actions(ctx)
}

// Integrity tells how far the log is sealed, and what came out of the last check.
func (l *Log) Integrity(ctx context.Context, actor app.Actor) (Integrity, error) {
	if actor.Role != app.RoleAdmin {
		return Integrity{}, app.ErrForbidden
	}
	state, head, err := l.entries.State(ctx)
	state.Head = hex.EncodeToString(head.MAC)
	return state, err
}

// Check checks every seal now, and tells how it went. It takes some seconds
// for a million rows.
func (l *Log) Check(ctx context.Context, actor app.Actor) (Integrity, error) {
	if actor.Role != app.RoleAdmin {
		return Integrity{}, app.ErrForbidden
	}
	report, err := l.verify(ctx)
	if err != nil {
		return Integrity{}, err
	}
	check := Check{At: l.now().UTC().Truncate(time.Microsecond), Seq: report.Head.Seq, Fault: report.String()}
	if err := l.entries.PutCheck(ctx, check, report.Head); err != nil {
		return Integrity{}, err
	}
	return l.Integrity(ctx, actor)
}

// Export reads, newest first, all that a filter leaves, up to now. It takes the
// password of the last 15 minutes and a reason, and is recorded. What is
// returned reads a page at a time while it is ranged over.
func (l *Log) Export(ctx context.Context, actor app.Actor, filter Filter, form, reason string) (func(context.Context) iter.Seq2[Entry, error], error) {
	if actor.Role != app.RoleAdmin {
		return nil, app.ErrForbidden
	}
	if err := actor.Confirmed(l.now()); err != nil {
		return nil, err
	}
	reason, err := rule.Reason(reason)
	if err != nil {
		return nil, err
	}
	if now := l.now(); filter.Until.IsZero() || filter.Until.After(now) {
		filter.Until = now
	}
	event := Event{Action: LogExported, Actor: actor, Details: map[Key]string{KeyReason: reason, KeyTo: form}}
	if err := l.recorder.Record(ctx, event); err != nil {
		return nil, err
	}
	return func(ctx context.Context) iter.Seq2[Entry, error] { return l.all(ctx, filter.read()) }, nil
}

func (l *Log) all(ctx context.Context, filter Filter) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		page := app.PageRequest{Limit: app.MaxPageSize}
		for {
			got, err := l.entries.List(ctx, filter, page)
			if err != nil {
				yield(Entry{}, err)
				return
			}
			for _, entry := range got.Data {
				if !yield(entry, nil) {
					return
				}
			}
			if got.Pagination.Next == nil {
				return
			}
			page.Cursor = *got.Pagination.Next
		}
	}
}
