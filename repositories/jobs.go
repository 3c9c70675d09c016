package repositories

import (
	"context"
	"encoding/base64"
	"errors"
	"strconv"
	"time"

	"github.com/Masterminds/squirrel"
	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/job"
)

var _ job.Queue = (*JobQueue)(nil)

// jobArgs are what a job is told, whatever its kind.
type jobArgs struct {
	kind job.Kind
	raw  []byte
}

// Kind is river.JobArgs.
func (a jobArgs) Kind() string { return string(a.kind) }

// MarshalJSON keeps what was told as it is.
func (a jobArgs) MarshalJSON() ([]byte, error) { return a.raw, nil }

// UnmarshalJSON takes what was told as it is.
func (a *jobArgs) UnmarshalJSON(raw []byte) error {
	a.raw = append([]byte(nil), raw...)
	return nil
}

// insertion is how a job comes into the queue: one of its kind and queue at a
// time.
func (q *JobQueue) insertion(d job.Definition) *river.InsertOpts {
	options := &river.InsertOpts{Queue: job.SharedQueue, UniqueOpts: river.UniqueOpts{
		ByQueue: true, ByState: []rivertype.JobState{
			rivertype.JobStateAvailable, rivertype.JobStatePending, rivertype.JobStateRetryable, rivertype.JobStateRunning, rivertype.JobStateScheduled,
		},
	}}
	if d.Here {
		options.Queue = q.here
	}
	return options
}

// Insert is job.Queue.
func (q *JobQueue) Insert(ctx context.Context, kind job.Kind, args any) (int64, error) {
	d, raw, err := prepared(kind, args)
	if err != nil {
		return 0, err
	}
	var inserted *rivertype.JobInsertResult
	if tx, inside := ctx.Value(txKey{}).(pgx.Tx); inside {
		inserted, err = q.client.InsertTx(ctx, tx, jobArgs{kind, raw}, q.insertion(d))
	} else {
		inserted, err = q.client.Insert(ctx, jobArgs{kind, raw}, q.insertion(d))
	}
	if err != nil {
		return 0, translate("jobs: insert", err)
	}
	return inserted.Job.ID, nil
}

// Retry is job.Queue.
func (q *JobQueue) Retry(ctx context.Context, id int64) error {
	return q.steer(ctx, "jobs: retry", id, q.client.JobRetry, q.client.JobRetryTx)
}

// Cancel is job.Queue.
func (q *JobQueue) Cancel(ctx context.Context, id int64) error {
	return q.steer(ctx, "jobs: cancel", id, q.client.JobCancel, q.client.JobCancelTx)
}

func (q *JobQueue) steer(ctx context.Context, what string, id int64, alone func(context.Context, int64) (*rivertype.JobRow, error),
	within func(context.Context, pgx.Tx, int64) (*rivertype.JobRow, error),
) error {
	var err error
	if tx, inside := ctx.Value(txKey{}).(pgx.Tx); inside {
		_, err = within(ctx, tx, id)
	} else {
		_, err = alone(ctx, id)
	}
	if errors.Is(err, rivertype.ErrNotFound) {
		return app.ErrNotFound
	}
	return translate(what, err)
}

// states says which of River's states are one of ours.
func states() map[job.State][]string {
	return map[job.State][]string{
		job.Waiting: {"available", "pending", "scheduled"}, job.Running: {"running"}, job.Retrying: {"retryable"},
		job.Done: {"completed"}, job.Failed: {"discarded"}, job.Cancelled: {"cancelled"},
	}
}

// stateColumn is the state of a row as we name it.
const stateColumn = `case state when 'running' then 'running' when 'retryable' then 'retrying' when 'completed' then 'done'
	when 'discarded' then 'failed' when 'cancelled' then 'cancelled' else 'waiting' end`

func selectJobs() squirrel.SelectBuilder {
	return sq.Select("id", "kind", stateColumn, "queue", "attempt", "max_attempts",
		"coalesce(attempted_by[array_upper(attempted_by, 1)], '')", "coalesce(metadata->>'output', '')",
		"coalesce(to_jsonb(errors[greatest(1, cardinality(errors) - 9):]), '[]')", "created_at", "scheduled_at", "attempted_at", "finalized_at",
		"state = 'running' and jsonb_exists(metadata, 'cancel_attempted_at')").From("river_job")
}

func scanJob(row pgx.CollectableRow) (job.Job, error) {
	j := job.Job{Errors: []job.Fault{}}
	var faults []struct {
		At      time.Time `json:"at"`
		Attempt int       `json:"attempt"`
		Error   string    `json:"error"`
	}
	err := row.Scan(&j.ID, &j.Kind, &j.State, &j.Queue, &j.Attempt, &j.Attempts, &j.Node, &j.Progress, &faults,
		&j.CreatedAt, &j.DueAt, &j.StartedAt, &j.FinishedAt, &j.Cancelling)
	for _, fault := range faults {
		j.Errors = append(j.Errors, job.Fault{At: fault.At.UTC(), Attempt: fault.Attempt, Message: fault.Error})
	}
	return j, err
}

// Get is job.Queue.
func (q *JobQueue) Get(ctx context.Context, id int64) (job.Job, error) {
	return one(ctx, q.db, "jobs: get", selectJobs().Where(squirrel.Eq{"id": id}), scanJob)
}

// List is job.Queue.
func (q *JobQueue) List(ctx context.Context, filter job.Filter, page app.PageRequest) (app.Page[job.Job], error) {
	query := selectJobs().OrderBy("id desc").Limit(uint64(page.Limit) + 1) //nolint:gosec // 1..100
	if filter.State != "" {
		query = query.Where("state = any(?::text[]::river_job_state[])", states()[filter.State])
	}
	if filter.Kind != "" {
		query = query.Where(squirrel.Eq{"kind": filter.Kind})
	}
	if page.Cursor != "" {
		before, err := readNumber(page.Cursor)
		if err != nil {
			return app.Page[job.Job]{}, err
		}
		query = query.Where("id < ?", before)
	}
	list, err := many(ctx, q.db, "jobs: list", query, scanJob)
	out := app.Page[job.Job]{Data: []job.Job{}, Pagination: app.Pagination{Limit: page.Limit}}
	if len(list) > page.Limit {
		list = list[:page.Limit]
		next := base64.RawURLEncoding.EncodeToString([]byte(strconv.FormatInt(list[len(list)-1].ID, 10)))
		out.Pagination.Next = &next
	}
	out.Data = append(out.Data, list...)
	return out, err
}

// readNumber reads a cursor that is the number of the last item.
func readNumber(cursor string) (int64, error) {
	text, err := base64.RawURLEncoding.DecodeString(cursor)
	if err == nil {
		var number int64
		if number, err = strconv.ParseInt(string(text), 10, 64); err == nil {
			return number, nil
		}
	}
	return 0, app.Invalid("cursor", "take it from the page before")
}

// Lines is job.Queue.
func (q *JobQueue) Lines(ctx context.Context) ([]job.Line, error) {
	return many(ctx, q.db, "jobs: count", sq.Select("queue", stateColumn, "count(*)").From("river_job").GroupBy("1", "2").OrderBy("1", "2"),
		pgx.RowToStructByPos[job.Line])
}
