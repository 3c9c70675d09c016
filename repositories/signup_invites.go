package repositories

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/auth"
)

// SignupInviteRepository keeps links that let people make an account.
type SignupInviteRepository struct{ db *DB }

var _ auth.SignupInviteRepository = (*SignupInviteRepository)(nil)

// NewSignupInviteRepository makes one on this database.
func NewSignupInviteRepository(db *DB) *SignupInviteRepository {
	return &SignupInviteRepository{db: db}
}

// Create stores a link, and clears away those that ran out.
func (r *SignupInviteRepository) Create(ctx context.Context, invite app.SignupInvite, by app.UserID, hash []byte) error {
	if _, err := r.db.on(ctx).Exec(ctx, `delete from signup_invites where expires_at <= $1`, invite.CreatedAt); err != nil {
		return translate("signup invites: clear", err)
	}
	_, err := r.db.on(ctx).Exec(ctx, `insert into signup_invites (id, hash, max_uses, created_by, created_at, expires_at) values ($1, $2, $3, nullif($4, '')::uuid, $5, $6)`,
		invite.ID, hash, invite.MaxUses, string(by), invite.CreatedAt, invite.ExpiresAt)
	return translate("signup invites: insert", err)
}

// List lists those that live, newest first: ids grow with time.
func (r *SignupInviteRepository) List(ctx context.Context, now time.Time, asked app.PageRequest) (app.Page[app.SignupInvite], error) {
	query := sq.Select("i.id", "i.expires_at", "i.max_uses", "i.uses", "i.created_at", "u.id", "u.name").From("signup_invites i").
		LeftJoin("users u on u.id = i.created_by").Where("i.expires_at > ? and i.uses < i.max_uses", now).
		OrderBy("i.created_at desc", "i.id desc").Limit(uint64(asked.Limit) + 1) //nolint:gosec // 1..100
	if asked.Cursor != "" {
		at, id, err := readCursor[app.InviteID](asked.Cursor)
		if err != nil {
			return app.Page[app.SignupInvite]{}, err
		}
		query = query.Where("(i.created_at, i.id) < (?, ?)", at, id)
	}
	list, err := many(ctx, r.db, "signup invites: list", query, func(row pgx.CollectableRow) (app.SignupInvite, error) {
		var i app.SignupInvite
		var id, name *string
		err := row.Scan(&i.ID, &i.ExpiresAt, &i.MaxUses, &i.Uses, &i.CreatedAt, &id, &name)
		if id != nil {
			i.CreatedBy = &app.Person{ID: app.UserID(*id), Name: *name}
		}
		return i, err
	})
	return pageFrom(list, asked, func(i app.SignupInvite) (time.Time, string) { return i.CreatedAt, string(i.ID) }), err
}

// Delete takes a link back.
func (r *SignupInviteRepository) Delete(ctx context.Context, id app.InviteID) error {
	tag, err := r.db.on(ctx).Exec(ctx, `delete from signup_invites where id = $1`, id)
	return orNotFound(tag.RowsAffected(), translate("signup invites: delete", err))
}

// Lives tells whether a link lets somebody in.
func (r *SignupInviteRepository) Lives(ctx context.Context, hash []byte, now time.Time) (lives bool, err error) {
	err = r.db.on(ctx).QueryRow(ctx, `select exists (select from signup_invites where hash = $1 and expires_at > $2 and uses < max_uses)`, hash, now).Scan(&lives)
	return lives, translate("signup invites: look", err)
}

// Use counts a use: of two who want the last one, one gets it.
func (r *SignupInviteRepository) Use(ctx context.Context, hash []byte, now time.Time) error {
	tag, err := r.db.on(ctx).Exec(ctx, `update signup_invites set uses = uses + 1 where hash = $1 and expires_at > $2 and uses < max_uses`, hash, now)
	return orNotFound(tag.RowsAffected(), translate("signup invites: use", err))
}
