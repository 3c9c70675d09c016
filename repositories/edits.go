package repositories

import (
	"context"

	"github.com/Masterminds/squirrel"
	"github.com/jackc/pgx/v5"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/chat"
)

// held is a message as a change finds it, under the lock of its chat.
type held struct {
	ID      app.MessageID
	Seq     int64
	Rev     int64
	Role    app.MessageRole
	Author  *app.UserID
	Model   *string
	Status  app.MessageStatus
	ReplyTo *app.MessageID
	Deleted bool
	// Version is the present one of 1 to Versions.
	Version, Versions int
}

// hold reads a message that is still there.
func (c *change) hold(ctx context.Context, where squirrel.Sqlizer) ([]held, error) {
	return many(ctx, c.db, "messages: hold", sq.
		Select("id", "seq", "rev", "role", "author_id as author", "model", "status", "reply_to", "deleted_at is not null as deleted", "version", "versions").
		From("messages").Where(squirrel.Eq{"chat_id": c.chat}).Where("deleted_at is null").Where(where).OrderBy("seq"),
		pgx.RowToStructByName[held])
}

// holdOne reads one message of a chat that nobody has deleted.
func (c *change) holdOne(ctx context.Context, id app.MessageID) (held, error) {
	list, err := c.hold(ctx, squirrel.Expr("id = ? and exists (select from chats c where c.id = messages.chat_id and c.deleted_at is null)", id))
	if err != nil {
		return held{}, err
	}
	if len(list) == 0 {
		return held{}, app.ErrNotFound
	}
	return list[0], nil
}

// Update stores an edit: what was there becomes a version, and where asked,
// the answers to it begin anew.
func (r *MessageRepository) Update(ctx context.Context, edit chat.Edit) (app.Changes, error) {
	return r.db.changeChat(ctx, edit.ChatID, func(ctx context.Context, c *change) error {
		m, err := c.holdOne(ctx, edit.MessageID)
		if err != nil {
			return err
		}
		if m.Role != app.MessageUser || m.Author == nil || *m.Author != edit.Author {
			return app.Errorf(app.CodeForbidden, "Only its author may change a message.")
		}
		if err := c.addVersion(ctx, m); err != nil {
			return err
		}
		_, err = r.db.exec(ctx, "messages: update", sq.Update("messages").Set("content", edit.Content).
			Set("version", squirrel.Expr("versions + 1")).Set("versions", squirrel.Expr("versions + 1")).Set("version_at", squirrel.Expr("now()")).
			Set("author_id", edit.Author).Set("rev", c.touch(m.ID)).Set("updated_at", squirrel.Expr("now()")).
			Where(squirrel.Eq{"id": m.ID}))
		if err != nil || !edit.Again {
			return err
		}
		return c.askAgain(ctx, m, edit)
	})
}

func (c *change) askAgain(ctx context.Context, question held, edit chat.Edit) error {
	answers, err := c.answersAtRest(ctx, question.ID)
	if err != nil {
		return err
	}
	for _, answer := range answers {
		if err := c.restart(ctx, answer, start{asker: edit.Author, owner: edit.Owner}); err != nil {
			return err
		}
	}
	if len(answers) > 0 {
		return nil
	}
	for _, answer := range edit.First {
		if err := c.insertAnswer(ctx, question.ID, answer, start{asker: edit.Author, owner: edit.Owner}); err != nil {
			return err
		}
	}
	return nil
}

// answersAtRest are the answers to a question; conflict while one runs.
func (c *change) answersAtRest(ctx context.Context, question app.MessageID) ([]held, error) {
	answers, err := c.hold(ctx, squirrel.Eq{"reply_to": question, "role": app.MessageAssistant})
	if err != nil {
		return nil, err
	}
	for _, answer := range answers {
		if answer.Status.Running() {
			return nil, app.Errorf(app.CodeConflict, "An answer to this message is still running; stop it first.")
		}
	}
	return answers, nil
}

// Delete erases a message's text, versions and run in one transaction; its
// place, author and the time stay.
func (r *MessageRepository) Delete(ctx context.Context, by app.UserID, id app.ChatID, message app.MessageID) (app.Changes, error) {
	return r.db.changeChat(ctx, id, func(ctx context.Context, c *change) error {
		m, err := c.holdOne(ctx, message)
		if err != nil {
			return err
		}
		if m.Role == app.MessageSystem {
			return app.Errorf(app.CodeForbidden, "What the server told all members stays.")
		}
		if by != "" && (m.Author == nil || *m.Author != by) {
			return app.Errorf(app.CodeForbidden, "Only its author or an owner of the chat may delete a message.")
		}
		return c.erase(ctx, m)
	})
}

func (c *change) erase(ctx context.Context, m held) error {
	status := m.Status
	if status.Running() {
		status = app.StatusStopped
	}
	if err := c.lockOwner(ctx, m.ID); err != nil {
		return err
	}
	_, err := c.db.exec(ctx, "messages: delete", sq.Update("messages").
		Set("content", "").Set("reasoning", nil).Set("error_code", nil).Set("error_message", nil).
		Set("version", 1).Set("versions", 1).Set("prompt_tokens", nil).Set("completion_tokens", nil).
		Set("status", status).Set("rev", c.touch(m.ID)).
		Set("updated_at", squirrel.Expr("now()")).Set("deleted_at", squirrel.Expr("now()")).
		Where(squirrel.Eq{"id": m.ID}))
	if err != nil {
		return err
	}
	if _, err := c.db.exec(ctx, "versions: delete", sq.Delete("message_versions").Where(squirrel.Eq{"message_id": m.ID})); err != nil {
		return err
	}
	return c.clearTail(ctx, m.ID)
}
