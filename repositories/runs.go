package repositories

import (
	"context"

	"github.com/Masterminds/squirrel"
	"github.com/jackc/pgx/v5"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/assistant"
)

// RunRepository keeps running answers in PostgreSQL.
type RunRepository struct{ db *DB }

var _ assistant.RunRepository = (*RunRepository)(nil)

// NewRunRepository makes a repository of runs on this database.
func NewRunRepository(db *DB) *RunRepository { return &RunRepository{db: db} }

// Restart begins a new run of an answer that has ended.
func (r *RunRepository) Restart(ctx context.Context, restart assistant.Restart) (app.Changes, error) {
	return r.db.changeChat(ctx, restart.ChatID, func(ctx context.Context, c *change) error {
		m, err := c.holdOne(ctx, restart.MessageID)
		switch {
		case err != nil:
			return err
		case m.Role != app.MessageAssistant:
			return app.Errorf(app.CodeConflict, "Only an answer can be asked for again.")
		case m.Status.Running():
			return app.Errorf(app.CodeConflict, "This answer is still running; stop it first.")
		case restart.Keep && !m.Status.MayContinue():
			return app.Errorf(app.CodeConflict, "This answer is complete; there is nothing to continue.")
		}
		if err := c.requireQuestion(ctx, m); err != nil {
			return err
		}
		return c.restart(ctx, m, start{asker: restart.Asker, owner: restart.Owner, model: restart.Model, keep: restart.Keep})
	})
}

// requireQuestion refuses an answer whose question was deleted: no model could
// be told what to answer.
func (c *change) requireQuestion(ctx context.Context, answer held) error {
	if answer.ReplyTo == nil {
		return nil
	}
	questions, err := c.hold(ctx, squirrel.Eq{"id": *answer.ReplyTo})
	if err == nil && len(questions) == 0 {
		err = app.Errorf(app.CodeConflict, "The question to this answer was deleted; ask it anew.")
	}
	return err
}

// Stop stores the wish to stop a streaming answer, and ends a waiting one.
func (r *RunRepository) Stop(ctx context.Context, id app.ChatID, message app.MessageID) (app.Changes, int64, error) {
	var run int64
	changes, err := r.db.changeChat(ctx, id, func(ctx context.Context, c *change) error {
		m, err := c.holdOne(ctx, message)
		if err != nil {
			return err
		}
		if m.Role != app.MessageAssistant {
			return app.Errorf(app.CodeConflict, "Only an answer can be stopped.")
		}
		switch m.Status {
		case app.StatusStreaming:
			run = m.Rev
			_, err = r.db.exec(ctx, "runs: stop", sq.Update("runs").Set("stop", true).Where(squirrel.Eq{"message_id": message, "run": run}))
			return err
		case app.StatusQueued:
			run = m.Rev
			if err := c.clearTail(ctx, message); err != nil {
				return err
			}
			_, err = r.db.exec(ctx, "messages: stop", sq.Update("messages").Set("status", app.StatusStopped).
				Set("rev", c.touch(message)).Set("updated_at", squirrel.Expr("now()")).Where(squirrel.Eq{"id": message}))
			return err
		default:
			return nil
		}
	})
	return changes, run, err
}

// End ends a run: only where it still streams under this very rev.
func (r *RunRepository) End(ctx context.Context, e app.Ending) (app.Changes, error) {
	return r.db.changeChat(ctx, e.ChatID, func(ctx context.Context, c *change) error {
		if err := c.lockOwner(ctx, e.MessageID); err != nil {
			return err
		}
		code, complaint := failureColumns(e.Failure)
		update := sq.Update("messages m").Set("status", e.Status).Set("rev", c.rev+1).
			Set("error_code", code).Set("error_message", complaint).Set("updated_at", squirrel.Expr("now()")).Set("unindexed", true).
			Where("m.id = ? and m.status = 'streaming' and m.rev = ?", e.MessageID, e.Rev)
		if e.Usage != nil {
			update = update.Set("prompt_tokens", e.Usage.PromptTokens).Set("completion_tokens", e.Usage.CompletionTokens)
		}
		if e.Content != nil {
			update = update.Set("content", *e.Content).Set("reasoning", e.Reasoning)
		} else {
			update = update.Set("content", squirrel.Expr(soFar("content", "m.content"))).
				Set("reasoning", squirrel.Expr("nullif("+soFar("reasoning", "coalesce(m.reasoning, '')")+", '')"))
		}
		n, err := r.db.exec(ctx, "messages: end", update)
		if err != nil || n == 0 {
			return err
		}
		c.touch(e.MessageID)
		return c.clearTail(ctx, e.MessageID)
	})
}

const runFields = `r.chat_id, r.message_id, r.run as rev, coalesce(r.asker_id::text, '') as asker, coalesce(m.model, '') as model, m.content, coalesce(m.reasoning, '') as reasoning`

// Waiting lists answers whose chat and asker have fewer running than they may.
func (r *RunRepository) Waiting(ctx context.Context, limit int) ([]app.Run, error) {
	may := r.db.running()
	return many(ctx, r.db, "runs: waiting", sq.Select(runFields).From("runs r").Join("messages m on m.id = r.message_id").
		Where("r.run = 0").
		Where("(r.stop or ((select count(*) from runs o where o.run > 0 and o.chat_id = r.chat_id) < ? and (select count(*) from runs o where o.run > 0 and o.asker_id = r.asker_id) < ?))", may.PerChat, may.PerUser).
		OrderBy("r.created_at", "r.message_id").Limit(uint64(limit)), pgx.RowToStructByName[app.Run]) //nolint:gosec // small
}

// Claim takes a waiting answer for this owner; no rev is taken where somebody
// else was quicker, or its turn has passed. One whose chat was deleted while
// it waited becomes stopped.
func (r *RunRepository) Claim(ctx context.Context, owner app.Owner, run app.Run) (app.Changes, error) {
	return r.db.changeChat(ctx, run.ChatID, func(ctx context.Context, c *change) error {
		var stop bool
		err := r.db.on(ctx).QueryRow(ctx, `select stop from runs where message_id = $1 and run = 0 for update skip locked`, run.MessageID).Scan(&stop)
		if err != nil {
			return ignoreMissing(translate("runs: claim", err))
		}
		if stop {
			if err := c.clearTail(ctx, run.MessageID); err != nil {
				return err
			}
			return c.setStatus(ctx, run.MessageID, app.StatusStopped)
		}
		if l, err := c.line(ctx, run.Asker); err != nil || !l.mayRun(r.db.running()) {
			return err
		}
		if err := c.setStatus(ctx, run.MessageID, app.StatusStreaming); err != nil {
			return err
		}
		_, err = r.db.exec(ctx, "runs: claim", sq.Update("runs").Set("run", c.rev).
			Set("node_id", owner.Node).Set("node_epoch", owner.Epoch).Where(squirrel.Eq{"message_id": run.MessageID}))
		return err
	})
}

func (c *change) setStatus(ctx context.Context, id app.MessageID, status app.MessageStatus) error {
	_, err := c.db.exec(ctx, "messages: set status", sq.Update("messages").Set("status", status).
		Set("rev", c.touch(id)).Set("updated_at", squirrel.Expr("now()")).Where(squirrel.Eq{"id": id}))
	return err
}

// Held lists the runs that are stored as this owner's.
func (r *RunRepository) Held(ctx context.Context, owner app.Owner) ([]app.Run, error) {
	return many(ctx, r.db, "runs: held", sq.Select(runFields).From("runs r").Join("messages m on m.id = r.message_id").
		Where(squirrel.Eq{"r.node_id": owner.Node, "r.node_epoch": owner.Epoch}), pgx.RowToStructByName[app.Run])
}

func ignoreMissing(err error) error { return ignore(err, app.ErrNotFound) }
