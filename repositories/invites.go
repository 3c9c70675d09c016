package repositories

import (
	"context"
	"time"

	"github.com/Masterminds/squirrel"
	"github.com/jackc/pgx/v5"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/chat"
)

// InviteRepository keeps invite links.
type InviteRepository struct{ db *DB }

var _ chat.InviteRepository = (*InviteRepository)(nil)

// NewInviteRepository makes one on this database.
func NewInviteRepository(db *DB) *InviteRepository { return &InviteRepository{db: db} }

// livingInvite is when a link lets people in.
const livingInvite = `i.expires_at > now() and i.uses < i.max_uses
	and exists (select from chats c where c.id = i.chat_id and c.deleted_at is null)
	and exists (select from members o join users u on u.id = o.user_id and u.status = 'active'
		where o.chat_id = i.chat_id and o.user_id = i.created_by and o.role = 'owner' and o.removed_at is null)`

// Create stores a link. Those that let nobody in any more make room for it.
func (r *InviteRepository) Create(ctx context.Context, id app.ChatID, invite app.Invite, hash []byte) (app.Invite, error) {
	_, err := r.db.changeChat(ctx, id, func(ctx context.Context, c *change) error {
		if _, err := r.db.exec(ctx, "invites: clear", squirrel.Expr(`delete from invites i where i.chat_id = $1 and not (`+livingInvite+`)`, id)); err != nil {
			return err
		}
		n, err := r.db.exec(ctx, "invites: insert", squirrel.Expr(`
			insert into invites (id, chat_id, hash, role, max_uses, created_by, expires_at)
			select $1, $2, $3, $4, $5, $6, $7 where (select count(*) from invites where chat_id = $2) < $8`,
			invite.ID, id, hash, invite.Role, invite.MaxUses, invite.CreatedBy.ID, invite.ExpiresAt, chat.MaxInvites))
		if err == nil && n == 0 {
			err = app.Errorf(app.CodeConflict, "This chat has %d invite links; take some back first.", chat.MaxInvites)
		}
		return err
	})
	return invite, err
}

// GetByChatID lists the links of a chat that live, newest first.
func (r *InviteRepository) GetByChatID(ctx context.Context, id app.ChatID, page app.PageRequest) (app.Page[app.Invite], error) {
	query := sq.Select("i.id", "i.role", "i.expires_at", "i.max_uses", "i.uses", "i.created_by", "u.name", "i.created_at").
		From("invites i").Join("users u on u.id = i.created_by").Where("i.chat_id = ?", id).Where(livingInvite).
		OrderBy("i.created_at desc", "i.id desc").Limit(uint64(page.Limit) + 1) //nolint:gosec // 1 to 100
	if page.Cursor != "" {
		at, invite, err := readCursor[app.InviteID](page.Cursor)
		if err != nil {
			return app.Page[app.Invite]{}, err
		}
		query = query.Where("(i.created_at, i.id) < (?, ?)", at, invite)
	}
	made := map[app.InviteID]time.Time{}
	list, err := many(ctx, r.db, "invites: list", query, func(row pgx.CollectableRow) (app.Invite, error) {
		var i app.Invite
		var at time.Time
		err := row.Scan(&i.ID, &i.Role, &i.ExpiresAt, &i.MaxUses, &i.Uses, &i.CreatedBy.ID, &i.CreatedBy.Name, &at)
		made[i.ID] = at
		return i, err
	})
	return pageFrom(list, page, func(i app.Invite) (time.Time, string) { return made[i.ID], string(i.ID) }), err
}

// Delete revokes a link.
func (r *InviteRepository) Delete(ctx context.Context, id app.ChatID, invite app.InviteID) error {
	n, err := r.db.exec(ctx, "invites: delete", sq.Delete("invites").Where(squirrel.Eq{"id": invite, "chat_id": id}))
	if err == nil && n == 0 {
		return app.ErrNotFound
	}
	return err
}

// GetByHash tells of a living link.
func (r *InviteRepository) GetByHash(ctx context.Context, hash []byte) (app.Invitation, error) {
	return one(ctx, r.db, "invites: get", sq.Select("c.title", "u.id", "u.name", "i.role", "i.expires_at").
		From("invites i").Join("chats c on c.id = i.chat_id").Join("users u on u.id = i.created_by").
		Where("i.hash = ?", hash).Where(livingInvite),
		func(row pgx.CollectableRow) (app.Invitation, error) {
			var i app.Invitation
			err := row.Scan(&i.Title, &i.Inviter.ID, &i.Inviter.Name, &i.Role, &i.ExpiresAt)
			return i, err
		})
}

// Accept lets somebody in and counts the use, under the chat's lock: of many
// at once exactly as many come in as the link has uses.
func (r *InviteRepository) Accept(ctx context.Context, hash []byte, user app.UserID) (app.Changes, error) {
	var changes app.Changes
	err := r.db.InTx(ctx, func(ctx context.Context) error {
		id, err := one(ctx, r.db, "invites: chat of", sq.Select("chat_id").From("invites").Where("hash = ?", hash), pgx.RowTo[app.ChatID])
		if err != nil {
			return err
		}
		changes, err = r.db.changeChat(ctx, id, func(ctx context.Context, c *change) error { return c.accept(ctx, hash, user) })
		return err
	})
	return changes, err
}

func (c *change) accept(ctx context.Context, hash []byte, user app.UserID) error {
	// Taking a link back does not wait for the chat: only the lock on the link
	// itself keeps it from going while somebody comes in by it.
	role, err := one(ctx, c.db, "invites: living", sq.Select("i.role").From("invites i").Where("i.hash = ?", hash).Where(livingInvite).
		Suffix("for update of i"), pgx.RowTo[app.MemberRole])
	if err != nil {
		return err
	}
	in, err := c.letIn(ctx, user, role)
	if err != nil || !in {
		return err
	}
	_, err = c.db.exec(ctx, "invites: count", sq.Update("invites").Set("uses", squirrel.Expr("uses + 1")).Where("hash = ?", hash))
	return err
}
