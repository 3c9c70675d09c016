package repositories

import (
	"context"

	"github.com/Masterminds/squirrel"
	"github.com/jackc/pgx/v5"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/chat"
)

// MemberRepository keeps what chats are to their members.
type MemberRepository struct{ db *DB }

var _ chat.MemberRepository = (*MemberRepository)(nil)

// NewMemberRepository makes a repository of members on this database.
func NewMemberRepository(db *DB) *MemberRepository { return &MemberRepository{db: db} }

// memberRole is the one question of who somebody is in a living chat.
const memberRole = `select me.role from members me join chats c on c.id = me.chat_id and c.deleted_at is null
	where me.chat_id = $1 and me.user_id = $2 and me.removed_at is null`

// Role tells what a user is in a chat; a stranger gets not_found.
func (r *MemberRepository) Role(ctx context.Context, user app.UserID, id app.ChatID) (app.MemberRole, error) {
	var role app.MemberRole
	err := r.db.on(ctx).QueryRow(ctx, memberRole, id, user).Scan(&role)
	return role, translate("members: role", err)
}

// Hold runs work in one transaction, under the chat's lock, with what a user
// is there then.
func (r *MemberRepository) Hold(ctx context.Context, user app.UserID, id app.ChatID, work func(context.Context, app.MemberRole) error) error {
	return r.db.InTx(ctx, func(ctx context.Context) error {
		var role app.MemberRole
		batch := &pgx.Batch{}
		batch.Queue(`select from chats where id = $1 for no key update`, id)
		// A statement of its own sees what was committed while the lock was waited for.
		batch.Queue(memberRole, id, user).QueryRow(func(row pgx.Row) error { return row.Scan(&role) })
		if err := r.db.on(ctx).SendBatch(ctx, batch).Close(); err != nil {
			return translate("members: hold", err)
		}
		return work(ctx, role)
	})
}

// SetMine changes the member's own part.
func (r *MemberRepository) SetMine(ctx context.Context, user app.UserID, id app.ChatID, mine chat.Mine) error {
	update := sq.Update("members").Where("chat_id = ? and user_id = ? and removed_at is null", id, user)
	if mine.Pinned != nil {
		update = update.Set("pinned", *mine.Pinned)
	}
	if mine.Archived != nil {
		update = update.Set("archived", *mine.Archived)
	}
	n, err := r.db.exec(ctx, "members: set mine", update)
	if err == nil && n == 0 {
		return app.ErrNotFound
	}
	return err
}

type mark struct {
	At    int64
	Moved bool
}

// MarkRead moves the read mark forward, never back and never past the last
// message.
func (r *MemberRepository) MarkRead(ctx context.Context, user app.UserID, id app.ChatID, seq int64) (int64, bool, error) {
	at, err := one(ctx, r.db, "members: read", squirrel.Expr(`
		with me as (
			select m.chat_id, m.user_id, m.last_read_seq, least($3, c.last_seq) as seq
			from members m join chats c on c.id = m.chat_id and c.deleted_at is null
			where m.chat_id = $1 and m.user_id = $2 and m.removed_at is null
		), moved as (
			update members m set last_read_seq = me.seq from me
			where m.chat_id = me.chat_id and m.user_id = me.user_id and m.last_read_seq < me.seq
			returning m.last_read_seq
		)
		select coalesce((select last_read_seq from moved), me.last_read_seq) as at, exists (select from moved) as moved from me`,
		id, user, seq), pgx.RowToStructByName[mark])
	return at.At, at.Moved, err
}
