package repositories

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivertype"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/job"
)

const (
	// tries is how often a job is tried before it has failed.
	tries = 5
	// atOnce is how many jobs of any node's choice one node does at once;
	// besides, it does one of those that are bound to it.
	atOnce = 2
	// pollEvery is how long a job may lie before a node looks. Looking leaves no
	// connection behind and works through a pooler; LISTEN does neither.
	pollEvery = time.Second
	// stuckAfter is when a job is taken up that a node left behind which is gone
	// for good. Kinds that may take longer are left alone until they were to be
	// over. What a node left that comes back, it takes up at once.
	stuckAfter = 15 * time.Minute
	// maxFault bounds what is kept of an error, in bytes.
	maxFault = 2000
)

// JobQueue keeps jobs in PostgreSQL and does them, with River. Of nodes that
// share a database one makes the jobs that are due by the clock.
type JobQueue struct {
	db     *DB
	client *river.Client[pgx.Tx]
	node   app.NodeID
	// here is the queue of jobs that are bound to this node.
	here string
	log  *slog.Logger
}

// NewJobQueue makes the queue of one node; work says how each kind is done. It
// does nothing before Start.
func NewJobQueue(db *DB, node app.NodeID, work map[job.Kind]job.Run, log *slog.Logger) (*JobQueue, error) {
	q := &JobQueue{db: db, node: node, here: job.QueueOf(node), log: log}
	workers := river.NewWorkers()
	var periodic []*river.PeriodicJob
	for _, d := range job.Table() {
		if work[d.Kind] == nil {
			return nil, fmt.Errorf("jobs: nobody does %q", d.Kind)
		}
		river.AddWorkerArgs(workers, jobArgs{kind: d.Kind}, river.Worker[jobArgs](worker{queue: q, definition: d, run: work[d.Kind]}))
		if d.Every > 0 {
			periodic = append(periodic, river.NewPeriodicJob(river.PeriodicInterval(d.Every), func() (river.JobArgs, *river.InsertOpts) {
				return jobArgs{d.Kind, []byte("{}")}, q.insertion(d)
			}, &river.PeriodicJobOpts{RunOnStart: true}))
		}
	}
	var err error
	q.client, err = river.NewClient(riverpgxv5.New(db.pool), &river.Config{
		ID: string(node), Workers: workers, PeriodicJobs: periodic, PollOnly: true, FetchPollInterval: pollEvery,
		Queues:      map[string]river.QueueConfig{job.SharedQueue: {MaxWorkers: atOnce}, q.here: {MaxWorkers: 1}},
		MaxAttempts: tries, RetryPolicy: patience{}, RescueStuckJobsAfter: stuckAfter, ErrorHandler: faults{log},
		Logger: slog.New(calm{log.Handler()}),
	})
	if err != nil {
		return nil, fmt.Errorf("jobs: %w", err)
	}
	return q, nil
}

// Start takes up what this node left when it ended, and does jobs from now on,
// until Stop.
func (q *JobQueue) Start(ctx context.Context) error {
	_, err := q.db.pool.Exec(ctx, `update river_job set
			state = case when attempt < max_attempts then 'available' else 'discarded' end::river_job_state,
			finalized_at = case when attempt < max_attempts then null else now() end,
			errors = array_append(errors, jsonb_build_object('at', now(), 'attempt', attempt, 'error', 'The server ended while this was done.', 'trace', ''))
		where state = 'running' and attempted_by[array_upper(attempted_by, 1)] = $1`, string(q.node))
	if err != nil {
		return translate("jobs: take up", err)
	}
	return translate("jobs: start", q.client.Start(context.WithoutCancel(ctx)))
}

// Stop takes no more jobs and waits for those that run until the context
// ends; then they are ended, and begin anew elsewhere or later.
func (q *JobQueue) Stop(ctx context.Context) error {
	if err := q.client.Stop(ctx); err == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	if err := q.client.StopAndCancel(ctx); err != nil {
		return fmt.Errorf("jobs: stop: %w", err)
	}
	return nil
}

// prepared finds a kind and writes what it is told.
func prepared(kind job.Kind, args any) (job.Definition, []byte, error) {
	for _, d := range job.Table() {
		if d.Kind == kind {
			raw, err := json.Marshal(args)
			if err != nil {
				return d, nil, fmt.Errorf("jobs: %s: %w", kind, err)
			}
			return d, raw, nil
		}
	}
	return job.Definition{}, nil, fmt.Errorf("jobs: there is no kind %q", kind)
}

// worker does the jobs of one kind.
type worker struct {
	river.WorkerDefaults[jobArgs]
	queue      *JobQueue
	definition job.Definition
	run        job.Run
}

// Timeout is river.Worker.
func (w worker) Timeout(*river.Job[jobArgs]) time.Duration { return w.definition.Longest }

// Work is river.Worker.
func (w worker) Work(ctx context.Context, j *river.Job[jobArgs]) error {
	err := w.run(ctx, job.Task{ID: j.ID, Made: j.CreatedAt.UTC(), Args: j.Args.raw, Report: func(ctx context.Context, progress string) {
		if _, err := w.queue.client.JobUpdate(ctx, j.ID, &river.JobUpdateParams{Output: progress}); err != nil && ctx.Err() == nil {
			w.queue.log.Warn("the progress of a job could not be told", "job", j.ID, "error", err)
		}
	}})
	switch {
	case err == nil:
		return nil
	case errors.Is(context.Cause(ctx), context.DeadlineExceeded):
		return fmt.Errorf("It took longer than %s and was ended.", w.definition.Longest) //nolint:staticcheck // people read it
	case ctx.Err() != nil:
		return ctx.Err() // River knows whether somebody cancelled it, or the server goes
	}
	return errors.New(told(err))
}

// told is an error as administrators read it: with its cause, which the log
// has too.
func told(err error) string {
	text := err.Error()
	var domain *app.Error
	switch {
	case !errors.As(err, &domain):
	case domain.Cause == nil:
		text = domain.Message
	default:
		text = fmt.Sprintf("%s (%v)", domain.Message, domain.Cause)
	}
	return strings.ToValidUTF8(text[:min(len(text), maxFault)], "")
}

// patience waits longer after each failure: 10 s, 20 s, 40 s, at most 10 minutes.
type patience struct{}

// NextRetry is river.ClientRetryPolicy.
func (patience) NextRetry(j *rivertype.JobRow) time.Time {
	return time.Now().Add(min(10*time.Second<<min(len(j.Errors), 10), 10*time.Minute))
}

// faults log tries that failed.
type faults struct{ log *slog.Logger }

// HandleError is river.ErrorHandler.
func (f faults) HandleError(_ context.Context, j *rivertype.JobRow, err error) *river.ErrorHandlerResult {
	f.log.Warn("a job failed", "job", j.ID, "kind", j.Kind, "attempt", j.Attempt, "error", err)
	return nil
}

// HandlePanic is river.ErrorHandler.
func (f faults) HandlePanic(_ context.Context, j *rivertype.JobRow, fault any, trace string) *river.ErrorHandlerResult {
	f.log.Error("a job panicked", "job", j.ID, "kind", j.Kind, "attempt", j.Attempt, "panic", fault, "stack", trace)
	return nil
}

// calm is a log for River's own words: only what is wrong, and none of it as
// an error, since it tries again by itself.
type calm struct{ slog.Handler }

// Enabled is slog.Handler.
func (c calm) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= slog.LevelWarn && c.Handler.Enabled(ctx, slog.LevelWarn)
}

// Handle is slog.Handler.
func (c calm) Handle(ctx context.Context, r slog.Record) error {
	r.Level = slog.LevelWarn
	return c.Handler.Handle(ctx, r)
}

// WithAttrs is slog.Handler.
func (c calm) WithAttrs(attrs []slog.Attr) slog.Handler { return calm{c.Handler.WithAttrs(attrs)} }

// WithGroup is slog.Handler.
func (c calm) WithGroup(name string) slog.Handler { return calm{c.Handler.WithGroup(name)} }
