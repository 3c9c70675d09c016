package repositories

import (
	"context"

	"github.com/Masterminds/squirrel"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/chat"
)

// start is how a run begins inside a change: who asked, where it will run,
// with which model (empty: the one it had), and whether its text stays.
type start struct {
	asker app.UserID
	owner app.Owner
	model string
	keep  bool
}

// lockOwner makes an end wait for a flush that is under way on the node that
// runs the answer: no chunk appears behind it. The chat's row is locked
// before, always in this order.
func (c *change) lockOwner(ctx context.Context, id app.MessageID) error {
	_, err := c.db.on(ctx).Exec(ctx, `select n.id from nodes n join runs r on r.node_id = n.id where r.message_id = $1 for share of n`, id)
	return translate("nodes: lock", err)
}

// clearTail removes what only a running answer has.
func (c *change) clearTail(ctx context.Context, id app.MessageID) error {
	_, err := c.db.on(ctx).Exec(ctx, `with tail as (delete from chunks where message_id = $1) delete from runs where message_id = $1`, id)
	return translate("runs: clear", err)
}

// line is how many answers run and are there at all, in a chat and of an
// asker, and how many wait in the one where more do.
type line struct {
	running, all Running
	waiting      int
}

// mayRun tells whether one that waits may run now, mayStart whether a new one
// may at once: then nobody is before it.
func (l line) mayRun(may Running) bool { return l.running.within(may) }

func (l line) mayStart(may Running) bool { return l.all.within(may) }

func (r Running) within(may Running) bool { return r.PerUser < may.PerUser && r.PerChat < may.PerChat }

// line counts under the lock of the asker's line, in a snapshot of its own.
func (c *change) line(ctx context.Context, asker app.UserID) (line, error) {
	var l line
	if _, err := c.db.on(ctx).Exec(ctx, `select pg_advisory_xact_lock(hashtextextended($1, 0))`, asker); err != nil {
		return l, translate("runs: lock", err)
	}
	err := c.db.on(ctx).QueryRow(ctx, `
		select count(*) filter (where run > 0 and his), count(*) filter (where run > 0 and here),
			count(*) filter (where his), count(*) filter (where here),
			greatest(count(*) filter (where run = 0 and here), count(*) filter (where run = 0 and his))
		from (select run, chat_id = $1 as here, asker_id = nullif($2, '')::uuid as his from runs) r
		where here or his`, c.chat, asker).
		Scan(&l.running.PerUser, &l.running.PerChat, &l.all.PerUser, &l.all.PerChat, &l.waiting)
	return l, translate("runs: count", err)
}

// admit decides whether a new run may stream at once or has to wait its turn
// behind those that are before it, running or waiting.
func (c *change) admit(ctx context.Context, asker app.UserID) (app.MessageStatus, error) {
	l, err := c.line(ctx, asker)
	switch {
	case err != nil:
		return "", err
	case l.mayStart(c.db.running()):
		return app.StatusStreaming, nil
	case l.waiting < app.MaxWaiting:
		return app.StatusQueued, nil
	default:
		return "", chat.TooManyWaiting()
	}
}

// restart begins a new run of an answer that has ended.
func (c *change) restart(ctx context.Context, answer held, s start) error {
	status, err := c.admit(ctx, s.asker)
	if err != nil {
		return err
	}
	rev := c.touch(answer.ID)
	update := sq.Update("messages").Set("status", status).Set("rev", rev).
		Set("error_code", nil).Set("error_message", nil).Set("prompt_tokens", nil).Set("completion_tokens", nil).
		Set("updated_at", squirrel.Expr("now()")).
		Where(squirrel.Eq{"id": answer.ID})
	if s.model != "" {
		update = update.Set("model", s.model)
	}
	if !s.keep {
		if err := c.addVersion(ctx, answer); err != nil {
			return err
		}
		update = update.Set("content", "").Set("reasoning", nil).Set("version_at", squirrel.Expr("now()")).
			Set("version", squirrel.Expr("versions + 1")).Set("versions", squirrel.Expr("versions + 1"))
	}
	if _, err := c.db.exec(ctx, "messages: restart", update); err != nil {
		return err
	}
	return c.insertRun(ctx, answer.ID, status, rev, s)
}

// insertAnswer adds a place for an answer at the end of the chat.
func (c *change) insertAnswer(ctx context.Context, question app.MessageID, answer app.Answer, s start) error {
	status := app.StatusFailed
	if answer.Failure == nil {
		var err error
		if status, err = c.admit(ctx, s.asker); err != nil {
			return err
		}
	}
	code, complaint := failureColumns(answer.Failure)
	rev := c.touch(answer.ID)
	_, err := c.db.exec(ctx, "messages: insert answer", sq.Insert("messages").
		Columns("id", "chat_id", "seq", "rev", "role", "model", "status", "error_code", "error_message", "reply_to").
		Values(answer.ID, c.chat, c.nextSeq(), rev, app.MessageAssistant, answer.Model, status, code, complaint, question))
	if err != nil || !status.Running() {
		return err
	}
	return c.insertRun(ctx, answer.ID, status, rev, s)
}

func (c *change) insertRun(ctx context.Context, id app.MessageID, status app.MessageStatus, rev int64, s start) error {
	row := sq.Insert("runs")
	if status == app.StatusStreaming {
		row = row.Columns("message_id", "chat_id", "asker_id", "run", "node_id", "node_epoch").
			Values(id, c.chat, s.asker, rev, s.owner.Node, s.owner.Epoch)
	} else {
		row = row.Columns("message_id", "chat_id", "asker_id").Values(id, c.chat, s.asker)
	}
	_, err := c.db.exec(ctx, "runs: insert", row)
	return err
}
