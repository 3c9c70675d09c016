package repositories

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/quillium/quillium/app"
	"github.com/quillium/quillium/app/auth"
)

// LinkRepository keeps one-time links as SHA-256.
type LinkRepository struct{ db *DB }

var _ auth.LinkRepository = (*LinkRepository)(nil)

// NewLinkRepository makes a repository of links on this database.
func NewLinkRepository(db *DB) *LinkRepository { return &LinkRepository{db: db} }

func scanLink(row pgx.CollectableRow) (auth.Link, error) {
	var (
		l    auth.Link
		user *app.UserID
	)
	err := row.Scan(&l.Hash, &l.Purpose, &user, &l.ExpiresAt)
	if user != nil {
		l.UserID = *user
	}
	return l, err
}

// Create stores a link.
func (r *LinkRepository) Create(ctx context.Context, link auth.Link) error {
	var user *app.UserID
	if link.UserID != "" {
		user = &link.UserID
	}
	_, err := r.db.exec(ctx, "links: insert", sq.Insert("one_time_tokens").
		Columns("hash", "purpose", "user_id", "expires_at").Values(link.Hash, link.Purpose, user, link.ExpiresAt))
	return err
}

// GetByHash reads a link that has not run out.
func (r *LinkRepository) GetByHash(ctx context.Context, purpose auth.Purpose, hash []byte, now time.Time) (auth.Link, error) {
	return one(ctx, r.db, "links: get", sq.Select("hash", "purpose", "user_id", "expires_at").From("one_time_tokens").
		Where("hash = ? and purpose = ? and expires_at > ?", hash, purpose, now), scanLink)
}

// Take reads a link that has not run out and removes it, in one statement:
// of two at the same time one gets it.
func (r *LinkRepository) Take(ctx context.Context, purpose auth.Purpose, hash []byte, now time.Time) (auth.Link, error) {
	return one(ctx, r.db, "links: take", sq.Delete("one_time_tokens").
		Where("hash = ? and purpose = ? and expires_at > ?", hash, purpose, now).
		Suffix("returning hash, purpose, user_id, expires_at"), scanLink)
}

// DeleteByUserID removes all links of an account.
func (r *LinkRepository) DeleteByUserID(ctx context.Context, user app.UserID) error {
	_, err := r.db.exec(ctx, "links: delete", sq.Delete("one_time_tokens").Where("user_id = ?", user))
	return err
}
