package repositories

import (
	"context"

	"github.com/Masterminds/squirrel"
	"github.com/jackc/pgx/v5"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/chat"
)

// DepartureRepository takes people out of chats.
type DepartureRepository struct{ db *DB }

var _ chat.DepartureRepository = (*DepartureRepository)(nil)

// NewDepartureRepository makes one on this database.
func NewDepartureRepository(db *DB) *DepartureRepository { return &DepartureRepository{db: db} }

// GetByUserID lists every chat that somebody is in, or was, and those that
// quote him: what he wrote may be there still.
func (r *DepartureRepository) GetByUserID(ctx context.Context, user app.UserID) ([]app.ChatID, error) {
	return many(ctx, r.db, "members: chats of", squirrel.Expr(`
		select chat_id from members where user_id = $1 union select chat_id from fork_authors where user_id = $1 order by chat_id`, user), pgx.RowTo[app.ChatID])
}

// Leave takes somebody out of one chat in one transaction. A chat in which
// nobody is left is gone; one without an owner gets the member who is longest
// there, editors first.
func (r *DepartureRepository) Leave(ctx context.Context, user app.UserID, id app.ChatID, erase bool) (app.Changes, error) {
	return r.db.changeChat(ctx, id, func(ctx context.Context, c *change) error {
		left, err := c.dismiss(ctx, user)
		if err != nil {
			return err
		}
		if left == 0 {
			return c.destroy(ctx)
		}
		if err := c.succeed(ctx); err != nil {
			return err
		}
		if _, err := r.db.exec(ctx, "fork authors: delete", sq.Delete("fork_authors").Where(squirrel.Eq{"chat_id": id, "user_id": user})); err != nil {
			return err
		}
		if erase {
			return c.eraseOf(ctx, user)
		}
		return nil
	})
}

// dismiss ends a membership and tells how many members are left.
func (c *change) dismiss(ctx context.Context, user app.UserID) (int, error) {
	n, err := c.db.exec(ctx, "members: leave", sq.Update("members").Set("removed_at", squirrel.Expr("now()")).Set("rev", c.rev+1).
		Where("chat_id = ? and user_id = ? and removed_at is null", c.chat, user))
	if err != nil {
		return 0, err
	}
	left, err := one(ctx, c.db, "members: count", sq.Select("count(*)").From("members").Where("chat_id = ? and removed_at is null", c.chat), pgx.RowTo[int])
	if err != nil || n == 0 {
		return left, err
	}
	c.nextRev()
	c.members, c.settings = true, true
	_, err = c.db.exec(ctx, "chats: count members", sq.Update("chats").Set("member_count", left).Where(squirrel.Eq{"id": c.chat}))
	return left, err
}

// destroy removes a chat with all that is in it.
func (c *change) destroy(ctx context.Context) error {
	c.gone = true
	// A flush under way ends first, or its chunks would outlive the chat.
	_, err := c.db.on(ctx).Exec(ctx, `select id from nodes where id in (select node_id from runs where chat_id = $1) order by id for share`, c.chat)
	if err != nil {
		return translate("nodes: lock", err)
	}
	_, err = c.db.exec(ctx, "chunks: delete", sq.Delete("chunks").Where("message_id in (select message_id from runs where chat_id = ?)", c.chat))
	if err != nil {
		return err
	}
	_, err = c.db.exec(ctx, "chats: destroy", sq.Delete("chats").Where(squirrel.Eq{"id": c.chat}))
	return err
}

// succeed gives a chat without an owner a new one.
func (c *change) succeed(ctx context.Context) error {
	n, err := c.db.exec(ctx, "members: succeed", sq.Update("members").Set("role", app.MemberOwner).Set("rev", c.rev+1).
		Where(`chat_id = ? and user_id = (
			select m.user_id from members m where m.chat_id = ? and m.removed_at is null
				and not exists (select from members o where o.chat_id = m.chat_id and o.role = 'owner' and o.removed_at is null)
			order by m.role = 'editor' desc, m.joined_at, m.user_id limit 1)`, c.chat, c.chat))
	if err == nil && n > 0 {
		c.nextRev()
		c.members = true
	}
	return err
}

// eraseOf erases everything somebody wrote in a chat; the places stay.
func (c *change) eraseOf(ctx context.Context, user app.UserID) error {
	if _, err := c.db.exec(ctx, "versions: delete", sq.Delete("message_versions").
		Where("message_id in (select id from messages where chat_id = ? and author_id = ?)", c.chat, user)); err != nil {
		return err
	}
	ids, err := many(ctx, c.db, "messages: erase", squirrel.Expr(`
		update messages m set content = '', reasoning = null, version = 1, versions = 1, rev = $3 + n.place, updated_at = now(), deleted_at = now()
		from (select id, row_number() over (order by seq) as place from messages where chat_id = $1 and author_id = $2 and deleted_at is null) n
		where m.id = n.id returning m.id`, c.chat, user, c.rev), pgx.RowTo[app.MessageID])
	c.rev += int64(len(ids))
	c.messages = append(c.messages, ids...)
	return err
}
