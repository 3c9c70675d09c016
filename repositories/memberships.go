package repositories

import (
	"context"
	"errors"
	"time"

	"github.com/Masterminds/squirrel"
	"github.com/jackc/pgx/v5"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/chat"
)

// MembershipRepository keeps who is in a chat.
type MembershipRepository struct{ db *DB }

var _ chat.MembershipRepository = (*MembershipRepository)(nil)

// NewMembershipRepository makes one on this database.
func NewMembershipRepository(db *DB) *MembershipRepository { return &MembershipRepository{db: db} }

// GetByChatID lists members, longest there first.
func (r *MembershipRepository) GetByChatID(ctx context.Context, id app.ChatID, page app.PageRequest) (app.Page[app.Member], error) {
	query := sq.Select("m.user_id", "u.name", "u.email", "m.role", "m.rev", "m.joined_at", "m.last_read_seq").
		From("members m").Join("users u on u.id = m.user_id").Where("m.chat_id = ? and m.removed_at is null", id).
		OrderBy("m.joined_at", "m.user_id").Limit(uint64(page.Limit) + 1) //nolint:gosec // 1 to 100
	if page.Cursor != "" {
		at, user, err := readCursor[app.UserID](page.Cursor)
		if err != nil {
			return app.Page[app.Member]{}, err
		}
		query = query.Where("(m.joined_at, m.user_id) > (?, ?)", at, user)
	}
	list, err := many(ctx, r.db, "members: list", query, func(row pgx.CollectableRow) (app.Member, error) {
		var m app.Member
		err := row.Scan(&m.User.ID, &m.User.Name, &m.Email, &m.Role, &m.Rev, &m.JoinedAt, &m.LastReadSeq)
		return m, err
	})
	return pageFrom(list, page, func(m app.Member) (time.Time, string) { return m.JoinedAt, string(m.User.ID) }), err
}

// Add lets the account with this address in and names it.
func (r *MembershipRepository) Add(ctx context.Context, id app.ChatID, emailKey string, role app.MemberRole) (app.UserID, app.Changes, error) {
	person, err := r.db.active(ctx, emailKey)
	if err != nil {
		if errors.Is(err, app.ErrNotFound) {
			err = app.Errorf(app.CodeNotFound, "Nobody here has this address; send an invite link.")
		}
		return "", app.Changes{}, err
	}
	changes, err := r.db.changeChat(ctx, id, func(ctx context.Context, c *change) error {
		in, err := c.letIn(ctx, person.ID, role)
		if err == nil && !in {
			err = app.Errorf(app.CodeConflict, "This person is in the chat already.")
		}
		return err
	})
	return person.ID, changes, err
}

// SetRole makes a member something else, unless nobody would own the chat.
func (r *MembershipRepository) SetRole(ctx context.Context, id app.ChatID, user app.UserID, role app.MemberRole) (app.Changes, error) {
	return r.db.changeChat(ctx, id, func(ctx context.Context, c *change) error {
		present, err := c.role(ctx, user)
		if err != nil {
			return err
		}
		if role != app.MemberOwner {
			err = c.keepOwner(ctx, present)
		}
		if err != nil {
			return err
		}
		return c.setRole(ctx, user, role)
	})
}

// Remove takes somebody out; who is alone deletes the chat.
func (r *MembershipRepository) Remove(ctx context.Context, id app.ChatID, user app.UserID) (app.Changes, error) {
	return r.db.changeChat(ctx, id, func(ctx context.Context, c *change) error {
		present, err := c.role(ctx, user)
		if err != nil {
			return err
		}
		others, err := c.count(ctx, "user_id <> ?", user)
		if err != nil {
			return err
		}
		if others == 0 {
			_, err := r.db.hide(ctx, id)
			return err
		}
		if err := c.keepOwner(ctx, present); err != nil {
			return err
		}
		_, err = c.dismiss(ctx, user)
		return err
	})
}

// role is what somebody is in the chat whose row is locked.
func (c *change) role(ctx context.Context, user app.UserID) (app.MemberRole, error) {
	return one(ctx, c.db, "members: role", squirrel.Expr(memberRole, c.chat, user), pgx.RowTo[app.MemberRole])
}

func (c *change) count(ctx context.Context, which string, args ...any) (int, error) {
	return one(ctx, c.db, "members: count", sq.Select("count(*)").From("members").
		Where("chat_id = ? and removed_at is null", c.chat).Where(which, args...), pgx.RowTo[int])
}

// keepOwner refuses to let the last owner go.
func (c *change) keepOwner(ctx context.Context, from app.MemberRole) error {
	if from != app.MemberOwner {
		return nil
	}
	owners, err := c.count(ctx, "role = 'owner'")
	if err == nil && owners < 2 {
		err = app.Errorf(app.CodeConflict, "Make somebody else owner first.")
	}
	return err
}

// letIn lets somebody in, again where he was in before; false where he is in
// already. What was said before he came is not unread to him. The second
// person makes models wait to be asked, unless somebody said when they answer.
func (c *change) letIn(ctx context.Context, user app.UserID, role app.MemberRole) (bool, error) {
	n, err := c.db.exec(ctx, "members: admit", squirrel.Expr(`
		insert into members as m (chat_id, user_id, role, rev, last_read_seq)
		select id, $2::uuid, $3, $4::bigint, last_seq from chats where id = $1 and deleted_at is null
		on conflict (chat_id, user_id) do update set role = excluded.role, rev = excluded.rev, joined_at = now(), removed_at = null,
			last_read_seq = excluded.last_read_seq, pinned = false, archived = false
		where m.removed_at is not null`, c.chat, user, role, c.rev+1))
	if err != nil || n == 0 {
		return false, err
	}
	c.nextRev()
	c.members, c.settings = true, true
	count, err := c.count(ctx, "true")
	if err != nil {
		return false, err
	}
	if count > app.MaxMembers {
		return false, app.Errorf(app.CodeConflict, "This chat has %d people and is full.", app.MaxMembers)
	}
	_, err = c.db.exec(ctx, "chats: count members", squirrel.Expr(`
		update chats set member_count = $2,
			reply_policy = case when $2 > 1 and reply_policy = 'always' and not reply_policy_set then 'mention' else reply_policy end
		where id = $1`, c.chat, count))
	return true, err
}
