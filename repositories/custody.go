package repositories

import (
	"context"
	"slices"
	"time"

	"github.com/Masterminds/squirrel"
	"github.com/jackc/pgx/v5"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/chat"
)

// CustodyRepository changes chats for administrators.
type CustodyRepository struct{ db *DB }

var (
	_ chat.Custodian = (*CustodyRepository)(nil)
	_ chat.Retainer  = (*CustodyRepository)(nil)
)

// NewCustodyRepository makes one on this database.
func NewCustodyRepository(db *DB) *CustodyRepository { return &CustodyRepository{db: db} }

// GetPerson finds an active account by its address.
func (r *CustodyRepository) GetPerson(ctx context.Context, emailKey string) (app.Person, error) {
	return r.db.active(ctx, emailKey)
}

// active finds an account that may sign in and is not on its way out.
func (db *DB) active(ctx context.Context, emailKey string) (app.Person, error) {
	return one(ctx, db, "users: by address", sq.Select("u.id", "u.name").From("users u").
		Where("u.email_key = ? and u.status = 'active' and not exists (select from deletions d where d.user_id = u.id)", emailKey), pgx.RowToStructByPos[app.Person])
}

// Archive puts a chat away, or back, for all its members.
func (r *CustodyRepository) Archive(ctx context.Context, id app.ChatID, archived bool) ([]app.UserID, error) {
	return many(ctx, r.db, "members: archive", squirrel.Expr(`
		update members set archived = $2 where chat_id = $1 and removed_at is null and archived <> $2 returning user_id`, id, archived), pgx.RowTo[app.UserID])
}

// Retain says how many days messages are kept; nil is as on the instance.
func (r *CustodyRepository) Retain(ctx context.Context, id app.ChatID, days *int) error {
	n, err := r.db.exec(ctx, "chats: retain", sq.Update("chats").Set("retention_days", days).Where(squirrel.Eq{"id": id}))
	return orNotFound(n, err)
}

// Transfer makes somebody the only owner; whoever owned the chat is an editor.
func (r *CustodyRepository) Transfer(ctx context.Context, id app.ChatID, to app.UserID, notice string) ([]app.UserID, app.Changes, error) {
	var owners []app.UserID
	changes, err := r.db.changeChat(ctx, id, func(ctx context.Context, c *change) (err error) {
		owners, err = many(ctx, r.db, "members: owners", squirrel.Expr(`
			select user_id from members where chat_id = $1 and role = 'owner' and removed_at is null order by joined_at, user_id`, id), pgx.RowTo[app.UserID])
		if err != nil {
			return err
		}
		if slices.Equal(owners, []app.UserID{to}) {
			return app.Errorf(app.CodeConflict, "This person is the owner already.")
		}
		if err := c.own(ctx, to); err != nil {
			return err
		}
		for _, owner := range owners {
			if owner == to {
				continue
			}
			if err := c.setRole(ctx, owner, app.MemberEditor); err != nil {
				return err
			}
		}
		return c.notify(ctx, notice)
	})
	return owners, changes, err
}

// own makes somebody an owner, whether he is in the chat or not.
func (c *change) own(ctx context.Context, user app.UserID) error {
	in, err := c.letIn(ctx, user, app.MemberOwner)
	if err == nil && !in {
		err = c.setRole(ctx, user, app.MemberOwner)
	}
	return err
}

// setRole makes a member something else.
func (c *change) setRole(ctx context.Context, user app.UserID, role app.MemberRole) error {
	c.members = true
	_, err := c.db.exec(ctx, "members: set role", sq.Update("members").Set("role", role).Set("rev", c.nextRev()).
		Where(squirrel.Eq{"chat_id": c.chat, "user_id": user}))
	return err
}

// Enter lets somebody in, or makes a member an owner.
func (r *CustodyRepository) Enter(ctx context.Context, id app.ChatID, user app.UserID, role app.MemberRole, notice string) (app.Changes, error) {
	return r.db.changeChat(ctx, id, func(ctx context.Context, c *change) error {
		in, err := c.letIn(ctx, user, role)
		if err != nil {
			return err
		}
		if !in {
			present, err := c.role(ctx, user)
			if err != nil {
				return err
			}
			if present == app.MemberOwner || role != app.MemberOwner {
				return app.Errorf(app.CodeConflict, "You are in this chat already.")
			}
			if err := c.setRole(ctx, user, role); err != nil {
				return err
			}
		}
		return c.notify(ctx, notice)
	})
}

// Open lets a session read the chat until a moment; leaves that ran out go.
func (r *CustodyRepository) Open(ctx context.Context, id app.ChatID, session app.SessionID, until time.Time, notice string) (app.Changes, error) {
	return r.db.changeChat(ctx, id, func(ctx context.Context, c *change) error {
		if _, err := r.db.exec(ctx, "chat readings: sweep", sq.Delete("chat_readings").Where("until < now()")); err != nil {
			return err
		}
		_, err := r.db.exec(ctx, "chat readings: open", sq.Insert("chat_readings").Columns("chat_id", "session_id", "until").Values(id, session, until).
			Suffix("on conflict (chat_id, session_id) do update set until = excluded.until"))
		if err != nil {
			return err
		}
		return c.notify(ctx, notice)
	})
}

// Reopen brings a deleted chat back while the grace lasts.
func (r *CustodyRepository) Reopen(ctx context.Context, id app.ChatID, grace time.Duration) (app.Changes, error) {
	return r.db.changeChat(ctx, id, func(ctx context.Context, c *change) error {
		return c.reopen(ctx, squirrel.Expr("deleted_at > ?", time.Now().Add(-grace)))
	})
}

// reopen takes a deleted chat back that these words are true of.
func (c *change) reopen(ctx context.Context, which ...squirrel.Sqlizer) error {
	c.settings = true
	c.nextRev()
	update := sq.Update("chats").Set("deleted_at", nil).Where(squirrel.Eq{"id": c.chat})
	for _, one := range which {
		update = update.Where(one)
	}
	n, err := c.db.exec(ctx, "chats: restore", update)
	if err == nil && n == 0 {
		return app.ErrNotFound
	}
	return err
}

// notify says something to all members in the name of the server.
func (c *change) notify(ctx context.Context, text string) error {
	id := app.NewID[app.MessageID]()
	_, err := c.db.exec(ctx, "messages: notify", sq.Insert("messages").
		Columns("id", "chat_id", "seq", "rev", "role", "content", "status").
		Values(id, c.chat, c.nextSeq(), c.touch(id), app.MessageSystem, text, app.StatusComplete))
	return err
}
