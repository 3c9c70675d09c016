package job

import (
	"context"
	"strconv"
	"time"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/audit"
)

// State is where a job is.
type State string

// The states. A job that waits to be tried again after a failure is retrying;
// one that was tried often enough has failed.
const (
	Waiting   State = "waiting"
	Running   State = "running"
	Retrying  State = "retrying"
	Done      State = "done"
	Failed    State = "failed"
	Cancelled State = "cancelled"
)

// States lists all of them, in the order in which they are shown.
func States() []State { return []State{Running, Waiting, Retrying, Failed, Cancelled, Done} }

// Over tells whether nothing more happens by itself.
func (s State) Over() bool { return s == Done || s == Failed || s == Cancelled }

// Job is one piece of work.
type Job struct {
	ID    int64  `json:"id"`
	Kind  Kind   `json:"kind"`
	State State  `json:"state"`
	Queue string `json:"queue"`
	// Attempt counts the tries up to now, Attempts how many there may be.
	Attempt  int `json:"attempt"`
	Attempts int `json:"attempts"`
	// Node is where it runs, or ran last; empty before the first try.
	Node app.NodeID `json:"node"`
	// Progress is what the job said last of how far it is.
	Progress string `json:"progress"`
	// Errors are why tries failed, the newest last, and no more than ten.
	Errors     []Fault    `json:"errors"`
	CreatedAt  time.Time  `json:"created_at"`
	DueAt      time.Time  `json:"due_at"`
	StartedAt  *time.Time `json:"started_at"`
	FinishedAt *time.Time `json:"finished_at"`
	// Cancelling is set where somebody wishes that it ends, and it runs still.
	Cancelling bool `json:"cancelling"`
}

// Fault is why a try failed.
type Fault struct {
	At      time.Time `json:"at"`
	Attempt int       `json:"attempt"`
	Message string    `json:"message"`
}

// Filter chooses jobs; what is empty chooses all.
type Filter struct {
	State State
	Kind  Kind
}

// Line is how many jobs of a queue are in a state.
type Line struct {
	Queue string `json:"queue"`
	State State  `json:"state"`
	Count int64  `json:"count"`
}

// Queue keeps jobs and has them done.
type Queue interface {
	// Insert adds a job, in the transaction of the context where there is one:
	// it is done after the commit. A job of this kind and queue that is not
	// over takes its place; its id is told.
	Insert(ctx context.Context, kind Kind, args any) (int64, error)
	// List pages through jobs, the newest first; invalid_input for a cursor
	// that is none.
	List(ctx context.Context, filter Filter, page app.PageRequest) (app.Page[Job], error)
	// Get finds one job; not_found.
	Get(ctx context.Context, id int64) (Job, error)
	// Lines counts jobs by queue and state.
	Lines(ctx context.Context) ([]Line, error)
	// Retry has a job tried again at once, and Cancel ends it: one that runs
	// as soon as it notices. not_found.
	Retry(ctx context.Context, id int64) error
	Cancel(ctx context.Context, id int64) error
}

// Transactor runs work in one transaction: committed when it returns nil.
type Transactor interface {
	InTx(ctx context.Context, work func(context.Context) error) error
}

// Auditor records an event in the transaction of the context.
type Auditor interface {
	Record(ctx context.Context, event audit.Event) error
}

// Service is what administrators do with jobs; forbidden to all others.
type Service struct {
	queue Queue
	tx    Transactor
	audit Auditor
}

// NewService makes a service of this queue.
func NewService(queue Queue, tx Transactor, auditor Auditor) *Service {
	return &Service{queue: queue, tx: tx, audit: auditor}
}

// List pages through jobs, the newest first; invalid_input for a state or kind
// that there is not.
func (s *Service) List(ctx context.Context, actor app.Actor, filter Filter, page app.PageRequest) (app.Page[Job], error) {
	if err := mayAdminister(actor); err != nil {
		return app.Page[Job]{}, err
	}
	if err := filter.check(); err != nil {
		return app.Page[Job]{}, err
	}
	return s.queue.List(ctx, filter, page)
}

func (f Filter) check() error {
	if f.Kind != "" {
		if _, known := define(f.Kind); !known {
			return app.Invalid("kind", "there is no such kind of job")
		}
	}
	if f.State == "" {
		return nil
	}
	for _, state := range States() {
		if f.State == state {
			return nil
		}
	}
	return app.Invalid("state", "waiting, running, retrying, done, failed or cancelled is expected")
}

// Get finds one job; not_found.
func (s *Service) Get(ctx context.Context, actor app.Actor, id int64) (Job, error) {
	if err := mayAdminister(actor); err != nil {
		return Job{}, err
	}
	return s.queue.Get(ctx, id)
}

// Lines counts jobs by queue and state.
func (s *Service) Lines(ctx context.Context, actor app.Actor) ([]Line, error) {
	if err := mayAdminister(actor); err != nil {
		return nil, err
	}
	return s.queue.Lines(ctx)
}

// Retry has a job tried again at once; conflict while it runs.
func (s *Service) Retry(ctx context.Context, actor app.Actor, id int64) (Job, error) {
	return s.steer(ctx, actor, id, audit.JobRetried, s.queue.Retry, func(state State) error {
		if state == Running {
			return app.Errorf(app.CodeConflict, "This job is running; cancel it first, or let it end.")
		}
		return nil
	})
}

// Cancel ends a job for good: at once while it waits, as soon as it notices
// where it runs; conflict once it is over.
func (s *Service) Cancel(ctx context.Context, actor app.Actor, id int64) (Job, error) {
	return s.steer(ctx, actor, id, audit.JobCancelled, s.queue.Cancel, func(state State) error {
		if state.Over() {
			return app.Errorf(app.CodeConflict, "This job is over; there is nothing to cancel.")
		}
		return nil
	})
}

// steer does something to a job and records it, in one transaction.
func (s *Service) steer(ctx context.Context, actor app.Actor, id int64, action audit.Action, do func(context.Context, int64) error, may func(State) error) (Job, error) {
	if err := mayAdminister(actor); err != nil {
		return Job{}, err
	}
	var after Job
	err := s.tx.InTx(ctx, func(ctx context.Context) error {
		before, err := s.queue.Get(ctx, id)
		if err != nil {
			return err
		}
		if err := may(before.State); err != nil {
			return err
		}
		if err := do(ctx, id); err != nil {
			return err
		}
		if after, err = s.queue.Get(ctx, id); err != nil {
			return err
		}
		return s.audit.Record(ctx, audit.Event{
			Action: action, Actor: actor, Target: strconv.FormatInt(id, 10),
			Details: map[audit.Key]string{audit.KeyKind: string(before.Kind), audit.KeyFrom: string(before.State), audit.KeyTo: string(after.State)},
		})
	})
	return after, err
}

func mayAdminister(actor app.Actor) error {
	if actor.Role != app.RoleAdmin {
		return app.ErrForbidden
	}
	return nil
}
