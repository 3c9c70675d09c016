package repositories

import (
	"context"
	"strings"
	"time"

	"github.com/Masterminds/squirrel"
	"github.com/jackc/pgx/v5"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/chat"
)

// ChatRepository keeps chats in PostgreSQL.
type ChatRepository struct{ db *DB }

var (
	_ chat.ChatRepository = (*ChatRepository)(nil)
	_ chat.Janitor        = (*ChatRepository)(nil)
)

// NewChatRepository makes a repository of chats on this database.
func NewChatRepository(db *DB) *ChatRepository { return &ChatRepository{db: db} }

const mineFields = `me.role, c.last_seq - me.last_read_seq, me.last_read_seq, me.pinned, me.archived`

// selectChats reads chats with the part of one member.
func selectChats(user app.UserID) squirrel.SelectBuilder {
	return sq.Select(sharedFields, mineFields).From("members me").Join("chats c on c.id = me.chat_id").
		Where("me.user_id = ? and me.removed_at is null", user)
}

func scanChat(row pgx.CollectableRow) (app.Chat, error) {
	var (
		c  app.Chat
		me app.Me
	)
	err := row.Scan(append(sharedTargets(&c), &me.Role, &me.Unread, &me.LastReadSeq, &me.Pinned, &me.Archived)...)
	c.Me = &me
	return c, err
}

// GetByID finds a chat of this user, with his own part.
func (r *ChatRepository) GetByID(ctx context.Context, user app.UserID, id app.ChatID) (app.Chat, error) {
	return one(ctx, r.db, "chats: get", selectChats(user).Where("c.id = ? and c.deleted_at is null", id), scanChat)
}

// GetByUserID lists a user's chats, newest activity first, by keyset.
func (r *ChatRepository) GetByUserID(ctx context.Context, user app.UserID, filter chat.Filter, page app.PageRequest) (app.Page[app.Chat], error) {
	query := selectChats(user).OrderBy("c.updated_at desc", "c.id desc").Limit(uint64(page.Limit) + 1) //nolint:gosec // 1..100
	if filter.Deleted {
		// What nobody can take back is not offered, though it may be there still.
		query = query.Where("c.deleted_at > ? and me.role = 'owner'", time.Now().Add(-chat.Grace))
	} else {
		query = query.Where("c.deleted_at is null and me.archived = ?", filter.Archived)
	}
	if filter.Query != "" {
		query = query.Where("c.title ilike ?", "%"+likeEscaper.Replace(filter.Query)+"%")
	}
	if page.Cursor != "" {
		at, id, err := readCursor[app.ChatID](page.Cursor)
		if err != nil {
			return app.Page[app.Chat]{}, err
		}
		query = query.Where("(c.updated_at, c.id) < (?, ?)", at, id)
	}
	list, err := many(ctx, r.db, "chats: list", query, scanChat)
	return pageFrom(list, page, func(c app.Chat) (time.Time, string) { return c.UpdatedAt, string(c.ID) }), err
}

// Create stores a chat and its first owner.
func (r *ChatRepository) Create(ctx context.Context, owner app.UserID, c app.Chat, policySet bool) (app.Chat, error) {
	err := r.db.InTx(ctx, func(ctx context.Context) error {
		_, err := r.db.exec(ctx, "chats: create", sq.Insert("chats").
			Columns("id", "title", "model", "system_prompt", "reply_policy", "reply_policy_set").
			Values(c.ID, c.Title, c.Model, c.SystemPrompt, c.ReplyPolicy, policySet))
		if err != nil {
			return err
		}
		_, err = r.db.exec(ctx, "members: create", sq.Insert("members").
			Columns("chat_id", "user_id", "role", "rev").Values(c.ID, owner, app.MemberOwner, 1))
		if err != nil {
			return err
		}
		c, err = r.GetByID(ctx, owner, c.ID)
		return err
	})
	return c, err
}

// Update changes the shared part and takes a rev.
func (r *ChatRepository) Update(ctx context.Context, id app.ChatID, settings chat.Settings) (app.Changes, error) {
	return r.db.changeChat(ctx, id, func(ctx context.Context, c *change) error {
		c.settings = true
		c.nextRev()
		update := sq.Update("chats").Where("id = ? and deleted_at is null", id)
		if settings.Title != nil {
			update = update.Set("title", *settings.Title)
		}
		if settings.Model != nil {
			update = update.Set("model", *settings.Model)
		}
		if settings.SystemPrompt != nil {
			update = update.Set("system_prompt", *settings.SystemPrompt)
		}
		if settings.ReplyPolicy != nil {
			update = update.Set("reply_policy", *settings.ReplyPolicy).Set("reply_policy_set", true)
		}
		n, err := r.db.exec(ctx, "chats: update", update)
		if err == nil && n == 0 {
			return app.ErrNotFound
		}
		return err
	})
}

// Delete hides a chat, wishes its running answers to stop, and tells who was
// in it.
func (r *ChatRepository) Delete(ctx context.Context, id app.ChatID) ([]app.UserID, error) {
	var members []app.UserID
	err := r.db.InTx(ctx, func(ctx context.Context) (err error) {
		members, err = r.db.hide(ctx, id)
		return err
	})
	return members, err
}

// hide is the deletion itself, in the transaction of the context.
func (db *DB) hide(ctx context.Context, id app.ChatID) ([]app.UserID, error) {
	n, err := db.exec(ctx, "chats: delete", sq.Update("chats").Set("deleted_at", squirrel.Expr("now()")).Where("id = ? and deleted_at is null", id))
	if err != nil {
		return nil, err
	}
	if n == 0 {
		return nil, app.ErrNotFound
	}
	if _, err := db.exec(ctx, "runs: stop", sq.Update("runs").Set("stop", true).Where("chat_id = ?", id)); err != nil {
		return nil, err
	}
	return many(ctx, db, "members: list", sq.Select("user_id").From("members").Where("chat_id = ? and removed_at is null", id), pgx.RowTo[app.UserID])
}

// Restore brings a deleted chat back for one of its owners.
func (r *ChatRepository) Restore(ctx context.Context, owner app.UserID, id app.ChatID, grace time.Duration) (app.Changes, error) {
	return r.db.changeChat(ctx, id, func(ctx context.Context, c *change) error {
		return c.reopen(ctx, squirrel.Expr("deleted_at > ?", time.Now().Add(-grace)), squirrel.Expr(
			"exists (select from members me where me.chat_id = chats.id and me.user_id = ? and me.role = 'owner' and me.removed_at is null)", owner))
	})
}

// Erase removes for good what was deleted before this moment.
func (r *ChatRepository) Erase(ctx context.Context, before time.Time) (int64, error) {
	// An answer that still runs there ends first; the next look takes the rest.
	return r.db.exec(ctx, "chats: erase", sq.Delete("chats").Where("deleted_at < ?", before).
		Where("not exists (select from runs r where r.chat_id = chats.id)"))
}

// likeEscaper takes the meaning out of a pattern's signs.
var likeEscaper = strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`)
